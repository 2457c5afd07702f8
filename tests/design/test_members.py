"""Whom a product is made for, and what their past says."""

from __future__ import annotations

import pandas as pd
import pytest

from microlib.design import members, written_terms
from microlib.errors import NobodyHere


def test_only_primary_members_count(hospital, memberships) -> None:
    second = memberships.assign(is_primary=[True, False, True])
    assert members.product_members(second, product=hospital)["customer_id"].to_list() == ["C1", "C3"]


def test_a_branch_without_such_a_group_is_refused(stall, memberships) -> None:
    with pytest.raises(NobodyHere, match="hardware_market"):
        members.product_members(memberships, product=stall)


def test_without_loans_default_marks_tell(memberships, book) -> None:
    customers = pd.DataFrame({"customer_id": ["C1", "C2", "C9"], "is_defaulted": [True, False, True]})
    found = members.own_experience(book["loans"].head(0), customers, members=memberships).iloc[0]
    assert found.to_list() == ["default_marks", 1, 2]


def test_without_either_there_is_no_experience(memberships, book) -> None:
    found = members.own_experience(book["loans"].head(0), book["customers"], members=memberships).iloc[0]
    assert found[["basis", "total_count"]].to_list() == ["none", 0]


@pytest.mark.parametrize("part", ["controls", "fees", "monitoring", "exits", "access", "stop_rules"])
def test_written_lines_speak_both_languages(hospital, part) -> None:
    lines = written_terms.written_list(hospital, part=part)
    assert len(lines) == len(getattr(hospital, part)) and {"said_zh", "said_en"} <= set(lines.columns)


def test_everyone_not_served_has_somewhere_to_go(hospital) -> None:
    sent = written_terms.referrals(hospital)
    assert {rule.code for rule in (*hospital.access, *hospital.not_served)} == set(sent)
