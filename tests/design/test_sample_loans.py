"""The sample loan: schedule to the fen, cost by use, draft of the statement of cost."""

from __future__ import annotations

from datetime import date

import pytest

from microlib.design import costs, sample_loans, terms

START = date(2026, 6, 30)


def read(home, code: str):
    return terms.read_product(home, product=code, as_of=START)


@pytest.mark.parametrize("code", ["hospital_supplier", "market_stall", "online_invoice_credit", "farm_household"])
def test_the_schedule_repays_the_sample_to_the_fen(home, code) -> None:
    plan = sample_loans.sample_schedule(read(home, code), start=START)
    assert round(plan["principal_due_yuan"].sum(), 2) == sample_loans.SAMPLE_YUAN
    assert (plan["payment_due_yuan"] > 0).all() and plan["balance_left_yuan"].iloc[-1] == 0


def test_a_revolving_line_costs_by_the_months_it_is_used(home) -> None:
    found = sample_loans.cost_by_use(read(home, "online_invoice_credit"), amount_yuan=120_000, start=START)
    assert found["used_months"].to_list() == [1, 3, 5, 6, 12]
    assert found["interest_due_yuan"].iloc[0] == pytest.approx(120_000 * 0.056 / 12, abs=0.01)
    assert found["apr_rate"].round(4).nunique() == 1


def test_a_fixed_fee_weighs_on_the_rate(home) -> None:
    farm = read(home, "farm_household")
    found = sample_loans.cost_by_use(farm, amount_yuan=10_000, start=START).iloc[0]
    assert found["fees_due_yuan"] == 150 and found["apr_rate"] > float(farm.yearly_rate) + 0.03


def test_the_statement_ties_to_the_true_cost(home) -> None:
    farm = read(home, "farm_household")
    lines = sample_loans.disclosure(farm, amount_yuan=50_000, start=START).set_index("item")["value"]
    true = costs.product_cost(farm, amount_yuan=50_000, start=START).iloc[0]
    assert lines["interest"] + lines["crop_insurance_premium"] == pytest.approx(lines["total_cost"])
    assert lines["total_cost"] == true["total_cost_yuan"] and lines["apr_rate"] == true["apr_rate"]
