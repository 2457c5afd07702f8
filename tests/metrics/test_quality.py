from __future__ import annotations

import numpy as np
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.quality import committee_ratios

AS_OF = "2026-06-30"


def _shares(*args, **options):
    return committee_ratios(*args, as_of=AS_OF, **options).set_index("measure").share


def test_a_published_ratio_of_bad_balances(ledger):
    """Vectors TV-E1 (gansulong.com): (35000 + 22000 + 11000 + 9000) / 3,102,000 = 2.48 %."""
    bad = [35000.0, 22000.0, 11000.0, 9000.0]
    loans = ledger(
        5, balance_yuan=[*bad, 3_102_000.0 - sum(bad)], class5=["substandard"] * 2 + ["doubtful", "loss", "normal"]
    )
    assert _shares(loans)["npl"] == pytest.approx(0.0248, abs=5e-5)


def test_each_ratio_counts_what_its_name_says(ledger):
    classes = ["normal", "special_mention", "substandard", "special_mention", "normal"]
    loans = ledger(5, balance_yuan=[60.0, 15.0, 10.0, 5.0, 10.0], class5=classes, overdue_days=[0, 30, 120, 95, 31])
    found = _shares(loans)
    expected = {"npl": 0.10, "special_mention": 0.20, "overdue30": 0.25, "overdue90_to_npl": 1.5}
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_formation_adds_back_what_was_written_off_or_sold(ledger, month_ends):
    """Opening 1,000 with 10 bad; 10 written off, 5 sold bad, 30 bad now: (30 - 10 + 15) / 1,000."""
    loans = ledger(
        4,
        balance_yuan=[30.0, 0.0, 0.0, 955.0],
        class5=["substandard", "loss", "doubtful", "normal"],
        status=["overdue", "written_off", "transferred", "normal"],
        written_off_date=[None, "2026-03-31", None, None],
        written_off_yuan=[None, 10.0, None, None],
        closed_date=[None, "2026-03-31", "2026-05-31", None],
    )
    months = month_ends(
        ["L0000", "L0001", "L0002", "L0003", "L0002"],
        ["2025-06"] * 4 + ["2026-04"],
        balance_yuan=[30.0, 10.0, 5.0, 955.0, 5.0],
        class5=["normal", "substandard", "normal", "normal", "doubtful"],
    )
    assert _shares(loans, months)["npl_formation"] == pytest.approx(0.035)
    assert _shares(loans, months)["npl_with_exits"] == pytest.approx((30 + 15) / (985 + 15))


def test_formation_is_negative_when_more_is_cured_than_formed(ledger, month_ends):
    months = month_ends(["L0000"], ["2025-06"], class5="substandard")
    row = committee_ratios(ledger(1), months, as_of=AS_OF).set_index("measure").loc["npl_formation"]
    assert row.share == -1.0 and row.share_low <= row.share <= row.share_high


def test_nothing_written_off_makes_the_two_bad_ratios_equal(ledger):
    found = _shares(ledger(3, class5=["loss", "normal", "normal"]))
    assert found["npl"] == found["npl_with_exits"]


def test_a_ledger_alone_names_what_formation_needs(ledger):
    row = committee_ratios(ledger(3), as_of=AS_OF).set_index("measure").loc["npl_formation"]
    assert row.reason == "needs_loan_months" and np.isnan(row.share)


def test_no_bad_loan_leaves_nothing_to_compare_with(ledger):
    row = committee_ratios(ledger(3), as_of=AS_OF).set_index("measure").loc["overdue90_to_npl"]
    assert row.reason == "no_base" and np.isnan(row.share)


def test_a_loan_without_a_class_is_bad_beyond_90_days_and_counted_as_unknown(ledger):
    found = committee_ratios(ledger(3, class5=None, overdue_days=[0, 90, 91]), as_of=AS_OF).set_index("measure")
    assert found.loc["npl", "share"] == pytest.approx(1 / 3)
    assert found.loc["npl", ["unknown_count", "unknown_yuan"]].to_list() == [3, 300.0]


def test_groups_hold_all_six_ratios(ledger):
    found = committee_ratios(ledger(4, segment=["a", "a", "b", "b"]), as_of=AS_OF, within="segment")
    assert found.groupby("segment").measure.count().to_dict() == {"a": 6, "b": 6}


def test_input_is_left_alone(ledger, month_ends, unchanged):
    loans, months = ledger(3), month_ends(["L0000"], ["2025-06"])
    with unchanged(loans, months):
        committee_ratios(loans, months, as_of=AS_OF)


def test_a_book_without_a_live_loan_is_refused(ledger):
    with pytest.raises(EmptyBook, match="no loan has a balance"):
        committee_ratios(ledger(2, status="settled"), as_of=AS_OF)
