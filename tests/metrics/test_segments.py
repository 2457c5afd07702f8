"""Evidence on customers, and segments assigned by the shipped rules and by rules of each operator."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.contracts.segments import EVIDENCE, Condition, Rule, Segment, read_segments
from microlib.errors import EmptyBook
from microlib.metrics.evidences import customer_evidence
from microlib.metrics.segments import assign_segments, overlap_matrix, segment_sizes, unassigned_share

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
def shipped():
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


# closed form


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


def test_the_shipped_rules_know_each_group_by_its_evidence(shipped):
    found = customer_evidence(CUSTOMERS, LOANS, None, ROSTERS, CORES)
    members = assign_segments(found, segments=shipped)
    pairs = set(members[["customer_id", "segment"]].itertuples(index=False, name=None))
    assert pairs == {
        ("C1", "hospital_suppliers"), ("C2", "hardware_market"), ("C3", "farm_households"),
        ("C3", "chamber_members"), ("C4", "decoration_trades"), ("C4", "chamber_members"),
    }  # fmt: skip


def test_what_controls_repayment_is_primary_and_only_one_is(shipped):
    members = assign_segments(customer_evidence(CUSTOMERS, LOANS, None, ROSTERS, CORES), segments=shipped)
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


def test_the_overlap_is_symmetric_with_the_sizes_on_its_diagonal(shipped):
    members = assign_segments(customer_evidence(CUSTOMERS, LOANS, None, ROSTERS, CORES), segments=shipped)
    overlap = overlap_matrix(members).set_index("segment")
    assert (overlap.to_numpy() == overlap.to_numpy().T).all()
    assert overlap.loc["chamber_members", ["chamber_members", "farm_households"]].tolist() == [2, 1]


def test_sizes_count_borrowers_and_shares_of_the_whole_book(shipped):
    members = assign_segments(customer_evidence(CUSTOMERS, LOANS, None, ROSTERS, CORES), segments=shipped)
    sizes = segment_sizes(members, LOANS).set_index("segment")
    assert sizes.loc["hospital_suppliers", ["borrowers_count", "balance_yuan"]].tolist() == [1, 5e5]
    assert sizes.loc["hospital_suppliers", "balance_share"] == pytest.approx(5 / 7)
    assert sizes.loc["chamber_members", ["customers_count", "primary_count"]].tolist() == [2, 0]


def test_the_unassigned_are_counted_by_head_and_by_balance(shipped):
    found = customer_evidence(CUSTOMERS, LOANS)
    members = assign_segments(found, segments=shipped)
    left = unassigned_share(found, members).iloc[0]
    assert (left.unassigned_count, left.unassigned_share, left.unassigned_balance_share) == (
        2,
        0.4,
        pytest.approx(5 / 7),
    )


# laws


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


def test_the_frames_given_are_not_altered(unchanged, shipped):
    with unchanged(CUSTOMERS, LOANS, ROSTERS, CORES):
        found = customer_evidence(CUSTOMERS, LOANS, None, ROSTERS, CORES)
    with unchanged(found):
        members = assign_segments(found, segments=shipped)
    with unchanged(found, members, LOANS):
        segment_sizes(members, LOANS), overlap_matrix(members), unassigned_share(found, members)


# degenerate input


def test_a_bank_of_firms_without_loans_is_legal(shipped):
    shares = pd.DataFrame({"customer_id": ["C1"], "core_id": [None], "paid_yuan": [0.0], "income_share": [None],
                           "income_yuan": [1e6], "income_source": ["invoices"]})  # fmt: skip
    members = assign_segments(customer_evidence(CUSTOMERS, LOANS.iloc[:0], shares), segments=shipped)
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
