"""Teams, not persons: what they can do and what they did, for the board on the wall."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.errors import EmptyBook

#: a team of fewer managers is told with the others, so that no board speaks of one person
LEAST_MANAGERS = 3
OTHERS = "other_teams"


def team_capacity(capacities: pd.DataFrame) -> pd.DataFrame:
    """Add up capacity by team (`workloads.monthly_capacity`).

    Returns
    -------
    DataFrame
        Columns ``team, managers_count``, and a month ``visits_count, loans_count, capacity_yuan, capacity_low_yuan,
        capacity_high_yuan``
    """
    sums = ["visits_count", "loans_count", "capacity_yuan", "capacity_low_yuan", "capacity_high_yuan"]
    groups = _teams(capacities).groupby("team")
    return groups[sums].sum().assign(managers_count=groups.size()).reset_index()[["team", "managers_count", *sums]]


def team_board(rm_months: pd.DataFrame, rms: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Lay out what each team did in the last month, per head.

    Parameters
    ----------
    rm_months : DataFrame[rm_months]
        ``rm_id, month, visits_count, applications_count, loans_count``. Not modified.
    rms : DataFrame[rms]
        ``rm_id, team``.
    as_of : date

    Returns
    -------
    DataFrame
        ``team, managers_count, visits_per_head, applications_per_head, loans_per_head``, by team

    Raises
    ------
    EmptyBook
        If the month is not on file.
    """
    held = rm_months[rm_months["month"] == f"{as_of:%Y-%m}"].merge(rms[["rm_id", "team"]], on="rm_id")
    if held.empty:
        raise EmptyBook(f"no manager's month {as_of:%Y-%m}", where="rm_months", fix="load the month")
    groups = _teams(held).groupby("team")
    means = groups[["visits_count", "applications_count", "loans_count"]].mean()
    told = means.rename(columns=lambda name: name.replace("_count", "_per_head"))
    told.insert(0, "managers_count", groups.size())
    return told.reset_index()


def _teams(managers: pd.DataFrame) -> pd.DataFrame:
    named = managers.assign(team=managers["team"].fillna(OTHERS))
    sizes = named["team"].map(named["team"].value_counts())
    return named.assign(team=named["team"].where(sizes >= LEAST_MANAGERS, OTHERS))
