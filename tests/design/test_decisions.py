"""The list of actions, and what is proposed beside the register's judgements.

What head office looks at first: clearly outside, by money, at most twelve.
What is told besides limits on money: clear changes, ends that are near, and what is missing; nothing is altered.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from microlib.design.decisions import (
    ATTENTION_COLUMNS,
    DECISION_COLUMNS,
    LISTED,
    MOST_ATTENTION_ITEMS,
    MOST_DECISIONS,
    TOLD_BESIDE,
    attention_list,
    choose_decisions,
    decision_frame,
    ending_pilots,
    ending_rules,
    evidence_decision,
    later_payers,
    list_actions,
    maturity_decisions,
    missing_data,
    pilot_sources,
    small_line_decision,
    tracing_decisions,
)
from microlib.design.terms import read_policy
from tests.design.conftest import AS_OF

DAY = date(2026, 6, 30)


def proposed(action: str, due: str, **more: object) -> dict:
    return {"action": action, "segment": action, "step": action, "due_date": pd.Timestamp(due), **more}


def test_what_is_due_first_stands_first_and_what_asks_for_nothing_is_not_listed():
    found = list_actions(
        decision_frame([proposed("wait", "2026-07-30"), proposed("do", "2026-07-30") | {"step": "within_cap"}]),
        decision_frame([proposed("stop", "2026-07-07")]),
    )
    assert found["action"].to_list() == ["stop", "wait"]
    assert list(found.columns) == list(LISTED)


def test_nothing_proposed_is_an_empty_list():
    assert list_actions().empty


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
    assert (
        len(found) == MOST_ATTENTION_ITEMS
        and list(found.columns) == ATTENTION_COLUMNS
        and found["subject"].iloc[0] == "b29"
    )


DECISION_AS_OF = date(2026, 6, 30)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def decision_policy() -> object:
    return read_policy(ROOT, as_of="2026-06-30")


def test_what_crosses_is_due_before_the_first_crossing(decision_policy) -> None:
    crossing = pd.DataFrame({"balance_yuan": [1e5, 2e5], "crossing_date": pd.to_datetime(["2026-07-20", "2026-07-09"])})
    maturing = pd.DataFrame(
        {
            "horizon_days": [30, 60],
            "balance_yuan": [1e6, 2e6],
            "unconfirmed_yuan": [0.0, 1e5],
            "unknown_yuan": [0.0, 0.0],
        }
    )
    found = maturity_decisions(crossing, maturing, policy=decision_policy, as_of=DECISION_AS_OF)
    assert found[["amount_yuan", "due_date"]].to_numpy().tolist() == [[3e5, pd.Timestamp("2026-07-08")]]


def test_nothing_to_decide_is_an_empty_frame_with_the_columns() -> None:
    assert choose_decisions().columns.tolist() == [*DECISION_COLUMNS, *TOLD_BESIDE]


def test_what_falls_due_first_is_on_page_one_however_little_money_it_is() -> None:
    stops = [("stop", f"g{n}", "stop_new_lending", 1e6, "risk_head", "2026-07-07", 9e5, "share_low", "below", 0.05)
             for n in range(6)]  # fmt: skip
    due = ("do", "whole_branch", "collect_before_crossing", 1e4, "micro_manager", "2026-07-02", 1e4, "crossing_yuan",
           "below", 1.0)  # fmt: skip
    chosen = choose_decisions(decision_frame([*stops, due]))
    assert len(chosen) == MOST_DECISIONS and chosen["step"].to_list()[-1] == "collect_before_crossing"
    later = choose_decisions(decision_frame([*stops, (*due[:5], "2026-07-10", *due[6:])]))
    assert set(later["step"]) == {"stop_new_lending"}


TODAY = date(2026, 6, 30)


def payers(*rows):
    columns = ["core_id", "branch_ids", "balance_yuan", "change_days", "change_low_days", "change_high_days", "trend"]
    return pd.DataFrame(rows, columns=columns)


def test_a_core_is_listed_where_a_register_stops_it_though_no_median_can_be_told(unchanged):
    four = payers(
        ("H1", "a b", 5e6, 46.0, 31.0, 60.0, "later"),
        ("H2", "a", 9e6, 32.0, -40.0, None, "unclear"),
        ("H3", "a", 9e6, None, None, None, "unclear"),
        ("H4", "a", 1e6, None, None, None, "later"),
    )
    with unchanged(four):
        found = later_payers(four, notable_days=10)
    assert found[["subject", "branch_ids", "money_yuan", "limit"]].values.tolist() == [
        ["H1", "a b", 5e6, 10.0],
        ["H4", "a", 1e6, 10.0],
    ]


@pytest.mark.parametrize(
    ("days", "kind"), [(-1, "rule_ended"), (0, "rule_ending"), (60, "rule_ending"), (61, None), (None, None)]
)
def test_a_rule_is_told_from_two_months_before_its_end_and_for_ever_after(days, kind):
    end = None if days is None else TODAY + timedelta(days)
    register = pd.DataFrame({"part": ["pricing"], "key": ["lpr_rate"], "until_date": pd.Series([end], dtype="object")})
    assert ending_rules(register, as_of=TODAY)["kind"].to_list() == ([kind] if kind else [])


def test_branches_at_one_level_are_one_row_and_the_best_are_none():
    found = missing_data({"a": 4, "b": 0, "c": 2, "d": 0})
    assert found[["subject", "branch_ids"]].values.tolist() == [["L0", "b d"], ["L2", "c"]]
    assert missing_data({"a": 2, "b": 2}).empty and missing_data({}).empty


def test_money_comes_first_and_the_rest_keeps_its_order():
    pilots = [{"code": "stall", "pilot_ends": TODAY, "pilot_yuan": 3e6}, {"code": "farm", "pilot_ends": None}]
    more = pd.concat([missing_data({"a": 1, "b": 0, "c": 4}), ending_pilots(pilots, as_of=TODAY)])
    branches = pd.DataFrame(
        {"branch_id": ["a"], "share": [0.2], "share_low": [0.1], "share_high": [0.3], "hit_yuan": [1e6]}
    )
    sources = pd.DataFrame(columns=["kind", "source_id", "branch_ids", "balance_yuan", "cap_yuan"])
    found = attention_list(branches, sources, appetite_share=0.05, group_cap_yuan=5e6, more=more)
    assert found["subject"].to_list() == ["stall", "a", "L0", "L1"]


def test_small_lines_that_lose_money_are_kept_out(policy) -> None:
    margins = pd.DataFrame(
        {"losing_count": [2], "losing_yuan": [3e5], "shortfall_yuan": [900.0], "break_even_yuan": [4e5]}
    )
    told = {"product": "stall", "policy": policy.decisions, "as_of": AS_OF}
    row = small_line_decision(margins, **told).iloc[0]
    assert row[["action", "segment", "step", "waiting_cost_yuan"]].to_list() == [
        "do",
        "stall",
        "stop_small_lines",
        900,
    ]
    assert small_line_decision(margins.assign(losing_count=0), **told).empty


def test_evidence_is_gathered_from_those_who_wait_for_it(policy) -> None:
    limits = pd.DataFrame({"reason": ["sized", "to_be_verified"], "existing_yuan": [1e5, 3e5]})
    told = {"product": "stall", "policy": policy.decisions, "as_of": AS_OF}
    assert evidence_decision(limits, **told)["amount_yuan"].to_list() == [3e5]
    assert evidence_decision(limits.head(1), **told).empty


def test_the_loss_of_a_source_is_scaled_to_the_pilot() -> None:
    sources = pd.DataFrame({"limit_yuan": [4e6], "loss_low_yuan": [1e5], "loss_high_yuan": [1e6]})
    volume = pd.DataFrame({"case": ["high"], "volume_yuan": [0.0], "sized_yuan": [0.0]})
    assert pilot_sources(sources, volume=volume)["loss_high_yuan"].item() == 0


def test_late_loans_that_became_current_and_bad_ones_renewed_are_looked_into_by_a_day(policy) -> None:
    cleared = pd.DataFrame({"month": ["2026-05", "2026-06"], "cleared_yuan": [3e6, 7e6], "is_most": [False, True]})
    bridges = pd.DataFrame({"move": ["renewed", "upgraded"], "month_yuan": [1.3e6, 0.0]})
    found = tracing_decisions(cleared, bridges, policy=policy, as_of=AS_OF)
    assert found[["step", "amount_yuan", "owner"]].values.tolist() == [
        ["trace_cleared", 7e6, "risk_head"],
        ["trace_renewed", 1.3e6, "risk_head"],
    ]
    assert found["due_date"].notna().all()
    assert tracing_decisions(cleared.head(1), None, policy=policy, as_of=AS_OF).empty


def test_sources_are_to_be_confirmed_before_the_first_of_them_falls_due(decision_policy) -> None:
    maturing = pd.DataFrame({"horizon_days": [30], "unconfirmed_yuan": [3e5], "unknown_yuan": [0.0]})
    none = pd.DataFrame({"balance_yuan": [], "crossing_date": []})
    given = {"policy": decision_policy, "as_of": DAY}
    for first, due in (("2026-07-05", "2026-07-04"), ("2026-07-01", "2026-06-30"), ("2026-07-29", "2026-07-14")):
        told = maturing.assign(first_unsure_date=pd.Timestamp(first))
        assert maturity_decisions(none, told, **given)["due_date"].to_list() == [pd.Timestamp(due)]


def test_what_costs_nothing_known_does_not_push_off_page_one_what_does() -> None:
    stops = [("stop", f"g{n}", "stop_new_lending", 1e6, "risk_head", "2026-07-07", 9e5, "share_low", "below", 0.05)
             for n in range(6)]  # fmt: skip
    more = [("do", "whole_branch", "collect_before_crossing", 1e4, "micro_manager", "2026-07-02", 1e4, "crossing_yuan",
             "below", 1.0),
            ("do", "whole_branch", "confirm_repayment_sources", 9e6, "micro_manager", "2026-06-30", None,
             "unconfirmed_yuan", "below", 1.0)]  # fmt: skip
    assert choose_decisions(decision_frame([*stops, *more]))["step"].to_list()[-1] == "collect_before_crossing"
