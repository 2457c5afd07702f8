"""The online check: who passes, how far the line reaches, whom it refuses that do well offline."""

import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.products.screens import online_passes, swap_set


def _seen(decisions, **more):
    names = [f"C{i:04d}" for i in range(len(decisions))]
    given = {"customer_id": names, "screened_at": pd.Timestamp("2025-01-01"), "decision": decisions,
             "granted_yuan": 50.0, "needed_yuan": 100.0, "decision_seconds": 20.0}  # fmt: skip
    return pd.DataFrame({**given, **more})


def test_the_last_check_of_a_customer_counts():
    seen = _seen(["refused", "approved"], customer_id="C1", screened_at=pd.to_datetime(["2025-01-01", "2025-03-01"]))
    assert online_passes(seen)[["checked_count", "passed_count"]].values.tolist() == [[1, 1]]


def test_cover_is_measured_on_those_who_passed():
    seen = _seen(["approved", "approved", "refused"], granted_yuan=[50.0, 100.0, 0.0])
    found = online_passes(seen).iloc[0]
    assert (found["covered_share"], found["full_share"]) == (0.75, 0.5)


def test_segments_keep_the_unassigned_apart():
    members = pd.DataFrame({"customer_id": ["C0000"], "segment": "market", "is_primary": True})
    assert online_passes(_seen(["approved", "refused"]), members)["segment"].tolist() == ["market", "unassigned"]


def test_the_swap_set_has_the_interval_of_two_independent_rates(ledger):
    """Newcombe for 1 of 10 against 0 of 10, as `intervals.rate_difference` gives it."""
    loans = ledger(20, product_id="P5", overdue_days=[99] + [0] * 19, class5=None, disbursed_date="2025-06-01")
    found = swap_set(_seen(["refused"] * 10 + ["approved"] * 10), loans, online_products=("P1",))
    assert found.loc[0, "difference"] == pytest.approx(0.1)
    assert found.loc[0, "difference_low"] < 0 < found.loc[0, "difference_high"]


def test_loans_before_the_check_and_online_loans_are_left_out(ledger):
    loans = ledger(2, product_id=["P1", "P5"], disbursed_date=["2025-06-01", "2024-06-01"])
    with pytest.raises(EmptyBook, match="no offline loan"):
        swap_set(_seen(["refused", "approved"]), loans, online_products=("P1",))


def test_nobody_checked_is_refused():
    with pytest.raises(EmptyBook, match="nobody"):
        online_passes(_seen([]))
