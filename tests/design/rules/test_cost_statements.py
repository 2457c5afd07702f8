"""The draft statement of the whole cost: every fee with its payer, yearly rates by IRR, what default costs."""

from datetime import date
from decimal import Decimal

import pytest

from microlib.contracts.product_rules import Fee
from microlib.design.rules.cost_statements import cost_statement, read_disclosure

START = date(2026, 8, 1)
SAID = {"zh": "担保费", "en": "guarantee fee"}


@pytest.fixture
def told(home):
    return read_disclosure(home, as_of=START)


def _yearly(found, payer="borrower"):
    rows = found[(found["section"] == "yearly") & (found["payer"] == payer)].set_index("counting")["yearly_rate"]
    return rows["simple"], rows["compound"]


def test_the_guaranteed_loan_of_the_exercise(hospital, told):
    """Answer key A': 4.20 % interest only with 1 % guarantee fee up front: 5.23 % simple, 5.36 % compound, 52,000."""
    fee = Fee(code="guarantee_fee", said=SAID, payer="borrower", basis="amount", rate=Decimal("0.01"), when="at_start")
    product = hospital.model_copy(update={"fees": (fee,), "yearly_rate": Decimal("0.042")})
    found = cost_statement(product, amount_yuan=1_000_000, start=START, policy=told)
    assert [round(rate, 4) for rate in _yearly(found)] == [0.0523, 0.0536]
    assert found.set_index("item").loc["borrower_total", "exact_yuan"] == 52_000


def test_a_fee_that_the_bank_pays_costs_the_borrower_nothing_but_is_shown(hospital, told):
    found = cost_statement(hospital, amount_yuan=500_000, start=START, policy=told)
    items = found.set_index("item")
    assert items.loc["registration_fee", ["payer", "exact_yuan"]].to_list() == ["bank", 30.0]
    assert items.loc["others_total", "exact_yuan"] == 30.0 and _yearly(found, "all") > _yearly(found)


def test_one_rate_is_the_stated_one_and_default_costs_more(hospital, told):
    found = cost_statement(hospital, amount_yuan=500_000, start=START, policy=told)
    assert found.loc[found["is_stated"], "counting"].to_list() == [told.counting]
    late = found[found["section"] == "default"].set_index("item")["yearly_rate"]
    assert late["overdue"] == pytest.approx(0.0435 * 1.5) and late["misuse"] == pytest.approx(0.0435 * 2)
