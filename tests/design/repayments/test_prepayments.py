"""Early repayment: principal still sums to the loan, less interest, no charge for small firms."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.design.repayments.prepayments import Prepayment, interest_saved, prepay_loan
from microlib.design.schedules import Loan, repayment_schedule
from microlib.errors import BadConfig

MORE = {"seasonal": {"season_months": (10, 11)}, "balloon": {"balloon_share": Decimal("0.4")}}
METHODS = ("equal_instalment", "equal_principal", "interest_only", "bullet", "equal_principal_and_interest", *MORE)


def loan_of(method, amount=120_000, months=12):
    return Loan(amount, Decimal("0.06"), months, method, date(2026, 1, 1), **MORE.get(method, {}))


def test_half_of_an_interest_only_loan_halves_what_is_left() -> None:
    plan = prepay_loan(loan_of("interest_only"), early=Prepayment(6, 60_000))
    assert plan["interest_yuan"].to_list() == [600.0] * 6 + [300.0] * 6
    assert plan["principal_yuan"].iloc[-1] == 60_000 and interest_saved(
        loan_of("interest_only"), early=Prepayment(6, 60_000)
    ) == pytest.approx(1_800)


def test_interest_of_a_bullet_is_paid_with_the_principal() -> None:
    plan = prepay_loan(loan_of("bullet"), early=Prepayment(6, 60_000))
    assert plan["month_number"].to_list() == [6, 12]
    assert plan["interest_yuan"].to_list() == [1_800.0, 3_600.0]


def test_the_whole_balance_ends_the_loan() -> None:
    plan = repayment_schedule(loan_of("equal_instalment"))
    left = prepay_loan(loan_of("equal_instalment"), early=Prepayment(5, float(plan["balance_yuan"].iloc[4])))
    assert len(left) == 5 and left["balance_yuan"].iloc[-1] == 0


def test_keeping_the_instalment_shortens_the_term() -> None:
    early = Prepayment(6, 30_000, keeps="instalment")
    plan, first = prepay_loan(loan_of("equal_instalment"), early=early), repayment_schedule(loan_of("equal_instalment"))
    assert len(plan) < len(first) and plan["payment_yuan"].iloc[7] == first["payment_yuan"].iloc[7]
    shorter, lower = (
        interest_saved(loan_of("equal_instalment"), early=Prepayment(6, 30_000, keeps=keeps))
        for keeps in ("instalment", "term")
    )
    assert shorter > lower


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("keeps", ["term", "instalment"])
@settings(max_examples=15, deadline=None)
@given(fen=st.integers(1_000_000, 10**9), month=st.integers(1, 8), part=st.floats(0.05, 0.95))
def test_principal_and_prepaid_sum_exactly_to_the_loan(method, keeps, fen, month, part) -> None:
    if keeps == "instalment" and method not in ("equal_instalment", "equal_principal"):
        return
    loan = loan_of(method, Decimal(fen) / 100, 24)
    amount = round(fen / 100 * part * (24 - month) / 24 * 0.5, 2)
    plan = prepay_loan(loan, early=Prepayment(month, amount, keeps=keeps))
    assert round(plan["principal_yuan"].sum() * 100) + round(plan["prepaid_yuan"].sum() * 100) == fen
    assert plan["balance_yuan"].iloc[-1] == 0 and (plan[["principal_yuan", "interest_yuan"]] >= 0).all(axis=None)
    assert interest_saved(loan, early=Prepayment(month, amount, keeps=keeps)) >= -0.24


@pytest.mark.parametrize(
    ("early", "message"),
    [(Prepayment(6, 1_000, charge_yuan=50), "small firms repay early without charge"),
     (Prepayment(12, 1_000), "nothing is left to repay early"), (Prepayment(6, 10**6), "is owed"),
     (Prepayment(6, 1_000, keeps="instalment"), "not with method interest_only")],
)  # fmt: skip
def test_what_may_not_be_is_refused(early, message) -> None:
    with pytest.raises(BadConfig, match=message):
        prepay_loan(loan_of("interest_only"), early=early)


def test_a_larger_firm_may_be_charged_what_its_contract_says() -> None:
    plan = prepay_loan(loan_of("interest_only"), early=Prepayment(6, 60_000, charge_yuan=600, is_small_firm=False))
    assert plan["charge_yuan"].sum() == 600 and plan["payment_yuan"].iloc[5] == 61_200
