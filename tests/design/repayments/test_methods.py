"""One loan repaid in every way: same principal, honest yearly cost, and cash held against what is due."""

from datetime import date

import pandas as pd
import pytest

from microlib.design.repayments.methods import compared_methods

START = date(2026, 6, 30)


@pytest.fixture
def found(stall):
    cash = pd.Series([0.05, 0.06, 0.07])
    return compared_methods(stall, amount_yuan=240_000, start=START, free_cash=cash).set_index("method")


def test_the_products_own_way_stands_first_and_every_way_is_there(found) -> None:
    assert found.index[0] == "equal_instalment" and found["is_own"].sum() == 1 and len(found) == 9


def test_flat_interest_costs_nearly_double_at_the_same_nominal_rate(found) -> None:
    flat, own = found.loc["equal_principal_and_interest", "eir_rate"], found.loc["equal_instalment", "eir_rate"]
    assert 1.7 < flat / own < 2.0


def test_cash_against_equal_principal_is_tightest_in_the_first_month(found) -> None:
    first = 240_000 / 24 + 240_000 * 0.0585 / 12
    assert found.loc["equal_principal", "cover_ratio"] == pytest.approx(0.06 * 240_000 / first, rel=1e-4)


def test_money_that_stays_longer_costs_more_interest(found) -> None:
    order = found.loc[["equal_principal", "equal_instalment", "balloon", "interest_only"], "interest_due_yuan"]
    assert order.is_monotonic_increasing


def test_without_a_sized_line_cash_is_not_guessed(stall) -> None:
    assert compared_methods(stall, amount_yuan=1e5, start=START)["cover_ratio"].isna().all()
