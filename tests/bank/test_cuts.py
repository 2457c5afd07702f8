"""A branch's rows read by a prepared statement are those of the expression it was made of."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from microlib.bank.branch import ARROW_TYPES, framed_rows, read_branch, read_rows
from microlib.bank.cuts import BRANCH, FIRST_YEAR, branch_statement, cut_branch, is_filled
from microlib.bank.store import open_store
from microlib.contracts.tables import TABLES


@pytest.mark.parametrize(
    ("branch", "day"), [("0995", date(2026, 6, 30)), ("0010", date(2026, 3, 31)), ("0010", date(2024, 12, 31))]
)
def test_the_rows_are_those_of_the_expression_also_where_a_table_has_no_snapshot_yet(demo_home, branch, day):
    with open_store(demo_home) as store:
        cut = cut_branch(store, branch=branch, as_of=day)
        for name, contract in TABLES.items():
            rows = cut.rows(name).order_by(*contract.key)
            found = store.con.con.execute(store.con.compile(rows)).to_arrow_table()
            frame = found.to_pandas(types_mapper=ARROW_TYPES.get, date_as_object=False)
            typed = frame.astype({column.name: column.frame_type for column in contract.columns})
            found = framed_rows(read_rows(cut, name).read_all(), name)
            pd.testing.assert_frame_equal(found, typed)
            assert is_filled(cut, name) == (len(typed) > 0), name


def test_a_branch_is_asked_for_by_value_and_never_by_text():
    texts = [branch_statement(name) for name in TABLES]
    assert all("9999" not in text and BRANCH not in text for text in texts)
    assert not any(f"MAKE_DATE({FIRST_YEAR + place}" in text for text in texts for place in range(len(TABLES)))


def test_a_book_knows_its_tables_without_reading_one(demo_home):
    book = read_branch(demo_home, branch="0995", as_of="2026-06-30")
    known = {name for name in TABLES if book.has(name)}
    assert not book.frames
    assert known == {name for name in TABLES if len(book[name])}
