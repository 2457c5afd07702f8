"""How long lending takes, stage by stage: the promise that can be kept is a high quantile, never the mean."""

from __future__ import annotations

import pandas as pd
from scipy.stats import binom

from microlib.errors import BadData, EmptyBook
from microlib.metrics.groupings import keys

STAGES = {
    "survey": ("submitted_at", "surveyed_at"),
    "decide": ("surveyed_at", "decided_at"),
    "pay_out": ("decided_at", "disbursed_at"),
    "whole_way": ("submitted_at", "disbursed_at"),
}
SECONDS = 86_400


def quantile_range(values: pd.Series, *, quantile: float, level: float = 0.95) -> tuple[float, float, float]:
    r"""Return a quantile and its range, free of any distribution.

    The limits are order statistics :math:`x_{(l)}, x_{(u)}` with
    :math:`P(l \le Bin(n, q) \le u - 1) \ge level`.

    Returns
    -------
    tuple of float
        Quantile (the smallest value with at least that part at or below it), low, high. A limit is missing where so
        few values bound that side by nothing.

    Examples
    --------
    >>> quantile_range(pd.Series(range(1, 101)), quantile=0.9)
    (90.0, 84.0, 96.0)
    >>> quantile_range(pd.Series(range(1, 11)), quantile=0.9)
    (9.0, 7.0, nan)
    """
    ordered = values.dropna().astype("float64").sort_values().to_numpy()
    count, tail = len(ordered), (1 - level) / 2
    if count == 0:
        return (float("nan"),) * 3
    below, above = int(binom.ppf(tail, count, quantile)), int(binom.ppf(1 - tail, count, quantile)) + 1
    place = max(1, -int(-(count * quantile) // 1))
    low = float(ordered[below - 1]) if below >= 1 else float("nan")
    high = float(ordered[above - 1]) if above <= count else float("nan")
    return float(ordered[place - 1]), low, high


def stage_times(
    applications: pd.DataFrame, *, quantile: float = 0.9, within: str | list[str] | None = None
) -> pd.DataFrame:
    """Measure the days of every stage from asking to the money, with the promise that could have been kept.

    Answers "in how many days can we promise the money, and where do the days go?"

    Parameters
    ----------
    applications : DataFrame[applications]
        Uses ``submitted_at, surveyed_at, decided_at, disbursed_at``. Not modified.
    quantile : float
        Part of cases that the promise covers (policy, 0.9).
    within : str, list of str or None
        Grouping columns.

    Returns
    -------
    DataFrame
        Per group and ``stage`` (survey, decide, pay_out, whole_way): ``cases_count`` (both moments known),
        ``median_days``, ``promise_days`` with ``promise_days_low, promise_days_high`` (the quantile and its range;
        a limit is missing where the cases are too few for it), ``longest_days``

    Raises
    ------
    EmptyBook
        If no stage was finished.
    BadData
        If a stage ends before it begins.

    Notes
    -----
    Only finished stages count: who still waits is not in it, so a jam shows late. Days are calendar days, waiting for
    the customer's papers included.

    Examples
    --------
    >>> asked = pd.DataFrame({"submitted_at": pd.to_datetime(["2026-01-01", "2026-01-01"]),
    ...     "surveyed_at": pd.to_datetime(["2026-01-03", "2026-01-05"]),
    ...     "decided_at": pd.to_datetime(["2026-01-06"] * 2), "disbursed_at": pd.to_datetime(["2026-01-07", None])})
    >>> stage_times(asked)[["stage", "cases_count", "promise_days"]].values.tolist()
    [['survey', 2, 4.0], ['decide', 2, 3.0], ['pay_out', 1, 1.0], ['whole_way', 1, 6.0]]
    """
    by = keys(within)
    named = applications.assign(**{name: applications[name].fillna("unknown") for name in by})
    groups = named.groupby(by, observed=True, sort=True) if by else [((), named)]
    rows = []
    for key, group in groups:
        for stage, (start, end) in STAGES.items():
            days = _days(group, start, end)
            if len(days):
                head = dict(zip(by, key, strict=True)) if by else {}
                rows.append(head | {"stage": stage} | _row(days, quantile))
    if not rows:
        raise EmptyBook("no stage was finished", where="applications", fix="record the moments of each stage")
    return pd.DataFrame(rows)


def whole_ways(times: pd.DataFrame) -> pd.DataFrame:
    """Keep the whole way from asking to the money of every group, the slowest promise first.

    Raises
    ------
    EmptyBook
        If no application of any group went the whole way.

    Examples
    --------
    >>> times = pd.DataFrame({"product_id": "P1", "stage": ["survey", "whole_way"], "promise_days": [3.0, 9.0]})
    >>> whole_ways(times)["promise_days"].tolist()
    [9.0]
    """
    kept = times[times["stage"] == "whole_way"].drop(columns="stage")
    if kept.empty:
        raise EmptyBook("no application went the whole way", fix="record when the money was paid out")
    return kept.sort_values("promise_days", ascending=False, kind="stable", ignore_index=True)


def _days(group: pd.DataFrame, start: str, end: str) -> pd.Series:
    days = (group[end] - group[start]).dt.total_seconds() / SECONDS
    if (days < 0).any():
        raise BadData(f"{end} lies before {start} in {int((days < 0).sum())} rows", fix="mend those moments")
    return days.dropna()


def _row(days: pd.Series, quantile: float) -> dict[str, float]:
    promise, low, high = quantile_range(days, quantile=quantile)
    return {
        "cases_count": len(days), "median_days": float(days.median()), "promise_days": promise,
        "promise_days_low": low, "promise_days_high": high, "longest_days": float(days.max()),
    }  # fmt: skip
