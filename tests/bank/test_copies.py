"""Frames kept while a run lasts: the same to the last dtype, not to be written to, of one state of the bank."""

import os

import numpy as np
import pandas as pd
import pytest

from microlib.bank import copies, slices
from microlib.contracts.tables.registry import TABLES

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
    monkeypatch.setenv(copies.FRAMES_FOLDER, str(tmp_path / "frames"))
    return tmp_path / "frames"


@pytest.mark.parametrize("rows", [3, 1, 0])
def test_every_kind_of_column_comes_back_as_it_was(room, rows):
    given = KINDS.head(rows)
    pd.testing.assert_frame_equal(copies.keep_frame(MARKS, "kinds", given), given)
    pd.testing.assert_frame_equal(copies.find_frame(MARKS, "kinds"), given)


def test_a_kept_frame_is_mapped_and_not_to_be_written_to(room):
    found = copies.keep_frame(MARKS, "kinds", KINDS)
    with pytest.raises(ValueError, match="read-only"):
        np.asarray(found["money"].array)[0] = 1.0
    changed = found.copy()
    changed.loc[0, "some"], changed.loc[1, "money"] = 7, 2.0
    pd.testing.assert_frame_equal(copies.find_frame(MARKS, "kinds"), KINDS)


def test_nothing_is_kept_where_there_is_no_folder(tmp_path, monkeypatch):
    monkeypatch.delenv(copies.FRAMES_FOLDER, raising=False)
    assert copies.keep_frame(MARKS, "kinds", KINDS) is KINDS
    assert copies.find_frame(MARKS, "kinds") is None


def test_what_is_no_plain_column_is_handed_back(room):
    odd = pd.DataFrame({"list": [[1], [2]]})
    assert copies.keep_frame(MARKS, "odd", odd) is odd


def test_where_nothing_can_be_written_the_frame_is_handed_back(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(copies.FRAMES_FOLDER, str(tmp_path / "file"))
    assert copies.keep_frame(MARKS, "kinds", KINDS) is KINDS


def test_a_file_cut_short_is_read_from_the_bank_again(room):
    copies.keep_frame(MARKS, "kinds", KINDS)
    (path,) = room.rglob("*.arrow")
    path.write_bytes(path.read_bytes()[:100])
    assert copies.find_frame(MARKS, "kinds") is None


def test_only_the_books_asked_for_lately_stay(room, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    for branch in range(6):
        copies.keep_frame((branch,), "kinds", KINDS)
        os.utime(max(room.iterdir(), key=lambda each: each.stat().st_mtime_ns), (branch, branch))
    assert [branch for branch in range(6) if copies.find_frame((branch,), "kinds") is not None] == [3, 4, 5]


def test_a_second_report_reads_the_same_book_without_opening_the_bank(room, demo_home, monkeypatch):
    plain = slices.read_branch(demo_home, branch="0010", as_of="2026-06-30")
    monkeypatch.delenv(copies.FRAMES_FOLDER)
    expected, filled = plain.fetch(*TABLES).frames, plain.filled
    monkeypatch.setenv(copies.FRAMES_FOLDER, str(room))
    first, second = (slices.read_branch(demo_home, branch="0010", as_of="2026-06-30") for _ in range(2))
    first.fetch(*TABLES)
    assert first.filled == filled
    monkeypatch.setattr(slices, "cut_branch", None)
    for name, frame in expected.items():
        pd.testing.assert_frame_equal(second[name], frame)
    assert second.filled == filled


def test_a_bank_written_since_is_another_book(room, demo_home):
    book = slices.read_branch(demo_home, branch="0995", as_of="2026-06-30")
    before = book.fetch("loans")._marks
    object.__setattr__(book, "_stamp", 1)
    assert copies.find_frame(before, "loans") is not None
    assert copies.find_frame(book._marks, "loans") is None


def test_no_row_is_left_lying_about_when_a_book_is_read(room, demo_home):
    slices.read_branch(demo_home, branch="0995", as_of="2026-06-30").fetch("loans")
    assert [path.name for path in room.rglob("*") if path.is_file()] == ["loans.arrow"]
    assert {path.stat().st_mode & 0o077 for path in room.iterdir()} == {0}
