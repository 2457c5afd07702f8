"""What large names add to capital.

Infectious defaults.
Losses of a fine book under one factor.
Risk weights against the tables of the Basel Committee.
Simulated losses against the limits they must reach.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, multivariate_normal, norm

from microlib.errors import BadData, EmptyBook
from microlib.stats.capital import (
    KINDS,
    GranularityModel,
    asset_correlations,
    gaussian_granularity,
    granularity_adjustments,
    infected_counts,
    infection_losses,
    maturity_factors,
    risk_weights,
    simulated_losses,
    vasicek_loss,
    vasicek_rate,
)

PLAIN_K = 0.05862270530543216


def granularity_book(count, *, rate=0.01, lgd=0.45, capital=PLAIN_K, balances=1e5):
    frame = {"branch_id": "0755", "balance_yuan": balances, "default_rate": rate, "lgd_share": lgd}
    return pd.DataFrame({**frame, "capital_share": capital}, index=range(count))


def deviation(rate, rho):
    """Deviation of a fine book's rate: two names default together as often as both normals lie below the threshold."""
    both = multivariate_normal.cdf([norm.ppf(rate)] * 2, cov=[[1, rho], [rho, 1]])
    return np.sqrt(both - rate**2)


def adjusted(names, column="full_share"):
    return granularity_adjustments(names, within="branch_id")[column].item()


def gaussian(names, rho):
    return gaussian_granularity(names, within="branch_id", correlation=rho)["gaussian_share"].item()


@pytest.mark.parametrize(
    ("xi", "expected"),
    [(0.20, 4.662958622), (0.25, 4.833601258), (0.31, 4.998669324), (0.35, 5.092050133), (0.40, 5.195014175)],
)
def test_delta_of_gordy_and_luetkebohmert(xi, expected):
    """TV-B10; the paper prints 4.83 at .25."""
    assert GranularityModel(precision=xi).delta == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize(
    ("count", "full", "simplified"), [(100, 0.0126601727, 0.0123511255), (1000, 0.0012660173, 0.0012351126)]
)
def test_equal_loans_without_maturity(count, full, simplified):
    """TV-B11."""
    assert adjusted(granularity_book(count)) == pytest.approx(full, abs=1e-10)
    assert adjusted(granularity_book(count), "simplified_share") == pytest.approx(simplified, abs=1e-10)


def test_equal_loans_with_the_capital_of_two_and_a_half_years():
    """TV-B11, second line."""
    firm = pd.DataFrame([{"kind": "corporate", "default_rate": 0.01, "lgd_share": 0.45}])
    names = granularity_book(100, capital=risk_weights(firm)["capital_share"].item())
    assert adjusted(names) == pytest.approx(0.0125008086, abs=1e-10)
    assert adjusted(names, "simplified_share") == pytest.approx(0.0121263518, abs=1e-10)


def test_a_hundred_loans_falling_with_their_rank():
    """TV-B12: exposure 1/rank, other retail capital."""
    retail = pd.DataFrame([{"kind": "other_retail", "default_rate": 0.02, "lgd_share": 0.45}])
    capital = risk_weights(retail)["capital_share"].item()
    names = granularity_book(100, rate=0.02, capital=capital, balances=1 / np.arange(1, 101))
    found = granularity_adjustments(names, within="branch_id").iloc[0]
    assert found["hhi"] == pytest.approx(0.06076, abs=5e-6)
    assert capital == pytest.approx(0.0463892, abs=5e-8)
    assert (found["full_share"], found["simplified_share"]) == pytest.approx((0.0870998, 0.0851606), abs=5e-8)


@pytest.mark.parametrize(
    ("count", "rate", "rho", "expected"),
    [
        (100, 0.02, 0.15, 0.008997048623),
        (100, 0.01, 0.12, 0.0091780698),
        (50, 0.01, 0.15, 0.01660536566),
        (1000, 0.02, 0.15, 0.00089970486),
    ],
)
def test_martin_and_wilde_by_two_independent_codes(count, rate, rho, expected):
    """TV-B13."""
    assert gaussian(granularity_book(count, rate=rate), rho) == pytest.approx(expected, abs=1e-9)


def test_martin_and_wilde_on_the_falling_book():
    """TV-B13, last case."""
    names = granularity_book(100, rate=0.02, balances=1 / np.arange(1, 101))
    assert gaussian(names, 0.15) == pytest.approx(0.0546660680, abs=1e-9)


@pytest.mark.parametrize("measure", [adjusted, lambda names: gaussian(names, 0.15)])
def test_ten_times_the_names_is_a_tenth_of_the_adjustment(measure):
    assert measure(granularity_book(1000)) == pytest.approx(measure(granularity_book(100)) / 10)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.floats(1.0, 1e6), min_size=2, max_size=30), st.floats(0.01, 100.0))
def test_the_unit_of_money_and_the_order_change_nothing(balances, unit):
    names = granularity_book(len(balances), balances=balances)
    turned = names.assign(balance_yuan=names["balance_yuan"] * unit).iloc[::-1]
    assert adjusted(turned) == pytest.approx(adjusted(names))
    assert gaussian(turned, 0.12) == pytest.approx(gaussian(names, 0.12))


@settings(deadline=None, max_examples=20)
@given(st.lists(st.floats(1.0, 1e6), min_size=3, max_size=30))
def test_merging_two_names_into_a_group_never_lowers_it(balances):
    merged = [balances[0] + balances[1], *balances[2:]]
    assert (
        adjusted(granularity_book(len(merged), balances=merged))
        >= adjusted(granularity_book(len(balances), balances=balances)) - 1e-12
    )


def test_a_name_without_balance_changes_nothing():
    names = granularity_book(3, balances=[2e5, 1e5, 0.0])
    found = granularity_adjustments(names, within="branch_id").iloc[0]
    assert found["names_count"] == 2
    assert found["full_share"] == pytest.approx(adjusted(names.iloc[:2]))


def test_books_are_measured_apart(unchanged):
    names = pd.concat([granularity_book(100), granularity_book(50).assign(branch_id="0021")])
    with unchanged(names):
        found = granularity_adjustments(names, within="branch_id").set_index("branch_id")["full_share"]
    assert found["0021"] == pytest.approx(2 * found["0755"])


def test_granularity_a_book_without_balance_is_refused():
    with pytest.raises(EmptyBook, match="sum to zero"):
        adjusted(pd.concat([granularity_book(3), granularity_book(2, balances=0.0).assign(branch_id="0021")]))


def test_an_empty_frame_is_refused():
    with pytest.raises(EmptyBook, match="sum to zero"):
        adjusted(granularity_book(0))


def test_a_book_without_capital_is_refused():
    with pytest.raises(BadData, match="capital is zero"):
        adjusted(granularity_book(3, capital=0.0))


@pytest.mark.parametrize("column", ["balance_yuan", "default_rate", "lgd_share", "capital_share"])
@pytest.mark.parametrize("value", [np.nan, -0.1, np.inf])
def test_numbers_out_of_range_are_refused(column, value):
    with pytest.raises(BadData):
        adjusted(granularity_book(3).assign(**{column: value}))


def test_certain_defaults_have_no_gaussian_quantile():
    with pytest.raises(BadData, match="0 or 1"):
        gaussian(granularity_book(3, rate=0.0), 0.15)


def test_a_name_that_cannot_lose_is_refused():
    with pytest.raises(BadData, match="loss share is zero"):
        adjusted(granularity_book(3, lgd=0.0))


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


def test_without_infection_it_is_the_binomial():
    found = infected_counts(30, default_rate=0.07, infection=0.0)
    assert found.to_numpy() == pytest.approx(binom.pmf(np.arange(31), 30, 0.07), abs=1e-12)


def test_with_certain_infection_one_failure_takes_all():
    found = infected_counts(5, default_rate=0.1, infection=1.0)
    assert found.to_numpy() == pytest.approx([0.9**5, 0, 0, 0, 0, 1 - 0.9**5])


def test_certain_failures_need_no_infection():
    assert infected_counts(4, default_rate=1.0, infection=0.5)[4] == pytest.approx(1.0)
    assert infected_counts(4, default_rate=0.0, infection=0.5)[0] == pytest.approx(1.0)


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


def test_infection_the_frame_given_is_not_altered(unchanged):
    circles = pd.DataFrame({"circle_id": ["a"], "members_count": [4]})
    with unchanged(circles):
        assert infection_losses(circles, default_rate=0.02, infection=0.1)["circle_id"].tolist() == ["a"]


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


RATES, RHOS = st.floats(1e-4, 0.5), st.floats(0.01, 0.6)


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
    spread = deviation(rate, rho)
    found = [(vasicek_rate(rate, correlation=rho, level=level) - rate) / spread for level in (0.9, 0.99, 0.999, 0.9999)]
    assert found == pytest.approx(printed, abs=0.06)
    assert found == pytest.approx(exact, abs=0.005)


def test_without_correlation_every_year_is_the_average_year():
    assert vasicek_rate(0.02, correlation=0.0) == pytest.approx(0.02)


def test_certain_rates_stay_certain():
    rates = np.array([0.0, 1.0])
    assert vasicek_rate(rates, correlation=0.2).tolist() == [0.0, 1.0]


def test_a_series_keeps_its_index():
    found = vasicek_loss(pd.Series([0.01, 0.02], index=["a", "b"]), lgd=0.45, correlation=0.12)
    assert found.index.tolist() == ["a", "b"] and found["b"] == pytest.approx(0.45 * (0.147282497 - 0.02), abs=1e-9)


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


COLUMNS = [
    ("corporate", 0.45, 50.0), ("corporate", 0.45, 5.0), ("mortgage", 0.45, None), ("mortgage", 0.25, None),
    ("other_retail", 0.45, None), ("other_retail", 0.85, None), ("revolving_retail", 0.45, None),
    ("revolving_retail", 0.85, None),
]  # fmt: skip
ANNEX_5 = """
0.03  14.44 11.30   4.15  2.30   4.45  8.41  0.98  1.85
0.05  19.65 15.39   6.23  3.46   6.63 12.52  1.51  2.86
0.10  29.65 23.30  10.69  5.94  11.16 21.08  2.71  5.12
0.25  49.47 39.01  21.30 11.83  21.15 39.96  5.76 10.88
0.40  62.72 49.49  29.94 16.64  28.42 53.69  8.41 15.88
0.50  69.61 54.91  35.08 19.49  32.36 61.13 10.04 18.97
0.75  82.78 65.14  46.46 25.81  40.10 75.74 13.80 26.06
1.00  92.32 72.40  56.40 31.33  45.77 86.46 17.22 32.53
1.30 100.95 78.77  67.00 37.22  50.80 95.95 21.02 39.70
1.50 105.59 82.11  73.45 40.80  53.37 100.81 23.40 44.19
2.00 114.86 88.55  87.94 48.85  57.99 109.53 28.92 54.63
2.50 122.16 93.43 100.64 55.91  60.90 115.03 33.98 64.18
3.00 128.44 97.58 111.99 62.22  62.79 118.61 38.66 73.03
4.00 139.58 105.04 131.63 73.13 65.01 122.80 47.16 89.08
5.00 149.85 112.26 148.22 82.35 66.42 125.45 54.74 103.41
6.00 159.61 119.48 162.52 90.29 67.73 127.94 61.61 116.37
10.00 193.09 146.51 204.41 113.56 75.54 142.69 83.89 158.47
15.00 221.53 171.91 235.72 130.96 88.60 167.36 103.88 196.23
20.00 238.23 188.42 253.12 140.62 100.28 189.41 117.99 222.86
"""
#: default rate %, corporate with large sales, with sales of 5, revolving retail
BASEL_III = """
0.05 17.47 13.69  1.68
0.10 26.36 20.71  3.01
0.25 43.97 34.68  6.40
0.40 55.75 43.99  9.34
0.50 61.88 48.81 11.16
0.75 73.58 57.91 15.33
1.00 82.06 64.35 19.14
1.30 89.73 70.02 23.35
"""


def table(text):
    return np.array([[float(cell) for cell in line.split()] for line in text.strip().splitlines()])


def weights(rates, kind, lgd, sales):
    rows = pd.DataFrame({"kind": kind, "default_rate": rates, "lgd_share": lgd, "sales_million_eur": sales})
    return 100 * risk_weights(rows)["risk_weight_ratio"].to_numpy()


def exposure(**columns):
    return pd.DataFrame([{"kind": "corporate", "default_rate": 0.01, "lgd_share": 0.45, **columns}])


@pytest.mark.parametrize("place", range(len(COLUMNS)))
def test_illustrative_risk_weights_of_basel_ii_annex_5(place):
    """TV-B8: 19 default rates, maturity 2.5 years; cells printed to .01, so .015 points are allowed."""
    printed = table(ANNEX_5)
    assert weights(printed[:, 0] / 100, *COLUMNS[place]) == pytest.approx(printed[:, place + 1], abs=0.015)


@pytest.mark.parametrize(
    ("place", "column"),
    [(1, ("corporate", 0.40, 50.0)), (2, ("corporate", 0.40, 5.0)), (3, ("revolving_retail", 0.50, None))],
)
def test_illustrative_risk_weights_of_basel_iii(place, column):
    """TV-B9: loss given default 40 % for corporates, 50 % for revolving retail."""
    printed = table(BASEL_III)
    assert weights(printed[:, 0] / 100, *column) == pytest.approx(printed[:, place], abs=0.015)


def test_a_loan_of_two_and_a_half_years_at_the_middle_of_sales():
    """Sales of 27.5 million are half way: half the relief of .04."""
    whole, half = asset_correlations(exposure()), asset_correlations(exposure(sales_million_eur=27.5))
    assert (whole - half).item() == pytest.approx(0.02)


def test_retail_has_no_maturity():
    assert maturity_factors(exposure(kind="other_retail", maturity_years=5.0)).tolist() == [1.0]


def test_without_loss_there_is_no_capital():
    assert risk_weights(exposure(lgd_share=0.0))["capital_share"].tolist() == [0.0]


@settings(deadline=None, max_examples=25)
@given(st.sampled_from(KINDS), st.floats(0.0003, 0.3), st.floats(0.05, 0.9))
def test_capital_grows_in_step_with_the_loss_share(kind, rate, lgd):
    one, two = (risk_weights(exposure(kind=kind, default_rate=rate, lgd_share=x)) for x in (lgd / 2, lgd))
    assert two["capital_share"].item() == pytest.approx(2 * one["capital_share"].item())


@settings(deadline=None, max_examples=25)
@given(st.floats(0.0003, 0.2), st.floats(1.0, 5.0), st.floats(1.0, 5.0))
def test_a_longer_loan_needs_no_less(rate, one, other):
    short, long = sorted((one, other))
    factors = [maturity_factors(exposure(default_rate=rate, maturity_years=years)).item() for years in (short, long)]
    assert factors[0] <= factors[1] + 1e-12


def test_risk_weight_the_frame_given_is_not_altered(unchanged):
    rows = exposure(sales_million_eur=10.0, maturity_years=3.0)
    with unchanged(rows):
        risk_weights(rows)


def test_an_unknown_kind_is_refused():
    with pytest.raises(BadData, match="no formula for sovereign"):
        risk_weights(exposure(kind="sovereign"))


def test_a_corporate_that_never_fails_is_refused():
    with pytest.raises(BadData, match="corporate default rate is 0: "):
        risk_weights(exposure(default_rate=0.0))


def test_negative_sales_are_refused():
    with pytest.raises(BadData, match="sales are negative"):
        risk_weights(exposure(sales_million_eur=-1.0))


@pytest.mark.parametrize("column", ["default_rate", "lgd_share"])
def test_a_missing_rate_is_refused(column):
    with pytest.raises(BadData, match="not in 0"):
        risk_weights(exposure(**{column: np.nan}))


def test_an_empty_book_has_no_rows():
    assert risk_weights(exposure().iloc[:0]).empty


def simulation_book(count, **columns):
    frame = {"sector": "trade", "balance_yuan": 1.0, "default_rate": 0.02, "lgd_share": 0.45}
    return pd.DataFrame({**frame, "correlation_share": 0.15, **columns}, index=range(count))


def matrix(*sectors, between=0.0):
    square = np.full((len(sectors), len(sectors)), between)
    np.fill_diagonal(square, 1.0)
    return pd.DataFrame(square, index=list(sectors), columns=list(sectors))


ONE = matrix("trade")


def test_many_names_of_one_sector_reach_the_fine_book_plus_its_granularity():
    """The limit lies inside the simulation's own interval, widened by half for the 95 % that it is."""
    names = simulation_book(1500)
    found = simulated_losses(names, ONE, draws=20_000, level=0.99).iloc[0]
    limit = 0.02 * 0.45 + vasicek_loss(0.02, lgd=0.45, correlation=0.15, level=0.99)
    fine = gaussian_granularity(names.assign(branch_id="0755"), within="branch_id", correlation=0.15, level=0.99)
    reach = 0.75 * (found["quantile_high_share"] - found["quantile_low_share"])
    assert found["quantile_share"] == pytest.approx(limit + fine["gaussian_share"].item(), abs=reach)


def test_mean_and_deviation_are_the_analytic_ones():
    found = simulated_losses(simulation_book(1000), ONE, draws=20_000, level=0.99).iloc[0]
    fine = 0.45 * deviation(0.02, 0.15)
    whole = np.sqrt(fine**2 + 0.45**2 * (0.02 * 0.98 - deviation(0.02, 0.15) ** 2) / 1000)
    assert found["mean_share"] == pytest.approx(0.009, abs=4 * found["mean_error_share"])
    assert found["deviation_share"] == pytest.approx(whole, rel=0.05)


def test_without_correlation_it_is_the_binomial():
    found = simulated_losses(
        simulation_book(50, correlation_share=0.0, lgd_share=1.0), ONE, draws=50_000, level=0.99
    ).iloc[0]
    assert found["quantile_share"] == pytest.approx(4 / 50)


def test_unrelated_sectors_are_safer_than_one():
    names = simulation_book(200).assign(sector=["trade", "farm"] * 100)
    apart, together = (
        simulated_losses(names, matrix("trade", "farm", between=between), draws=20_000, level=0.99).iloc[0]
        for between in (0.0, 1.0)
    )
    one = simulated_losses(simulation_book(200), ONE, draws=20_000, level=0.99).iloc[0]
    assert apart["quantile_share"] < one["quantile_low_share"]
    assert together["quantile_low_share"] <= one["quantile_high_share"]


def test_the_same_seed_gives_the_same_losses(unchanged):
    names = simulation_book(40)
    with unchanged(names, ONE):
        first, second = (simulated_losses(names, ONE, draws=10_000, level=0.99) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)


def test_more_draws_narrow_the_interval():
    few, many = (
        simulated_losses(simulation_book(300), ONE, draws=draws, level=0.99).iloc[0] for draws in (10_000, 160_000)
    )
    width = [row["quantile_high_share"] - row["quantile_low_share"] for row in (few, many)]
    assert width[1] < 0.5 * width[0] and many["mean_error_share"] < 0.5 * few["mean_error_share"]


def test_quantile_lies_in_its_interval_and_below_the_shortfall():
    found = simulated_losses(simulation_book(30), ONE, draws=20_000, level=0.99).iloc[0]
    assert found["quantile_low_share"] <= found["quantile_share"] <= found["quantile_high_share"]
    assert found["quantile_share"] <= found["shortfall_share"] <= 0.45


def test_too_few_draws_for_the_level_are_refused():
    with pytest.raises(BadData, match="leave the tail"):
        simulated_losses(simulation_book(3), ONE, draws=10_000, level=0.999)


def test_a_sector_without_correlations_is_refused():
    with pytest.raises(BadData, match="no correlations for farm"):
        simulated_losses(simulation_book(3, sector="farm"), ONE)


@pytest.mark.parametrize("between", [1.5, np.nan])
def test_a_matrix_that_is_none_is_refused(between):
    with pytest.raises(BadData, match="sector matrix"):
        simulated_losses(simulation_book(3), matrix("trade", "farm", between=between))


def test_simulation_a_book_without_balance_is_refused():
    with pytest.raises(EmptyBook, match="sum to zero"):
        simulated_losses(simulation_book(3, balance_yuan=0.0), ONE)


def test_a_balance_that_is_missing_is_refused():
    with pytest.raises(BadData, match="missing, infinite or negative"):
        simulated_losses(simulation_book(2, balance_yuan=[1.0, np.nan]), ONE)


@pytest.mark.parametrize("rate", [0.0, 1e-9, 1e-6, 2.9e-6])
def test_a_rate_at_which_the_formula_turns_is_refused(rate):
    rows = pd.DataFrame({"kind": ["corporate"], "default_rate": [rate], "lgd_share": [0.45]})
    with pytest.raises(BadData, match="no value there"):
        risk_weights(rows)


def test_the_weight_never_falls_below_zero():
    rates = np.r_[np.geomspace(3e-6, 0.99, 400), 1.0]
    for kind in ("corporate", "other_retail", "mortgage", "revolving_retail"):
        rows = pd.DataFrame({"kind": kind, "default_rate": rates, "lgd_share": 0.45})
        assert (risk_weights(rows)["capital_share"] >= 0).all()


def test_simulated_losses_know_no_order_of_names_or_sectors():
    dice = np.random.default_rng(3)
    names = pd.DataFrame({"sector": dice.choice(["a", "b"], 30), "balance_yuan": dice.integers(1, 90, 30) * 1e4,
                          "default_rate": dice.uniform(0, 0.1, 30), "lgd_share": 0.45,
                          "correlation_share": 0.15})  # fmt: skip
    matrix = pd.DataFrame([[1.0, 0.4], [0.4, 1.0]], index=["a", "b"], columns=["a", "b"])
    one = simulated_losses(names, matrix, draws=2_000, level=0.95)
    other = simulated_losses(names.sample(frac=1, random_state=1), matrix.iloc[::-1, ::-1], draws=2_000, level=0.95)
    pd.testing.assert_frame_equal(one, other)
