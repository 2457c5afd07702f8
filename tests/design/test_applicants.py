"""The frame of applicants: every input, or its absence.

Whom a product is made for, and what their past says.
"""

from __future__ import annotations

import pandas as pd
import pytest

from microlib.contracts.tables import TABLES
from microlib.design.applicants import ORDER, applicant_frame, own_experience, product_members
from microlib.design.term_tables import referrals, written_list
from microlib.design.terms import read_product
from microlib.errors import EmptyBook, NobodyHere
from microlib.metrics.defaults import default_counts


def shaped(name: str, columns: dict) -> pd.DataFrame:
    """Return a frame with all columns of the contract; what is not given is missing."""
    return pd.DataFrame({column.name: columns.get(column.name) for column in TABLES[name].columns})


@pytest.fixture
def made(book, evidence, memberships, hospital, policy):
    found = applicant_frame(book, evidence=evidence, memberships=memberships, product=hospital, policy=policy.limits)
    return found.set_index("customer_id")


def test_every_member_has_one_row_with_every_column(made) -> None:
    assert list(made.reset_index().columns) == ORDER
    assert made.index.to_list() == ["C1", "C2", "C3"]


def test_a_receivable_is_eligible_unless_it_is_too_old(made) -> None:
    assert made.loc["C1", "receivable_yuan"] == 890_000
    assert made.loc["C1", "stale_yuan"] == 50_000


def test_the_payment_delay_counts_the_unpaid_up_to_the_date(made) -> None:
    assert made.loc["C1", "payment_delay_days"] == (149 + 20) / 2


def test_cash_is_the_lower_quartile_of_whole_cycles(made) -> None:
    cycles = [310_000 + 10_000 * number for number in range(22)]
    assert made.loc["C1", "cash_month_yuan"] == pytest.approx(cycles[0] + 0.25 * (cycles[-1] - cycles[0]))


def test_a_replaced_loan_is_not_kept_and_a_mortgage_is(made) -> None:
    assert made.loc["C1", "kept_yuan"] == 0
    assert made.loc["C3", "kept_yuan"] == 400_000
    assert made.loc["C3", "debt_service_yuan"] == pytest.approx(11_988.4, abs=0.1)  # 36 notional months at 5 %


def test_only_a_strong_link_makes_one_exposure(made) -> None:
    assert made.loc["C1", "group_yuan"] == 300_000  # C4 is controlled by C1; C2 shares a phone
    assert made.loc["C2", "group_yuan"] == 0


def test_the_source_carries_direct_exposure_others_and_kept_loans(made) -> None:
    assert made.loc["C1", "source_headroom_yuan"] == 1e7 - 2e6 - 3e5 - 4e5


def test_what_is_not_known_stays_missing(made) -> None:
    assert made.loc["C2", ["cash_month_yuan", "receivable_yuan", "payment_delay_days"]].isna().all()
    assert not made["debt_is_complete"].any()


def test_a_ledger_alone_is_enough(book, evidence, memberships, hospital, policy) -> None:
    for table in ("flow_months", "core_payables", "core_enterprises", "customer_links"):
        del book[table]
    bare = evidence.assign(core_id=None, core_income_share=None, income_yuan=None, income_source=None)
    made = applicant_frame(book, evidence=bare, memberships=memberships, product=hospital, policy=policy.limits)
    assert len(made) == 3 and made["cash_month_yuan"].isna().all() and (made["source_id"] == "").all()


def test_invoices_alone_are_enough(evidence, memberships, home, policy, book) -> None:
    days = pd.date_range("2024-07-01", periods=24, freq="MS").to_list()
    sold = shaped("invoices", {
        "customer_id": ["C1"] * 25, "side": ["sale"] * 25, "invoice_number": [str(n) for n in range(25)],
        "occurrence_number": [1] * 25, "issued_date": [*days, days[-1]],
        "counterparty_hash": ["a", "b", "b"] * 8 + ["a"], "tax_yuan": [0.0] * 25,
        "net_yuan": [100_000.0] * 24 + [-50_000.0], "gross_yuan": [100_000.0] * 24 + [-50_000.0],
        "status": ["valid"] * 23 + ["void", "valid"],
    })  # fmt: skip
    only = type(book)(customers=book["customers"], invoices=sold)
    product = read_product(home, product="online_invoice_credit", as_of=book.as_of)
    pool = memberships.assign(segment="invoiced_firms")
    made = applicant_frame(only, evidence=evidence, memberships=pool, product=product, policy=policy.limits)
    row = made.set_index("customer_id").loc["C1"]
    assert (row["invoice_months_count"], row["void_share"]) == (24, 1 / 25)
    assert row["negative_share"] == pytest.approx(50 / 2_300) and row["cash_source"] == "invoices"
    assert row["cash_month_yuan"] == 100_000 and not row["is_npl"]


def test_no_table_is_altered(book, evidence, memberships, hospital, policy, unchanged) -> None:
    with unchanged(*book.values(), evidence, memberships):
        applicant_frame(book, evidence=evidence, memberships=memberships, product=hospital, policy=policy.limits)


def test_a_branch_without_members_is_refused(book, evidence, memberships, stall, policy) -> None:
    with pytest.raises(EmptyBook, match="nobody here belongs to hardware_market, garment_market"):
        applicant_frame(book, evidence=evidence, memberships=memberships, product=stall, policy=policy.limits)


def test_only_primary_members_count(hospital, memberships) -> None:
    second = memberships.assign(is_primary=[True, False, True])
    assert product_members(second, product=hospital)["customer_id"].to_list() == ["C1", "C3"]


def test_a_branch_without_such_a_group_is_refused(stall, memberships) -> None:
    with pytest.raises(NobodyHere, match="hardware_market"):
        product_members(memberships, product=stall)


def test_without_loans_default_marks_tell(memberships, book) -> None:
    customers = pd.DataFrame({"customer_id": ["C1", "C2", "C9"], "is_defaulted": [True, False, True]})
    found = default_counts(own_experience(customers, members=memberships), within=None).iloc[0]
    assert found.to_list() == ["default_marks", 1, 2, 0]


def test_without_either_there_is_no_experience(memberships, book) -> None:
    found = default_counts(own_experience(book["customers"], members=memberships), within=None).iloc[0]
    assert found[["basis", "total_count"]].to_list() == ["none", 0]


@pytest.mark.parametrize("part", ["controls", "fees", "monitoring", "exits", "access", "stop_rules"])
def test_written_lines_speak_both_languages(hospital, part) -> None:
    lines = written_list(hospital, part=part)
    assert len(lines) == len(getattr(hospital, part)) and {"said_zh", "said_en"} <= set(lines.columns)


def test_everyone_not_served_has_somewhere_to_go(hospital) -> None:
    sent = referrals(hospital)
    assert {rule.code for rule in (*hospital.access, *hospital.not_served)} == set(sent)
