"""A plan's band is Poisson's, its end a predictive range that narrows as the plan runs out."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import poisson

from microlib.errors import BadData
from microlib.metrics.selling.progresses import plan_progress


def path(planned, actual):
    return pd.DataFrame({"planned_count": planned, "actual_count": actual}, dtype="float64")


def test_the_band_is_the_quantiles_of_the_plan():
    found = plan_progress(path([10] * 4, [10, None, None, None]))
    assert found["band_low"].tolist() == poisson.ppf(0.025, [10, 20, 30, 40]).tolist()


def test_at_the_end_the_forecast_is_what_came():
    found = plan_progress(path([10, 10], [7, 8])).iloc[-1]
    assert found[["end_forecast", "end_low", "end_high"]].tolist() == [15, 15, 15]


def test_nineteen_of_twenty_forecasts_hold_the_end():
    dice = np.random.default_rng(20260630)
    pace = dice.gamma(4.0, 5.0, size=300)
    half, rest = dice.poisson(pace), dice.poisson(pace)
    found = [plan_progress(path([10, 10], [one, None])).iloc[0] for one in half]
    inside = [row["end_low"] <= one + two <= row["end_high"] for row, one, two in zip(found, half, rest, strict=True)]
    assert np.mean(inside) > 0.92


def test_what_lies_below_the_band_is_below():
    assert plan_progress(path([10] * 4, [4, 5, None, None])).state.tolist()[1:] == ["below", "to_come", "to_come"]


def test_a_gap_in_the_counts_is_refused():
    with pytest.raises(BadData, match="before one with"):
        plan_progress(path([10, 10], [None, 3]))


def test_a_plan_of_nothing_is_refused():
    with pytest.raises(BadData, match="no plan"):
        plan_progress(path([0, 0], [1, None]))
