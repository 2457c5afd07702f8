"""Size of a book, its largest source, its spread."""

import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.book_sizes import book_size, book_spread, largest_sources, top_source

LOANS = pd.DataFrame({
    "loan_id": ["L1", "L2", "L3"], "customer_id": ["C1", "C1", "C2"], "balance_yuan": [1.0, 2.0, 0.0],
    "overdue_days": 0, "status": ["normal", "normal", "settled"], "use_industry_code": [None, None, "F"],
})  # fmt: skip
BALANCES = pd.DataFrame({
    "source_kind": "core", "source_id": ["H1", "H2"], "borrowers_count": [1, 2], "balance_yuan": [1.0, 2.0]
})  # fmt: skip


def test_settled_loans_are_not_the_book():
    assert book_size(LOANS).iloc[0].to_list() == [1, 2, 3.0, 3.0]


def test_the_largest_source_has_its_share_of_the_book():
    found = top_source(BALANCES, book_size(LOANS)).iloc[0]
    assert (found["source_id"], found["top_source_share"]) == ("H2", pytest.approx(2 / 3))


def test_no_source_is_no_row():
    assert top_source(BALANCES.iloc[:0], book_size(LOANS)).empty


def test_a_column_in_which_nothing_is_filled_is_no_spread():
    found = book_spread(LOANS, across=["customer_id", "use_industry_code"])
    assert found[["across", "hhi"]].to_numpy().tolist() == [["customer_id", 1.0]]


def test_the_largest_sources_come_first_and_none_is_refused():
    assert largest_sources(BALANCES, most=1)["source_id"].to_list() == ["H2"]
    with pytest.raises(EmptyBook):
        largest_sources(BALANCES.iloc[:0])


def test_a_book_without_a_live_loan_is_refused():
    with pytest.raises(EmptyBook):
        book_size(LOANS[LOANS["status"] == "settled"])


def test_frames_are_not_altered(unchanged):
    with unchanged(LOANS, BALANCES):
        top_source(BALANCES, book_size(LOANS))
        book_spread(LOANS, across=["customer_id"])
        largest_sources(BALANCES)
