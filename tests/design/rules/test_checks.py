"""Rules held against a product: what fails, what is not known, and that nothing unverified is green."""

from dataclasses import replace
from datetime import date

import pytest

from microlib.contracts.product_rules import AccessRule, Control, Fee
from microlib.contracts.regulations import Rule
from microlib.design.rules import checks
from microlib.errors import BadConfig

DAY = date(2026, 6, 30)
SAID = {"zh": "一", "en": "one"}


@pytest.fixture
def rules(home):
    return checks.read_rules(home, as_of=DAY)


@pytest.fixture
def states(rules, policy):
    def found(product, **figures):
        return checks.check_rules(rules, product=product, policy=policy, figures=figures).set_index("rule")

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
        code="own_deposit", column="deposits_yuan", test="at_least", value=10_000, said=SAID, refer_to=SAID
    )
    told = {"zh": "贷款的20%作为保证金存款", "en": "a fifth is kept"}
    update = {
        "rule": {"access": (*stall.access, rule)},
        "control": {"controls": (*stall.controls, Control(code="retained_deposit", said=SAID))},
        "words": {"controls": (*stall.controls, Control(code="account", said=told))},
    }[tie]
    assert states(stall).loc["tied_deposit", "state"] == "unverified_pass"
    assert states(stall.model_copy(update=update)).loc["tied_deposit", "state"] == "fail"


def test_fees_that_borrowers_may_not_be_charged_fail(stall, states):
    fees = [
        Fee(code=code, said=SAID, payer="borrower", basis="fixed", yuan=500, when="at_start")
        for code in ("commitment_fee", "early_repayment_fee", "valuation_fee")
    ]
    found = states(stall.model_copy(update={"fees": tuple(fees)}))
    assert set(found.index[found["state"] == "fail"]) == {
        "commitment_fee", "early_repayment_penalty", "bank_pays_valuation"
    }  # fmt: skip
    paid = [fee.model_copy(update={"payer": "bank"}) for fee in fees]
    assert "fail" not in set(states(stall.model_copy(update={"fees": tuple(paid)}))["state"])


def test_no_shipped_product_breaks_a_rule_and_none_is_green(home, states):
    from microlib.design import terms

    for code in terms.list_products(home):
        found = states(terms.read_product(home, product=code, as_of=DAY))
        assert not set(found["state"]) & {"fail", "pass"}, code
        assert (found["status"] == "unverified").all()


def test_a_verified_rule_is_green_and_an_unverified_failure_stays_red(stall, rules, policy):
    named = [rule for rule in rules if rule.code == "personal_business_term"]
    sure = tuple(replace(rule, status="verified") for rule in named)
    long = stall.model_copy(update={"max_term_months": 61})
    cases = [(sure, stall, "pass"), (sure, long, "fail"), (tuple(named), long, "fail")]
    for given, product, state in cases:
        assert checks.check_rules(given, product=product, policy=policy)["state"].item() == state


def test_a_rule_that_begins_later_or_serves_others_is_not_judged(stall, states):
    found = states(stall)
    assert found.loc["disclosed_cost", "state"] == "not_in_force"
    assert found.loc["buyer_payment_term", "state"] == "not_applicable"


def test_figures_decide_what_terms_cannot(hospital, states):
    assert states(hospital).loc["public_payment_term", "state"] == "unknown"
    assert states(hospital, public_buyer_terms_days=90.0).loc["public_payment_term", "state"] == "fail"
    assert states(hospital, floor_margin_rate=-0.001).loc["house_price_floor", "state"] == "fail"


def test_counts_list_every_state(stall, states):
    counts = checks.count_states(states(stall).reset_index())
    assert counts["state"].to_list() == list(checks.STATES) and counts["rules_count"].sum() == len(states(stall))


def test_rules_that_cannot_be_followed_are_refused(rules, stall, policy):
    odd = replace(rules[0], terms=rules[0].terms.model_copy(update={"value": None, "policy": "limits.max_months"}))
    with pytest.raises(BadConfig, match=r"limits\.max_months names no number"):
        checks.check_rules((odd,), product=stall, policy=policy)
    with pytest.raises(ValueError, match="needs one of value and policy"):
        Rule(id="R01", quantity="max_term_months", text="x", zh="x")
