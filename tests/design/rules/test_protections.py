"""Protections of the customer: each takes the worst state of what shows it; one that rests on nothing is refused."""

import pandas as pd
import pytest

from microlib.design import checklist
from microlib.design.rules import checks, protections
from microlib.errors import BadConfig

DAY = "2026-06-30"


@pytest.fixture
def held(home, stall, policy):
    rules = checks.check_rules(checks.read_rules(home, as_of=DAY), product=stall, policy=policy)
    items = checklist.approval_checklist(checklist.read_items(home, as_of=DAY), figures={"exclusions_count": 3})
    return rules, items


def test_a_principle_is_as_weak_as_the_weakest_thing_that_shows_it(home, held) -> None:
    rules, items = held
    found = protections.customer_protection(protections.read_principles(home, as_of=DAY), rules=rules, checklist=items)
    states = found.set_index("principle")["state"]
    assert states[["refused_are_told", "no_tying", "privacy"]].to_list() == ["pass", "unverified_pass", "unknown"]


def test_a_broken_rule_breaks_its_principle(home, held) -> None:
    rules, items = held
    broken = rules.assign(state=rules["state"].mask(rules["rule"] == "tied_deposit", "fail"))
    found = protections.customer_protection(protections.read_principles(home, as_of=DAY), rules=broken, checklist=items)
    assert found.loc[found["state"] == "fail", "principle"].to_list() == ["no_tying"]


def test_a_rule_that_does_not_exist_is_named(home, held) -> None:
    rules, items = held
    with pytest.raises(BadConfig, match="no_tying: there is no rule or item tied_deposit") as caught:
        protections.customer_protection(
            protections.read_principles(home, as_of=DAY), rules=rules[rules["rule"] != "tied_deposit"], checklist=items
        )
    assert caught.value.where == "data/policies/protection.toml" and isinstance(rules, pd.DataFrame)
