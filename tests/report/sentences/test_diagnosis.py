"""Sentences of a branch's diagnosis."""

import pandas as pd

LEFT = pd.DataFrame(
    {
        "base_count": [100],
        "left_count": [30],
        "settled_count": [27],
        "failed_count": [3],
        "untold_count": [0],
        "left_share": [0.3],
        "left_low": [0.22],
        "left_high": [0.4],
        "left_share_count": [100],
    }
)
CURVE = pd.DataFrame(
    {
        "away_months": range(1, 25),
        "at_risk_count": 9,
        "returned_share": 0.4,
        "later_share": [0.3] * 17 + [0.04] * 7,
    }
)
WAYS = pd.DataFrame(
    {
        "way": ["refused", "cut", "withdrawn", "waiting", "late"],
        "way_count": 2,
        "all_count": 50,
        "unmet_yuan": [9e5, 1e5, 0.0, 0.0, 0.0],
    }
)
CHOSEN = pd.DataFrame(
    {
        "segment": ["whole_branch"],
        "step": ["collect_before_crossing"],
        "amount_yuan": [1e6],
        "due_date": [pd.Timestamp("2026-07-03")],
    }
)


def test_who_left_is_told_with_its_range_and_its_ways(told):
    text = told("departures", LEFT)
    assert "30.0 %（22.0–40.0 %，n=100）" in text and "还清 27 户，核销或转让 3 户" in text


def test_customers_are_called_lost_only_where_the_curve_says_so(told):
    assert "18 个月后" in told("returns", CURVE)
    assert "不能按固定月数" in told("returns", CURVE.assign(later_share=0.3))


def test_nobody_is_said_to_return_for_longer_than_anybody_was_seen(told):
    """Spells of 15 months at most: a year ahead is known after three months away, and no two years are spoken of."""
    away = CURVE["away_months"]
    short = CURVE.assign(at_risk_count=(away <= 15) * 9, later_share=pd.Series(0.3).repeat(24).to_numpy()).assign(
        later_share=lambda curve: curve["later_share"].where(away <= 3)
    )
    assert "离开 3 个月以后一年里" in told("returns", short) and "two years" not in told("returns", short, lang="en")
    unseen = CURVE.assign(at_risk_count=(away <= 8) * 9, later_share=None)
    assert "只看到离开 8 个月" in told("returns", unseen) and "无法判断" in told("returns", unseen)


def test_unmet_demand_adds_up_its_ways(told):
    assert "没给到的共 100.0 万元：被拒 2 笔 90.0 万元" in told("unmet_demand", WAYS)


def test_changes_are_named_only_beyond_noise(told):
    changed = pd.DataFrame({"figure": ["par30_share", "balance_yuan"], "is_beyond": [True, False]})
    assert "PAR" in told("book_changes", changed, lang="en") or "30" in told("book_changes", changed)
    assert "没有一个" in told("book_changes", changed.assign(is_beyond=False))


def test_a_definition_that_nobody_confirmed_says_so(told):
    parts = pd.DataFrame({"status": ["unverified", "verified"]})
    assert "1 个尚未核实" in told("definition", parts) and "都已核实" in told("definition", parts.tail(1))


def test_the_week_names_what_comes_first_and_an_empty_one_is_said(told):
    listed = pd.DataFrame({"due_date": [pd.Timestamp("2026-07-01")], "item": ["facility_ending"]})
    assert "2026-07-01 的授信到期" in told("week_list", listed)
    assert "没有到期" in told("week_list", listed.head(0))


def test_a_meeting_asks_one_thing_or_nothing(told):
    assert "请支行行长定一件事" in told("meeting_ask", CHOSEN, audience="branch_head")
    assert "没有要请" in told("meeting_ask", CHOSEN.head(0), audience="branch_head")


def test_counting_of_artefacts_is_said_to_be_off(told):
    assert "默认关闭" in told("artefacts", pd.DataFrame({"files_count": []}))


def test_what_nobody_signs_for_is_named(told):
    subjects = pd.DataFrame({"duty_subject": ["price", "campaign_cost"], "held": [True, False]})
    assert "没有任何事项管到：活动费用" in told("duty_table", pd.DataFrame({"duty": ["one_hand"]}), subjects=subjects)


def test_what_the_register_stops_beside_page_one_is_named(told):
    judged = pd.DataFrame({"segment": ["P1", "R20", "P1×a"], "action": "stop",
                           "step": ["stop_new_lending", "mend_rules", "follows_below"]})  # fmt: skip
    assert "另有 1 件停" in told("other_stops", judged, judged.head(1))
    assert told("other_stops", judged, judged.head(2)) == ""
