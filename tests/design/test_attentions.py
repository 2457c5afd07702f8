"""What head office looks at first: clearly outside, by money, at most twelve."""

import pandas as pd

from microlib.design.attentions import COLUMNS, MOST, attention_list

LIMITS = {"appetite_share": 0.05, "group_cap_yuan": 5e6}


def branches(*rows):
    return pd.DataFrame(rows, columns=["branch_id", "share", "share_low", "share_high", "hit_yuan"])


def sources(*rows):
    return pd.DataFrame(rows, columns=["kind", "source_id", "branch_ids", "balance_yuan", "cap_yuan"])


def test_a_branch_is_listed_only_when_its_whole_interval_is_above_the_appetite():
    found = attention_list(branches(("a", 0.09, 0.07, 0.12, 9e6), ("b", 0.30, 0.04, 0.70, 9e7)), sources(), **LIMITS)
    assert found["subject"].to_list() == ["a"]


def test_money_at_risk_decides_the_order_across_kinds():
    shared = sources(("core_enterprise", "H1", "a b", 5e7, 4e7), ("group", "G1", "a b", 6e6, None))
    found = attention_list(branches(("a", 0.09, 0.07, 0.12, 2e6)), shared, **LIMITS)
    assert found["subject"].to_list() == ["H1", "a", "G1"]
    assert found["money_yuan"].to_list() == [1e7, 2e6, 1e6]


def test_a_source_without_a_cap_and_one_under_it_are_not_listed():
    shared = sources(("guarantor", "P1", "a b", 9e9, None), ("core_enterprise", "H1", "a b", 3e7, 4e7))
    assert attention_list(branches(), shared, **LIMITS).empty


def test_at_most_twelve_are_listed_and_nothing_is_altered(unchanged):
    many = branches(*((f"b{n}", 0.5, 0.4, 0.6, 1e6 * n) for n in range(30)))
    with unchanged(many):
        found = attention_list(many, sources(), **LIMITS)
    assert len(found) == MOST and list(found.columns) == COLUMNS and found["subject"].iloc[0] == "b29"
