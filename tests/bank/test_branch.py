"""Frames kept while a run lasts: the same to the last dtype, not to be written to, of one state of the bank.

One branch's book: its own rows, contract dtypes, stable order, and clear refusals.
"""

from __future__ import annotations

import os
import shutil
from datetime import date

import numpy as np
import pandas as pd
import pytest

from microlib.bank import branch
from microlib.bank.branch import BranchBook, find_frame, keep_frame, read_branch
from microlib.bank.ingest.load import load_frames
from microlib.contracts.schemas import frame_failures
from microlib.contracts.tables import TABLES
from microlib.errors import BadConfig, BadData, UnknownBranch
from microlib.home import FRAMES_FOLDER

MARKS = ("bank", 1, "0755")
KINDS = pd.DataFrame({
    "text": pd.Series(["a", None, "应收"], dtype="str"),
    "whole": np.array([1, 2, 3], dtype="int64"),
    "some": pd.array([1, None, 3], dtype="Int64"),
    "money": [0.1, np.nan, -0.0],
    "day": pd.to_datetime(["2026-06-30", None, "1900-01-01"]).astype("datetime64[s]"),
    "sure": [True, False, True],
    "told": pd.array([True, None, False], dtype="boolean"),
})  # fmt: skip


@pytest.fixture
def room(tmp_path, monkeypatch):
    """The folder of a run."""
    monkeypatch.setenv(FRAMES_FOLDER, str(tmp_path / "frames"))
    return tmp_path / "frames"


@pytest.mark.parametrize("rows", [3, 1, 0])
def test_every_kind_of_column_comes_back_as_it_was(room, rows):
    given = KINDS.head(rows)
    pd.testing.assert_frame_equal(keep_frame(MARKS, "kinds", given), given)
    pd.testing.assert_frame_equal(find_frame(MARKS, "kinds"), given)


def test_a_kept_frame_is_mapped_and_not_to_be_written_to(room):
    found = keep_frame(MARKS, "kinds", KINDS)
    with pytest.raises(ValueError, match="read-only"):
        np.asarray(found["money"].array)[0] = 1.0
    changed = found.copy()
    changed.loc[0, "some"], changed.loc[1, "money"] = 7, 2.0
    pd.testing.assert_frame_equal(find_frame(MARKS, "kinds"), KINDS)


def test_nothing_is_kept_where_there_is_no_folder(tmp_path, monkeypatch):
    monkeypatch.delenv(FRAMES_FOLDER, raising=False)
    assert keep_frame(MARKS, "kinds", KINDS) is KINDS
    assert find_frame(MARKS, "kinds") is None


def test_what_is_no_plain_column_is_handed_back(room):
    odd = pd.DataFrame({"list": [[1], [2]]})
    assert keep_frame(MARKS, "odd", odd) is odd


def test_where_nothing_can_be_written_the_frame_is_handed_back(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(FRAMES_FOLDER, str(tmp_path / "file"))
    assert keep_frame(MARKS, "kinds", KINDS) is KINDS


def test_a_file_cut_short_is_read_from_the_bank_again(room):
    keep_frame(MARKS, "kinds", KINDS)
    (path,) = room.rglob("*.arrow")
    path.write_bytes(path.read_bytes()[:100])
    assert find_frame(MARKS, "kinds") is None


def test_only_the_books_asked_for_lately_stay(room, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    for number in range(6):
        keep_frame((number,), "kinds", KINDS)
        os.utime(max(room.iterdir(), key=lambda each: each.stat().st_mtime_ns), (number, number))
    assert [number for number in range(6) if find_frame((number,), "kinds") is not None] == [3, 4, 5]


def test_what_is_of_the_whole_bank_stays(room, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    whole = ("bank", 1, "", "2026-06-30")
    keep_frame(whole, "kinds", KINDS)
    for number in range(6):
        keep_frame((number,), "kinds", KINDS)
    assert find_frame(whole, "kinds") is not None


def test_rows_that_are_not_numbered_from_nought_are_handed_back(room):
    for odd in (KINDS.iloc[1:], KINDS.rename_axis(columns="kind"), pd.concat([KINDS, KINDS["text"]], axis=1)):
        assert keep_frame(MARKS, "kinds", odd) is odd


def test_a_second_report_reads_the_same_book_without_opening_the_bank(room, demo_home, monkeypatch):
    plain = read_branch(demo_home, branch="0010", as_of="2026-06-30")
    monkeypatch.delenv(FRAMES_FOLDER)
    expected, filled = plain.fetch(*TABLES).frames, plain.filled
    monkeypatch.setenv(FRAMES_FOLDER, str(room))
    first, second = (read_branch(demo_home, branch="0010", as_of="2026-06-30") for _ in range(2))
    first.fetch(*TABLES)
    assert first.filled == filled
    monkeypatch.setattr(branch, "cut_branch", None)
    for name, frame in expected.items():
        pd.testing.assert_frame_equal(second[name], frame)
    assert second.filled == filled


def test_a_bank_written_since_is_another_book(room, demo_home):
    book = read_branch(demo_home, branch="0995", as_of="2026-06-30")
    before = book.fetch("loans")._marks
    object.__setattr__(book, "_stamp", 1)
    assert find_frame(before, "loans") is not None
    assert find_frame(book._marks, "loans") is None


def test_no_row_is_left_lying_about_when_a_book_is_read(room, demo_home):
    read_branch(demo_home, branch="0995", as_of="2026-06-30").fetch("loans")
    assert [path.name for path in room.rglob("*") if path.is_file()] == ["loans.arrow"]
    assert {path.stat().st_mode & 0o077 for path in room.iterdir()} == {0}


JUNE, JULY = date(2026, 6, 30), date(2026, 7, 31)


def days(*texts: str) -> pd.Series:
    return pd.Series(pd.to_datetime(list(texts)).astype("datetime64[s]"))


def structure() -> dict[str, pd.DataFrame]:
    """Return tables that belong to a branch only through its customers and loans."""
    return {
        "products": pd.DataFrame({"product_id": ["P2", "P1"], "name": ["b", "a"]}),
        "core_enterprises": pd.DataFrame({"core_id": ["H1", "H2"], "name": ["x", "y"], "kind": "hospital"}),
        "core_payables": pd.DataFrame(
            {"payable_id": ["Y1", "Y2"], "core_id": ["H1", "H2"], "customer_id": ["C1", "C3"], "amount_yuan": 9.0,
             "delivered_date": days("2026-01-01", "2026-01-01"), "due_date": days("2026-03-01", "2026-08-01")}
        ),
        "venue_rosters": pd.DataFrame(
            {"venue_id": ["V1", "V1", "V2"], "list_source": "office", "member_number": ["1", "2", "1"],
             "kind": "market", "venue_name": "m", "customer_id": ["C2", None, "C4"],
             "list_date": days(*["2026-01-01"] * 3)}
        ),
        "customer_links": pd.DataFrame(
            {"customer_id_a": ["C1", "C3", "C3"], "customer_id_b": ["C3", "C2", "C4"], "link_type": "phone"}
        ),
        "collateral": pd.DataFrame({"collateral_id": ["K1", "K2"], "kind": "shop", "value_yuan": 500_000.0}),
        "collateral_links": pd.DataFrame({"loan_id": ["L1", "L4"], "collateral_id": ["K1", "K2"], "secured_yuan": 1.0}),
        "repayments": pd.DataFrame(
            {"loan_id": ["L4", "L2", "L1"], "paid_date": days(*["2026-05-01"] * 3), "sequence_number": 1,
             "principal_yuan": 1.0, "interest_yuan": 1.0}
        ),
    }  # fmt: skip


@pytest.fixture(scope="module")
def wide_bank(kept_bank, tmp_path_factory):
    """The small bank with tables that hang on customers and loans; to be read only."""
    home = shutil.copytree(kept_bank, tmp_path_factory.mktemp("wide") / "home")
    load_frames(home, structure(), as_of=JUNE, name="structure.xlsx")
    return home


@pytest.fixture(scope="module")
def south(wide_bank) -> BranchBook:
    """One branch's book of that bank."""
    return read_branch(wide_bank, branch="0755", as_of="2026-06-30")


def keys(book: BranchBook, table: str) -> list:
    return book[table][list(TABLES[table].key)].agg("|".join, axis=1).tolist() if len(book[table]) else []


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("branches", ["0755"]),
        ("customers", ["C1", "C2"]),
        ("loans", ["L1", "L2", "L3"]),
        ("products", ["P1", "P2"]),
        ("core_payables", ["Y1"]),
        ("core_enterprises", ["H1"]),
        ("venue_rosters", ["V1|office|1", "V1|office|2"]),
        ("customer_links", ["C1|C3|phone", "C3|C2|phone"]),
        ("collateral", ["K1"]),
        ("collateral_links", ["L1|K1"]),
    ],
)
def test_a_branch_gets_its_own_rows_in_the_order_of_their_key(south, table, expected):
    assert keys(south, table) == expected


def test_suppliers_nobody_knows_are_told_to_the_branch_that_manages_the_core_alone(kept_bank, tmp_path):
    home = shutil.copytree(kept_bank, tmp_path / "home")
    frames = structure()
    owed = frames["core_payables"].assign(customer_id=["C1", None], core_id="H1")
    cores = frames["core_enterprises"].assign(managing_branch_id=["0755", None])
    load_frames(home, {"core_enterprises": cores, "core_payables": owed}, as_of=JUNE, name="managed.xlsx")
    here, there = (read_branch(home, branch=code, as_of=JUNE) for code in ("0755", "0021"))
    assert (keys(here, "core_payables"), keys(there, "core_payables")) == (["Y1", "Y2"], [])


def test_events_follow_the_branchs_loans(south):
    assert south["repayments"]["loan_id"].tolist() == ["L1", "L2"]


def test_branches_together_hold_every_loan_once(bank):
    held = [read_branch(bank, branch=code, as_of=JUNE)["loans"] for code in ("0021", "0755")]
    assert sorted(pd.concat(held)["loan_id"]) == ["L1", "L2", "L3", "L4", "L5"]


@pytest.mark.parametrize("table", list(TABLES))
def test_every_frame_has_the_dtypes_of_its_contract_and_keeps_it(south, table):
    frame = south[table]
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {
        column.name: column.frame_type for column in TABLES[table].columns
    }
    assert frame_failures(frame, TABLES[table]).empty


def test_a_table_that_is_not_held_is_an_empty_frame_and_named_as_missing(bank):
    book = read_branch(bank, branch="0755", as_of="2026-06-30")
    assert book["invoices"].empty and not book.has("invoices")
    assert "invoices" in book.missing and "loans" not in book.missing
    assert book.level == 0


def test_a_table_of_which_only_another_branch_has_rows_is_held_but_not_had(bank):
    paid = structure()["repayments"].tail(2)
    load_frames(bank, {"repayments": paid}, as_of=JUNE, name="paid.csv")
    east = read_branch(bank, branch="0021", as_of="2026-06-30")
    assert "repayments" in east.held and east.level == 1
    assert not east.has("repayments")


def test_reading_a_table_twice_gives_the_frame_of_the_first_time(bank):
    book = read_branch(bank, branch="0755", as_of="2026-06-30").fetch("loans", "customers")
    assert book["loans"] is book["loans"]
    assert list(book.frames) == ["loans", "customers"]


def test_a_book_knows_its_name_date_and_files(bank):
    book = read_branch(bank, branch="0755", as_of="2026-06-30")
    assert (book.name, book.as_of, book.is_synthetic) == ("south", JUNE, False)
    assert book.files[["name", "table", "rows_count"]].to_numpy().tolist() == [
        ["june.xlsx", "branches", 2], ["june.xlsx", "customers", 4], ["june.xlsx", "loans", 5],
    ]  # fmt: skip


def test_a_book_repeats_what_ingest_noticed(bank, frames):
    late = frames["loans"].assign(overdue_days=91, class5="normal")
    load_frames(bank, {"loans": late}, as_of=JULY, name="july")
    findings = read_branch(bank, branch="0755", as_of=JULY).findings
    assert findings[["rule", "rows_count"]].to_numpy().tolist() == [["class_lags_arrears", 5]]
    assert read_branch(bank, branch="0755", as_of=JUNE).findings.empty


def test_a_book_does_not_mix_two_states_of_the_bank(bank, frames):
    book = read_branch(bank, branch="0755", as_of="2026-06-30")
    load_frames(bank, {"loans": frames["loans"]}, as_of=JULY, name="july")
    with pytest.raises(BadConfig, match="written while its book was open"):
        book["loans"]


def test_an_unknown_branch_is_refused_with_those_there_are(bank):
    with pytest.raises(UnknownBranch, match="no branch '755'") as refusal:
        read_branch(bank, branch="755", as_of="2026-06-30")
    assert "0021, 0755" in refusal.value.fix


def test_a_date_before_the_data_is_refused_with_the_first_date(bank):
    with pytest.raises(BadData, match="first tables are of 2026-06-30"):
        read_branch(bank, branch="0755", as_of="2026-06-29")


def test_a_date_that_is_none_is_refused(bank):
    with pytest.raises(BadConfig, match="is no date"):
        read_branch(bank, branch="0755", as_of="2026-6-31")
