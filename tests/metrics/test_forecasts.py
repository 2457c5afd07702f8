"""Forecasts: ranges that hold as often as they say, scores that cannot be flattered, refusals."""

import numpy as np
import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.forecasts import (
    due_forecasts,
    forecast_record,
    loan_forecasts,
    monthly_new_loans,
    replayed_forecasts,
    score_forecasts,
)


def _counts(values) -> pd.Series:
    return pd.Series(values, index=pd.period_range("2021-01", periods=len(values), freq="M"))


def test_ranges_hold_as_often_as_they_say() -> None:
    dice = np.random.default_rng(8)
    held = [replayed_forecasts(_counts(dice.poisson(60, 40)))["is_inside"].mean() for _ in range(40)]
    assert np.mean(held) == pytest.approx(0.8, abs=0.05)


def test_a_forecast_is_scored_only_when_its_month_is_known() -> None:
    counts = _counts([50] * 24)
    made = loan_forecasts(counts.iloc[:22], ahead=3)
    scored = score_forecasts(made, counts)
    assert len(scored) == 2
    assert (scored["error_count"] == 0).all()


def test_a_rising_book_leans_and_the_record_says_so() -> None:
    record = forecast_record(replayed_forecasts(_counts(np.arange(20, 60) * 3))).iloc[0]
    assert record["bias_ratio"] > 0.1
    assert not record["is_honest"]


def test_replays_know_nothing_of_later_months() -> None:
    counts = _counts(np.arange(30) + 10)
    early = replayed_forecasts(counts).iloc[0]
    changed = replayed_forecasts(_counts([*counts.iloc[:20], *[999] * 10])).iloc[0]
    assert early["expected_count"] == changed["expected_count"]


def test_kept_forecasts_are_scored_before_replayed_ones() -> None:
    counts = _counts([50] * 24)
    kept = loan_forecasts(counts.iloc[:21], ahead=3).assign(report_date=pd.Timestamp("2022-09-30"))
    replayed = replayed_forecasts(counts)
    assert len(due_forecasts(replayed, kept, counts)) == 3
    assert due_forecasts(replayed, kept.iloc[:0], counts) is replayed
    later = loan_forecasts(counts, ahead=1)
    assert due_forecasts(replayed, later, counts) is replayed


def test_short_histories_and_empty_ledgers_are_refused() -> None:
    with pytest.raises(EmptyBook, match="12 are needed"):
        loan_forecasts(_counts([5] * 11))
    with pytest.raises(EmptyBook, match="no new loan"):
        monthly_new_loans(pd.DataFrame({"disbursed_date": pd.to_datetime([])}), as_of="2026-06-30")
    with pytest.raises(EmptyBook, match="fallen due"):
        forecast_record(score_forecasts(loan_forecasts(_counts([5] * 12)), _counts([5] * 12)))
