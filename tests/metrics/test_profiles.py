"""What the members of a segment are like: closed forms and degenerate input."""

from datetime import date

import pandas as pd
import pytest

from microlib.metrics.profiles import evidence_available, income_sources, segment_profiles

AS_OF = date(2026, 6, 30)
MEMBERS = pd.DataFrame({"customer_id": [f"C{n}" for n in range(11)], "segment": "farm"})
CUSTOMERS = pd.DataFrame({
    "customer_id": MEMBERS["customer_id"], "employees_count": range(11), "established_date": pd.Timestamp("2016-07-02"),
})  # fmt: skip
INCOMES = pd.DataFrame({
    "customer_id": MEMBERS["customer_id"], "income_yuan": [n * 1e5 for n in range(11)], "income_source": "flows",
})  # fmt: skip


def profile(**options):
    return segment_profiles(MEMBERS, CUSTOMERS, INCOMES, as_of=AS_OF, **options).set_index("measure")


def test_fifths_of_eleven_even_steps_are_the_second_fifth_and_eighth():
    assert profile().loc["income_yuan", ["p20", "p50", "p80"]].tolist() == pytest.approx([2e5, 5e5, 8e5])


def test_years_in_business_are_counted_to_the_date_of_the_report():
    assert profile().loc["business_years", "p50"] == pytest.approx(10, abs=0.05)


def test_gaps_join_when_there_are_flows():
    gaps = pd.DataFrame({"customer_id": ["C1", "C2"], "gap_yuan": [1e4, 3e4], "gap_months_count": [2, 4]})
    found = segment_profiles(MEMBERS, CUSTOMERS, INCOMES, gaps, as_of=AS_OF).set_index("measure")
    assert found.loc["gap_yuan", ["known_count", "p50"]].tolist() == [2, 2e4]
    assert "gap_yuan" not in profile().index


def test_figures_nobody_has_are_missing_with_a_count_of_none():
    found = segment_profiles(MEMBERS, CUSTOMERS, INCOMES.iloc[:0], as_of=AS_OF).set_index("measure")
    assert found.loc["income_yuan", "known_count"] == 0 and pd.isna(found.loc["income_yuan", "p50"])


def test_a_member_of_two_segments_stands_in_both():
    both = pd.concat([MEMBERS, MEMBERS.assign(segment="chamber")])
    found = segment_profiles(both, CUSTOMERS, INCOMES, as_of=AS_OF)
    assert found["segment"].value_counts().to_dict() == {"farm": 3, "chamber": 3}


def test_shares_of_income_sources_add_up_to_one():
    found = income_sources(MEMBERS, INCOMES.iloc[:4])
    assert found["income_source"].tolist() == ["flows", "unknown"] and found["members_share"].sum() == pytest.approx(1)


def test_evidence_counts_members_once_and_lists_only_what_was_given():
    rows = pd.DataFrame({"customer_id": ["C1", "C1", "C99", None]})
    found = evidence_available(MEMBERS, flow_months=rows)
    assert found[["table_name", "seen_count", "members_count"]].to_numpy().tolist() == [["flow_months", 1, 11]]


def test_no_members_give_empty_tables_and_nothing_is_altered(unchanged):
    nobody = MEMBERS.iloc[:0]
    with unchanged(nobody, CUSTOMERS, INCOMES):
        assert segment_profiles(nobody, CUSTOMERS, INCOMES, as_of=AS_OF).empty
        assert income_sources(nobody, INCOMES).empty and evidence_available(nobody, INCOMES).empty
