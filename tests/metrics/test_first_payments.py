from __future__ import annotations

import pandas as pd

from microlib.metrics.first_payments import first_payment_defaults, first_payments
from microlib.metrics.maturities import warnings

AS_OF = "2026-06-30"


def test_arrears_that_began_with_the_second_payment_are_no_first_payment_default(ledger):
    loans = ledger(
        4,
        disbursed_date=["2026-04-21", "2026-04-21", "2026-01-10", "2026-06-10"],
        repayment="equal_instalment",
        overdue_days=[40, 9, 40, 0],
    )
    found = first_payments(loans, as_of=AS_OF)
    assert found.is_missed.to_list() == [True, False, False]
    assert warnings(loans, as_of=AS_OF).loans_count.iloc[-1] == 1


def test_a_schedule_says_which_payment_it_was(ledger):
    loans = ledger(2, disbursed_date="2026-01-10", repayment="other", overdue_days=[92, 61])
    rows = [(1, "2026-03-30"), (2, "2026-04-30")]
    schedules = pd.DataFrame(
        [(loan, term, pd.Timestamp(due)) for loan in loans["loan_id"] for term, due in rows],
        columns=["loan_id", "term_number", "due_date"],
    )
    found = first_payments(loans, schedules, as_of=AS_OF)
    assert found.is_missed.to_list() == [True, False] and not found.is_estimated.any()


def test_a_bullet_pays_first_at_maturity(ledger):
    loans = ledger(1, repayment="bullet", disbursed_date="2025-12-10", maturity_date="2026-05-20", overdue_days=41)
    assert first_payments(loans, as_of=AS_OF).is_missed.item()


def test_renewals_and_old_loans_are_no_first_payments(ledger):
    loans = ledger(
        2,
        repayment="bullet",
        issue_type=["refinance", "new"],
        disbursed_date=["2026-01-10", "2025-06-30"],
        overdue_days=99,
    )
    assert first_payments(loans, as_of=AS_OF).empty


def test_the_rate_counts_only_loans_old_enough_and_says_what_it_cannot_judge(ledger):
    loans = ledger(
        4,
        disbursed_date=["2026-03-01", "2026-03-01", "2026-05-20", "2026-03-01"],
        repayment=["interest_only"] * 3 + ["revolving"],
        overdue_days=[85, 0, 10, 0],
    )
    row = first_payment_defaults(first_payments(loans, as_of=AS_OF)).iloc[0]
    assert (row.observed_count, row.default_count, row.unjudged_count) == (2, 1, 1)
    assert row.default_rate == 0.5 and row.default_rate_low < 0.5 < row.default_rate_high


def test_no_first_payment_due_is_said(ledger):
    row = first_payment_defaults(first_payments(ledger(1), as_of=AS_OF)).iloc[0]
    assert row.reason == "no_first_payment_due" and pd.isna(row.default_rate)
