"""Evidence for the five group types: the demo bank's groups, closed forms, chance, refusals.

What follows from memberships: counts by rule, the largest groups, loans by group.
Evidence on customers, and segments assigned by the shipped rules and by rules of each operator.
"""

from __future__ import annotations

from math import comb

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.bank.branch import read_branch
from microlib.contracts.segment import EVIDENCE, GROUP_TYPES, Condition, Rule, Segment, read_segments
from microlib.errors import BadData, EmptyBook
from microlib.metrics.segments import (
    FACTORS,
    assign_segments,
    customer_evidence,
    families,
    group_labels,
    leading_segments,
    main_enhancers,
    of_segments,
    only_measure,
    overlap_matrix,
    peak_months,
    primary_loans,
    reason_counts,
    segment_sizes,
    type_evidence,
    unassigned_share,
)


def population(values, members):
    """One factor over a population; the first so many are the group."""
    factors = pd.DataFrame({"customer_id": [f"C{i}" for i in range(len(values))], "venue_id": values})
    return factors.head(members)[["customer_id"]].assign(segment="g"), factors


def measured(values, members, **options):
    return type_evidence(*population(values, members), **options).iloc[0]


def test_markets_are_places_suppliers_are_derived_and_the_chamber_is_a_channel(demo_home, root):
    book = read_branch(demo_home, branch="0755", as_of="2026-06-30")
    evidence = customer_evidence(
        book["customers"], book["loans"], None, book["venue_rosters"], book["core_enterprises"]
    )
    members = assign_segments(evidence, segments=read_segments(root / "data" / "segments"))
    factors = evidence.merge(main_enhancers(book["loans"], book["guarantees"]), on="customer_id", how="left")
    labels = group_labels(type_evidence(members, factors)).set_index("segment")["group_types"]
    wanted = {"hardware_market": "shared_place", "hospital_suppliers": "derived", "chamber_members": "channel"}
    assert {name: labels[name] for name in wanted} == wanted


def test_lift_is_the_chance_of_a_shared_value_over_that_of_everybody():
    found = measured(["a"] * 4 + ["b"] * 2 + ["a"] * 2 + [None] * 12, 6)
    assert found.pair_share == pytest.approx((comb(4, 2) + comb(2, 2)) / comb(6, 2))
    assert found.population_pair_share == pytest.approx((comb(6, 2) + comb(2, 2)) / comb(20, 2))
    assert found.lift_ratio == pytest.approx(found.pair_share / found.population_pair_share)
    assert (found.top_value, found.top_count, found.known_count) == ("a", 4, 6)
    assert found.coverage_share == pytest.approx(4 / 6) and found.coverage_low < 4 / 6 < found.coverage_high


def test_balances_of_the_top_value_are_a_share_of_the_groups():
    members, factors = population(["a", "a", "b"] + [None] * 20, 3)
    found = type_evidence(members, factors.assign(balance_yuan=[10.0, 20.0, 70.0] + [0.0] * 20)).iloc[0]
    assert found.balance_share == 0.3


def test_everybody_alike_is_no_evidence():
    found = measured(["a"] * 40, 10)
    assert (found.lift_ratio, found.p_value, found.is_evident) == (1, 1, False)


def test_one_member_or_none_known_has_no_likeness():
    assert np.isnan(measured(["a", "a", "b"], 1).lift_ratio)
    found = measured([None] * 5 + ["a"] * 5, 5)
    assert (found.lift_ratio, found.p_value, found.known_count) == (0, 1, 0) and pd.isna(found.top_value)


def test_several_types_may_hold_at_once():
    members, factors = population(["a"] * 10 + [None] * 90, 10)
    found = type_evidence(members, factors.assign(channel=["x"] * 10 + [None] * 90))
    assert group_labels(found)["group_types"].item() == "shared_place+channel"


def test_the_enhancer_of_the_largest_part_and_the_month_of_the_largest_mean():
    loans = pd.DataFrame(
        {"loan_id": ["1", "2", "3"], "customer_id": ["C1", "C1", "C2"], "balance_yuan": [1.0, 1.0, 0.0]}
    )
    vouched = pd.DataFrame({"loan_id": ["1", "1", "2", "3"], "guarantor_id": ["G1", "G2", "G1", "G1"],
                            "amount_yuan": [3.0, 5.0, 3.0, 9.0]})  # fmt: skip
    assert main_enhancers(loans, vouched).values.tolist() == [["C1", "G1"]]
    flows = pd.DataFrame(
        {"customer_id": "C1", "month": ["2025-02", "2026-02", "2026-03"], "inflow_yuan": [9.0, 1.0, 6.0]}
    )
    assert peak_months(flows)["peak_month"].tolist() == ["03"]


def test_groups_drawn_at_random_are_evident_as_rarely_as_the_p_value_says():
    rng, low = np.random.default_rng(8), 0
    values = rng.choice(list("abcdefghij"), 400)
    for _ in range(200):
        members, factors = population(rng.permutation(values), 30)
        low += type_evidence(members, factors, draws=199)["p_value"].item() < 0.05
    assert low <= 0.09 * 200


def test_names_and_order_change_nothing_and_nothing_is_altered(unchanged):
    members, factors = population(["a"] * 6 + ["b"] * 4 + [None] * 30, 8)
    with unchanged(members, factors):
        one = type_evidence(members, factors)
    renamed = factors.assign(venue_id=factors["venue_id"].map({"a": "x", "b": "y"})).sample(frac=1, random_state=1)
    other = type_evidence(members.iloc[::-1], renamed)
    pd.testing.assert_frame_equal(one.drop(columns="top_value"), other.drop(columns="top_value"))


def test_every_factor_speaks_for_one_of_the_five():
    assert set(FACTORS.values()) == set(GROUP_TYPES)


def test_what_shows_no_likeness_is_refused():
    members, factors = population(["a"] * 5, 3)
    with pytest.raises(BadData, match="twice"):
        type_evidence(members, pd.concat([factors, factors]))
    with pytest.raises(BadData, match="no factor"):
        type_evidence(members, factors[["customer_id"]])
    with pytest.raises(BadData, match="draws"):
        type_evidence(members, factors, draws=10)
    with pytest.raises(EmptyBook, match="no member"):
        type_evidence(members.assign(customer_id="nobody"), factors)


MEMBERS = pd.DataFrame({
    "customer_id": ["C1", "C1", "C2"], "segment": ["a", "b", "b"], "reason_code": ["r", "s", "s"],
    "is_primary": [True, False, True],
})  # fmt: skip
SIZES = pd.DataFrame({
    "segment": ["hospital_suppliers", "invoiced_firms"], "balance_yuan": [1.0, 9.0], "customers_count": [3, 8]
})  # fmt: skip


@pytest.fixture(scope="module")
def membership_shipped(root):
    return read_segments(root / "data" / "segments")


def test_every_rule_is_listed_with_its_members(membership_shipped):
    one = pd.DataFrame({"segment": ["hardware_market"], "reason_code": ["stall_in_market"]})
    found = reason_counts(one, segments=membership_shipped)
    assert len(found) == sum(len(each.rules) for each in membership_shipped)
    assert found.loc[found["customers_count"] > 0, "segment"].to_list() == ["hardware_market"]


def test_two_groups_with_one_reason_code_keep_their_own_words(membership_shipped):
    found = reason_counts(MEMBERS, segments=membership_shipped)
    markets = found[found["reason_code"] == "stall_in_market"]
    assert len(markets) == markets["said_zh"].nunique() == 2


def test_a_group_with_a_common_source_comes_before_a_larger_one_without(membership_shipped):
    assert leading_segments(SIZES, segments=membership_shipped)["segment"].iloc[0] == "hospital_suppliers"
    assert leading_segments(SIZES)["segment"].iloc[0] == "invoiced_firms"


def test_a_loan_counts_in_the_primary_group_only():
    loans = pd.DataFrame({"loan_id": ["L1", "L2", "L3"], "customer_id": ["C1", "C2", "C9"], "balance_yuan": 1.0})
    found = primary_loans(loans, MEMBERS)
    assert found["segment"].to_list() == ["a", "b"]


def test_rows_follow_the_order_of_the_groups_given():
    frame = pd.DataFrame({"segment": ["a", "b", "c"]})
    assert of_segments(frame, pd.DataFrame({"segment": ["c", "a"]}))["segment"].to_list() == ["c", "a"]


def test_a_measure_that_could_not_be_computed_is_left_out():
    shares = pd.DataFrame({"measure": ["m", "m", "n"], "share": [0.1, float("nan"), 0.2]})
    assert only_measure(shares, measure="m")["share"].to_list() == [0.1]


def test_families_name_every_group(membership_shipped):
    assert set(families(membership_shipped)) == {each.code for each in membership_shipped}


def test_frames_are_not_altered(membership_shipped, unchanged):
    loans = pd.DataFrame({"loan_id": ["L1"], "customer_id": ["C1"]})
    with unchanged(MEMBERS, SIZES, loans):
        reason_counts(MEMBERS, segments=membership_shipped)
        leading_segments(SIZES, segments=membership_shipped)
        primary_loans(loans, MEMBERS)
        of_segments(MEMBERS, SIZES)


TYPES = {"text": "str", "number": "float64"}
WORDS = {"zh": "字", "en": "words"}


def evidence(*rows):
    frame = pd.DataFrame(rows, columns=list(EVIDENCE))
    return frame.astype({name: TYPES[kind] for name, kind in EVIDENCE.items()})


def segment(code, priority, *rules):
    content = {"code": code, "version": 1, "effective_from": "2026-01-01", "title": WORDS, "priority": priority}
    content |= {"primary_type": "channel", "primary_type_reason": WORDS, "reading": "our_reading", "family": "any"}
    content |= {"repaid_by": WORDS, "shared_source": "none", "rules": [rule.model_dump() for rule in rules]}
    return Segment.model_validate(content)


def rule(code, *conditions):
    return Rule(reason_code=code, meaning=WORDS, all=conditions)


@pytest.fixture(scope="module")
def segment_shipped():
    from pathlib import Path

    return read_segments(Path(__file__).resolve().parents[2] / "data" / "segments")


CUSTOMERS = pd.DataFrame({
    "customer_id": ["C1", "C2", "C3", "C4", "C5"],
    "kind": ["company", "sole_trader", "farm_household", "company", "company"],
    "industry_code": ["F5154", "F5174", "A0111", "E5011", None],
    "venue_id": [None, "V1", None, None, None],
    "uscc_hash": ["u1", "u2", None, "u4", None],
    "phone_hash": ["p1", "p2", "p3", "p4", "p4"],
})  # fmt: skip
LOANS = pd.DataFrame({
    "loan_id": ["L1", "L2", "L3"], "customer_id": ["C1", "C2", "C2"], "balance_yuan": [5e5, 2e5, 0.0],
    "core_id": ["H1", None, None], "channel": [None, "market_office", "branch"],
    "disbursed_date": pd.to_datetime(["2026-01-01", "2026-02-01", "2025-02-01"]),
})  # fmt: skip
CORES = pd.DataFrame({"core_id": ["H1", "R1"], "kind": ["hospital", "infrastructure"]})
ROSTERS = pd.DataFrame({
    "venue_id": ["V1", "V9", "V9", "V9"], "kind": ["market", "chamber", "chamber", "chamber"],
    "list_source": "office", "member_number": ["1", "1", "2", "3"],
    "uscc_hash": [None, "u4", None, None], "phone_hash": ["p2", None, "p3", "p4"], "customer_id": [None] * 4,
})  # fmt: skip


def test_customers_and_loans_alone_are_evidence_enough():
    found = customer_evidence(CUSTOMERS, LOANS)
    assert list(found.columns) == list(EVIDENCE) and len(found) == len(CUSTOMERS)
    assert found.set_index("customer_id").loc["C2", ["loans_count", "balance_yuan"]].tolist() == [2, 2e5]


def test_a_tagged_loan_names_the_payer_but_not_its_share():
    found = customer_evidence(CUSTOMERS, LOANS, None, None, CORES).set_index("customer_id").loc["C1"]
    assert (found.core_kind, found.core_basis) == ("hospital", "loan_tag") and pd.isna(found.core_income_share)


def test_payables_go_before_the_tag_and_the_largest_payer_before_the_rest():
    shares = pd.DataFrame({"customer_id": "C1", "core_id": ["H1", "R1"], "paid_yuan": [1e5, 9e5],
                           "income_share": [0.1, 0.9], "income_yuan": 1e6, "income_source": "flows"})  # fmt: skip
    found = customer_evidence(CUSTOMERS, LOANS, shares, None, CORES).set_index("customer_id").loc["C1"]
    assert (found.core_id, found.core_basis, found.core_income_share) == ("R1", "payables", 0.9)


def test_a_roster_row_finds_its_member_by_code_then_phone_and_never_by_a_shared_phone():
    found = customer_evidence(CUSTOMERS, LOANS, None, ROSTERS).set_index("customer_id")
    assert found["chamber_id"].dropna().to_dict() == {"C3": "V9", "C4": "V9"}


def test_a_chamber_is_no_place_of_business():
    found = customer_evidence(CUSTOMERS, LOANS, None, ROSTERS).set_index("customer_id")
    assert found["venue_id"].dropna().to_dict() == {"C2": "V1"}
    assert found.loc["C2", "venue_kind"] == "market"


def test_the_latest_loan_gives_the_channel():
    assert customer_evidence(CUSTOMERS, LOANS).set_index("customer_id").loc["C2", "channel"] == "market_office"


def test_the_shipped_rules_know_each_group_by_its_evidence(segment_shipped):
    found = customer_evidence(CUSTOMERS, LOANS, None, ROSTERS, CORES)
    members = assign_segments(found, segments=segment_shipped)
    pairs = set(members[["customer_id", "segment"]].itertuples(index=False, name=None))
    assert pairs == {
        ("C1", "hospital_suppliers"), ("C2", "hardware_market"), ("C3", "farm_households"),
        ("C3", "chamber_members"), ("C4", "decoration_trades"), ("C4", "chamber_members"),
    }  # fmt: skip


def test_what_controls_repayment_is_primary_and_only_one_is(segment_shipped):
    members = assign_segments(customer_evidence(CUSTOMERS, LOANS, None, ROSTERS, CORES), segments=segment_shipped)
    assert members.groupby("customer_id")["is_primary"].sum().eq(1).all()
    assert members[members["is_primary"]].set_index("customer_id").loc["C4", "segment"] == "decoration_trades"


OPERATORS = [
    ({"column": "kind", "equals": "company"}, ["C1", "C4", "C5"]),
    ({"column": "kind", "any_of": ["company", "farm_household"]}, ["C1", "C3", "C4", "C5"]),
    ({"column": "industry_code", "starts_with": ["F51", "E50"]}, ["C1", "C2", "C4"]),
    ({"column": "balance_yuan", "at_least": 2e5}, ["C1", "C2"]),
    ({"column": "balance_yuan", "at_most": 0}, ["C3", "C4", "C5"]),
    ({"column": "loans_count", "equals": 2}, ["C2"]),
    ({"column": "industry_code", "is_known": True}, ["C1", "C2", "C3", "C4"]),
    ({"column": "industry_code", "is_known": False}, ["C5"]),
    ({"column": "chamber_id", "equals": "V9"}, []),
    ({"column": "core_income_share", "at_least": 0.0}, []),
]


@pytest.mark.parametrize(("condition", "expected"), OPERATORS)
def test_each_operator_finds_whom_it_says(condition, expected):
    one = segment("any", 1, rule("because", Condition(**condition)))
    assert assign_segments(customer_evidence(CUSTOMERS, LOANS), segments=[one])["customer_id"].tolist() == expected


def test_the_first_rule_that_holds_gives_the_reason():
    company, owing = Condition(column="kind", equals="company"), Condition(column="balance_yuan", at_least=1)
    one = segment("any", 1, rule("company_that_owes", company, owing), rule("company", company))
    members = assign_segments(customer_evidence(CUSTOMERS, LOANS), segments=[one]).set_index("customer_id")
    assert members["reason_code"].to_dict() == {"C1": "company_that_owes", "C4": "company", "C5": "company"}


def test_the_overlap_is_symmetric_with_the_sizes_on_its_diagonal(segment_shipped):
    members = assign_segments(customer_evidence(CUSTOMERS, LOANS, None, ROSTERS, CORES), segments=segment_shipped)
    overlap = overlap_matrix(members).set_index("segment")
    assert (overlap.to_numpy() == overlap.to_numpy().T).all()
    assert overlap.loc["chamber_members", ["chamber_members", "farm_households"]].tolist() == [2, 1]


def test_sizes_count_borrowers_and_shares_of_the_whole_book(segment_shipped):
    members = assign_segments(customer_evidence(CUSTOMERS, LOANS, None, ROSTERS, CORES), segments=segment_shipped)
    sizes = segment_sizes(members, LOANS).set_index("segment")
    assert sizes.loc["hospital_suppliers", ["borrowers_count", "balance_yuan"]].tolist() == [1, 5e5]
    assert sizes.loc["hospital_suppliers", "balance_share"] == pytest.approx(5 / 7)
    assert sizes.loc["chamber_members", ["customers_count", "primary_count"]].tolist() == [2, 0]


def test_the_unassigned_are_counted_by_head_and_by_balance(segment_shipped):
    found = customer_evidence(CUSTOMERS, LOANS)
    members = assign_segments(found, segments=segment_shipped)
    left = unassigned_share(found, members).iloc[0]
    assert (left.unassigned_count, left.unassigned_share, left.unassigned_balance_share) == (
        2,
        0.4,
        pytest.approx(5 / 7),
    )


@settings(deadline=None, max_examples=30)
@given(st.permutations(range(5)))
def test_row_order_changes_no_membership(order):
    one = segment("any", 1, rule("company", Condition(column="kind", equals="company")))
    straight = assign_segments(customer_evidence(CUSTOMERS, LOANS), segments=[one])
    shuffled = assign_segments(customer_evidence(CUSTOMERS.iloc[order], LOANS), segments=[one])
    pd.testing.assert_frame_equal(straight, shuffled)


@settings(deadline=None, max_examples=30)
@given(st.floats(0, 1), st.floats(0, 1))
def test_a_lower_threshold_never_loses_a_member(low, high):
    low, high = sorted((low, high))
    rows = evidence(*[[f"C{n}"] + [None] * 8 + [n / 10] + [None] * 7 for n in range(10)])
    sizes = [
        len(
            assign_segments(
                rows, segments=[segment("any", 1, rule("r", Condition(column="core_income_share", at_least=cut)))]
            )
        )
        for cut in (low, high)
    ]
    assert sizes[0] >= sizes[1]


def test_the_frames_given_are_not_altered(unchanged, segment_shipped):
    with unchanged(CUSTOMERS, LOANS, ROSTERS, CORES):
        found = customer_evidence(CUSTOMERS, LOANS, None, ROSTERS, CORES)
    with unchanged(found):
        members = assign_segments(found, segments=segment_shipped)
    with unchanged(found, members, LOANS):
        segment_sizes(members, LOANS), overlap_matrix(members), unassigned_share(found, members)


def test_a_bank_of_firms_without_loans_is_legal(segment_shipped):
    shares = pd.DataFrame({"customer_id": ["C1"], "core_id": [None], "paid_yuan": [0.0], "income_share": [None],
                           "income_yuan": [1e6], "income_source": ["invoices"]})  # fmt: skip
    members = assign_segments(customer_evidence(CUSTOMERS, LOANS.iloc[:0], shares), segments=segment_shipped)
    firms = members[members["segment"] == "invoiced_firms"]
    assert firms[["customer_id", "reason_code"]].to_numpy().tolist() == [["C1", "invoices_and_no_loan"]]
    assert segment_sizes(members, LOANS.iloc[:0])["balance_share"].isna().all()


def test_nobody_in_any_segment_gives_empty_tables():
    found = customer_evidence(CUSTOMERS, LOANS)
    nobody = assign_segments(found, segments=[])
    assert nobody.empty and overlap_matrix(nobody).empty and segment_sizes(nobody, LOANS).empty
    assert unassigned_share(found, nobody)["unassigned_share"].item() == 1.0


def test_a_share_of_no_customer_is_refused():
    found = customer_evidence(CUSTOMERS.iloc[:0], LOANS)
    with pytest.raises(EmptyBook, match="no customer"):
        unassigned_share(found, assign_segments(found, segments=[]))
