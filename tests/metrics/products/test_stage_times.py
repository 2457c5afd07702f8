"""The promise that can be kept: a quantile with a range that owes nothing to a distribution."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from microlib.errors import BadData, EmptyBook
from microlib.metrics.products.stage_times import quantile_range, stage_times


@pytest.mark.parametrize("count", [50, 100, 400])
def test_the_range_covers_in_at_least_nineteen_of_twenty_samples(count):
    """The exact coverage of two order statistics is a binomial sum."""
    _, low, high = quantile_range(pd.Series(range(1, count + 1)), quantile=0.9)
    high = count + 1 if np.isnan(high) else high
    assert binom.cdf(high - 1, count, 0.9) - binom.cdf(low - 1, count, 0.9) >= 0.95


def test_few_cases_leave_the_promise_without_an_upper_bound():
    assert np.isnan(quantile_range(pd.Series(range(12)), quantile=0.9)[2])


def _asked(days):
    start = pd.Timestamp("2026-01-01")
    steps = [start + pd.to_timedelta(pd.Series(days) * part, unit="D") for part in (0, 1, 2, 3)]
    return pd.DataFrame(dict(zip(["submitted_at", "surveyed_at", "decided_at", "disbursed_at"], steps, strict=True)))


def test_equal_stages_take_a_third_of_the_way_each():
    found = stage_times(_asked([1.0, 2.0, 3.0, 4.0])).set_index("stage")["median_days"]
    assert found.to_dict() == {"survey": 2.5, "decide": 2.5, "pay_out": 2.5, "whole_way": 7.5}


def test_moments_in_the_wrong_order_are_refused():
    with pytest.raises(BadData, match="lies before"):
        stage_times(_asked([-1.0]))


def test_nothing_finished_is_no_promise():
    with pytest.raises(EmptyBook, match="no stage"):
        stage_times(_asked([1.0]).head(0))
