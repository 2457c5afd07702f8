"""Subtotals: each year closed, all of it at the foot."""

from __future__ import annotations

import pytest

from microlib.design.repayments.subtotals import with_subtotals
from microlib.design.schedules import Loan, repayment_schedule


def test_years_and_the_total_add_up_to_the_terms(unchanged) -> None:
    plan = repayment_schedule(Loan(1_000_000, 0.05, 24))
    with unchanged(plan):
        rows = with_subtotals(plan)
    kinds = rows.groupby("row_kind")[["principal_yuan", "interest_yuan"]].sum()
    assert kinds.loc["year"].to_list() == pytest.approx(kinds.loc["term"].to_list())
    assert kinds.loc["total", "principal_yuan"] == 1_000_000
    assert rows["row_kind"].iloc[-1] == "total" and (rows["row_kind"] == "year").sum() == 3
