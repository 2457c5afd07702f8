"""Demand that was not met: refused, cut, withdrawn, or kept waiting."""

from __future__ import annotations

import pandas as pd

from microlib.errors import EmptyBook
from microlib.metrics.counted_shares import with_share
from microlib.metrics.groupings import Day, year_before

WAYS = ("refused", "cut", "withdrawn", "waiting", "late")


def unmet_demand(applications: pd.DataFrame, *, as_of: Day, slow_days: int) -> pd.DataFrame:
    r"""Add up what was asked for in a year and not given, cut short, or given late.

    Answers "how much demand came to our counter and left without the money, and why?"

    Parameters
    ----------
    applications : DataFrame[applications]
        Not modified.
    as_of : date
        The year ends on it; undecided applications wait until it.
    slow_days : int
        Days beyond which a decision or a payout counts as late (policy).

    Returns
    -------
    DataFrame
        One row per ``way`` (refused, cut: granted less than asked, withdrawn, waiting: undecided for longer, late: paid
        out after longer): ``way_count, all_count`` (applications of the year), ``way_share, way_low, way_high``
        (Jeffreys), ``unmet_yuan`` (asked and not given; for ``late`` 0), ``customers_count``, ``came_back_count``
        (customers of that way who were granted a later application)

    Raises
    ------
    EmptyBook
        If nobody applied in the year.

    Notes
    -----
    Who was turned away at the counter stands in no application. A refusal may be right: the sum is no target.

    Examples
    --------
    >>> asked = pd.DataFrame({"customer_id": ["C1", "C2"], "decision": ["refused", "approved"], "asked_yuan": 10.0,
    ...     "granted_yuan": [0.0, 10.0], "submitted_at": pd.to_datetime(["2026-01-01"] * 2),
    ...     "decided_at": pd.to_datetime(["2026-01-09"] * 2), "disbursed_at": pd.to_datetime([None, "2026-03-01"])})
    >>> unmet_demand(asked, as_of="2026-06-30", slow_days=30)[["way", "way_count", "unmet_yuan"]].values.tolist()
    [['refused', 1, 10.0], ['cut', 0, 0.0], ['withdrawn', 0, 0.0], ['waiting', 0, 0.0], ['late', 1, 0.0]]
    """
    today = pd.Timestamp(as_of) + pd.Timedelta(days=1)
    year = applications[applications["submitted_at"].between(year_before(as_of) + pd.Timedelta(days=1), today)]
    if year.empty:
        raise EmptyBook("nobody applied in the year", where="applications", fix="load a year's applications")
    unmet = (year["asked_yuan"] - year["granted_yuan"].fillna(0.0)).clip(lower=0.0)
    granted_later = _granted_later(year)
    rows = []
    for way, hit in _marks(year, today, slow_days).items():
        missing = 0.0 if way == "late" else float(unmet[hit].sum())
        back = year.loc[hit & granted_later, "customer_id"].nunique()
        rows.append({"way": way, "way_count": int(hit.sum()), "all_count": len(year), "unmet_yuan": missing,
                     "customers_count": year.loc[hit, "customer_id"].nunique(), "came_back_count": back})  # fmt: skip
    return with_share(pd.DataFrame(rows), hit="way_count", base="all_count", name="way")


def _marks(year: pd.DataFrame, today: pd.Timestamp, slow_days: int) -> dict[str, pd.Series]:
    slow = pd.Timedelta(days=slow_days)
    pending = (year["decision"] == "pending") & (today - year["submitted_at"] > slow)
    return {
        "refused": year["decision"] == "refused",
        "cut": year["decision"] == "partly_approved",
        "withdrawn": year["decision"] == "withdrawn",
        "waiting": pending,
        "late": (year["disbursed_at"] - year["submitted_at"] > slow).fillna(False),
    }


def _granted_later(year: pd.DataFrame) -> pd.Series:
    """Whether the same customer was granted an application submitted after this one."""
    granted = year[year["granted_yuan"].fillna(0.0) > 0]
    last = granted.groupby("customer_id", observed=True)["submitted_at"].max()
    return (year["customer_id"].map(last) > year["submitted_at"]).fillna(False)
