"""Sentences on groups: who can be judged, the groups that matter, rules, small samples."""

import pandas as pd

RATES = pd.DataFrame({
    "segment": ["good", "bad", "few"], "share": [0.01, 0.2, 0.04], "share_low": [0.0, 0.1, 0.0],
    "share_high": [0.03, 0.3, 0.2], "base_customers_count": [90, 60, 8],
})  # fmt: skip
PROFILES = pd.DataFrame({
    "segment": ["a", "b"], "measure": "income_yuan", "members_count": 9, "known_count": 9,
    "p20": 1e5, "p50": [2e6, 3e6], "p80": 9e6,
})  # fmt: skip


def test_groups_are_judged_in_words_by_the_whole_interval(told):
    text = told("segments_judged", RATES, appetite=0.05)
    assert "以内：good" in text and "超出容忍度：bad" in text and "证据不足、暂不能判：few" in text


def test_without_a_group_nothing_is_judged(told):
    assert "无法判断" in told("segments_judged", RATES.iloc[:0], appetite=0.05)


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
    cells = pd.DataFrame({"segment": ["a"], "bad_count": 0, "total_count": 9, "rate": 0.0, "shrunk_rate": 0.02,
                          "shrunk_upper": 0.03, "is_rankable": False})  # fmt: skip
    assert "不参加排名的客群：a" in told("shrunk_rates", cells)
