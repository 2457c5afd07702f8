"""Sentences on groups."""

import pandas as pd

from microlib.metrics import segments

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
    text = told("segment_sizes", segments.segment_sizes(MEMBERS, LOANS))
    assert text == "找到 2 个客群，余额最大的是hospital：2 户，占本行余额 75.0 %。"


def test_a_pool_without_loans_still_has_groups(told):
    assert "没有贷款余额" in told("segment_sizes", segments.segment_sizes(MEMBERS, LOANS.iloc[:0]))


def test_no_group_is_said_plainly(told):
    assert "没有客户归入" in told("segment_sizes", segments.segment_sizes(MEMBERS.iloc[:0], LOANS))


def test_too_many_unassigned_ask_for_better_rules(told):
    evidence = pd.DataFrame({"customer_id": ["C1", "C9"], "balance_yuan": [3e5, 1e5]})
    unassigned = segments.unassigned_share(evidence, MEMBERS)
    assert "规则需要补充" in told("unassigned_share", unassigned, most=0.3)
    assert "规则需要补充" not in told("unassigned_share", unassigned)


def test_the_overlap_names_both_groups(told):
    assert "共同客户 1 户" in told("overlap_matrix", segments.overlap_matrix(MEMBERS))


def test_groups_apart_say_so(told):
    assert told("overlap_matrix", segments.overlap_matrix(MEMBERS.iloc[[0, 3]])) == "各客群没有共同客户。"
