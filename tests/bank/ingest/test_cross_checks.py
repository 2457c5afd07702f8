"""The fifteen checks that bite: each is seen when it should be, and stays silent when it should."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from microlib.bank.ingest.cross_checks import CROSS_CHECKS
from microlib.bank.ingest.load import load_frames
from microlib.bank.ingest.row_rules import column_rules, cross_column_rules
from microlib.contracts.checks import CONTRACT_CHECKS, TIES
from microlib.contracts.policy import IntakePolicy, standing_policy
from microlib.contracts.tables import TABLES
from microlib.home import shipped_data

JUNE, JULY = date(2026, 6, 30), date(2026, 7, 31)
HASH = "9f86d081884c7d659a2feaa0c55ad015"


def new_loans(frames: dict[str, pd.DataFrame], **values: object) -> pd.DataFrame:
    loans = frames["loans"]
    return loans.assign(loan_id="N" + loans["loan_id"], **values)


def day(text: str) -> pd.Series:
    return pd.Series(pd.to_datetime([text] * 5).astype("datetime64[s]"))


def months(*texts: str, balance: float = 1_000.0) -> pd.DataFrame:
    return pd.DataFrame(
        {"loan_id": "L1", "month": texts, "balance_yuan": balance, "overdue_days": 0, "status": "normal"}
    )


def control(balance: float, *, customers: int = 2, overdue: float = 300_000.0) -> pd.DataFrame:
    return pd.DataFrame(
        {"branch_id": ["0755"], "customers_count": [customers], "balance_yuan": [balance], "overdue_yuan": [overdue]}
    )


def invoices(numbers: list[str], **values: object) -> pd.DataFrame:
    frame = pd.DataFrame({"invoice_number": numbers})
    frame["occurrence_number"] = frame.groupby("invoice_number").cumcount() + 1
    issued = pd.to_datetime(pd.Series(["2026-05-01"] * len(frame))).astype("datetime64[s]")
    usual = {
        "customer_id": "C1", "side": "sale", "issued_date": issued, "counterparty_hash": HASH,
        "net_yuan": 100.0, "tax_yuan": 13.0, "gross_yuan": 113.0, "status": "valid",
    }  # fmt: skip
    return frame.assign(**(usual | values))


def rules(found: pd.DataFrame) -> set[tuple[str, str]]:
    return set(found[["rule", "severity"]].itertuples(index=False, name=None))


def test_every_check_of_the_fifteen_is_a_tie_or_a_contract_rule():
    assert {tie.check for tie in TIES.values()} | set(CONTRACT_CHECKS) == set(range(1, 16))


def test_an_entrusted_payment_to_the_borrower_is_asked_about(findings_of, frames):
    paid = pd.DataFrame({
        "loan_id": ["L1", "L2"], "sequence_number": 1, "amount_yuan": 100.0, "method": ["entrusted", "own"],
        "paid_date": pd.to_datetime(["2026-05-01"] * 2).astype("datetime64[s]"), "payee_hash": HASH,
        "payee_kind": "customer_self",
    })  # fmt: skip
    found = findings_of(payments=paid)
    assert rules(found) == {("payee_is_borrower", "warn")}
    assert found["rows_count"].tolist() == [1] if "rows_count" in found else len(found) == 1


def test_a_campaign_that_closes_first_is_a_block_and_late_drawing_is_asked_about(findings_of, frames):
    days = {"launch_date": "2026-03-01", "closing_date": "2026-02-01", "registered_date": "2026-03-05"}
    head = {"campaign_id": "M1", "branch_id": frames["branches"]["branch_id"].iloc[0], "name": "活动",
            "goal": "new_loan", "design": "none"}  # fmt: skip
    head |= {name: pd.Timestamp(day) for name, day in days.items()}
    found = rules(findings_of(campaigns=pd.DataFrame([head])))
    assert found == {("campaign_closes_early", "block"), ("campaign_registered_late", "warn")}


def test_every_tie_is_evaluated_somewhere():
    of_rows = (column_rules, cross_column_rules)
    by_row = {rule.name for table in TABLES.values() for find in of_rows for rule in find(table)}
    by_view = {crossing.name for crossing in CROSS_CHECKS}
    by_file = {"unit_mixed", "amount_small", "amount_large", "unit_jumps", "zeros_lost", "zeros_doubted"}
    by_file |= {
        "unit_of_two_columns",
        "rate_nought",
        "rate_high",
        "keys_alike",
        "keys_rounded",
        "rate_scale",
        "maturity_far",
    }
    policy = standing_policy(shipped_data() / "policies" / "intake.toml", IntakePolicy, as_of=date(2026, 6, 30))
    assert by_row | by_view | by_file | {span.rule for span in policy.spans.values()} == set(TIES)


def test_a_sound_ledger_raises_nothing(findings_of, frames):
    assert findings_of(loans=new_loans(frames)).empty


@pytest.mark.parametrize("factor", [1 / 10_000, 10_000])
def test_a_column_in_another_unit_is_seen_by_its_middle_value(findings_of, frames, factor):
    loans = frames["loans"]
    scaled = new_loans(frames, amount_yuan=loans["amount_yuan"] * factor, balance_yuan=loans["balance_yuan"] * factor)
    assert ("unit_slip", "block") in rules(findings_of(loans=scaled))


def test_a_balance_above_the_amount_is_a_block(findings_of, frames):
    above = new_loans(frames, balance_yuan=frames["loans"]["amount_yuan"] + 0.01)
    assert rules(findings_of(loans=above)) == {("balance_above_amount", "block")}


def test_a_loan_that_matures_when_it_is_paid_out_is_a_block(findings_of, frames):
    early = new_loans(frames, maturity_date=frames["loans"]["disbursed_date"])
    assert rules(findings_of(loans=early)) == {("maturity_before_disbursement", "block")}


@pytest.mark.parametrize(
    ("days", "class5", "is_seen"), [(90, "normal", False), (91, "special_mention", True), (91, "doubtful", False)]
)
def test_the_class_lags_only_beyond_ninety_days(findings_of, frames, days, class5, is_seen):
    found = findings_of(loans=new_loans(frames, overdue_days=days, class5=class5))
    assert rules(found) == ({("class_lags_arrears", "warn")} if is_seen else set())


def test_a_repayment_after_the_closing_date_is_a_warning(findings_of, frames):
    closed = new_loans(frames, closed_date=day("2026-05-01"), balance_yuan=0.0, status="settled")
    paid = pd.DataFrame(
        {"loan_id": ["NL1", "NL2"], "paid_date": pd.to_datetime(["2026-05-01", "2026-05-02"]).astype("datetime64[s]"),
         "sequence_number": 1, "principal_yuan": 5.0, "interest_yuan": 1.0}
    )  # fmt: skip
    found = findings_of(loans=closed, repayments=paid)
    assert found["value"].tolist() == ["NL2 closed 2026-05-01, repaid 2026-05-02"]


def test_a_renewal_names_its_previous_loan_and_that_loan_is_known(findings_of, frames):
    previous = pd.Series([None, "L1", "L99", None, None], dtype="str")
    issue = ["refinance", "refinance", "extension", "new", "new"]
    found = findings_of(loans=new_loans(frames, issue_type=issue, previous_loan_id=previous))
    assert found[["row", "rule"]].to_numpy().tolist() == [[3, "previous_loan_unknown"], [1, "renewal_without_previous"]]


def test_a_live_loan_that_vanishes_from_the_next_snapshot_is_a_warning(bank, frames):
    found = load_frames(bank, {"loans": frames["loans"].drop(index=1)}, as_of=JULY, name="july").findings
    assert found[["rule", "value"]].to_numpy().tolist() == [["loan_vanished", "L2 of 2026-06-30"]]


def test_other_branches_are_not_missed_by_a_branchs_own_file(bank, frames):
    south = frames["loans"][frames["loans"]["branch_id"] == "0755"]
    found = load_frames(bank, {"loans": south}, as_of=JULY, name="july").findings
    assert set(found["rule"]) <= {"matured_without_days"}


def test_one_identity_under_two_customer_numbers_is_a_warning(findings_of, frames):
    twins = frames["customers"].head(2).assign(customer_id=["N1", "N2"], id_hash=HASH)
    assert ("hash_shared", "warn") in rules(findings_of(customers=twins))


def test_one_value_in_a_fifth_of_the_rows_is_a_warning(findings_of):
    many = pd.DataFrame({"customer_id": [f"N{place}" for place in range(25)], "branch_id": "0755", "kind": "person"})
    phones = [HASH if place < 5 else f"{place:032x}a" for place in range(25)]
    assert rules(findings_of(customers=many.assign(phone_hash=phones))) == {("hash_low_entropy", "warn")}


def test_the_plain_digest_of_an_empty_word_is_a_warning(findings_of, frames):
    one = frames["customers"].head(1).assign(customer_id="N1", id_hash="d41d8cd98f00b204e9800998ecf8427e")
    assert rules(findings_of(customers=one)) == {("hash_unsalted", "warn")}


def test_an_excel_serial_read_as_a_date_is_a_block(findings_of, frames):
    assert ("implausible_date", "block") in rules(findings_of(loans=new_loans(frames, closed_date=day("1899-12-31"))))


def test_a_missing_month_between_two_is_a_warning(findings_of):
    assert findings_of(loan_months=months("2026-03", "2026-04", "2026-05")).empty
    found = findings_of(loan_months=months("2025-12", "2026-02"))
    assert found["value"].tolist() == ["L1 has 5 of 6 months"]


def test_a_month_end_above_the_amount_is_a_warning(findings_of):
    found = findings_of(loan_months=months("2026-05", balance=100_001.0))
    assert rules(found) == {("month_above_amount", "warn")}


def test_a_rate_below_half_a_percent_is_a_warning(findings_of, frames):
    assert rules(findings_of(loans=new_loans(frames, yearly_rate=0.00435))) == {("rate_scale", "warn")}


def test_a_schedule_sums_to_the_amount_within_a_fen(findings_of):
    plan = pd.DataFrame(
        {"loan_id": ["L1", "L2"], "term_number": 1, "principal_yuan": [100_000.01, 200_000.02], "interest_yuan": 0.0,
         "due_date": pd.to_datetime(["2026-09-01"] * 2).astype("datetime64[s]")}
    )  # fmt: skip
    found = findings_of(schedules=plan)
    assert found["value"].tolist() == ["L2 amount 200000.0, planned 200000.02"]


def test_a_control_total_that_agrees_says_nothing(findings_of):
    assert findings_of(control_totals=control(580_000.0)).empty


def test_a_control_total_within_a_thousandth_says_nothing(findings_of):
    assert findings_of(control_totals=control(580_500.0)).empty


def test_a_control_total_off_by_more_than_a_thousandth_is_a_warning(findings_of):
    found = findings_of(control_totals=control(581_000.0))
    assert found["value"].tolist() == ["0755 balance_yuan: rows 580000.0, control 581000.0"]


@pytest.mark.parametrize("balance", [58.0, 5_800_000_000.0])
def test_a_control_total_in_another_unit_is_a_block(findings_of, balance):
    assert ("total_off_by_unit", "block") in rules(findings_of(control_totals=control(balance)))


def test_a_control_total_of_another_date_than_the_rows_is_a_note(bank):
    found = load_frames(bank, {"control_totals": control(580_000.0)}, as_of=JULY, name="july").findings
    assert rules(found) == {("control_total_alone", "note")}


def test_a_long_text_is_a_warning_and_not_shown(findings_of, frames):
    found = findings_of(loans=new_loans(frames, purpose="进" * 61))
    assert rules(found) == {("free_text", "warn")}
    assert found["value"].iloc[0] == "进进*** (61 signs)"


def test_an_invoice_number_twice_is_a_warning_and_twins_are_another(findings_of):
    listed = invoices(["1", "2", "2", "3", "3"], net_yuan=[100, 100, 100, 100, 99.5])
    found = findings_of(invoices=listed)
    by_rule = found.groupby("rule")["row"].apply(list).to_dict()
    assert by_rule == {"invoice_number_repeated": [3, 5], "invoice_row_repeated": [3], "invoice_sum_differs": [5]}


def test_net_and_tax_may_miss_gross_by_a_fen_of_rounding(findings_of):
    assert findings_of(invoices=invoices(["1"], gross_yuan=113.01)).empty
    assert rules(findings_of(invoices=invoices(["2"], gross_yuan=113.02))) == {("invoice_sum_differs", "warn")}
