"""A frame of loans gets our names, and nothing is derived that does not follow for certain."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pandas as pd
import pytest

import microlib as ml
from microlib.errors import BadConfig, BadData
from microlib.face.contract import MissingColumn

NAMED = {"customer_id": "borrower", "balance_yuan": "bal", "overdue_days": "dpd"}


def _frame(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"borrower": ["C1", "C2"], "bal": [75e3, 25e3], "dpd": [0, 31]} | columns)


def test_the_frame_given_is_not_altered(unchanged: Callable[..., AbstractContextManager[None]]) -> None:
    frame = _frame()
    with unchanged(frame):
        ml.loans(frame, **NAMED)


def test_exact_chinese_names_are_found_by_themselves() -> None:
    frame = pd.DataFrame({"借据号": ["L1"], "客户号": ["C1"], "贷款余额": [9e4], "逾期天数": [0], "备注": ["x"]})
    book = ml.loans(frame)
    assert list(book.columns[:4]) == ["loan_id", "customer_id", "balance_yuan", "overdue_days"]
    assert "备注" in book.columns
    assert book.attrs["renamed"]["balance_yuan"] == "贷款余额"


def test_what_was_derived_is_told() -> None:
    book = ml.loans(_frame(paid=["2026-01-05", "2026-04-01"]), disbursed_date="paid", **NAMED)
    assert set(book.attrs["derived"]) == {"loan_id", "status", "cohort"}
    assert book["cohort"].tolist() == ["2026Q1", "2026Q2"]
    assert book["status"].tolist() == ["normal", "overdue"]


def test_a_loan_without_a_balance_is_not_called_settled() -> None:
    book = ml.loans(_frame(bal=[75e3, 0.0]), **NAMED)
    assert book["status"].tolist() == ["normal", "unknown"]


def test_days_past_due_are_counted_from_the_day_of_the_first_arrears() -> None:
    frame = _frame(since=["2026-05-31", None]).drop(columns="dpd")
    names = {"customer_id": "borrower", "balance_yuan": "bal", "first_overdue_date": "since"}
    assert ml.loans(frame, as_of="2026-06-30", **names)["overdue_days"].tolist() == [30, 0]
    with pytest.raises(BadConfig, match="counted from since to a day that is not given"):
        ml.loans(frame, **names)
    with pytest.raises(BadData, match="since of row 1 is after 2026-05-01"):
        ml.loans(frame, as_of="2026-05-01", **names)


def test_days_past_due_are_not_guessed_from_the_maturity() -> None:
    frame = _frame(until=["2026-05-31", "2026-05-31"]).drop(columns="dpd")
    with pytest.raises(MissingColumn, match="overdue_days"):
        ml.loans(frame, as_of="2026-06-30", customer_id="borrower", balance_yuan="bal", maturity_date="until")


def test_a_fault_is_told_under_the_callers_own_name() -> None:
    with pytest.raises(BadData, match=r"bal \(balance_yuan\) of row 2 is '2.5万元': not a number"):
        ml.loans(_frame(bal=[75e3, "2.5万元"]), **NAMED)


def test_percent_for_a_fraction_is_refused_with_the_fraction() -> None:
    with pytest.raises(BadData) as caught:
        ml.loans(_frame(rate=[4.35, 5.0]), yearly_rate="rate", **NAMED)
    assert caught.value.fix == "write 4.35 % as the fraction 0.0435"


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({"borrower_id": "borrower"}, "borrower_id is no column of loans"),
        ({"customer_id": "bal", "balance_yuan": "bal"}, "two names are given to one column"),
    ],
)
def test_names_that_cannot_be_followed_are_refused(names: dict[str, str], said: str) -> None:
    with pytest.raises(BadConfig, match=said):
        ml.loans(_frame(), **names)


def test_a_column_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(MissingColumn) as caught:
        ml.loans(_frame(), customer_id="borower", balance_yuan="bal", overdue_days="dpd")
    assert "there are: borrower, bal, dpd" in caught.value.fix


def test_a_date_that_cannot_be_read_and_a_code_that_is_not_known_are_refused() -> None:
    with pytest.raises(BadData, match="paid of row 2 is '2026-02-30': not a date"):
        ml.loans(_frame(paid=["2026-01-05", "2026-02-30"]), disbursed_date="paid", **NAMED)
    with pytest.raises(BadData, match="status of row 1 is '正常': not one of normal"):
        ml.loans(_frame(status=["正常", "逾期"]), **NAMED)


def test_a_column_that_is_covered_by_a_name_is_refused() -> None:
    with pytest.raises(BadConfig, match="balance_yuan is there under its own name"):
        ml.loans(_frame(balance_yuan=[1.0, 2.0]), **NAMED)


def test_keys_of_two_kinds_are_refused_before_no_row_meets() -> None:
    months = pd.DataFrame({"loan_id": [1, 1], "month": ["2026-05", "2026-06"], "overdue_days": 0, "status": "normal"})
    loans = pd.DataFrame(
        {"loan_id": ["1"], "amount_yuan": [1.0], "status": ["normal"], "disbursed_date": pd.to_datetime(["2026-05-01"])}
    )
    with pytest.raises(BadData, match="loan_id is text in loans and a number in months"):
        ml.vintage(loans, months, as_of="2026-06-30")


def test_days_of_month_ends_become_months() -> None:
    days = pd.DataFrame({"loan_id": ["L1"], "month": [pd.Timestamp("2026-01-31")], "overdue_days": [0]})
    assert ml.month_ends(days)["month"].tolist() == ["2026-01"]
