"""True cost: the five offers of the course, and cash flows that have no one rate."""

from __future__ import annotations

from decimal import Decimal

import pytest

from microlib.contracts.product_rules import Fee
from microlib.design import costs
from microlib.design.schedules import Loan
from microlib.errors import BadConfig


def _fee(code: str, **terms) -> Fee:
    terms = {"payer": "borrower", "basis": "amount", "when": "at_start"} | terms
    return Fee.model_validate({"code": code, "said": {"zh": "费", "en": "fee"}, **terms})


GUARANTEE, VALUATION = _fee("guarantee", rate=Decimal("0.01")), _fee("valuation", basis="fixed", yuan=3_000)
OFFERS = [
    ("interest_only", "0.042", (), None, 4.20, 4.28, 42_000),
    ("interest_only", "0.042", (GUARANTEE,), None, 5.23, 5.36, 52_000),
    ("equal_instalment", "0.0385", (VALUATION,), None, 4.41, 4.50, 23_977),
    ("equal_principal_and_interest", "0.042", (), None, 7.66, 7.94, 42_000),
    ("interest_only", "0.048", (), costs.Retained(0.20, 0.002), 5.95, 6.11, 47_600),
]


@pytest.mark.parametrize(("method", "rate", "fees", "retained", "apr", "eir", "total"), OFFERS)
def test_five_offers_of_the_course(method, rate, fees, retained, apr, eir, total) -> None:
    """X07: APR and EIR in percent, within 0.01; total cost in yuan."""
    loan = Loan(1_000_000, Decimal(rate), 12, method)
    found = costs.true_cost(costs.loan_flows(loan, fees=fees, retained=retained)).iloc[0]
    assert found["apr_rate"] * 100 == pytest.approx(apr, abs=0.01)
    assert found["eir_rate"] * 100 == pytest.approx(eir, abs=0.01)
    assert found["total_cost_yuan"] == pytest.approx(total, abs=1)


def test_use_of_five_months_and_the_month_of_break_even() -> None:
    """X06: 20,000 against 42,000 yuan; equal at 10.5 months."""
    line = Loan(1_000_000, Decimal("0.048"), 12, "revolving", used_months=5)
    assert costs.true_cost(costs.loan_flows(line))["total_cost_yuan"].iloc[0] == 20_000
    assert costs.break_even_months(fixed_rate=0.042, used_rate=0.048) == pytest.approx(10.5)


def test_without_fees_the_cost_is_the_nominal_rate() -> None:
    for method in ("equal_instalment", "equal_principal", "interest_only", "revolving"):
        more = {"used_months": 7} if method == "revolving" else {}
        found = costs.true_cost(costs.loan_flows(Loan(1_000_000, 0.05, 12, method, **more))).iloc[0]
        assert found["apr_rate"] == pytest.approx(0.05, abs=2e-7)  # payments are rounded to the fen


def test_a_fee_that_another_pays_costs_the_borrower_nothing_but_is_shown() -> None:
    loan, paid = Loan(1_000_000, 0.042, 12, "interest_only"), _fee("registration", payer="bank", rate=Decimal("0.01"))
    found = costs.true_cost(costs.loan_flows(loan, fees=[paid])).set_index("scope")
    assert found.loc["borrower", "apr_rate"] == pytest.approx(0.042) and found.loc["borrower", "fees_yuan"] == 0
    assert found.loc["all_payers", "apr_rate"] == pytest.approx(0.0523, abs=1e-4)


def test_a_yearly_fee_on_the_balance_follows_the_balance() -> None:
    fee = _fee("insurance", basis="balance", rate=Decimal("0.012"), when="monthly")
    flows = costs.loan_flows(Loan(120_000, 0, 12, "equal_principal"), fees=[fee])
    assert flows.loc[flows["kind"] == "fee", "amount_yuan"].to_list()[:2] == [-120.0, -110.0]


def test_the_cost_does_not_depend_on_the_amount() -> None:
    small, large = (costs.true_cost(costs.loan_flows(Loan(amount, 0.05, 24))).iloc[0] for amount in (1e5, 1e7))
    assert small["apr_rate"] == pytest.approx(large["apr_rate"], abs=1e-6)


@pytest.mark.parametrize("amounts", [[100, 10], [-100, -10], []])
def test_flows_without_a_change_of_sign_have_no_rate(amounts) -> None:
    with pytest.raises(BadConfig, match="no rate exists"):
        costs.internal_rate(amounts, range(len(amounts)))


def test_flows_with_several_rates_are_refused() -> None:
    with pytest.raises(BadConfig, match="change sign 2 times"):
        costs.internal_rate([1_000, -2_300, 1_320], [0, 1, 2])


def test_a_rate_while_used_that_is_not_positive_is_refused() -> None:
    with pytest.raises(BadConfig, match="costs nothing"):
        costs.break_even_months(fixed_rate=0.04, used_rate=0.0)
