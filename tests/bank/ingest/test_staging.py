"""Every broken row is found at once, named with file, row, column, value and remedy."""

from __future__ import annotations

import shutil
from datetime import date

import pandas as pd
import pytest

from microlib.bank.ingest.load import load_frames, load_staged
from microlib.bank.ingest.staging import FileMark, Staged, stage_frame
from microlib.bank.store import open_store
from microlib.contracts.failures import COLUMNS, failure_frame, failure_lines
from microlib.errors import BadData

JUNE = date(2026, 6, 30)
#: column, value, rule: what is wrong in one row each of a file
WRONGS = [
    ("loan_id", None, "required"),
    ("status", "", "required"),
    ("balance_yuan", -0.01, "range"),
    ("amount_yuan", float("inf"), "range"),
    ("yearly_rate", 4.35, "range"),
    ("overdue_days", -1, "range"),
    ("class5", "watch", "code"),
    ("branch_id", "9999", "orphan"),
    ("customer_id", "C9", "orphan"),
    ("product_id", "P9", "orphan"),
    ("disbursed_date", pd.Timestamp("2026-07-01"), "future_date"),
    ("contract_id", "11010519491231002X", "identity_in_key"),
    ("contract_id", "KH11010519491231002X", "identity_in_key"),
    ("contract_id", "KH-13800138000", "phone_in_key"),
]


def broken(loans: pd.DataFrame, **values: object) -> pd.DataFrame:
    """Return new loans, the first of which says something else."""
    fresh = loans.assign(loan_id="N" + loans["loan_id"])
    for name, value in values.items():
        fresh[name] = fresh[name].astype("object") if name in fresh else None
        fresh.loc[0, name] = value
    return fresh


@pytest.fixture(scope="module")
def found_wrongs(kept_bank, small_bank, tmp_path_factory) -> pd.DataFrame:
    """Failures of one file in which every row is wrong in its own way."""
    home = shutil.copytree(kept_bank, tmp_path_factory.mktemp("wrongs") / "home")
    sound = pd.DataFrame([small_bank["loans"].iloc[0]] * len(WRONGS)).astype("object").reset_index(drop=True)
    sound = sound.assign(loan_id=[f"W{place}" for place in range(len(WRONGS))], product_id=None, contract_id=None)
    for place, (column, value, _) in enumerate(WRONGS):
        sound.loc[place, column] = value
    with pytest.raises(BadData) as refusal:
        load_frames(home, {"loans": sound}, as_of=JUNE, name="new.csv")
    return refusal.value.failures


@pytest.mark.parametrize("row", range(1, len(WRONGS) + 1))
def test_every_wrong_row_of_a_file_is_told_with_its_column_rule_and_remedy(found_wrongs, row):
    column, _, rule = WRONGS[row - 1]
    told = found_wrongs[(found_wrongs["row"] == row) & (found_wrongs["column"] == column)]
    assert told[["file", "table", "rule"]].to_numpy().tolist() == [["new.csv", "loans", rule]]
    assert told["fix"].ne("").all()


def test_nothing_else_is_told_of_those_rows(found_wrongs):
    assert len(found_wrongs) == len(WRONGS)


def test_an_identifier_in_a_key_is_not_shown(found_wrongs):
    assert not found_wrongs["value"].str.contains("11010519491231002X|13800138000").any()


def test_failures_have_one_shape_and_read_as_lines(findings_of, frames):
    found = findings_of(loans=broken(frames["loans"], balance_yuan=-5.0))
    assert tuple(found.columns) == COLUMNS
    assert failure_lines(found)[0] == (
        "block new.csv, row 1, loans.balance_yuan = -5.0: the value is out of its range; at least 0"
        "; where the source writes all of it below zero, say -1 under units"
    )


def test_all_failures_are_told_at_once(findings_of, frames):
    found = findings_of(loans=broken(frames["loans"], balance_yuan=-5.0, class5="watch", customer_id="C9"))
    assert {"range", "code", "orphan"} <= set(found["rule"])


def test_a_column_that_is_missing_is_told_once_and_not_row_by_row(findings_of, frames):
    found = findings_of(loans=frames["loans"].drop(columns="status"))
    lines = found[found["column"] == "status"]
    assert lines["rule"].tolist() == ["missing_column"]
    assert lines["row"].isna().all()


def test_a_key_that_stands_twice_in_a_file_is_a_block_on_both_rows(findings_of, frames):
    twice = pd.concat([broken(frames["loans"])] * 2, ignore_index=True).head(6)
    found = findings_of(loans=twice)
    assert found.loc[found["rule"] == "unique", "row"].tolist() == [1, 6]


def test_branches_that_were_never_loaded_are_orphans_with_the_remedy(tmp_path, frames):
    with pytest.raises(BadData) as refusal:
        load_frames(tmp_path, {"customers": frames["customers"]}, as_of=JUNE, name="c.csv")
    assert set(refusal.value.failures["rule"]) == {"orphan"}
    assert "ingest branches (机构)" in refusal.value.fix


def test_a_snapshot_may_not_refer_to_what_only_a_later_file_says(bank, frames):
    with pytest.raises(BadData, match="no file holds the row"):
        load_frames(bank, {"loans": frames["loans"]}, as_of=date(2026, 3, 31), name="march.csv")


def test_a_manager_who_left_since_stays_known(bank, frames):
    rms = pd.DataFrame({"rm_id": ["R1", "R2"], "branch_id": "0755"})
    load_frames(bank, {"rms": rms}, as_of=JUNE, name="june_rms.csv")
    load_frames(bank, {"rms": rms.head(1)}, as_of=date(2026, 7, 31), name="july_rms.csv")
    july = frames["loans"].assign(rm_id="R2")
    summary = load_frames(bank, {"loans": july}, as_of=date(2026, 7, 31), name="july.csv")
    assert not (summary.findings["rule"] == "orphan").any()


def test_at_most_a_thousand_rows_a_rule_are_listed_and_the_total_is_stated(findings_of, frames):
    many = pd.concat([frames["loans"]] * 300, ignore_index=True)
    many = many.assign(loan_id=[f"N{place}" for place in range(len(many))], balance_yuan=-1.0)
    found = findings_of(loans=many)
    listed = found[found["rule"] == "range"]
    assert len(listed) == 1_001
    assert listed["value"].iloc[-1] == "1500 rows in all, the first 1000 listed"


def test_a_rule_that_many_rows_break_is_kept_with_its_whole_count(bank, frames):
    many = pd.concat([frames["loans"]] * 300, ignore_index=True).assign(yearly_rate=0.001)
    many = many.assign(loan_id=[f"N{place}" for place in range(len(many))])
    load_frames(bank, {"loans": many}, as_of=JUNE, name="many.csv")
    with open_store(bank) as store:
        assert store.rows("SELECT rule, rows_count FROM findings") == [("rate_scale", 1500)]


def test_problems_found_while_converting_block_too(bank, frames):
    said = {"file": "n.csv", "table": "loans", "row": 3, "column": "amount_yuan", "value": "12a", "severity": "block"}
    problem = failure_frame([said | {"rule": "no_number"}])
    with open_store(bank, writable=True) as store:
        part = stage_frame(store, broken(frames["loans"]), table="loans", origin="n.csv", as_of=JUNE)
        part = Staged(part.table, part.relation, part.origin, part.as_of, problem)
        with pytest.raises(BadData, match="12a"):
            load_staged(store, [part], files=[FileMark("n.csv", "n")])


def test_warnings_do_not_block_and_are_kept_for_the_quality_page(bank, frames):
    late = broken(frames["loans"]).assign(overdue_days=91, class5="special_mention")
    summary = load_frames(bank, {"loans": late}, as_of=JUNE, name="late.csv")
    assert set(summary.findings["rule"]) == {"class_lags_arrears"}
    with open_store(bank) as store:
        assert store.rows("SELECT rule, rows_count FROM findings") == [("class_lags_arrears", 5)]


def test_ledger_numbers_that_look_like_identities_pass(findings_of, frames):
    numbers = ["440300202401150012", "110105194912310021", "00755202606300001", "138001380001"]
    loans = broken(frames["loans"]).head(4).assign(contract_id=numbers)
    assert not findings_of(loans=loans)["rule"].isin(["identity_in_key", "phone_in_key"]).any()


@pytest.mark.parametrize("value", ["示例商行", "13800138000", "91440300MA5FXXXX1X"])
def test_an_identifier_that_was_not_pseudonymised_is_a_block(findings_of, frames, value):
    customers = frames["customers"].head(1).assign(customer_id="C9", uscc_hash=value)
    found = findings_of(customers=customers)
    assert (found["rule"] == "hash_is_plain").any()
    assert not found["value"].str.contains(value).any()
