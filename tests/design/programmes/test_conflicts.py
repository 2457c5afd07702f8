"""Conflicts: each set contradicts itself, and no rule of it can be spared."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.design.programmes.caps import COLUMNS, cap_each, programme_caps, volume_floor
from microlib.design.programmes.conflicts import conflicting_rules
from microlib.errors import BadConfig, BadData

BOOK = pd.DataFrame({
    "limit_yuan": [100.0] * 8, "source_id": list("aabbccdd"), "segment": list("xxxxyyyy"), "profit_rate": 0.01,
})  # fmt: skip


def rules_of(*parts) -> pd.DataFrame:
    return pd.concat(parts, ignore_index=True)


def test_a_gap_of_300_is_said() -> None:
    """X16's 5,000 case: capacity 4,700, asked 5,000."""
    three = pd.DataFrame({"limit_yuan": [1800.0, 1700.0, 1200.0]})
    found = conflicting_rules(three, rules=volume_floor(5000))
    assert found["rule"].to_list() == ["volume_floor", "customer_limits"] and set(found["gap_yuan"]) == {300.0}


def test_only_the_caps_that_matter_are_named() -> None:
    rules = rules_of(
        cap_each(BOOK, scope="source", yuan=50), cap_each(BOOK, scope="segment", yuan=1e6),
        volume_floor(150, scope="segment", key="x"),
    )  # fmt: skip
    found = conflicting_rules(BOOK, rules=rules)
    assert list(zip(found["rule"], found["key"], strict=True)) == [
        ("source_cap", "a"), ("source_cap", "b"), ("volume_floor", "x"),
    ]  # fmt: skip
    assert set(found["gap_yuan"]) == {50.0}


def test_rules_that_can_be_kept_conflict_with_nothing() -> None:
    rules = rules_of(cap_each(BOOK, scope="source", yuan=50), volume_floor(200))
    assert conflicting_rules(BOOK, rules=rules).empty
    assert conflicting_rules(BOOK, rules=cap_each(BOOK, scope="source", yuan=0)).empty


CAPS = st.lists(st.integers(0, 250), min_size=4, max_size=4)
PARTS = st.lists(st.integers(0, 450), min_size=2, max_size=2)


@settings(max_examples=25, deadline=None)
@given(caps=CAPS, parts=PARTS, total=st.integers(0, 900))
def test_every_set_is_irreducible(caps, parts, total) -> None:
    """The set contradicts itself; without any one of its rules it does not."""
    capped = [("source_cap", "source", key, "at_most", float(yuan)) for key, yuan in zip("abcd", caps, strict=True)]
    floors = [volume_floor(yuan, scope="segment", key=key) for key, yuan in zip("xy", parts, strict=True)]
    rules = rules_of(pd.DataFrame(capped, columns=COLUMNS), *floors, volume_floor(total))
    found = conflicting_rules(BOOK, rules=rules)
    named = found[found["rule"] != "customer_limits"]
    assert not len(found) or len(conflicting_rules(BOOK, rules=named))
    wide = BOOK if (found["rule"] == "customer_limits").any() else BOOK.assign(limit_yuan=1e9)
    for row in named.index:
        assert conflicting_rules(wide, rules=named.drop(index=row)).empty


def test_caps_of_policy_and_headroom(policy) -> None:
    book = BOOK.assign(source_headroom_yuan=[30.0] * 6 + [None] * 2, group_key="", group_headroom_yuan=1.0)
    found = programme_caps(book, policy=policy.limits, budget_yuan=500)
    assert found["rule"].to_list() == ["programme_cap", "budget", *["source_cap"] * 3]
    assert found["yuan"].iloc[0] == policy.limits.programme_cap_yuan


def test_rules_that_cannot_be_read_are_refused() -> None:
    with pytest.raises(BadConfig, match="scope = town"):
        conflicting_rules(BOOK, rules=volume_floor(1, scope="town", key="x"))
    with pytest.raises(BadConfig, match="missing or negative"):
        conflicting_rules(BOOK, rules=volume_floor(-1))
    with pytest.raises(BadData, match="no column group_key"):
        conflicting_rules(BOOK, rules=volume_floor(1, scope="group", key="x"))
