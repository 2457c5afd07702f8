"""A scheme is replayed on loans whose twelfth month has been seen."""

import pandas as pd
import pytest

from microlib.design.rollout.pay_bases import paid_loans
from microlib.errors import EmptyBook

TODAY = pd.Timestamp("2026-06-30").date()


def tables(lent="2025-03-10"):
    loans = pd.DataFrame({
        "loan_id": ["L1", "L2"], "rm_id": "R1", "customer_id": ["C1", "C2"], "amount_yuan": 1e5, "issue_type": "new",
        "disbursed_date": pd.to_datetime([lent, lent]), "status": "normal", "previous_loan_id": None,
        "closed_date": pd.Series([pd.NaT, pd.NaT], dtype="datetime64[s]"),
    })  # fmt: skip
    months = [str(month) for month in pd.period_range("2025-01", "2026-06", freq="M")]
    rows = [
        (loan, month, 45 if loan == "L2" and month >= late else 0)
        for loan, late in (("L1", "2099-01"), ("L2", "2025-09"))
        for month in months
    ]  # noqa: E501
    seen = pd.DataFrame(rows, columns=["loan_id", "month", "overdue_days"]).assign(status="normal")
    customers = pd.DataFrame({"customer_id": ["C1", "C2"], "group_id": ["G1", "G1"]})
    return loans, seen, customers


def test_bad_by_the_twelfth_month_is_bad_and_the_second_of_a_group_is_linked():
    found = paid_loans(*tables(), as_of=TODAY)
    assert found["is_bad"].tolist() == [False, True]
    assert found["is_linked"].tolist() == [False, True]


def test_a_loan_whose_twelfth_month_lies_ahead_is_not_replayed():
    with pytest.raises(EmptyBook, match="of that year"):
        paid_loans(*tables(lent="2026-01-10"), as_of=TODAY)
