"""Rules held against a product: what fails, what is not known, and that nothing unverified is green.

The draft statement of the whole cost: every fee with its payer, yearly rates by IRR, what default costs.
Protections of the customer: each takes the worst state of what shows it; one that rests on nothing is refused.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pandas as pd
import pytest

from microlib.contracts.product import AccessRule, Control, Fee
from microlib.contracts.rules import Rule
from microlib.design.checklist import approval_checklist, read_items
from microlib.design.rules import (
    check_rules,
    cost_statement,
    customer_protection,
    read_disclosure,
    read_principles,
    read_rules,
)
from microlib.errors import BadConfig

CHECK_DAY = date(2026, 6, 30)
CHECK_SAID = {"zh": "一", "en": "one"}


@pytest.fixture
def rules(home):
    return read_rules(home, as_of=CHECK_DAY)


@pytest.fixture
def states(rules, policy):
    def found(product, **figures):
        return check_rules(rules, product=product, policy=policy, figures=figures).set_index("rule")

    return found


def test_a_line_above_the_limit_without_entrusted_payment_fails(hospital, states):
    """R02: a personal business draw above 500,000 yuan is paid to the seller."""
    assert states(hospital).loc["entrusted_payment_personal", "state"] == "unverified_pass"
    bare = hospital.model_copy(update={"controls": hospital.controls[:1]})
    row = states(bare).loc["entrusted_payment_personal"]
    assert (row["state"], row["value"], row["limit_value"]) == ("fail", 3_000_000, 500_000)


@pytest.mark.parametrize("tie", ["rule", "control", "words"])
def test_a_retained_deposit_in_our_own_terms_fails(stall, states, tie):
    rule = AccessRule(
        code="own_deposit", column="deposits_yuan", test="at_least", value=10_000, said=CHECK_SAID, refer_to=CHECK_SAID
    )
    told = {"zh": "贷款的20%作为保证金存款", "en": "a fifth is kept"}
    update = {
        "rule": {"access": (*stall.access, rule)},
        "control": {"controls": (*stall.controls, Control(code="retained_deposit", said=CHECK_SAID))},
        "words": {"controls": (*stall.controls, Control(code="account", said=told))},
    }[tie]
    assert states(stall).loc["tied_deposit", "state"] == "unverified_pass"
    assert states(stall.model_copy(update=update)).loc["tied_deposit", "state"] == "fail"


def test_fees_that_borrowers_may_not_be_charged_fail(stall, states):
    fees = [
        Fee(code=code, said=CHECK_SAID, payer="borrower", basis="fixed", yuan=500, when="at_start")
        for code in ("commitment_fee", "early_repayment_fee", "valuation_fee")
    ]
    found = states(stall.model_copy(update={"fees": tuple(fees)}))
    assert set(found.index[found["state"] == "fail"]) == {
        "commitment_fee", "early_repayment_penalty", "bank_pays_valuation"
    }  # fmt: skip
    paid = [fee.model_copy(update={"payer": "bank"}) for fee in fees]
    assert "fail" not in set(states(stall.model_copy(update={"fees": tuple(paid)}))["state"])


def test_no_shipped_product_breaks_a_rule_and_none_is_green(home, states):
    from microlib.design.terms import list_products, read_product

    for code in list_products(home):
        found = states(read_product(home, product=code, as_of=CHECK_DAY))
        assert not set(found["state"]) & {"fail", "pass"}, code
        assert (found["status"] == "unverified").all()


def test_a_verified_rule_is_green_and_an_unverified_failure_stays_red(stall, rules, policy):
    named = [rule for rule in rules if rule.code == "personal_business_term"]
    sure = tuple(replace(rule, status="verified") for rule in named)
    long = stall.model_copy(update={"max_term_months": 61})
    cases = [(sure, stall, "pass"), (sure, long, "fail"), (tuple(named), long, "fail")]
    for given, product, state in cases:
        assert check_rules(given, product=product, policy=policy)["state"].item() == state


def test_a_rule_that_begins_later_or_serves_others_is_not_judged(stall, states):
    found = states(stall)
    assert found.loc["disclosed_cost", "state"] == "not_in_force"
    assert found.loc["buyer_payment_term", "state"] == "not_applicable"


def test_figures_decide_what_terms_cannot(hospital, states):
    assert states(hospital).loc["public_payment_term", "state"] == "unknown"
    assert states(hospital, public_buyer_terms_days=90.0).loc["public_payment_term", "state"] == "fail"
    assert states(hospital, floor_margin_rate=-0.001).loc["house_price_floor", "state"] == "fail"


def test_rules_that_cannot_be_followed_are_refused(rules, stall, policy):
    odd = replace(rules[0], terms=rules[0].terms.model_copy(update={"value": None, "policy": "limits.max_months"}))
    with pytest.raises(BadConfig, match=r"limits\.max_months names no number"):
        check_rules((odd,), product=stall, policy=policy)
    with pytest.raises(ValueError, match="needs one of value and policy"):
        Rule(id="R01", quantity="max_term_months", text="x", zh="x")


START = date(2026, 8, 1)
COST_STATEMENT_SAID = {"zh": "担保费", "en": "guarantee fee"}


@pytest.fixture
def told(home):
    return read_disclosure(home, as_of=START)


def _yearly(found, payer="borrower"):
    rows = found[(found["section"] == "yearly") & (found["payer"] == payer)].set_index("counting")["yearly_rate"]
    return rows["simple"], rows["compound"]


def test_the_guaranteed_loan_of_the_exercise(hospital, told):
    """Answer key A': 4.20 % interest only with 1 % guarantee fee up front: 5.23 % simple, 5.36 % compound, 52,000."""
    fee = Fee(
        code="guarantee_fee",
        said=COST_STATEMENT_SAID,
        payer="borrower",
        basis="amount",
        rate=Decimal("0.01"),
        when="at_start",
    )
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


PROTECTION_DAY = "2026-06-30"


@pytest.fixture
def held(home, stall, policy):
    rules = check_rules(read_rules(home, as_of=PROTECTION_DAY), product=stall, policy=policy)
    items = approval_checklist(read_items(home, as_of=PROTECTION_DAY), figures={"exclusions_count": 3})
    return rules, items


def test_a_principle_is_as_weak_as_the_weakest_thing_that_shows_it(home, held) -> None:
    rules, items = held
    found = customer_protection(read_principles(home, as_of=PROTECTION_DAY), rules=rules, checklist=items)
    states = found.set_index("principle")["state"]
    assert states[["refused_are_told", "no_tying", "privacy"]].to_list() == ["pass", "unverified_pass", "unknown"]


def test_a_broken_rule_breaks_its_principle(home, held) -> None:
    rules, items = held
    broken = rules.assign(state=rules["state"].mask(rules["rule"] == "tied_deposit", "fail"))
    found = customer_protection(read_principles(home, as_of=PROTECTION_DAY), rules=broken, checklist=items)
    assert found.loc[found["state"] == "fail", "principle"].to_list() == ["no_tying"]


def test_a_rule_that_does_not_exist_is_named(home, held) -> None:
    rules, items = held
    with pytest.raises(BadConfig, match="no_tying: there is no rule or item tied_deposit") as caught:
        customer_protection(
            read_principles(home, as_of=PROTECTION_DAY), rules=rules[rules["rule"] != "tied_deposit"], checklist=items
        )
    assert caught.value.where == "data/policies/protection.toml" and isinstance(rules, pd.DataFrame)
