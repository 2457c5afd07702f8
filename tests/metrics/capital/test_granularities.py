"""What large names add to capital."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData, EmptyBook
from microlib.metrics.capital.granularities import GranularityModel, gaussian_granularity, granularity_adjustments
from microlib.metrics.capital.risk_weights import risk_weights

PLAIN_K = 0.05862270530543216


def book(count, *, rate=0.01, lgd=0.45, capital=PLAIN_K, balances=1e5):
    frame = {"branch_id": "0755", "balance_yuan": balances, "default_rate": rate, "lgd_share": lgd}
    return pd.DataFrame({**frame, "capital_share": capital}, index=range(count))


def adjusted(names, column="full_share"):
    return granularity_adjustments(names, within="branch_id")[column].item()


def gaussian(names, rho):
    return gaussian_granularity(names, within="branch_id", correlation=rho)["gaussian_share"].item()


# published


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
    assert adjusted(book(count)) == pytest.approx(full, abs=1e-10)
    assert adjusted(book(count), "simplified_share") == pytest.approx(simplified, abs=1e-10)


def test_equal_loans_with_the_capital_of_two_and_a_half_years():
    """TV-B11, second line."""
    firm = pd.DataFrame([{"kind": "corporate", "default_rate": 0.01, "lgd_share": 0.45}])
    names = book(100, capital=risk_weights(firm)["capital_share"].item())
    assert adjusted(names) == pytest.approx(0.0125008086, abs=1e-10)
    assert adjusted(names, "simplified_share") == pytest.approx(0.0121263518, abs=1e-10)


def test_a_hundred_loans_falling_with_their_rank():
    """TV-B12: exposure 1/rank, other retail capital."""
    retail = pd.DataFrame([{"kind": "other_retail", "default_rate": 0.02, "lgd_share": 0.45}])
    capital = risk_weights(retail)["capital_share"].item()
    names = book(100, rate=0.02, capital=capital, balances=1 / np.arange(1, 101))
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
    assert gaussian(book(count, rate=rate), rho) == pytest.approx(expected, abs=1e-9)


def test_martin_and_wilde_on_the_falling_book():
    """TV-B13, last case."""
    names = book(100, rate=0.02, balances=1 / np.arange(1, 101))
    assert gaussian(names, 0.15) == pytest.approx(0.0546660680, abs=1e-9)


# laws


@pytest.mark.parametrize("measure", [adjusted, lambda names: gaussian(names, 0.15)])
def test_ten_times_the_names_is_a_tenth_of_the_adjustment(measure):
    assert measure(book(1000)) == pytest.approx(measure(book(100)) / 10)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.floats(1.0, 1e6), min_size=2, max_size=30), st.floats(0.01, 100.0))
def test_the_unit_of_money_and_the_order_change_nothing(balances, unit):
    names = book(len(balances), balances=balances)
    turned = names.assign(balance_yuan=names["balance_yuan"] * unit).iloc[::-1]
    assert adjusted(turned) == pytest.approx(adjusted(names))
    assert gaussian(turned, 0.12) == pytest.approx(gaussian(names, 0.12))


@settings(deadline=None, max_examples=20)
@given(st.lists(st.floats(1.0, 1e6), min_size=3, max_size=30))
def test_merging_two_names_into_a_group_never_lowers_it(balances):
    merged = [balances[0] + balances[1], *balances[2:]]
    assert adjusted(book(len(merged), balances=merged)) >= adjusted(book(len(balances), balances=balances)) - 1e-12


def test_a_name_without_balance_changes_nothing():
    names = book(3, balances=[2e5, 1e5, 0.0])
    found = granularity_adjustments(names, within="branch_id").iloc[0]
    assert found["names_count"] == 2
    assert found["full_share"] == pytest.approx(adjusted(names.iloc[:2]))


def test_books_are_measured_apart(unchanged):
    names = pd.concat([book(100), book(50).assign(branch_id="0021")])
    with unchanged(names):
        found = granularity_adjustments(names, within="branch_id").set_index("branch_id")["full_share"]
    assert found["0021"] == pytest.approx(2 * found["0755"])


# refusals


def test_a_book_without_balance_is_refused():
    with pytest.raises(EmptyBook, match="sum to zero"):
        adjusted(pd.concat([book(3), book(2, balances=0.0).assign(branch_id="0021")]))


def test_an_empty_frame_is_refused():
    with pytest.raises(EmptyBook, match="sum to zero"):
        adjusted(book(0))


def test_a_book_without_capital_is_refused():
    with pytest.raises(BadData, match="capital is zero"):
        adjusted(book(3, capital=0.0))


@pytest.mark.parametrize("column", ["balance_yuan", "default_rate", "lgd_share", "capital_share"])
@pytest.mark.parametrize("value", [np.nan, -0.1, np.inf])
def test_numbers_out_of_range_are_refused(column, value):
    with pytest.raises(BadData):
        adjusted(book(3).assign(**{column: value}))


def test_certain_defaults_have_no_gaussian_quantile():
    with pytest.raises(BadData, match="0 or 1"):
        gaussian(book(3, rate=0.0), 0.15)


def test_a_name_that_cannot_lose_is_refused():
    with pytest.raises(BadData, match="loss share is zero"):
        adjusted(book(3, lgd=0.0))
