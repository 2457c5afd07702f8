"""Forecasts that are kept and scored: a number with its range, and later whether the range held it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from microlib.errors import EmptyBook, ShortHistory
from microlib.metrics.groupings import Day
from microlib.metrics.intervals import rate_interval

COLUMNS = ["figure", "made_date", "due_date", "expected_count", "expected_low_count", "expected_high_count",
           "level_share"]  # fmt: skip
FEWEST = 12


def monthly_new_loans(loans: pd.DataFrame, *, as_of: Day) -> pd.Series:
    """Count new loans by calendar month up to the last complete one; months without any are 0.

    Returns
    -------
    Series
        Counts by monthly period.

    Raises
    ------
    EmptyBook
        If there is no new loan before.
    """
    end = (pd.Timestamp(as_of) + pd.Timedelta(days=1)).to_period("M") - 1
    days = loans.loc[loans["issue_type"].eq("new") if "issue_type" in loans else slice(None), "disbursed_date"]
    months = days.dt.to_period("M")
    counts = months[months <= end].value_counts()
    if counts.empty:
        raise EmptyBook("no new loan has been made")
    return counts.reindex(pd.period_range(counts.index.min(), end, freq="M"), fill_value=0).sort_index()


def loan_forecasts(counts: pd.Series, *, ahead: int = 3, level: float = 0.8) -> pd.DataFrame:
    r"""Forecast the new loans of each of the next months: the last year's mean, its range as wide as months really are.

    With :math:`\bar y` of the last twelve months and :math:`\phi = s^2/\bar y \ge 1` of up to twenty-four: on the
    square-root scale :math:`\sqrt{\bar y} \pm z\sqrt{\phi/4\,(1 + 1/12)}`.

    Parameters
    ----------
    counts : Series
        Of `monthly_new_loans`. Not modified.
    ahead : int
        Months.
    level : float
        Two-sided.

    Returns
    -------
    DataFrame
        `COLUMNS`, one row per month; ``figure`` is ``new_loans``, ``made_date`` the end of the last month counted.

    Raises
    ------
    ShortHistory
        With fewer than twelve months.

    Examples
    --------
    >>> steady = pd.Series(100, index=pd.period_range("2025-01", "2026-06", freq="M"))
    >>> loan_forecasts(steady, ahead=1).iloc[0][["expected_low_count", "expected_high_count"]].astype(int).to_list()
    [87, 113]
    """
    if len(counts) < FEWEST:
        raise ShortHistory(f"{len(counts)} months are too few for a forecast, {FEWEST} are needed")
    mean = float(counts.iloc[-12:].mean())
    recent = counts.iloc[-24:]
    phi = max(1.0, float(recent.var() / recent.mean())) if recent.mean() else 1.0
    reach = float(ndtri((1 + level) / 2)) * np.sqrt(phi / 4 * (1 + 1 / 12))
    low, high = max(np.sqrt(mean) - reach, 0.0) ** 2, (np.sqrt(mean) + reach) ** 2
    last = counts.index[-1]
    due = [(last + place).to_timestamp(how="end").normalize() for place in range(1, ahead + 1)]
    return pd.DataFrame({
        "figure": "new_loans", "made_date": last.to_timestamp(how="end").normalize(), "due_date": due,
        "expected_count": mean, "expected_low_count": low, "expected_high_count": high, "level_share": level,
    })  # fmt: skip


def score_forecasts(forecasts: pd.DataFrame, counts: pd.Series) -> pd.DataFrame:
    """Set every forecast that has fallen due against what came.

    Parameters
    ----------
    forecasts : DataFrame
        `COLUMNS`, of one or many runs. Not modified.
    counts : Series
        Of `monthly_new_loans`.

    Returns
    -------
    DataFrame
        The rows that have fallen due, with ``actual_count``, ``is_inside``, ``error_count`` (actual less expected),
        ``pinball_count`` (mean pinball loss of both limits; smaller is better).
    """
    period = pd.to_datetime(forecasts["due_date"]).dt.to_period("M")
    actual = period.map(counts).astype(float)
    rows = forecasts.assign(actual_count=actual)[actual.notna()]
    tail = (1 - rows["level_share"]) / 2
    below = rows["actual_count"] - rows["expected_low_count"]
    above = rows["actual_count"] - rows["expected_high_count"]
    loss = np.maximum(tail * below, (tail - 1) * below) + np.maximum((1 - tail) * above, -tail * above)
    return rows.assign(is_inside=(below >= 0) & (above <= 0), error_count=rows["actual_count"] - rows["expected_count"],
                       pinball_count=loss / 2).reset_index(drop=True)  # fmt: skip


def replayed_forecasts(counts: pd.Series, *, ahead: int = 1, level: float = 0.8, most: int = 24) -> pd.DataFrame:
    """Make the forecasts of each past month end with nothing known later, and score them as `score_forecasts` does."""
    starts = range(max(FEWEST, len(counts) - most - ahead), len(counts) - ahead + 1)
    made = [loan_forecasts(counts.iloc[:start], ahead=ahead, level=level).tail(1) for start in starts]
    made = [frame for frame in made if len(frame)]
    if not made:
        raise ShortHistory("no forecast of the past can be replayed")
    return score_forecasts(pd.concat(made, ignore_index=True), counts)


def due_forecasts(replayed: pd.DataFrame, kept: pd.DataFrame, counts: pd.Series) -> pd.DataFrame:
    """Return the kept forecasts that have fallen due, scored; where there is none, the replayed ones.

    Parameters
    ----------
    replayed : DataFrame
        Of `replayed_forecasts`. Not modified.
    kept : DataFrame
        `COLUMNS`, as earlier reports kept them; may be empty.
    counts : Series
        Of `monthly_new_loans`.
    """
    if kept.empty:
        return replayed
    scored = score_forecasts(kept[COLUMNS], counts)
    return scored if len(scored) else replayed


def forecast_record(scored: pd.DataFrame) -> pd.DataFrame:
    """Sum up how forecasts have done: how often the range held, against how often it should, and which way they lean.

    Parameters
    ----------
    scored : DataFrame
        Of `score_forecasts`. Not modified.

    Returns
    -------
    DataFrame
        One row: ``forecasts_count, inside_count, inside_share`` with ``inside_low, inside_high`` (Jeffreys 95 %) and
        ``inside_share_count``, ``level_share``, ``mean_error_count``, ``bias_ratio`` (sum of errors over sum of
        forecasts), ``is_honest`` (the range of the coverage holds the level).

    Raises
    ------
    ShortHistory
        If none has fallen due.

    Examples
    --------
    >>> scored = pd.DataFrame({"is_inside": [True] * 8 + [False] * 2, "level_share": 0.8, "error_count": 1.0,
    ...                        "expected_count": 10.0})
    >>> bool(forecast_record(scored).is_honest.item())
    True
    """
    if scored.empty:
        raise ShortHistory("no forecast has fallen due yet")
    inside = int(scored["is_inside"].sum())
    rate = rate_interval(inside, len(scored)).iloc[0]
    level = float(scored["level_share"].mean())
    return pd.DataFrame([{
        "forecasts_count": len(scored), "inside_count": inside, "inside_share": rate["rate"], "inside_low": rate["low"],
        "inside_high": rate["high"], "inside_share_count": float(len(scored)), "level_share": level,
        "mean_error_count": float(scored["error_count"].mean()),
        "bias_ratio": float(scored["error_count"].sum() / scored["expected_count"].sum()),
        "is_honest": bool(rate["low"] <= level <= rate["high"]),
    }])  # fmt: skip
