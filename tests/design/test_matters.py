"""What is told besides limits on money: clear changes, ends that are near, and what is missing; nothing is altered."""

from datetime import date, timedelta

import pandas as pd
import pytest

from microlib.design import attentions, matters

TODAY, NONE = date(2026, 6, 30), (None, None, None)
SHARES = ["branch_id", "share", "share_low", "share_high", "hit_yuan"]


def payers(*rows):
    columns = ["core_id", "branch_ids", "balance_yuan", "change_days", "change_low_days", "change_high_days"]
    return pd.DataFrame(rows, columns=columns)


def test_a_core_is_listed_only_when_the_whole_range_of_its_change_is_notable(unchanged):
    three = payers(
        ("H1", "a b", 5e6, 46.0, 31.0, 60.0), ("H2", "a", 9e6, 32.0, -40.0, None), ("H3", "a", 9e6, None, None, None)
    )
    with unchanged(three):
        found = matters.later_payers(three, notable_days=10)
    assert found[["subject", "branch_ids", "money_yuan", "limit"]].values.tolist() == [["H1", "a b", 5e6, 10.0]]


@pytest.mark.parametrize(
    ("days", "kind"), [(-1, "rule_ended"), (0, "rule_ending"), (60, "rule_ending"), (61, None), (None, None)]
)
def test_a_rule_is_told_from_two_months_before_its_end_and_for_ever_after(days, kind):
    end = None if days is None else TODAY + timedelta(days)
    register = pd.DataFrame({"part": ["pricing"], "key": ["lpr_rate"], "until_date": pd.Series([end], dtype="object")})
    assert matters.ending_rules(register, as_of=TODAY)["kind"].to_list() == ([kind] if kind else [])


def test_branches_at_one_level_are_one_row_and_the_best_are_none():
    found = matters.missing_data({"a": 4, "b": 0, "c": 2, "d": 0})
    assert found[["subject", "branch_ids"]].values.tolist() == [["L0", "b d"], ["L2", "c"]]
    assert matters.missing_data({"a": 2, "b": 2}).empty and matters.missing_data({}).empty


def test_money_comes_first_and_the_rest_keeps_its_order():
    pilots = [{"code": "stall", "pilot_ends": TODAY, "pilot_yuan": 3e6}, {"code": "farm", "pilot_ends": None}]
    more = pd.concat([matters.missing_data({"a": 1, "b": 0, "c": 4}), matters.ending_pilots(pilots, as_of=TODAY)])
    branches = pd.DataFrame(
        {"branch_id": ["a"], "share": [0.2], "share_low": [0.1], "share_high": [0.3], "hit_yuan": [1e6]}
    )
    sources = pd.DataFrame(columns=["kind", "source_id", "branch_ids", "balance_yuan", "cap_yuan"])
    found = attentions.attention_list(branches, sources, appetite_share=0.05, group_cap_yuan=5e6, more=more)
    assert found["subject"].to_list() == ["stall", "a", "L0", "L1"]
