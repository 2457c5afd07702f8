"""Schedules to the fen: principal sums exactly, whatever the method."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.design.schedules import Loan, average_balance_share, repayment_schedule, yearly_totals
from microlib.errors import BadConfig

MORE = {
    "seasonal": {"season_months": (10, 11)}, "balloon": {"balloon_share": Decimal("0.4")},
    "revolving": {"used_months": 5},
}  # fmt: skip
METHODS = (
    "equal_instalment", "equal_principal", "interest_only", "bullet", "equal_principal_and_interest", *MORE,
)  # fmt: skip


def test_an_annuity_as_printed() -> None:
    """TV-A9: 1,000,000 at 5 % over 60 months pays 18,871.23 a month and 132,274.02 of interest."""
    plan = repayment_schedule(Loan(1_000_000, Decimal("0.05"), 60))
    assert plan["payment_yuan"].iloc[0] == 18_871.23
    assert plan["interest_yuan"].sum() == pytest.approx(132_274.02, abs=0.5)  # 60 roundings to the fen


def test_flat_interest_is_reckoned_on_the_amount_first_lent() -> None:
    plan = repayment_schedule(Loan(1_000_000, Decimal("0.042"), 12, "equal_principal_and_interest"))
    assert set(plan["interest_yuan"]) == {3_500.0} and plan["principal_yuan"].iloc[0] == 83_333.33


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=25, deadline=None)
@given(fen=st.integers(500_000, 10**9), rate=st.integers(0, 2_400), months=st.integers(12, 60))
def test_principal_sums_exactly_to_the_loan(method, fen, rate, months) -> None:
    amount = Decimal(fen) / 100
    plan = repayment_schedule(Loan(amount, Decimal(rate) / 10_000, months, method, **MORE.get(method, {})))
    assert round(plan["principal_yuan"].sum() * 100) == fen
    assert plan["balance_yuan"].iloc[-1] == 0 and (plan[["principal_yuan", "interest_yuan"]] >= 0).all(axis=None)
    assert (plan["payment_yuan"] - plan["principal_yuan"] - plan["interest_yuan"]).abs().max() < 1e-6


@pytest.mark.parametrize("method", ("equal_instalment", "equal_principal", "balloon", "equal_principal_and_interest"))
def test_grace_months_pay_interest_only(method) -> None:
    plan = repayment_schedule(Loan(120_000, 0.06, 12, method, grace_months=3, **MORE.get(method, {})))
    assert (plan["principal_yuan"].iloc[:3] == 0).all() and plan["principal_yuan"].iloc[3] > 0


def test_a_seasonal_loan_repays_in_its_months_only() -> None:
    plan = repayment_schedule(Loan(100_000, 0.05, 12, "seasonal", date(2026, 3, 1), season_months=(10, 11, 12)))
    due = plan[plan["principal_yuan"] > 0]
    assert due["due_date"].dt.month.to_list() == [10, 11, 12] and due["principal_yuan"].iloc[-1] == 33_333.34


def test_days_count_where_the_contract_says_so() -> None:
    plan = repayment_schedule(Loan(360_000, 0.05, 2, "interest_only", date(2026, 1, 31), day_count="actual_360"))
    assert plan["due_date"].dt.day.to_list() == [28, 31]
    assert plan["interest_yuan"].to_list() == [1_400.0, 1_550.0]


def test_yearly_totals_add_up_to_the_schedule() -> None:
    plan = repayment_schedule(Loan(1_000_000, 0.05, 24, start=date(2026, 6, 30)))
    assert yearly_totals(plan)["principal_yuan"].sum() == pytest.approx(1_000_000)
    assert yearly_totals(plan).index.to_list() == [2026, 2027, 2028]


def test_an_interest_only_loan_is_out_in_full() -> None:
    plan = repayment_schedule(Loan(1_000_000, 0.05, 12, "interest_only"))
    assert average_balance_share(plan, amount_yuan=1_000_000) == 1


@pytest.mark.parametrize(
    ("terms", "key"),
    [({"method": "annuity"}, "method"), ({"term_months": 0}, "term_months"), ({"amount_yuan": 0}, "amount_yuan"),
     ({"grace_months": 12}, "grace_months"), ({"day_count": "thirty"}, "day_count")],
)  # fmt: skip
def test_terms_that_make_no_schedule_are_named(terms, key) -> None:
    with pytest.raises(BadConfig, match=f"^{key} = "):
        repayment_schedule(Loan(**({"amount_yuan": 1e5, "yearly_rate": 0.05, "term_months": 12} | terms)))


def test_a_season_outside_the_tenor_is_refused() -> None:
    with pytest.raises(BadConfig, match="none falls within the tenor"):
        repayment_schedule(Loan(1e5, 0.05, 3, "seasonal", date(2026, 1, 1), season_months=(10,)))


@pytest.mark.parametrize(
    ("terms", "key"),
    [
        ({"amount_yuan": float("nan")}, "amount_yuan"),
        ({"amount_yuan": float("inf")}, "amount_yuan"),
        ({"amount_yuan": True}, "amount_yuan"),
        ({"yearly_rate": float("nan")}, "yearly_rate"),
        ({"term_months": 12.5}, "term_months"),
        ({"term_months": float("nan")}, "term_months"),
        ({"method": "revolving", "used_months": 3, "grace_months": 3}, "grace_months"),
        ({"method": "revolving", "used_months": 1.5}, "used_months"),
        ({"method": "balloon", "balloon_share": float("nan")}, "balloon_share"),
    ],
)
def test_terms_that_are_no_numbers_or_leave_no_month_are_refused(terms, key) -> None:
    given = {"amount_yuan": 1e5, "yearly_rate": 0.06, "term_months": 12, **terms}
    with pytest.raises(BadConfig, match=f"^{key} = "):
        repayment_schedule(Loan(**given))


def test_interest_that_falls_due_at_once_is_rounded_once() -> None:
    """123,456.78 at 4.37 % for a year is 5,395.0613; twelve months of 449.588, each rounded, would make 5,395.08."""
    plan = repayment_schedule(Loan(Decimal("123456.78"), Decimal("0.0437"), 12, "bullet"))
    assert plan["interest_yuan"].tolist() == [5_395.06] and plan["payment_yuan"].tolist() == [128_851.84]
