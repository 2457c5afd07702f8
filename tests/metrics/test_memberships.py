"""What follows from memberships: counts by rule, the largest groups, loans by group."""

import pandas as pd
import pytest

from microlib.contracts.segments import read_segments
from microlib.metrics import memberships

MEMBERS = pd.DataFrame({
    "customer_id": ["C1", "C1", "C2"], "segment": ["a", "b", "b"], "reason_code": ["r", "s", "s"],
    "is_primary": [True, False, True],
})  # fmt: skip
SIZES = pd.DataFrame({
    "segment": ["hospital_suppliers", "invoiced_firms"], "balance_yuan": [1.0, 9.0], "customers_count": [3, 8]
})  # fmt: skip


@pytest.fixture(scope="module")
def shipped(root):
    return read_segments(root / "data" / "segments")


def test_every_rule_is_listed_with_its_members(shipped):
    one = pd.DataFrame({"segment": ["hardware_market"], "reason_code": ["stall_in_market"]})
    found = memberships.reason_counts(one, segments=shipped)
    assert len(found) == sum(len(each.rules) for each in shipped)
    assert found.loc[found["customers_count"] > 0, "segment"].to_list() == ["hardware_market"]


def test_two_groups_with_one_reason_code_keep_their_own_words(shipped):
    found = memberships.reason_counts(MEMBERS, segments=shipped)
    markets = found[found["reason_code"] == "stall_in_market"]
    assert len(markets) == markets["said_zh"].nunique() == 2


def test_a_group_with_a_common_source_comes_before_a_larger_one_without(shipped):
    assert memberships.leading_segments(SIZES, segments=shipped)["segment"].iloc[0] == "hospital_suppliers"
    assert memberships.leading_segments(SIZES)["segment"].iloc[0] == "invoiced_firms"


def test_a_loan_counts_in_the_primary_group_only():
    loans = pd.DataFrame({"loan_id": ["L1", "L2", "L3"], "customer_id": ["C1", "C2", "C9"], "balance_yuan": 1.0})
    found = memberships.primary_loans(loans, MEMBERS)
    assert found["segment"].to_list() == ["a", "b"]


def test_rows_follow_the_order_of_the_groups_given():
    frame = pd.DataFrame({"segment": ["a", "b", "c"]})
    assert memberships.of_segments(frame, pd.DataFrame({"segment": ["c", "a"]}))["segment"].to_list() == ["c", "a"]


def test_a_measure_that_could_not_be_computed_is_left_out():
    shares = pd.DataFrame({"measure": ["m", "m", "n"], "share": [0.1, float("nan"), 0.2]})
    assert memberships.only_measure(shares, measure="m")["share"].to_list() == [0.1]


def test_families_name_every_group(shipped):
    assert set(memberships.families(shipped)) == {each.code for each in shipped}


def test_frames_are_not_altered(shipped, unchanged):
    loans = pd.DataFrame({"loan_id": ["L1"], "customer_id": ["C1"]})
    with unchanged(MEMBERS, SIZES, loans):
        memberships.reason_counts(MEMBERS, segments=shipped)
        memberships.leading_segments(SIZES, segments=shipped)
        memberships.primary_loans(loans, MEMBERS)
        memberships.of_segments(MEMBERS, SIZES)
