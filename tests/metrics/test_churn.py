"""The curve of returns: against the closed form, with censoring, and cuts that are there or not.

Retention and win-back by the ledger, and reasons with their ranges.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.churn import (
    away_spells,
    churn_rules,
    later_returns,
    loss_reasons,
    return_curve,
    review_lines,
    win_back_effects,
    win_back_outcomes,
)


def _mixture(seed: int, share: float, mean: float, n: int = 4000) -> pd.DataFrame:
    dice = np.random.default_rng(seed)
    back = dice.random(n) < share
    days = np.where(back, dice.exponential(mean, n), np.inf)
    seen = dice.integers(300, 1500, n)
    return pd.DataFrame({"days": np.minimum(days, seen).astype(int), "has_returned": days <= seen, "rule": "settled"})


def test_without_censoring_the_curve_is_the_plain_share() -> None:
    spells = pd.DataFrame({"days": [1, 2, 2, 5], "has_returned": True})
    assert return_curve(spells)["returned_share"].to_list() == pytest.approx([0, 0.25, 0.75, 1.0])


def test_the_planted_cut_is_found() -> None:
    row = churn_rules(_mixture(1, 0.25, 75.0)).iloc[0]
    truth = 75 * np.log(0.95 / 0.05 * 0.25 / 0.75)
    assert truth <= row["cut_days"] <= truth + 60
    assert row["sure_cut_days"] >= row["cut_days"]


def test_where_everybody_returns_sooner_or_later_there_is_no_cut() -> None:
    row = churn_rules(_mixture(2, 1.0, 500.0)).iloc[0]
    assert np.isnan(row["cut_days"])
    assert row["later_low"] > 0.05
    assert row["false_share"] == pytest.approx(1 - np.exp(-365 / 500), abs=0.05)


def test_the_bound_without_a_return_is_not_zero() -> None:
    later = later_returns(pd.DataFrame({"days": [800] * 40, "has_returned": False}))
    assert later["later_high"].iloc[0] == pytest.approx(0.072, abs=0.001)


def test_a_loan_on_the_day_of_settlement_is_no_return() -> None:
    days = {"disbursed_date": ["2024-01-01", "2025-01-01"], "closed_date": ["2025-01-01", "2025-06-30"],
            "maturity_date": ["2025-01-01", "2026-01-01"]}  # fmt: skip
    loans = pd.DataFrame({name: pd.to_datetime(values) for name, values in days.items()}).assign(
        loan_id=["L1", "L2"], customer_id="C1", status="settled"
    )
    found = away_spells(loans, as_of="2026-06-30")
    assert found[["days", "has_returned", "is_early"]].to_numpy().tolist() == [[365, False, True]]


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


def test_who_was_not_watched_to_the_end_bounds_no_return():
    """Ninety are seen for ten days, ten for two years: nobody came back of ten watched for a year, not of a hundred."""
    gone = pd.DataFrame({"days": [10] * 90 + [730] * 10, "has_returned": False})
    first = later_returns(gone).iloc[0]
    assert first["at_risk_count"] == 100 and first["watched_count"] == 10
    assert first["later_high"] == pytest.approx(1 - 0.05 ** (1 / 10))
