"""A revolving line by its draws: interest for the days used, nothing for the rest.

One loan repaid in every way: same principal, honest yearly cost, and cash held against what is due.
Subtotals: each year closed, all of it at the foot.
"""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from microlib.design.repayment import compared_methods, line_statement
from microlib.errors import BadConfig, BadData


def moves(*rows) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["date", "drawn_yuan", "repaid_yuan"])
    return frame.assign(date=pd.to_datetime(frame["date"]))


def test_five_months_of_a_million() -> None:
    """X06: 1,000,000 for 5 months at 4.8 % costs 20,000 (150 days of 360)."""
    found = line_statement(moves(("2026-01-01", 1e6, 0), ("2026-05-31", 0, 1e6)), limit_yuan=1e6, yearly_rate=0.048)
    assert found["interest_yuan"].sum() == 20_000 and found["balance_yuan"].iloc[-1] == 0


def test_a_draw_in_two_costs_as_much_as_one(unchanged) -> None:
    one = moves(("2026-01-01", 1e6, 0), ("2026-03-02", 0, 1e6))
    two = moves(("2026-01-01", 4e5, 0), ("2026-01-01", 6e5, 0), ("2026-03-02", 0, 1e6))
    with unchanged(one, two):
        found = [line_statement(each, limit_yuan=1e6, yearly_rate=0.05)["interest_yuan"].sum() for each in (one, two)]
    assert found[0] == found[1] == pytest.approx(1e6 * 0.05 * 60 / 360, abs=0.01)


def test_what_the_line_cannot_bear_is_refused_by_its_date() -> None:
    with pytest.raises(BadData, match="a draw exceeds the line") as refused:
        line_statement(moves(("2026-01-01", 2e6, 0)), limit_yuan=1e6, yearly_rate=0.05)
    assert refused.value.where.endswith("2026-01-01")
    with pytest.raises(BadData, match="a repayment exceeds"):
        line_statement(moves(("2026-01-01", 1e5, 0), ("2026-02-01", 0, 2e5)), limit_yuan=1e6, yearly_rate=0.05)
    with pytest.raises(BadData, match="missing or negative"):
        line_statement(moves(("2026-01-01", -1e5, 0)), limit_yuan=1e6, yearly_rate=0.05)
    with pytest.raises(BadConfig, match="does not count days"):
        line_statement(moves(("2026-01-01", 1e5, 0)), limit_yuan=1e6, yearly_rate=0.05, day_count="monthly")


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
