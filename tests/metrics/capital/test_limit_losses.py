"""Losses of a fine book under one factor."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData
from microlib.metrics.capital.limit_losses import vasicek_deviation, vasicek_loss, vasicek_rate

RATES, RHOS = st.floats(1e-4, 0.5), st.floats(0.01, 0.6)

# published


@pytest.mark.parametrize(
    ("rate", "rho", "expected"), [(0.01, 0.12, 0.090325831), (0.02, 0.12, 0.147282497), (0.05, 0.15, 0.313505908)]
)
def test_stressed_rates_of_the_reference(rate, rho, expected):
    """TV-B6, level 99.9 %."""
    assert vasicek_rate(rate, correlation=rho) == pytest.approx(expected, abs=5e-10)


@pytest.mark.parametrize(
    ("rate", "rho", "printed", "exact"),
    [
        (0.01, 0.1, [1.19, 3.8, 7.0, 10.7], [1.19, 3.82, 7.01, 10.67]),
        (0.01, 0.4, [0.55, 4.5, 11.0, 18.2], [0.55, 4.51, 11.04, 18.19]),
        (0.001, 0.1, [0.98, 4.1, 8.8, 15.4], [0.98, 4.09, 8.83, 15.37]),
        (0.001, 0.4, [0.12, 3.2, 13.2, 31.8], [0.12, 3.25, 13.18, 31.75]),
    ],
)
def test_the_table_of_vasicek_2002(rate, rho, printed, exact):
    """TV-B7: (L - p)/s at .9, .99, .999, .9999; printed to one decimal, so .06 is allowed (one cell rounds oddly)."""
    spread = vasicek_deviation(rate, correlation=rho)
    found = [(vasicek_rate(rate, correlation=rho, level=level) - rate) / spread for level in (0.9, 0.99, 0.999, 0.9999)]
    assert found == pytest.approx(printed, abs=0.06)
    assert found == pytest.approx(exact, abs=0.005)


# closed form


def test_without_correlation_every_year_is_the_average_year():
    assert vasicek_rate(0.02, correlation=0.0) == pytest.approx(0.02)
    assert vasicek_deviation(0.02, correlation=0.0) == pytest.approx(0.0, abs=1e-9)


def test_at_one_half_the_deviation_is_an_arcsine():
    """The chance that two standard normals of correlation rho are both below zero is 1/4 + asin(rho) / 2 pi."""
    expected = np.sqrt(np.arcsin(0.3) / (2 * np.pi))
    assert vasicek_deviation(0.5, correlation=0.3) == pytest.approx(expected, abs=1e-12)


def test_certain_rates_stay_certain():
    rates = np.array([0.0, 1.0])
    assert vasicek_rate(rates, correlation=0.2).tolist() == [0.0, 1.0]
    assert vasicek_deviation(rates, correlation=0.2).tolist() == [0.0, 0.0]


def test_a_series_keeps_its_index():
    found = vasicek_loss(pd.Series([0.01, 0.02], index=["a", "b"]), lgd=0.45, correlation=0.12)
    assert found.index.tolist() == ["a", "b"] and found["b"] == pytest.approx(0.45 * (0.147282497 - 0.02), abs=1e-9)


# laws


@settings(deadline=None, max_examples=25)
@given(RATES, RHOS)
def test_the_quantiles_average_to_the_mean_rate(rate, rho):
    levels = (np.arange(4000) + 0.5) / 4000
    found = np.mean([vasicek_rate(rate, correlation=rho, level=level) for level in levels[::20]])
    assert found == pytest.approx(rate, rel=0.2, abs=2e-3)


@settings(deadline=None, max_examples=25)
@given(RATES, RATES, RHOS)
def test_a_riskier_borrower_has_a_higher_quantile(one, other, rho):
    low, high = sorted((one, other))
    assert vasicek_rate(low, correlation=rho) <= vasicek_rate(high, correlation=rho)


@settings(deadline=None, max_examples=25)
@given(RATES, RHOS, st.floats(0.9, 0.999), st.floats(0.9, 0.999))
def test_a_higher_level_is_never_cheaper(rate, rho, one, other):
    low, high = sorted((one, other))
    assert vasicek_rate(rate, correlation=rho, level=low) <= vasicek_rate(rate, correlation=rho, level=high)


@settings(deadline=None, max_examples=25)
@given(RATES, RHOS)
def test_the_deviation_is_below_that_of_a_coin(rate, rho):
    assert 0.0 <= vasicek_deviation(rate, correlation=rho) <= np.sqrt(rate * (1 - rate)) + 1e-12


# refusals


@pytest.mark.parametrize("rate", [-0.01, 1.01, np.nan, np.inf])
def test_a_rate_out_of_range_is_refused(rate):
    with pytest.raises(BadData, match="not in 0"):
        vasicek_rate(rate, correlation=0.1)


@pytest.mark.parametrize("rho", [-0.1, 1.0, np.nan])
def test_a_correlation_out_of_range_is_refused(rho):
    with pytest.raises(BadData, match="1 excluded"):
        vasicek_rate(0.02, correlation=rho)


@pytest.mark.parametrize("level", [0.0, 1.0, 99.9])
def test_a_level_out_of_range_is_refused(level):
    with pytest.raises(BadData, match="level"):
        vasicek_rate(0.02, correlation=0.1, level=level)


def test_an_empty_column_gives_an_empty_column():
    assert vasicek_rate(np.array([]), correlation=0.1).tolist() == []
