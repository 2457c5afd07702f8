"""Retention and win-back by the ledger, and reasons with their ranges."""

import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.churn.reasons import loss_reasons, review_lines
from microlib.metrics.churn.win_backs import win_back_effects, win_back_outcomes


def _lists() -> pd.DataFrame:
    return pd.DataFrame({"customer_id": ["C1", "C2", "C3"], "goal": "regain", "arm": ["treated", "control", "treated"],
                         "listed_date": pd.Timestamp("2026-01-01"), "offer_cost_yuan": [500.0, 0.0, 0.0]})  # fmt: skip


def _loans(**days: str) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": list(days), "loan_id": [f"L{c}" for c in days], "overdue_days": 0,
                         "disbursed_date": pd.to_datetime(list(days.values()))})  # fmt: skip


def test_the_window_is_kept_on_both_sides() -> None:
    loans = _loans(C1="2026-01-02", C2="2026-06-30", C3="2026-07-01")
    found = win_back_outcomes(_lists(), loans, as_of="2026-09-30", windows={"regain": 180})
    assert found["has_borrowed"].to_list() == [True, True, False]


def test_open_windows_are_not_read() -> None:
    found = win_back_outcomes(_lists(), _loans(C1="2026-01-20"), as_of="2026-02-01", windows={"regain": 180})
    with pytest.raises(EmptyBook, match="window"):
        win_back_effects(found)


def test_the_cost_counts_added_customers_only() -> None:
    found = win_back_outcomes(_lists(), _loans(C1="2026-01-20"), as_of="2026-09-30", windows={"regain": 180})
    row = win_back_effects(found).iloc[0]
    assert row["cost_per_added_yuan"] == 500.0
    assert row["alive_share"] == 1.0


def test_reasons_are_ranked_and_those_who_came_back_leave_the_pack() -> None:
    reviews = pd.DataFrame({"customer_id": [f"C{i}" for i in range(30)], "loss_reason": ["price"] * 25 + ["speed"] * 5,
                            "reviewed_date": pd.Timestamp("2026-01-31"), "value_band": "high", "gone_to": "unknown",
                            "would_return_for": "unknown", "lost_date": pd.NaT, "last_contact_date": pd.NaT,
                            "rm_id": "R1", "is_not_to_recover": False})  # fmt: skip
    found = loss_reasons(reviews)
    assert found["is_distinct"].iloc[0]
    assert len(review_lines(reviews, _loans(C1="2026-03-01"))) == 29
