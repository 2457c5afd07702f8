"""Counts of managers on which standings rest: applications and approvals, loans past due, what they could ask for."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.metrics.loan_states import is_live
from microlib.metrics.selling.standings import rate_standings

LATE_DAYS = 30


def asked_by_manager(applications: pd.DataFrame, *, as_of: date) -> pd.Series:
    """Add up what was applied for with each manager in the last year: a measure of demand that no approval has cut.

    Parameters
    ----------
    applications : DataFrame[applications]
        ``rm_id, submitted_at, asked_yuan``. Not modified.
    as_of : date

    Returns
    -------
    Series
        Yuan by ``rm_id``.
    """
    day = pd.to_datetime(applications["submitted_at"])
    held = applications[day.between(pd.Timestamp(as_of) - pd.DateOffset(months=12), pd.Timestamp(as_of))]
    return held.groupby("rm_id")["asked_yuan"].sum()


def overdue_standings(loans: pd.DataFrame, *, fewest: int) -> pd.DataFrame:
    """Set each manager's share of live loans more than 30 days late beside that of the others.

    Parameters
    ----------
    loans : DataFrame[loans]
        ``rm_id, overdue_days`` and what tells a live loan. Not modified.
    fewest : int
        Fewer loans are not judged.

    Returns
    -------
    DataFrame
        See `metrics.selling.standings.rate_standings`; ``above`` is late more often than the rest.
    """
    live = loans[is_live(loans) & loans["rm_id"].notna()]
    groups = (live["overdue_days"] > LATE_DAYS).groupby(live["rm_id"])
    cells = pd.DataFrame({"hit_count": groups.sum().astype("int64"), "total_count": groups.size()}).reset_index()
    return rate_standings(cells, fewest=fewest)


def approval_cells(acted: pd.DataFrame) -> pd.DataFrame:
    """Lay out contacts and the applications they led to, manager by manager.

    Parameters
    ----------
    acted : DataFrame
        Result of `metrics.selling.activities.manager_activities`. Not modified.

    Returns
    -------
    DataFrame
        ``rm_id, hit_count`` (applications), ``total_count`` (contacts, at least as many)
    """
    asked = acted["applications_count"].fillna(0).astype("int64")
    contacts = acted["contacts_count"].fillna(0).astype("int64")
    return pd.DataFrame({"rm_id": acted["rm_id"], "hit_count": asked, "total_count": contacts.clip(lower=asked)})


def above_only(found: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that stand above the rest: a sample for review."""
    return found[found["standing"] == "above"].reset_index(drop=True)


def factor_counts(parts: pd.DataFrame) -> pd.DataFrame:
    """Count, factor by factor, the managers whom it sets above and below the others.

    Parameters
    ----------
    parts : DataFrame
        Result of `metrics.selling.activities.activity_contributions`. Not modified.

    Returns
    -------
    DataFrame
        ``factor, raised_count, lowered_count, unclear_count``.
    """
    told = parts["explains"]
    flags = {"raised_count": told & (parts["contribution"] > 0), "lowered_count": told & (parts["contribution"] < 0),
             "unclear_count": ~told}  # fmt: skip
    counts = parts[["factor"]].assign(**flags).groupby("factor", sort=False).sum().astype("int64")
    return counts.reset_index()
