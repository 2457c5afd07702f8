"""Infectious defaults."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from microlib.errors import BadData
from microlib.metrics.capital.infections import infected_counts, infection_losses

# published


@pytest.mark.parametrize(
    ("case", "mean", "deviation", "none", "quantile"),
    [
        ((10, 0.02, 0.10), 0.37499536588, 0.90957104469, 0.81707280689, 4),
        ((50, 0.02, 0.05), 3.34426848683, 3.52657242404, 0.36416968008, 14),
        ((50, 0.02, 0.00), 1.0, 0.98995, 0.3641696801, 4),
    ],
)
def test_davis_and_lo(case, mean, deviation, none, quantile):
    """TV-B14; without infection the deviation is quoted to five digits."""
    found = infection_losses(pd.DataFrame({"members_count": [case[0]]}), default_rate=case[1], infection=case[2]).iloc[
        0
    ]
    assert found["expected_count"] == pytest.approx(mean, abs=1e-9)
    assert found["deviation_count"] == pytest.approx(deviation, abs=1e-9 if case[2] else 1e-5)
    assert found["none_share"] == pytest.approx(none, abs=1e-9)
    assert found["quantile_count"] == quantile


# closed form


def test_without_infection_it_is_the_binomial():
    found = infected_counts(30, default_rate=0.07, infection=0.0)
    assert found.to_numpy() == pytest.approx(binom.pmf(np.arange(31), 30, 0.07), abs=1e-12)


def test_with_certain_infection_one_failure_takes_all():
    found = infected_counts(5, default_rate=0.1, infection=1.0)
    assert found.to_numpy() == pytest.approx([0.9**5, 0, 0, 0, 0, 1 - 0.9**5])


def test_certain_failures_need_no_infection():
    assert infected_counts(4, default_rate=1.0, infection=0.5)[4] == pytest.approx(1.0)
    assert infected_counts(4, default_rate=0.0, infection=0.5)[0] == pytest.approx(1.0)


# laws


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 60), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_chances_sum_to_one_and_their_mean_is_the_formula(n, rate, infection):
    found = infected_counts(n, default_rate=rate, infection=infection)
    mean = n * (1 - (1 - rate) * (1 - rate * infection) ** (n - 1))
    assert found.sum() == pytest.approx(1.0, abs=1e-9)
    assert (found.index * found).sum() == pytest.approx(mean, abs=1e-7)


@settings(deadline=None, max_examples=25)
@given(st.integers(2, 40), st.floats(0.001, 0.2), st.floats(0.0, 0.5), st.floats(0.0, 0.5))
def test_more_infection_never_means_fewer_defaults(n, rate, one, other):
    low, high = (infected_counts(n, default_rate=rate, infection=q).cumsum() for q in sorted((one, other)))
    assert (high <= low + 1e-9).all()


def test_the_frame_given_is_not_altered(unchanged):
    circles = pd.DataFrame({"circle_id": ["a"], "members_count": [4]})
    with unchanged(circles):
        assert infection_losses(circles, default_rate=0.02, infection=0.1)["circle_id"].tolist() == ["a"]


# refusals


@pytest.mark.parametrize("count", [0, 2001, 2.5])
def test_an_impossible_circle_is_refused(count):
    with pytest.raises(BadData, match="names"):
        infected_counts(count, default_rate=0.02, infection=0.1)


@pytest.mark.parametrize(("rate", "infection"), [(np.nan, 0.1), (0.1, -0.1), (1.1, 0.1)])
def test_chances_out_of_range_are_refused(rate, infection):
    with pytest.raises(BadData, match="not in 0"):
        infected_counts(10, default_rate=rate, infection=infection)


def test_no_circle_gives_no_row():
    assert infection_losses(pd.DataFrame({"members_count": []}), default_rate=0.02, infection=0.1).empty
