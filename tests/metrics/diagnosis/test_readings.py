"""The same figures read at two dates."""

import numpy as np
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.changes import figure_changes
from microlib.metrics.diagnosis.readings import book_readings, earlier_ledger


def test_the_last_month_end_before_the_date_is_the_earlier_ledger(ledger, month_ends):
    months = month_ends(["L0000"] * 3, ["2026-04", "2026-05", "2026-06"], balance_yuan=[3.0, 2.0, 1.0])
    assert earlier_ledger(ledger(1), months, as_of="2026-06-30")["balance_yuan"].tolist() == [2.0]


def test_a_hole_before_the_date_is_not_bridged(ledger, month_ends):
    with pytest.raises(EmptyBook, match="2026-01"):
        earlier_ledger(ledger(1), month_ends(["L0000"], ["2026-01"]), as_of="2026-06-30")


def test_a_book_compared_with_itself_has_not_changed(ledger):
    loans = ledger(60, overdue_days=[40] * 15 + [0] * 45)
    found = figure_changes(
        book_readings(loans, loans)[["before", "before_low", "before_high", "after", "after_low", "after_high"]]
    )
    assert not found["is_beyond"].any() and (found["change"] == 0).all()


def test_a_book_that_turned_late_has_changed_beyond_noise(ledger):
    before, after = (ledger(200, overdue_days=[40] * late + [0] * (200 - late)) for late in (12, 80))
    found = book_readings(before, after).set_index("figure")
    assert figure_changes(found).loc["par30_share", "is_beyond"]
    assert np.isnan(found.loc["balance_yuan", "before_low"])


def test_a_group_seen_at_one_date_only_is_left_out(ledger):
    before, after = ledger(2, product_id=["P1", "P2"]), ledger(2, product_id=["P1", "P3"])
    assert set(book_readings(before, after, within="product_id")["product_id"]) == {"P1"}
