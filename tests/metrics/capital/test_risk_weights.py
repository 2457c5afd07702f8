"""Risk weights against the tables of the Basel Committee."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData
from microlib.metrics.capital.risk_weights import KINDS, asset_correlations, maturity_factors, risk_weights

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


# published


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


# closed form


def test_a_loan_of_two_and_a_half_years_at_the_middle_of_sales():
    """Sales of 27.5 million are half way: half the relief of .04."""
    whole, half = asset_correlations(exposure()), asset_correlations(exposure(sales_million_eur=27.5))
    assert (whole - half).item() == pytest.approx(0.02)


def test_retail_has_no_maturity():
    assert maturity_factors(exposure(kind="other_retail", maturity_years=5.0)).tolist() == [1.0]


def test_without_loss_there_is_no_capital():
    assert risk_weights(exposure(lgd_share=0.0))["capital_share"].tolist() == [0.0]


# laws


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


def test_the_frame_given_is_not_altered(unchanged):
    rows = exposure(sales_million_eur=10.0, maturity_years=3.0)
    with unchanged(rows):
        risk_weights(rows)


# refusals


def test_an_unknown_kind_is_refused():
    with pytest.raises(BadData, match="no formula for sovereign"):
        risk_weights(exposure(kind="sovereign"))


def test_a_corporate_that_never_fails_is_refused():
    with pytest.raises(BadData, match="corporate default rate is zero"):
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
