"""Managers' months: activity, conversion, ticket and quality, and which of them explains a manager's result."""

from __future__ import annotations

import pandas as pd

from microlib.errors import EmptyBook
from microlib.metrics.selling.contributions import gap_contributions

FACTORS = ("activity", "applications_per_contact", "loans_per_application", "ticket")
COUNTS = ("contacts_count", "applications_count", "loans_count", "amount_yuan")


def manager_activities(rm_months: pd.DataFrame, *, since: str, until: str) -> pd.DataFrame:
    """Sum each manager's months.

    Answers "what did each do, and what came of it?"

    Parameters
    ----------
    rm_months : DataFrame[rm_months]
        ``rm_id, month, calls_count, visits_count, applications_count, loans_count, amount_yuan``. Not modified.
    since, until : str
        First and last month (YYYY-MM).

    Returns
    -------
    DataFrame
        One row per manager: ``rm_id, months_count, contacts_count`` (calls and visits), ``applications_count,
        loans_count, amount_yuan, pay_yuan`` (missing where never told)

    Raises
    ------
    EmptyBook
        If no month lies in the window.
    """
    held = rm_months[rm_months["month"].between(since, until)]
    if held.empty:
        raise EmptyBook(f"no month of a manager from {since} to {until}", fix="load rm_months of that time")
    contacts = held[["calls_count", "visits_count"]].astype("float64").sum(axis="columns", min_count=1)
    told = held.assign(contacts_count=contacts)
    sums = told.groupby("rm_id")[[*COUNTS, "pay_yuan"]].sum(min_count=1)
    return sums.assign(months_count=told.groupby("rm_id").size()).reset_index()


def activity_contributions(activities: pd.DataFrame) -> pd.DataFrame:
    r"""Split each manager's distance from the others into activity, conversion and ticket.

    Answers "is it the visits, the yeses, the files or the size of the loans?" A manager's amount a month is

    .. math:: y = c \cdot \frac{a}{c} \cdot \frac{n}{a} \cdot \frac{y}{n}

    with contacts c, applications a, loans n a month; expected are the same factors of all managers together.

    Parameters
    ----------
    activities : DataFrame
        Result of `manager_activities`. Managers with a factor of zero are left out: nothing is to be split. Not
        modified.

    Returns
    -------
    DataFrame
        One row per manager and factor: ``rm_id, factor, actual, expected, cases_count, contribution, contribution_low,
        contribution_high, part_of_gap_share, explains`` (see `contributions.gap_contributions`; yuan a month)

    Notes
    -----
    Quality is no factor of the amount: it stands beside it, in `standings.rate_standings`.
    """
    held = activities[(activities[list(COUNTS)] > 0).all(axis="columns")]
    whole = held[list(COUNTS)].sum()
    expected = _factors(whole, held["months_count"].sum())
    parts = [_one(row, expected) for _, row in held.iterrows()]
    return pd.concat(parts, ignore_index=True) if parts else _one(whole.add(1), expected).iloc[:0]


def _factors(row: pd.Series, months: float) -> list[float]:
    contacts, asked, lent, yuan = (float(row[name]) for name in COUNTS)
    return [contacts / months, asked / contacts, lent / asked, yuan / lent]


def _one(row: pd.Series, expected: list[float]) -> pd.DataFrame:
    cases = [float("nan"), row["contacts_count"], row["applications_count"], float("nan")]
    actual = _factors(row, row.get("months_count", 1))
    factors = pd.DataFrame({"factor": FACTORS, "actual": actual, "expected": expected, "cases_count": cases})
    rates = factors["actual"].where(factors["cases_count"].isna(), factors["actual"].clip(upper=1.0))
    found = gap_contributions(factors.assign(actual=rates))
    found.insert(0, "rm_id", row.get("rm_id", ""))
    return found
