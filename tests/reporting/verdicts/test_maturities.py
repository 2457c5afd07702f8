"""Sentences of page 1."""

import pandas as pd
import pytest

from microlib.metrics import maturities


@pytest.fixture
def ledger() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "loan_id": ["L1", "L2", "L3"],
            "customer_id": ["C1", "C2", "C3"],
            "status": ["overdue", "normal", "normal"],
            "balance_yuan": [300_000.0, 200_000.0, 100_000.0],
            "overdue_days": [70, 0, 0],
            "disbursed_date": pd.to_datetime(["2025-01-10"] * 3),
            "maturity_date": pd.to_datetime(["2027-01-10", "2026-06-20", "2026-08-01"]),
            "repayment_source_confirmed": pd.array([None, False, True], "boolean"),
            "overdue_interest_yuan": [1800.0, 0.0, 0.0],
        }
    )


def test_what_matures_is_said_with_customers_and_wan(told, ledger):
    text = told("maturing", maturities.maturing(ledger, as_of="2026-06-08"))
    assert text == "30 天内到期 1 户 20.0 万元，90 天内到期 2 户 30.0 万元。"


def test_what_nobody_confirmed_is_said(told, ledger):
    text = told("maturing_sources", maturities.maturing(ledger, as_of="2026-06-08"))
    assert "还款来源未确认 1 户 20.0 万元" in text


def test_a_book_that_records_no_source_says_so(told, ledger):
    bare = ledger.drop(columns="repayment_source_confirmed")
    assert "都没有登记还款来源" in told("maturing_sources", maturities.maturing(bare, as_of="2026-06-08"))


def test_the_day_on_which_a_loan_turns_bad_is_said(told, ledger):
    text = told("crossing_loans", maturities.crossing_loans(ledger, as_of="2026-06-08"))
    assert "1 笔 30.0 万元" in text and "最早 2026-06-29" in text


def test_no_crossing_is_said_plainly(told, ledger):
    calm = ledger.assign(overdue_days=0)
    assert told("crossing_loans", maturities.crossing_loans(calm, as_of="2026-06-08")).startswith("本月底前没有")


def test_warnings_name_the_largest(told, ledger):
    text = told("warnings", maturities.warnings(ledger, as_of="2026-06-08"))
    assert text.startswith("待处理事项：") and "欠息" in text


def test_no_warning_is_said_plainly(told, ledger):
    calm = ledger.assign(overdue_days=0, status="normal", overdue_interest_yuan=0.0)
    assert "没有新增逾期" in told("warnings", maturities.warnings(calm, as_of="2026-06-08"))
