"""True cost: the five offers of the course, and cash flows that have no one rate.

The sample loan: schedule to the fen, cost by use, draft of the statement of cost.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from microlib.contracts.product import Fee
from microlib.design.cost import (
    SAMPLE_YUAN,
    Retained,
    break_even_months,
    cost_by_use,
    disclosure,
    internal_rate,
    loan_flows,
    product_cost,
    sample_schedule,
    true_cost,
)
from microlib.design.schedules import Loan
from microlib.design.terms import read_product
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
    ("interest_only", "0.048", (), Retained(0.20, 0.002), 5.95, 6.11, 47_600),
]


@pytest.mark.parametrize(("method", "rate", "fees", "retained", "apr", "eir", "total"), OFFERS)
def test_five_offers_of_the_course(method, rate, fees, retained, apr, eir, total) -> None:
    """X07: APR and EIR in percent, within 0.01; total cost in yuan."""
    loan = Loan(1_000_000, Decimal(rate), 12, method)
    found = true_cost(loan_flows(loan, fees=fees, retained=retained)).iloc[0]
    assert found["apr_rate"] * 100 == pytest.approx(apr, abs=0.01)
    assert found["eir_rate"] * 100 == pytest.approx(eir, abs=0.01)
    assert found["total_cost_yuan"] == pytest.approx(total, abs=1)


def test_use_of_five_months_and_the_month_of_break_even() -> None:
    """X06: 20,000 against 42,000 yuan; equal at 10.5 months."""
    line = Loan(1_000_000, Decimal("0.048"), 12, "revolving", used_months=5)
    assert true_cost(loan_flows(line))["total_cost_yuan"].iloc[0] == 20_000
    assert break_even_months(fixed_rate=0.042, used_rate=0.048) == pytest.approx(10.5)


def test_without_fees_the_cost_is_the_nominal_rate() -> None:
    for method in ("equal_instalment", "equal_principal", "interest_only", "revolving"):
        more = {"used_months": 7} if method == "revolving" else {}
        found = true_cost(loan_flows(Loan(1_000_000, 0.05, 12, method, **more))).iloc[0]
        assert found["apr_rate"] == pytest.approx(0.05, abs=2e-7)  # payments are rounded to the fen


def test_a_fee_that_another_pays_costs_the_borrower_nothing_but_is_shown() -> None:
    loan, paid = Loan(1_000_000, 0.042, 12, "interest_only"), _fee("registration", payer="bank", rate=Decimal("0.01"))
    found = true_cost(loan_flows(loan, fees=[paid])).set_index("scope")
    assert found.loc["borrower", "apr_rate"] == pytest.approx(0.042) and found.loc["borrower", "fees_yuan"] == 0
    assert found.loc["all_payers", "apr_rate"] == pytest.approx(0.0523, abs=1e-4)


def test_a_yearly_fee_on_the_balance_follows_the_balance() -> None:
    fee = _fee("insurance", basis="balance", rate=Decimal("0.012"), when="monthly")
    flows = loan_flows(Loan(120_000, 0, 12, "equal_principal"), fees=[fee])
    assert flows.loc[flows["kind"] == "fee", "amount_yuan"].to_list()[:2] == [-120.0, -110.0]


def test_the_cost_does_not_depend_on_the_amount() -> None:
    small, large = (true_cost(loan_flows(Loan(amount, 0.05, 24))).iloc[0] for amount in (1e5, 1e7))
    assert small["apr_rate"] == pytest.approx(large["apr_rate"], abs=1e-6)


@pytest.mark.parametrize("amounts", [[100, 10], [-100, -10], []])
def test_flows_without_a_change_of_sign_have_no_rate(amounts) -> None:
    with pytest.raises(BadConfig, match="no rate exists"):
        internal_rate(amounts, range(len(amounts)))


@pytest.mark.parametrize(("months", "share", "earns", "apr"), [(24, 0.2, 0.015, 0.08678), (36, 0.3, 0.015, 0.1152)])
def test_a_deposit_kept_back_makes_the_instalments_dear(months, share, earns, apr) -> None:
    flows = loan_flows(Loan(100_000, 0.06, months), retained=Retained(share, earns))
    assert true_cost(flows)["apr_rate"].iloc[0] == pytest.approx(apr, abs=5e-6 if months == 24 else 5e-5)


def test_a_deposit_kept_back_without_interest_costs_nothing() -> None:
    flows = loan_flows(Loan(120_000, 0, 12, "equal_principal"), retained=Retained(0.3))
    assert true_cost(flows)["apr_rate"].to_list() == [0.0, 0.0]


def test_the_rate_is_the_polynomials_own_root() -> None:
    """500 random sets of flows, seed 11: the one positive root of the polynomial in 1 / (1 + r) (companion matrix)."""
    dice = np.random.default_rng(11)
    for _ in range(500):
        count, first = int(dice.integers(2, 13)), float(dice.uniform(-1, 1)) * 10.0 ** dice.integers(-3, 9)
        rest = -np.sign(first) * np.abs(first) * dice.uniform(0.0, 3.0 / count, count)
        roots = np.roots(np.r_[first, rest][::-1])
        root = roots[(np.abs(roots.imag) < 1e-9) & (roots.real > 0)].real
        assert len(root) == 1
        assert 1 / (1 + internal_rate([first, *rest], range(count + 1))) == pytest.approx(root[0], rel=1e-8)


@pytest.mark.parametrize("amounts", [[100, np.nan], [100, np.inf], [100, -50, -60]])
def test_a_flow_that_is_no_number_is_told_as_such(amounts) -> None:
    with pytest.raises(BadConfig, match="each a number"):
        internal_rate(amounts, [0, 1])


def test_flows_with_several_rates_are_refused() -> None:
    with pytest.raises(BadConfig, match="change sign 2 times"):
        internal_rate([1_000, -2_300, 1_320], [0, 1, 2])


def test_a_rate_while_used_that_is_not_positive_is_refused() -> None:
    with pytest.raises(BadConfig, match="costs nothing"):
        break_even_months(fixed_rate=0.04, used_rate=0.0)


START = date(2026, 6, 30)


def read(home, code: str):
    return read_product(home, product=code, as_of=START)


@pytest.mark.parametrize("code", ["hospital_supplier", "market_stall", "online_invoice_credit", "farm_household"])
def test_the_schedule_repays_the_sample_to_the_fen(home, code) -> None:
    plan = sample_schedule(read(home, code), start=START)
    assert round(plan["principal_due_yuan"].sum(), 2) == SAMPLE_YUAN
    assert (plan["payment_due_yuan"] > 0).all() and plan["balance_left_yuan"].iloc[-1] == 0


def test_a_revolving_line_costs_by_the_months_it_is_used(home) -> None:
    found = cost_by_use(read(home, "online_invoice_credit"), amount_yuan=120_000, start=START)
    assert found["used_months"].to_list() == [1, 3, 5, 6, 12]
    assert found["interest_due_yuan"].iloc[0] == pytest.approx(120_000 * 0.056 / 12, abs=0.01)
    assert found["apr_rate"].round(4).nunique() == 1


def test_a_fixed_fee_weighs_on_the_rate(home) -> None:
    farm = read(home, "farm_household")
    found = cost_by_use(farm, amount_yuan=10_000, start=START).iloc[0]
    assert found["fees_due_yuan"] == 150 and found["apr_rate"] > float(farm.yearly_rate) + 0.03


def test_the_statement_ties_to_the_true_cost(home) -> None:
    farm = read(home, "farm_household")
    lines = disclosure(farm, amount_yuan=50_000, start=START).set_index("item")["value"]
    true = product_cost(farm, amount_yuan=50_000, start=START).iloc[0]
    assert lines["interest"] + lines["crop_insurance_premium"] == pytest.approx(lines["total_cost"])
    assert lines["total_cost"] == true["total_cost_yuan"] and lines["apr_rate"] == true["apr_rate"]
