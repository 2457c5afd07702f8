"""Sentences on a pool of firms, and on the number that would overturn a decision."""

import pandas as pd

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
    assert "将逾期满90天的余额降到零" in told("overturning", DECISION)
    share = DECISION.assign(overturning_measure="share_high", overturning_side="above", overturning_value=0.05)
    assert "高于 5.0 %" in told("overturning", share)
    loans = share.assign(overturning_measure="end_high", overturning_value=1764.0)
    assert "高于 1,764。" in told("overturning", loans)
    money = DECISION.assign(overturning_measure="headroom_yuan", overturning_value=2e6)
    assert "低于 200.0 万元" in told("overturning", money)


def test_without_a_decision_there_is_nothing_to_overturn(told):
    assert "没有要推翻的结论" in told("overturning", DECISION.iloc[:0])
