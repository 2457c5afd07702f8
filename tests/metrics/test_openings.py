from __future__ import annotations

import pandas as pd

from microlib.metrics.openings import existed, joined, opening_balances

AS_OF = "2026-06-30"


def test_only_loans_live_at_the_opening_count(ledger, month_ends):
    months = month_ends(["L0000", "L0001"], ["2025-06"] * 2, status=["normal", "settled"])
    found = opening_balances(ledger(2), months, as_of=AS_OF)
    assert found.loan_id.to_list() == ["L0000"] and found.opening_date.to_list() == [pd.Timestamp("2025-06-30")]


def test_a_debt_existed_when_the_loan_it_renews_did(ledger, month_ends):
    loans = ledger(
        3,
        disbursed_date=["2025-01-05", "2026-01-05", "2026-01-05"],
        issue_type=["new", "refinance", "new"],
        previous_loan_id=[None, "L0000", None],
    )
    opening = opening_balances(loans, month_ends(["L0000"], ["2025-06"]), as_of=AS_OF)
    assert existed(loans, opening).to_list() == [True, True, False]
    assert not existed(loans, None).any()


def test_loans_that_left_the_ledger_stand_for_themselves_unless_groups_need_a_place(ledger, month_ends):
    loans, months = ledger(1), month_ends(["L0000", "GONE"], ["2025-06"] * 2)
    sums = [joined(loans, opening_balances(loans, months, as_of=AS_OF, placed=placed)) for placed in (False, True)]
    assert [frame.balance_then.sum() for frame in sums] == [200.0, 100.0]
    assert sums[0].customer_id.to_list() == ["C0000", "GONE"]


def test_months_that_do_not_reach_back_are_none(ledger, month_ends):
    assert opening_balances(ledger(1), None, as_of=AS_OF) is None
    assert opening_balances(ledger(1), month_ends(["L0000"], ["2025-07"]), as_of=AS_OF) is None
