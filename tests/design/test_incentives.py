"""A scheme is replayed on loans whose twelfth month has been seen.

A replay pays by the written scheme, and takes back what went bad.
"""

from __future__ import annotations

import pandas as pd
import pytest
from pydantic import ValidationError

from microlib.contracts.rules import Scheme
from microlib.design.incentives import paid_loans, replay_schemes, scheme_changes, scheme_totals
from microlib.design.terms import Written
from microlib.errors import BadData, EmptyBook

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


PLAIN = {
    "title": {"zh": "示例", "en": "example"}, "per_loan_yuan": 100, "per_amount_share": 0.0, "deferred_share": 0.0,
    "deferred_months": 0, "claws_back": False, "counts_linked": True, "quality_share": 1.0,
}  # fmt: skip
LATER = {"deferred_share": 0.4, "deferred_months": 12, "claws_back": True}
STEPS = {"steps": [{"loans_count": 2, "bonus_yuan": 60}]}


def scheme(code="plain", **more):
    return Written(code, Scheme(**{**PLAIN, **more}), None, "made here", "unverified", True)


def loans(bad=(False, True, False), linked=False):
    return pd.DataFrame({
        "loan_id": ["L1", "L2", "L3"], "rm_id": ["R1", "R1", "R2"], "month": "2026-01",
        "amount_yuan": [1e5, 2e5, 3e5], "is_bad": list(bad), "is_linked": linked,
    })  # fmt: skip


def test_a_piece_is_paid_for_each_loan():
    assert replay_schemes(loans(), schemes=[scheme()])["pay_yuan"].tolist() == [100.0] * 3


def test_what_waited_is_kept_back_where_the_loan_went_bad():
    found = replay_schemes(loans(), schemes=[scheme(**LATER)])
    assert found["pay_yuan"].tolist() == [100.0, 60.0, 100.0]
    assert found["clawed_back_yuan"].tolist() == [0.0, 40.0, 0.0]


def test_a_step_is_spread_over_the_month_of_who_reached_it():
    assert replay_schemes(loans(), schemes=[scheme(**STEPS)])["pay_yuan"].tolist() == [130.0, 130.0, 100.0]


def test_a_step_is_lost_with_quality():
    found = replay_schemes(loans(), schemes=[scheme(**STEPS, quality_share=0.2)])
    assert found["pay_yuan"].tolist() == [100.0, 100.0, 100.0]


def test_linked_borrowers_do_not_count_where_the_scheme_says_so():
    found = replay_schemes(loans(linked=[False, True, False]), schemes=[scheme(counts_linked=False)])
    assert found["loan_id"].tolist() == ["L1", "L3"]


def test_totals_are_the_sum_of_the_loans():
    paid = replay_schemes(loans(), schemes=[scheme(), scheme("later", **LATER)])
    found = scheme_totals(paid).set_index("scheme")
    assert found["pay_yuan"].to_dict() == {"plain": 300.0, "later": 260.0}
    assert found["bad_pay_yuan"].to_dict() == {"plain": 100.0, "later": 60.0}


def test_changes_count_people():
    paid = replay_schemes(loans(), schemes=[scheme(), scheme("later", **LATER)])
    found = scheme_changes(paid, current="plain").iloc[0]
    assert (found["gains_count"], found["loses_count"], found["same_count"]) == (0, 1, 1)
    assert found["largest_loss_yuan"] == 40.0


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"deferred_share": 0.4}, "after how many months"),
        ({"claws_back": True}, "nothing waits"),
        ({"steps": [{"loans_count": 4, "bonus_yuan": 1}, {"loans_count": 2, "bonus_yuan": 1}]}, "rising order"),
    ],
)
def test_a_scheme_that_contradicts_itself_is_refused(more, said):
    with pytest.raises(ValidationError, match=said):
        Scheme(**{**PLAIN, **more})


def test_no_loan_is_refused():
    with pytest.raises(BadData, match="no loan to pay for"):
        replay_schemes(loans().iloc[:0], schemes=[scheme()])
