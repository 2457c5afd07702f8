from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from microlib.errors import BadData
from microlib.metrics.groupings import month_numbers, year_before
from microlib.metrics.loan_states import checked_loans, is_bad, is_live, is_renewed


@pytest.mark.parametrize(
    ("status", "balance", "live"),
    [("normal", 1.0, True), ("unknown", 1.0, True), ("settled", 1.0, False), ("overdue", 0.0, False)],
)
def test_a_loan_is_live_with_a_balance_and_a_place_on_the_book(ledger, status, balance, live):
    assert is_live(ledger(1, status=status, balance_yuan=balance)).item() == live


def test_a_class_as_booked_beats_the_days(ledger):
    loans = ledger(3, overdue_days=[100, 0, 100], class5=["normal", "loss", None])
    assert is_bad(loans).to_list() == [False, True, True]


def test_renewals_are_known_by_type_or_by_extensions(ledger):
    loans = ledger(3, issue_type=["new", "restructure", "new"], extensions_count=[None, None, 1])
    assert is_renewed(loans).to_list() == [False, True, True]


@pytest.mark.parametrize(
    ("as_of", "opening"),
    [
        ("2026-06-30", "2025-06-30"),
        ("2025-02-28", "2024-02-29"),
        ("2024-02-29", "2023-02-28"),
        ("2026-07-15", "2025-06-30"),
    ],
)
def test_the_opening_is_a_month_end_a_year_before(as_of, opening):
    assert year_before(as_of) == pd.Timestamp(opening)


@pytest.mark.parametrize("wrong", [np.nan, -1, np.inf])
def test_days_past_due_that_are_none_are_refused(ledger, wrong):
    loans = ledger(2).assign(overdue_days=[0.0, wrong])
    with pytest.raises(BadData, match="overdue_days is missing, infinite or negative"):
        checked_loans(loans)


def test_months_of_an_empty_table_are_no_numbers():
    assert month_numbers(pd.Series([], dtype="str")).size == 0
