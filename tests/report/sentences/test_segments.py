"""Page 1 and the bound of few members.

Sentences on groups: who can be judged, the groups that matter, rules, small samples.
Sentences on a pool of firms, and on the number that would overturn a decision.
Sentences on groups.
"""

from __future__ import annotations

import pandas as pd
import pytest

from microlib.design.judgement import judgement_frame
from microlib.design.supply import direct_decisions
from microlib.metrics.segments import overlap_matrix, segment_sizes, unassigned_share
from microlib.report.sentences.segments import bank_rhythms


def floors(mean: float, upper: float) -> pd.DataFrame:
    frame = pd.DataFrame({"pd_case": ["mean", "upper"], "yearly_rate": 0.05, "floor_taxed_rate": [mean, upper]})
    return frame.assign(amount_yuan=5e5, margin_rate=frame["yearly_rate"] - frame["floor_taxed_rate"])


def volume(customers: int = 10) -> pd.DataFrame:
    return pd.DataFrame({"customers_count": [5, customers], "volume_yuan": [1e6, 2e6], "loss_yuan": [1e4, 3e4]})


HOLDS, FIRES = pd.DataFrame({"rule": ["r"], "state": ["holds"]}), pd.DataFrame({"rule": ["late"], "state": ["fires"]})


def offered(state: str, step: str) -> pd.DataFrame:
    row = {"kind": "offer", "segment": "stall", "state": state, "step": step, "amount_yuan": 1.5e6, "needed_months": 12}
    return judgement_frame(pd.DataFrame([row]))


def asked(**answers: str) -> pd.DataFrame:
    return pd.DataFrame([(name, answer, "") for name, answer in answers.items()], columns=["condition", "answer", "by"])


def test_an_approved_pilot_is_told_with_its_room_and_its_end(told):
    given = {"conditions": asked(segment_is_open="yes"), "volume": volume()}
    text = told("product_conclusion", offered("approve", "start_pilot"), **given)
    assert "批准试点" in text and "150.0 万元" in text and "12 个月再判" in text


def test_a_product_that_is_not_approved_names_every_condition_that_does_not_hold(told):
    conditions = asked(segment_is_open="yes", price_is_above_floor="no", principal_is_repaid="unknown")
    text = told("product_conclusion", offered("revise", "reprice_first"), conditions=conditions, volume=volume())
    assert "先改条款或补手续" in text and "利率不低于定价下限、到期还得上本金" in text
    assert "客群至少可试点" not in text
    later = told("product_conclusion", offered("not_now", "segment_not_open"), conditions=conditions, volume=volume())
    assert later.startswith("暂不试点")


def test_a_shared_source_prints_both_bounds_and_what_history_cannot_say(told):
    row = {"segment": "hospital", "bad_count": 3, "total_count": 60, "upper_share": 0.1242}
    text = told("shared_source_bound", pd.DataFrame([row | {"correlated_upper_share": 0.22, "correlation": 0.12}]))
    assert "12.4 %" in text and "22.0 %" in text
    assert text.endswith("这段历史里该来源没有停过，历史不良不能说明它停了会怎样。")


def test_independent_members_need_no_such_sentence(told):
    row = {"segment": "stalls", "bad_count": 0, "total_count": 40, "upper_share": 0.0722}
    text = told("shared_source_bound", pd.DataFrame([row | {"correlated_upper_share": None}]))
    assert "7.2 %" in text and "没有停过" not in text


def test_decisions_are_told_do_stop_wait(told):
    row = {"segment": "whole_branch", "step": "gather_evidence", "amount_yuan": 1e6}
    text = told("decisions", pd.DataFrame([row | {"action": "wait"}, row | {"action": "do"}]))
    assert text.index("做：本支行整体") < text.index("等：本支行整体")


def test_a_decision_whose_amount_is_not_known_shows_no_empty_bracket(told):
    row = {"segment": "whole_branch", "step": "gather_evidence", "amount_yuan": None, "action": "stop"}
    assert told("decisions", pd.DataFrame([row])).startswith("停：本支行整体，") and "—" not in told(
        "decisions", pd.DataFrame([row])
    )


RATES = pd.DataFrame({
    "segment": ["good", "bad", "few"], "share": [0.01, 0.2, 0.04], "share_low": [0.0, 0.1, 0.0],
    "share_high": [0.03, 0.3, 0.2], "base_customers_count": [90, 60, 8],
})  # fmt: skip
PROFILES = pd.DataFrame({
    "segment": ["a", "b"], "measure": "income_yuan", "members_count": 9, "known_count": 9,
    "p20": 1e5, "p50": [2e6, 3e6], "p80": 9e6,
})  # fmt: skip


def test_groups_are_told_by_their_state_the_best_first(told):
    states = pd.DataFrame({"segment": ["bad", "few", "good"], "state": ["stop", "pilot", "expand"],
                           "due_date": pd.Timestamp("2026-07-30"), "but_for": ["", "H2", ""]})  # fmt: skip
    text = told("segments_judged", states)
    assert (
        text.index("可扩大：good") < text.index("产品经理 2026-07-30 前拿出方案）：few") < text.index("停止新增：bad")
    )
    assert "few不含靠H2还款的客户" in text


def test_a_pilot_tells_by_which_product_it_may_begin(told):
    rows = pd.DataFrame(
        {"segment": ["a", "b", "c"], "product": ["P1", "P2", None], "state": ["approve", "revise", None],
         "due_date": pd.Timestamp("2026-07-30"), "product_id": ["S1", "S2 S3", None]}
    )  # fmt: skip
    text = told("pilot_offers", rows)
    assert (
        "现在可以开始试点的产品：P1。" in text
        and "还不能试点的产品：P2；产品经理 2026-07-30 前" in text
        and "要先设计才能试点的客群：c。" in text
    )
    assert "b只能用S2、S3按现有余额" in text and "先不营销的客群：c。" in text and "S1" not in text
    assert "无法判断的产品：P1" in told("pilot_offers", rows.head(1).assign(state="unknown"))
    assert "现在不试点的产品：P1" in told("pilot_offers", rows.head(1).assign(state="not_now"))


def test_what_is_stopped_and_what_grows_no_further_is_named(told):
    rows = judgement_frame(
        pd.DataFrame(
            {
                "kind": ["segment", "product", "product", "source"],
                "segment": ["g", "P1", "P2", "H"],
                "state": ["stop", "stop", "keep", "stop"],
                "step": ["stop_new_lending", "stop_new_lending", "look_at_largest", "stop_behind_core"],
            }
        )
    )
    text = told("closed_for_sale", rows)
    assert all(part in text for part in ("客群 g。", "产品 P1。", "来源 H。")) and text.endswith("P2。")
    assert "没有停的" in told("closed_for_sale", judgement_frame())


def test_without_a_group_nothing_is_judged(told):
    assert "没有客群可判" in told("segments_judged", judgement_frame())


def test_the_register_is_counted_by_its_states(told):
    rows = pd.DataFrame(
        {"segment": list("abc"), "state": ["stop", "keep", "unknown"], "action": ["stop", "wait", "wait"]}
    )
    text = told("judgements", judgement_frame(rows))
    assert "共判 3 项：停 1 项" in text and "无法判断 1 项" in text
    assert told("judgements", judgement_frame()) == "没有一项可以判断。"


def test_what_became_of_the_last_judgements_is_counted(told):
    rows = pd.DataFrame({"report_date": pd.Timestamp("2026-05-31"), "finding": ["worse", "same", "same"]})
    assert "变差 1 项" in told("followed", rows) and "2026-05-31" in told("followed", rows)
    assert "还没有更早的报告" in told("followed", rows.iloc[:0])


def test_the_worst_group_is_named_with_interval_and_borrowers(told):
    assert "bad：20.0 %（10.0–30.0 %，n=60）" in told("segment_quality", RATES)


def test_clean_groups_are_not_called_safe(told):
    assert "不等于没有风险" in told("segment_quality", RATES.assign(share=0.0))


def test_the_groups_that_matter_are_named_with_their_incomes(told):
    assert told("leading_groups", PROFILES) == "最要紧的客群是a、b，年收入中位数在 200.0 万元到 300.0 万元之间。"
    assert "只有a" in told("leading_groups", PROFILES.iloc[:1])
    assert "没有一户的收入" in told("leading_groups", PROFILES.assign(p50=float("nan")))


def test_every_group_has_its_own_sentence(told):
    assert told("segment_profiles", PROFILES, lang="en").count("median yearly income") == 2


def test_rules_that_find_nobody_are_counted(told):
    rules = pd.DataFrame({"segment": ["a", "b"], "reason_code": ["r", "s"], "customers_count": [0, 7]})
    assert "2 条规则中有 1 条" in told("reason_counts", rules)
    assert "都没有找到" in told("reason_counts", rules.assign(customers_count=0))


def test_a_small_group_is_shown_and_not_ranked(told):
    assert "不参加排名的客群：a" in told("shrunk_rates", SHRUNK)


SHRUNK = pd.DataFrame(
    {
        **{"segment": ["a"], "basis": "cohort", "bad_count": 0, "total_count": 9, "unknown_count": 0, "rate": 0.0},
        **{"shrunk_rate": 0.02, "shrunk_upper": 0.03, "prior_rate": 0.02, "is_rankable": False},
    }
)


def test_no_default_among_few_is_said_with_its_bound_and_not_as_a_rate_of_nothing(told):
    text = told("shrunk_rates", SHRUNK)
    assert "9 户次里有 0 户次" in text and "上界 3.0 %" in text and "0.0 %" not in text


def test_a_bank_without_month_ends_says_that_it_counts_the_stock(told):
    assert "只能看存量" in told("shrunk_rates", SHRUNK.assign(basis="stock"))
    assert "另有 2 户次去向不明" in told("shrunk_rates", SHRUNK.assign(unknown_count=2))


def test_rates_told_a_year_ago_are_held_against_what_came(told):
    row = {
        "segment": ["a", "b"],
        "told_rate": [0.02, 0.05],
        "bad_count": [1, 20],
        "total_count": [50, 100],
        "finding": ["inside", "above"],
    }
    text = told("told_and_came", pd.DataFrame(row))
    assert "150 户一年内会有约 6 户转坏，实际 21 户" in text and "实际多于预计：b" in text
    assert "落在预计范围内" in told("told_and_came", pd.DataFrame(row).head(1))


FIFTHS = pd.DataFrame({
    "side": "sale", "measure": ["top1_share", "effective_counterparties", "gap_months"], "known_count": 9,
    "p20": [0.1, 2.0, 0.0], "p50": [0.3, 7.0, 1.0], "p80": [0.5, 9.0, 4.0],
})  # fmt: skip
DECISION = pd.DataFrame({
    "action": ["do"], "segment": ["whole_branch"], "overturning_measure": ["crossing_yuan"],
    "overturning_side": ["below"], "overturning_value": [1.0],
})  # fmt: skip
TESTS = pd.DataFrame({
    "indicator": ["void_share", "net_yuan"], "auc": [0.68, 0.11], "auc_low": [0.5, 0.05], "auc_high": [0.8, 0.2],
    "direction": ["higher_is_worse", "lower_is_worse"],
})  # fmt: skip


def test_the_middle_firm_is_told_by_its_largest_buyer_and_its_gap(told):
    text = told("invoice_fifths", FIFTHS)
    assert "最大买方占销售的 30.0 %" in text and "上五分位 4 个月" in text


def test_the_strongest_indicator_is_the_one_farthest_from_chance(told):
    assert "最强的是“金额”" in told("back_test", TESTS)
    assert "都不能可靠地" in told("back_test", TESTS.assign(direction="unclear"))


def test_the_number_that_overturns_is_told_in_its_own_unit(told):
    assert "将逾期超过90天的余额降到零" in told("overturning", DECISION)
    share = DECISION.assign(overturning_measure="share_high", overturning_side="above", overturning_value=0.05)
    assert "高于 5.0 %" in told("overturning", share)
    loans = share.assign(overturning_measure="end_high", overturning_value=1764.0)
    assert "高于 1,764。" in told("overturning", loans)
    money = DECISION.assign(overturning_measure="headroom_yuan", overturning_value=2e6)
    assert "低于 200.0 万元" in told("overturning", money)
    slower = DECISION.assign(overturning_measure="change_low_days", overturning_value=10.0)
    assert "低于 10 天。" in told("overturning", slower)


def test_without_a_decision_there_is_nothing_to_overturn(told):
    assert "没有要推翻的结论" in told("overturning", DECISION.iloc[:0])


MEMBERS = pd.DataFrame(
    {
        "customer_id": ["C1", "C2", "C2", "C3"],
        "segment": ["hospital", "hospital", "market", "market"],
        "reason_code": "r",
        "is_primary": [True, True, False, True],
    }
)
LOANS = pd.DataFrame({"customer_id": ["C1", "C9"], "balance_yuan": [300_000.0, 100_000.0]})


def test_the_largest_group_is_named_with_its_share(told):
    text = told("segment_sizes", segment_sizes(MEMBERS, LOANS))
    assert text == "找到 2 个客群，余额最大的是hospital：2 户，占本行余额 75.0 %。"


def test_a_pool_without_loans_still_has_groups(told):
    assert "没有贷款余额" in told("segment_sizes", segment_sizes(MEMBERS, LOANS.iloc[:0]))


def test_no_group_is_said_plainly(told):
    assert "没有客户归入" in told("segment_sizes", segment_sizes(MEMBERS.iloc[:0], LOANS))


def test_too_many_unassigned_ask_for_better_rules(told):
    evidence = pd.DataFrame({"customer_id": ["C1", "C9"], "balance_yuan": [3e5, 1e5]})
    unassigned = unassigned_share(evidence, MEMBERS)
    assert "规则需要补充" in told("unassigned_share", unassigned, most=0.3)
    assert "规则需要补充" not in told("unassigned_share", unassigned)


def test_the_overlap_names_both_groups(told):
    assert "共同客户 1 户" in told("overlap_matrix", overlap_matrix(MEMBERS))


def test_groups_apart_say_so(told):
    assert told("overlap_matrix", overlap_matrix(MEMBERS.iloc[[0, 3]])) == "各客群没有共同客户。"


@pytest.mark.parametrize(
    ("left_out", "keys"), [("", ["season_none"]), ("2016-10 2020-02", ["season_none", "season_edges"])]
)
def test_edge_months_that_were_left_out_are_told(left_out, keys):
    rows = pd.DataFrame({"segment": ["farm"], "reason": ["no_clear_season"], "left_out_months": [left_out]})
    said = bank_rhythms(rows)
    assert [each.key for each in said] == keys
    assert said[-1].values.get("left_out_months", "2016-10, 2020-02") == "2016-10, 2020-02"


def test_a_cap_with_room_lends_nothing_behind_a_payer_who_is_stopped(told):
    caps = pd.DataFrame({"core_id": ["H1", "H2"]})
    judged = judgement_frame(pd.DataFrame({"segment": ["H1", "H2"], "step": ["within_cap", "stop_behind_core"]}))
    text = told("caps_decision", caps, judged)
    assert "H2 因付款变慢已停止新增" in text and "其余的在现行上限内办理" in text
    assert told("caps_decision", caps.head(1), judged.head(1)).startswith("决定：在现行上限内办理")
    assert "其余" not in told("caps_decision", caps.tail(1), judged)


def test_a_core_stopped_for_its_days_to_pay_has_one_reason_in_every_sentence(told):
    """Not later than it was, but too slow: the title, the decision and the room say the register's reason alone."""
    trends = pd.DataFrame({"core_id": ["H1"], "median_days": [162.0], "trend": ["unclear"]})
    days = trends.assign(unpaid_count=7)
    judged = judgement_frame(
        pd.DataFrame(
            {
                "segment": ["H1"],
                "state": ["stop"],
                "step": ["stop_behind_core"],
                "measure": ["median_days"],
                "overturning_measure": ["median_low_days"],
                "overturning_now": [93.0],
                "overturning_value": [90.0],
            }
        )
    )
    title = told("payment_days", trends, days, judged)
    assert "162" in title and "93" in title and "90" in title and "证据不足" not in title
    assert "证据不足" in told("payment_days", trends, days, judged.head(0)), "without the stop nothing is known"
    room = told("caps_decision", trends, judged)
    assert "付款天数超过" in room and "变慢" not in room


def test_nothing_is_said_of_lines_that_nobody_has(told):
    """Behind stopped cores no line, no rung and no tier is told to be used; one open core brings them back."""
    lines = pd.DataFrame({"bound_by": ["source"], "limit_yuan": [1e5]})
    assert "额度按表执行" in told("lines_decision", lines) and told("lines_decision", lines.head(0)) == ""
    ladder = pd.DataFrame({"control_level": ["acknowledged"], "advance_share": [0.7], "suppliers_count": [14]})
    assert "最高授信比例" in told("control_decision", ladder)
    assert "最高授信比例" not in told("control_decision", ladder.head(0))
    tiers = pd.DataFrame({"tier": [1, 2], "suppliers_count": [120, 562], "customers_count": [90, 0]})
    assert "先做第一层" in told("chain_decision", tiers, tiers) and "先做" not in told(
        "chain_decision", tiers, tiers.head(0)
    )


def test_the_own_line_of_a_stopped_core_stops_with_its_suppliers(told):
    caps = pd.DataFrame(
        {"core_id": ["H1", "H2"], "direct_yuan": [3e7, 0.0], "cap_yuan": 2e8, "proposed_cap_yuan": 1.9e8}
    )
    named = {"overturning_measure": "headroom_yuan", "overturning_side": "below", "overturning_value": 0.0}
    rows = {"segment": ["H1", "H2"], "state": ["stop", "stop"], "due_date": pd.Timestamp("2026-07-07"), **named}
    direct = direct_decisions(caps, pd.DataFrame(rows))
    assert direct[["segment", "action", "amount_yuan"]].values.tolist() == [["H1", "stop", 3e7]]
    assert "3,000" in told("joint_decision", caps, direct) and "停止新增" in told("joint_decision", caps, direct)
    assert "直接授信 " not in told("joint_decision", caps, direct.head(0))
