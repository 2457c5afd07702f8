"""Whom a branch serves, cut in several ways."""

import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.diagnosis.cuts import customer_cuts, only_cut


def _customers(**more):
    given = {"customer_id": ["C0000", "C0001", "C0002"], "size": ["micro", "micro", None], "kind": "company",
             "industry_code": ["F5174", "F5281", "C3311"], "venue_id": None}  # fmt: skip
    return pd.DataFrame({**given, **more})


def test_each_cut_adds_up_to_all_customers_and_the_whole_book(ledger):
    sums = customer_cuts(_customers(), ledger(2)).groupby("cut")[["customers_count", "balance_share"]].sum()
    assert (sums["customers_count"] == 3).all() and (sums["balance_share"].round(12) == 1).all()


def test_what_is_not_filled_is_unknown_and_a_column_without_any_is_left_out(ledger):
    cuts = customer_cuts(_customers(), ledger(1))
    assert "unknown" in only_cut(cuts, cut="size")["size"].tolist() and "venue_id" not in cuts["cut"].tolist()


def test_a_trade_is_letter_and_two_digits(ledger):
    assert sorted(only_cut(customer_cuts(_customers(), ledger(1)), cut="trade")["trade"]) == ["C33", "F51", "F52"]


def test_a_cut_that_is_not_there_says_which_column_to_fill(ledger):
    with pytest.raises(EmptyBook, match="venue_id"):
        only_cut(customer_cuts(_customers(), ledger(1)), cut="venue_id")


def test_without_customers_nothing_is_cut(ledger):
    with pytest.raises(EmptyBook, match="no customer"):
        customer_cuts(_customers().head(0), ledger(1))


def test_a_file_of_bare_numbers_says_which_columns_to_fill(ledger):
    with pytest.raises(EmptyBook, match="says nothing"):
        customer_cuts(_customers()[["customer_id"]], ledger(1))
