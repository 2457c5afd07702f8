"""Loading keeps everything or nothing, knows files again, and keeps snapshots and events apart."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from microlib.bank.bookkeeping import undo_file
from microlib.bank.ingest.load import LoadSummary, load_frames, load_staged
from microlib.bank.ingest.staging import FileMark, stage_frame
from microlib.bank.store import open_store
from microlib.errors import BadData
from microlib.home import Home

MARCH, JUNE, JULY = date(2026, 3, 31), date(2026, 6, 30), date(2026, 7, 31)


def repayments(*rows: tuple[str, str, float]) -> pd.DataFrame:
    loans, days, principals = zip(*rows, strict=True)
    return pd.DataFrame(
        {
            "loan_id": loans,
            "paid_date": pd.to_datetime(list(days)).astype("datetime64[s]"),
            "sequence_number": 1,
            "principal_yuan": principals,
            "interest_yuan": 10.0,
        }
    )


def count(home, table: str) -> int:
    with open_store(home) as store:
        return store.con.table(table).count().execute()


def load(home, *, name: str, replace: bool = False, as_of: date = JUNE, **frames: pd.DataFrame) -> LoadSummary:
    with open_store(home, writable=True) as store:
        parts = [stage_frame(store, frame, table=table, origin=name, as_of=as_of) for table, frame in frames.items()]
        return load_staged(store, parts, files=[FileMark(name, f"{name}:{replace}")], replace=replace)


def load_files(home, paid: dict[str, float]) -> LoadSummary:
    with open_store(home, writable=True) as store:
        frames = {name: repayments(("L1", "2026-05-01", yuan)) for name, yuan in paid.items()}
        parts = [
            stage_frame(store, frame, table="repayments", origin=name, as_of=JUNE) for name, frame in frames.items()
        ]
        return load_staged(store, parts, files=[FileMark(name, name) for name in paid])


def test_what_is_loaded_is_counted_table_by_table(tmp_path, frames):
    summary = load_frames(tmp_path, frames, as_of=JUNE, name="june.xlsx")
    assert {line.table: line.rows_count for line in summary.loaded} == {"branches": 2, "customers": 4, "loans": 5}


def test_frames_are_left_as_they_were(tmp_path, frames, unchanged):
    with unchanged(*frames.values()):
        load_frames(tmp_path, frames, as_of=JUNE, name="june.xlsx")


def test_the_same_bytes_again_change_nothing(bank, frames):
    before = Home(bank).bank.read_bytes()
    summary = load_frames(bank, frames, as_of=JUNE, name="june.xlsx")
    assert all(line.is_known for line in summary.loaded)
    assert Home(bank).bank.read_bytes() == before


def test_a_pool_of_firms_with_invoices_and_no_loans_is_a_bank(tmp_path, frames):
    invoice = {
        "customer_id": ["C1"], "side": "sale", "invoice_number": "0001", "occurrence_number": 1,
        "issued_date": pd.to_datetime(["2026-05-01"]), "counterparty_hash": "ab" * 16,
        "net_yuan": 100.0, "tax_yuan": 13.0, "gross_yuan": 113.0, "status": "valid",
    }  # fmt: skip
    pool = {name: frames[name] for name in ("branches", "customers")} | {"invoices": pd.DataFrame(invoice)}
    assert len(load_frames(tmp_path, pool, as_of=JUNE, name="pool").findings) == 0


def test_a_snapshot_of_another_date_stands_beside_the_first(bank, frames):
    load_frames(bank, {"loans": frames["loans"].head(4)}, as_of=JULY, name="july.xlsx")
    assert count(bank, "loans") == 9


def test_an_event_said_again_by_another_file_is_kept_once_and_counted_as_shared(bank):
    load(bank, name="a.csv", repayments=repayments(("L1", "2026-05-01", 100.0)))
    summary = load(bank, name="b.csv", repayments=repayments(("L1", "2026-05-01", 100.0), ("L1", "2026-06-01", 90.0)))
    assert [(line.rows_count, line.shared_rows_count) for line in summary.loaded] == [(1, 1)]
    assert count(bank, "repayments") == 2


def test_a_different_row_under_a_kept_key_is_a_block_that_names_both_files(bank):
    load(bank, name="a.csv", repayments=repayments(("L1", "2026-05-01", 100.0)))
    with pytest.raises(BadData) as refusal:
        load(bank, name="b.csv", repayments=repayments(("L1", "2026-05-01", 100.01)))
    (failure,) = refusal.value.failures.to_dict("records")
    assert (failure["file"], failure["rule"]) == ("b.csv", "conflict")
    assert "differs in a.csv" in failure["value"]


def test_two_files_of_one_load_that_contradict_each_other_are_refused(bank):
    with open_store(bank, writable=True) as store, pytest.raises(BadData) as refusal:
        pieces = {"a.csv": 1.0, "b.csv": 2.0}
        parts = [
            stage_frame(store, repayments(("L1", "2026-05-01", paid)), table="repayments", origin=name, as_of=JUNE)
            for name, paid in pieces.items()
        ]
        load_staged(store, parts, files=[FileMark(name, name) for name in pieces])
    assert set(refusal.value.failures["rule"]) == {"conflict"}


def test_two_files_of_one_load_that_agree_share_their_rows(bank):
    with open_store(bank, writable=True) as store:
        parts = [
            stage_frame(store, repayments(("L1", "2026-05-01", 1.0)), table="repayments", origin=name, as_of=JUNE)
            for name in ("a.csv", "b.csv")
        ]
        summary = load_staged(store, parts, files=[FileMark(name, name) for name in ("a.csv", "b.csv")])
    assert [(line.rows_count, line.shared_rows_count) for line in summary.loaded] == [(1, 0), (0, 1)]


def test_replace_lets_a_corrected_file_supersede_the_one_it_corrects(bank):
    load(bank, name="a.csv", repayments=repayments(("L1", "2026-05-01", 100.0), ("L2", "2026-05-01", 7.0)))
    summary = load(bank, name="b.csv", replace=True, repayments=repayments(("L1", "2026-05-01", 99.0)))
    assert summary.loaded[0].supersedes == ("a.csv",)
    assert count(bank, "repayments") == 1


def test_replace_by_the_same_name_drops_rows_that_the_correction_no_longer_holds(bank):
    load(bank, name="a.csv", repayments=repayments(("L1", "2026-05-01", 100.0), ("L2", "2026-05-01", 7.0)))
    load(bank, name="a.csv", replace=True, repayments=repayments(("L1", "2026-05-01", 100.0)))
    assert count(bank, "repayments") == 1


def test_replace_refuses_to_supersede_two_files_at_once(bank):
    load(bank, name="a.csv", repayments=repayments(("L1", "2026-05-01", 100.0)))
    load(bank, name="b.csv", repayments=repayments(("L2", "2026-05-01", 100.0)))
    both = repayments(("L1", "2026-05-01", 1.0), ("L2", "2026-05-01", 1.0))
    with pytest.raises(BadData, match=r"more than one file: a\.csv, b\.csv"):
        load(bank, name="c.csv", replace=True, repayments=both)


def test_a_refused_load_leaves_the_store_byte_for_byte(bank, frames):
    before = Home(bank).bank.read_bytes()
    broken = frames["loans"].assign(balance_yuan=-1.0)
    with pytest.raises(BadData, match="out of its range"):
        load_frames(bank, {"loans": broken}, as_of=JULY, name="july.xlsx")
    assert Home(bank).bank.read_bytes() == before


def test_a_refused_first_load_leaves_no_store(tmp_path, frames):
    with pytest.raises(BadData):
        load_frames(tmp_path, {"loans": frames["loans"]}, as_of=JUNE, name="june.xlsx")
    assert not Home(tmp_path).bank.exists()


def test_a_failure_while_writing_rolls_everything_back(bank, frames, monkeypatch):
    monkeypatch.setattr("microlib.bank.ingest.load.note_findings", lambda *args, **options: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        load_frames(bank, {"loans": frames["loans"]}, as_of=JULY, name="july.xlsx")
    assert count(bank, "loans") == 5


def test_undo_removes_a_files_rows_by_its_name(bank):
    load(bank, name="a.csv", repayments=repayments(("L1", "2026-05-01", 100.0)))
    assert undo_file(bank, "a.csv") == {"repayments": 1}
    assert count(bank, "repayments") == 0


def test_undo_knows_a_file_by_the_beginning_of_its_hash(bank):
    with open_store(bank) as store:
        digest = store.rows("SELECT sha256 FROM files WHERE table_name = 'loans'")[0][0]
    assert undo_file(bank, digest[:12]) == {"branches": 2, "customers": 4, "loans": 5}


def test_undo_is_refused_while_a_later_file_shares_the_rows(bank):
    for name in ("a.csv", "b.csv"):
        load(bank, name=name, repayments=repayments(("L1", "2026-05-01", 100.0)))
    with pytest.raises(BadData, match="shares rows with") as refusal:
        undo_file(bank, "a.csv")
    assert refusal.value.fix == "undo b.csv first"
    undo_file(bank, "b.csv")
    assert undo_file(bank, "a.csv") == {"repayments": 1}


def test_undo_is_refused_while_other_files_refer_to_the_rows(bank):
    load(bank, name="a.csv", repayments=repayments(("L1", "2026-05-01", 100.0)))
    with pytest.raises(BadData, match=r"rows of a\.csv refer"):
        undo_file(bank, "june.xlsx")
    assert count(bank, "loans") == 5


def test_replacing_customers_may_not_leave_their_loans_alone(bank, frames):
    with pytest.raises(BadData, match=r"rows of june\.xlsx refer to rows that would go"):
        load(bank, name="june.xlsx", replace=True, customers=frames["customers"].head(1))
    assert count(bank, "customers") == 4


def test_undoing_an_unknown_file_names_those_there_are(bank):
    with pytest.raises(BadData) as refusal:
        undo_file(bank, "nowhere.csv")
    assert refusal.value.fix == "it holds june.xlsx"


def test_a_frame_with_a_strange_column_is_refused(tmp_path, frames):
    strange = frames["branches"].assign(colour="red")
    with pytest.raises(BadData, match="branches has no column colour"):
        load_frames(tmp_path, {"branches": strange}, as_of=JUNE, name="june.xlsx")


def test_synthetic_rows_make_the_whole_store_synthetic(tmp_path, frames):
    load_frames(tmp_path, {"branches": frames["branches"]}, as_of=JUNE, name="made", synthetic=True)
    with open_store(tmp_path) as store:
        assert store.is_synthetic
