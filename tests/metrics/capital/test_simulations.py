"""Simulated losses against the limits they must reach."""

import numpy as np
import pandas as pd
import pytest

from microlib.errors import BadData, EmptyBook
from microlib.metrics.capital.granularities import gaussian_granularity
from microlib.metrics.capital.limit_losses import vasicek_deviation, vasicek_loss
from microlib.metrics.capital.simulations import simulated_losses


def book(count, **columns):
    frame = {"sector": "trade", "balance_yuan": 1.0, "default_rate": 0.02, "lgd_share": 0.45}
    return pd.DataFrame({**frame, "correlation_share": 0.15, **columns}, index=range(count))


def matrix(*sectors, between=0.0):
    square = np.full((len(sectors), len(sectors)), between)
    np.fill_diagonal(square, 1.0)
    return pd.DataFrame(square, index=list(sectors), columns=list(sectors))


ONE = matrix("trade")

# closed form


def test_many_names_of_one_sector_reach_the_fine_book_plus_its_granularity():
    """The limit lies inside the simulation's own interval, widened by half for the 95 % that it is."""
    names = book(1500)
    found = simulated_losses(names, ONE, draws=20_000, level=0.99).iloc[0]
    limit = 0.02 * 0.45 + vasicek_loss(0.02, lgd=0.45, correlation=0.15, level=0.99)
    fine = gaussian_granularity(names.assign(branch_id="0755"), within="branch_id", correlation=0.15, level=0.99)
    reach = 0.75 * (found["quantile_high_share"] - found["quantile_low_share"])
    assert found["quantile_share"] == pytest.approx(limit + fine["gaussian_share"].item(), abs=reach)


def test_mean_and_deviation_are_the_analytic_ones():
    found = simulated_losses(book(1000), ONE, draws=20_000, level=0.99).iloc[0]
    fine = 0.45 * vasicek_deviation(0.02, correlation=0.15)
    whole = np.sqrt(fine**2 + 0.45**2 * (0.02 * 0.98 - vasicek_deviation(0.02, correlation=0.15) ** 2) / 1000)
    assert found["mean_share"] == pytest.approx(0.009, abs=4 * found["mean_error_share"])
    assert found["deviation_share"] == pytest.approx(whole, rel=0.05)


def test_without_correlation_it_is_the_binomial():
    found = simulated_losses(book(50, correlation_share=0.0, lgd_share=1.0), ONE, draws=50_000, level=0.99).iloc[0]
    assert found["quantile_share"] == pytest.approx(4 / 50)


# laws


def test_unrelated_sectors_are_safer_than_one():
    names = book(200).assign(sector=["trade", "farm"] * 100)
    apart, together = (
        simulated_losses(names, matrix("trade", "farm", between=between), draws=20_000, level=0.99).iloc[0]
        for between in (0.0, 1.0)
    )
    one = simulated_losses(book(200), ONE, draws=20_000, level=0.99).iloc[0]
    assert apart["quantile_share"] < one["quantile_low_share"]
    assert together["quantile_low_share"] <= one["quantile_high_share"]


def test_the_same_seed_gives_the_same_losses(unchanged):
    names = book(40)
    with unchanged(names, ONE):
        first, second = (simulated_losses(names, ONE, draws=10_000, level=0.99) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)


def test_more_draws_narrow_the_interval():
    few, many = (simulated_losses(book(300), ONE, draws=draws, level=0.99).iloc[0] for draws in (10_000, 160_000))
    width = [row["quantile_high_share"] - row["quantile_low_share"] for row in (few, many)]
    assert width[1] < 0.5 * width[0] and many["mean_error_share"] < 0.5 * few["mean_error_share"]


def test_quantile_lies_in_its_interval_and_below_the_shortfall():
    found = simulated_losses(book(30), ONE, draws=20_000, level=0.99).iloc[0]
    assert found["quantile_low_share"] <= found["quantile_share"] <= found["quantile_high_share"]
    assert found["quantile_share"] <= found["shortfall_share"] <= 0.45


# refusals


def test_too_few_draws_for_the_level_are_refused():
    with pytest.raises(BadData, match="leave the tail"):
        simulated_losses(book(3), ONE, draws=10_000, level=0.999)


def test_a_sector_without_correlations_is_refused():
    with pytest.raises(BadData, match="no correlations for farm"):
        simulated_losses(book(3, sector="farm"), ONE)


@pytest.mark.parametrize("between", [1.5, np.nan])
def test_a_matrix_that_is_none_is_refused(between):
    with pytest.raises(BadData, match="sector matrix"):
        simulated_losses(book(3), matrix("trade", "farm", between=between))


def test_a_book_without_balance_is_refused():
    with pytest.raises(EmptyBook, match="sum to zero"):
        simulated_losses(book(3, balance_yuan=0.0), ONE)


def test_a_balance_that_is_missing_is_refused():
    with pytest.raises(BadData, match="missing, infinite or negative"):
        simulated_losses(book(2, balance_yuan=[1.0, np.nan]), ONE)
