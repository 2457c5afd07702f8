"""Whole-bank pieces add up, count borrowers once in a group, and never hold a rate."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.bank import aggregates, loads, stores

JUNE = date(2026, 6, 30)


def pieces(home, **options: object) -> pd.DataFrame:
    with stores.open_store(home) as store:
        return aggregates.quality_pieces(store, as_of=JUNE, **options)


def test_pieces_of_the_small_bank_are_those_counted_by_hand(bank):
    south = pieces(bank, by=["branch_id"]).set_index("branch_id").loc["0755"].to_dict()
    assert south == {
        "loans_count": 3, "customers_count": 2, "balance_yuan": 580_000.0,
        "overdue_30_yuan": 300_000.0, "overdue_60_yuan": 300_000.0, "overdue_90_yuan": 300_000.0,
        "npl_yuan": 300_000.0, "special_mention_yuan": 0.0, "bad_count": 1,
    }  # fmt: skip


def test_pieces_of_the_sections_add_up_to_those_of_the_branches(bank):
    sections, whole = pieces(bank), pieces(bank, by=["branch_id"])
    added = sections.groupby("branch_id")["balance_yuan"].sum()
    assert added.to_dict() == whole.set_index("branch_id")["balance_yuan"].to_dict()


def test_a_customer_without_an_industry_stands_under_a_question_mark(bank):
    assert pieces(bank)["industry_section"].tolist() == ["?", "C", "F"]


def test_settled_and_written_off_loans_are_not_on_the_books(tmp_path, frames):
    frames["loans"] = frames["loans"].assign(status=["settled", "written_off", "normal", "normal", "transferred"])
    loads.load_frames(tmp_path, frames, as_of=JUNE, name="june")
    assert pieces(tmp_path, by=["branch_id"])["loans_count"].tolist() == [1, 1]


def test_an_unknown_class_is_not_bad(tmp_path, frames):
    frames["loans"] = frames["loans"].assign(class5=None, overdue_days=90)
    loads.load_frames(tmp_path, frames, as_of=JUNE, name="june")
    assert aggregates.bad_counts(tmp_path, as_of=JUNE)["bad_count"].sum() == 0


def test_bad_borrowers_are_counted_per_branch_and_section(bank):
    assert aggregates.bad_counts(bank, as_of=JUNE).to_numpy().tolist() == [
        ["0021", "?", 1, 0], ["0021", "C", 1, 0], ["0755", "F", 2, 1],
    ]  # fmt: skip


def test_a_bank_without_loans_counts_marked_defaults(tmp_path, frames):
    marked = frames["customers"].assign(is_defaulted=[True, False, None, True])
    pool = {"branches": frames["branches"], "customers": marked}
    loads.load_frames(tmp_path, pool, as_of=JUNE, name="pool")
    assert aggregates.bad_counts(tmp_path, as_of=JUNE).to_numpy().tolist() == [["0021", "?", 1, 1], ["0755", "F", 2, 1]]
