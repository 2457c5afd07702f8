"""Receivables on core enterprises: the base, the shares of a cap, suppliers under a core."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from microlib.design.business_evidence import borrowing_base, poor_month_cash, share_out, supplier_limits
from microlib.errors import BadData

FOUR = pd.DataFrame({"payable_yuan": [420.0, 260, 900, 150], "dilution_share": [0.03, 0.05, 0.02, 0.10]})


def test_four_suppliers_under_a_core_cap() -> None:
    """X19: single cap 300, core cap 800 -> 267.6, 162.2, 281.5, 88.7 (万元)."""
    found = supplier_limits(FOUR, advance_share=0.7, single_cap_yuan=300, core_cap_yuan=800)
    assert found["limit_yuan"].round(1).to_list() == [267.6, 162.2, 281.5, 88.7]
    assert found["advance_yuan"].round(2).to_list() == [285.18, 172.9, 617.4, 94.5]
    assert set(found["bound_by"]) == {"source"}


def test_a_borrowing_base_with_one_large_debtor() -> None:
    """TV-A11: 400, 300, 180, 0; cap 25 %, not applied again; excess 260, base 514.6."""
    base = borrowing_base(pd.Series([400.0, 300, 180, 0]), debtor_cap_share=0.25, advance_share=0.83)
    assert base.iloc[0].to_list() == pytest.approx([880, 260, 514.6])


def test_a_cap_that_suffices_binds_nobody() -> None:
    found = supplier_limits(FOUR, advance_share=0.7, single_cap_yuan=300, core_cap_yuan=1e6)
    assert found["limit_yuan"].to_list() == found["single_yuan"].to_list()
    assert found["bound_by"].to_list() == ["collateral", "collateral", "product", "collateral"]


def test_shares_of_a_pool_never_exceed_it() -> None:
    amounts, pools = pd.Series([5.0, 3, 2, 7]), pd.Series(["a", "a", "a", None])
    shared = share_out(amounts, pools=pools, headroom=pd.Series([4.0, 4, 4, 1]))
    assert shared.iloc[:3].to_list() == [2.0, pytest.approx(1.2), pytest.approx(0.8)] and pd.isna(shared.iloc[3])


def test_an_unconfirmed_payable_is_refused() -> None:
    with pytest.raises(BadData, match="a payable is missing or negative"):
        supplier_limits(FOUR.assign(payable_yuan=None), advance_share=0.7, single_cap_yuan=1, core_cap_yuan=1)


def _cash(customers: int, last: int) -> pd.DataFrame:
    """Twelve months of 100 to each customer, up to this month."""
    rows = [(f"C{who}", month, 100.0) for who in range(customers) for month in range(last - 13, last + 1)]
    return pd.DataFrame(rows, columns=["customer_id", "month_number", "cash_yuan"])


@pytest.mark.parametrize("day", [date(2026, 6, 15), date(2026, 6, 30)])
def test_a_month_that_is_not_over_is_no_poor_month(policy, day) -> None:
    june = 2026 * 12 + 6
    cash = _cash(1, june)
    cash.loc[cash["month_number"] == june, "cash_yuan"] = 0.0
    found = poor_month_cash(cash, as_of=day, policy=policy.limits, cycle_months=12).iloc[0]
    assert found["cash_month_yuan"] == pytest.approx(100.0 if day.day == 15 else 100 - 100 / 12 / 2)
    assert found["months_count"] == min(13 + (day.day == 30), policy.limits.flow_window_months)


def test_a_last_month_of_which_the_file_holds_a_part_is_no_poor_month(policy) -> None:
    june = 2026 * 12 + 6
    cash = _cash(20, june)
    cash.loc[cash["month_number"] == june, "cash_yuan"] = 10.0
    found = poor_month_cash(cash, as_of=date(2026, 6, 30), policy=policy.limits, cycle_months=1)
    assert (found["cash_month_yuan"] == 100.0).all() and found["months_count"].max() <= 13
