"""Sentences on the standard shelf and on how it serves."""

import pandas as pd

PAIR = pd.DataFrame({"product_id": ["P1"], "other_id": ["P2"], "finding": ["name_only"]})
MARGINS = pd.DataFrame({"product_id": ["P1", "P2"], "margin_finding": ["earns", "loses"], "margin_yuan": [5e4, -2e4]})
COVER = pd.DataFrame(
    {
        "segment": ["a", "unassigned"],
        "needing_count": 10,
        "covered_count": [6, 10],
        "uncovered_yuan": [4e5, 0.0],
        "covered_share": [0.6, 1.0],
        "covered_low": [0.3, 0.8],
        "covered_high": [0.8, 1.0],
        "main_missing": ["amount", None],
        "covered_share_count": 10,
        "one_term_count": [3, 0],
    }
)
TIMES = pd.DataFrame(
    {
        "stage": ["survey", "whole_way"],
        "cases_count": 40,
        "median_days": 5.0,
        "promise_days": [6.0, 15.0],
        "promise_days_low": 14.0,
        "promise_days_high": [7.0, 18.0],
    }
)
SWAP = pd.DataFrame(
    {
        "decision": ["refused", "approved"],
        "borrowers_count": 90,
        "bad_count": 1,
        "difference": [0.0, None],
        "difference_low": [-0.02, None],
        "difference_high": [0.03, None],
    }
)


def test_products_that_are_only_names_are_named(told):
    assert "只是名字不同：P1与P2" in told("product_overlaps", PAIR)
    assert "没有只是名字不同" in told("product_overlaps", PAIR.assign(finding="distinct"))


def test_margins_name_who_earns_and_who_loses(told):
    judged = pd.DataFrame({"segment": ["P1", "P2"], "state": ["keep", "stop"]})
    text = told("product_margins", MARGINS, judged)
    assert "一年 3.0 万元" in text and "低于定价下限：P2" in text and "仍赚钱：P1" in text


def test_a_product_that_is_stopped_is_praised_for_no_margin(told):
    text = told("product_margins", MARGINS, pd.DataFrame({"segment": ["P1"], "state": ["stop"]}))
    assert "仍赚钱" not in text and "账面利差不作依据" in text and "P1" in text


def test_the_group_covered_least_is_named_with_the_term_it_lacks(told):
    assert "a：60.0 %" in told("need_coverage", COVER) and "差在金额" in told("need_coverage", COVER)


def test_a_promise_is_the_upper_end_or_none(told):
    assert "能承诺的是 18 天" in told("stage_times", TIMES)
    assert "不能对外承诺" in told("stage_times", TIMES.assign(promise_days_high=float("nan")))


def test_a_swap_set_is_judged_on_its_interval(told):
    assert "分不出高低" in told("swap_set", SWAP)
    assert "比线上通过的高" in told("swap_set", SWAP.assign(difference_low=0.01))
    assert "还比不出来" in told("swap_set", SWAP.assign(difference=None))


def test_no_claim_over_synthetic_peers(told):
    claims = pd.DataFrame({"is_allowed": [False], "finding": ["best"], "product_id": ["P1"]})
    assert "暂不能对外宣传" in told("shelf_claims", claims)


def test_groups_without_an_evident_type_ask_for_a_reason(told):
    labels = pd.DataFrame({"segment": ["a", "b"], "types_count": [1, 0], "group_types": ["shared_place", ""]})
    assert told("group_labels", labels).startswith("a有证据支持的是共营型。b看不出")


def test_a_shelf_without_a_change_worth_trying_says_so(told):
    assert "没有一处改动可以试" in told("best_changes", pd.DataFrame())
