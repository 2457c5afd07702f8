"""The frame of applicants: every input, or its absence.

Whom a product is made for, and what their past says.
"""

from __future__ import annotations

import pandas as pd
import pytest

from microlib.contracts.tables import TABLES
from microlib.design.applicants import (
    ORDER,
    applicant_frame,
    loan_standings,
    own_experience,
    product_members,
    standing_of,
)
from microlib.design.eligibility import rule_outcome
from microlib.design.limits import size_limits
from microlib.design.term_tables import referrals, written_list
from microlib.design.terms import read_product
from microlib.errors import EmptyBook, NobodyHere
from microlib.metrics.defaults import default_counts

ROOMS = pd.DataFrame({"source_kind": ["core"], "source_id": ["H01"], "headroom_yuan": [1e6]})


def shaped(name: str, columns: dict) -> pd.DataFrame:
    """Return a frame with all columns of the contract; what is not given is missing."""
    return pd.DataFrame({column.name: columns.get(column.name) for column in TABLES[name].columns})


@pytest.fixture
def made(book, evidence, memberships, hospital, policy):
    terms = {"product": hospital, "policy": policy.limits, "rooms": ROOMS}
    return applicant_frame(book, evidence=evidence, memberships=memberships, **terms).set_index("customer_id")


def test_every_member_has_one_row_with_every_column(made) -> None:
    assert list(made.reset_index().columns) == ORDER
    assert made.index.to_list() == ["C1", "C2", "C3"]


def test_a_receivable_is_eligible_unless_it_is_too_old(made) -> None:
    assert made.loc["C1", ["receivable_yuan", "overdue_yuan", "stale_yuan"]].to_list() == [890_000, 0, 50_000]
    assert made.loc["C1", "base_yuan"] == pytest.approx(890_000 * 890 / 940)  # less the part that is late


def test_the_payment_delay_counts_the_unpaid_as_not_yet_paid(made) -> None:
    """One bill is not due, one waits since 149 days, one was paid 20 days late: of those two, half by day 20."""
    assert made.loc["C1", "payment_delay_days"] == 20


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


def test_a_source_has_what_the_bank_has_left_and_what_the_lines_replace(made) -> None:
    assert made.loc["C1", "source_headroom_yuan"] == 1e6 + 5e5  # C1's loan is replaced, C3's mortgage stays


def test_a_source_whose_room_is_not_known_has_none(book, evidence, memberships, hospital, policy) -> None:
    made = applicant_frame(book, evidence=evidence, memberships=memberships, product=hospital, policy=policy.limits)
    assert made["source_headroom_yuan"].isna().all()


def test_a_loan_under_no_control_is_told(book, evidence, memberships, hospital, policy) -> None:
    levels = pd.DataFrame({"core_id": "H01", "customer_id": ["C1", "C3"], "control_level": ["none", "registered"]})
    terms = {"product": hospital, "policy": policy.limits, "rooms": ROOMS, "controls": levels}
    made = applicant_frame(book, evidence=evidence, memberships=memberships, **terms).set_index("customer_id")
    assert made["control_level"].to_dict() == {"C1": "none", "C2": "", "C3": "registered"}
    lines = size_limits(made.reset_index(), product=hospital, policy=policy.limits).set_index("customer_id")
    assert lines.loc["C1", ["collateral_cap_yuan", "reason"]].to_list() == [0.0, "below_floor"]


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
    assert row["cash_month_yuan"] == 100_000 and row["is_npl"] is pd.NA  # no loan here, no mark of default


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


def _loan(**columns) -> pd.DataFrame:
    row = {"customer_id": "C1", "status": "normal", "balance_yuan": 1e5, "guarantee": "mortgage", "class5": "normal",
           "overdue_days": 0, "yearly_rate": 0.05, "repayment": "equal_instalment", "extensions_count": 0,
           "maturity_date": pd.Timestamp("2027-06-30"), **columns}  # fmt: skip
    return pd.DataFrame([row])


def test_what_a_loan_does_not_tell_is_unknown_not_good(hospital, policy) -> None:
    day, terms = pd.Timestamp("2026-06-30"), {"product": hospital, "policy": policy.limits}
    told = loan_standings(_loan(), as_of=day, **terms).loc["C1"]
    assert not told["is_npl"] and told["debt_service_yuan"] > 0
    for column in ("yearly_rate", "maturity_date"):
        rows = pd.concat([_loan(), _loan(**{column: None})]).astype({"maturity_date": "datetime64[s]"})
        assert pd.isna(loan_standings(rows, as_of=day, **terms).loc["C1", "debt_service_yuan"])
    blank = loan_standings(_loan(overdue_days=None, class5=None), as_of=day, **terms)
    assert blank.loc["C1", ["is_npl", "overdue_days"]].isna().all()
    assert standing_of(pd.Series(["C1", "C9"]), blank)["is_npl"].tolist() == [pd.NA, False]
    bad = pd.concat([_loan(overdue_days=None, class5=None), _loan(status="written_off")])
    assert loan_standings(bad, as_of=day, **terms).loc["C1", "is_npl"]


@pytest.mark.parametrize(
    ("end", "months"), [("2027-06-30", 12), ("2026-07-31", 1), ("2026-08-01", 2), ("2026-05-01", 1)]
)
def test_a_loan_is_paid_back_in_the_months_that_the_calendar_leaves(end, months, hospital, policy) -> None:
    rows = shaped("loans", {
        "loan_id": ["L1"], "customer_id": ["C1"], "balance_yuan": [12e4], "yearly_rate": [0.0], "status": ["normal"],
        "guarantee": ["mortgage"], "repayment": ["equal_principal"], "overdue_days": [0], "class5": ["normal"],
        "maturity_date": pd.to_datetime([end]),
    })  # fmt: skip
    told = loan_standings(rows, product=hospital, policy=policy.limits, as_of=pd.Timestamp("2026-06-30"))
    assert told.loc["C1", "debt_service_yuan"] == pytest.approx(12e4 / months)


def test_a_firm_of_two_years_to_the_day_is_twenty_four_months_old(
    book, evidence, memberships, hospital, policy
) -> None:
    book["customers"]["established_date"] = pd.to_datetime(["2024-06-30", "2024-07-01", "2024-02-29", None])
    terms = {"product": hospital, "policy": policy.limits, "rooms": ROOMS}
    made = applicant_frame(book, evidence=evidence, memberships=memberships, **terms)
    assert made.set_index("customer_id")["business_months"].to_dict() == {"C1": 24.0, "C2": 23.0, "C3": 28.0}


def test_who_is_not_known_to_have_defaulted_is_to_be_verified(hospital) -> None:
    rule = next(rule for rule in hospital.access if rule.column == "is_npl")
    asked = pd.DataFrame({"is_npl": pd.array([False, True, None], dtype="boolean")})
    assert rule_outcome(asked, rule).tolist() == ["pass", "fail", "unknown"]
