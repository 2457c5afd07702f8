"""How visits became loans here in the last year, counted: what capacity rests on."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.design.rollout.workloads import Habits
from microlib.errors import EmptyBook

APPROVED = ("approved", "partly_approved")


def visiting_habits(
    rm_months: pd.DataFrame, applications: pd.DataFrame, *, as_of: date, visit_hours: float, months: int = 12
) -> Habits:
    """Count visits, applications and loans of the last months.

    Answers "of a hundred visits, how many end in an application, and of a hundred applications how many in a loan?"

    Parameters
    ----------
    rm_months : DataFrame[rm_months]
        ``month, visits_count, applications_count, loans_count, amount_yuan``. Not modified.
    applications : DataFrame[applications]
        ``submitted_at, decision, granted_yuan``; those still pending are left out.
    as_of : date
        The last day looked at.
    visit_hours : float
        Hours a visit takes, from policy.
    months : int
        How far back.

    Returns
    -------
    Habits

    Raises
    ------
    EmptyBook
        If there was no visit, no decision or no loan.

    Notes
    -----
    Applications per visit are those on managers' own records: calls that led to one are in them, too.
    """
    since = pd.Timestamp(as_of) - pd.DateOffset(months=months)
    held = rm_months[rm_months["month"].between(f"{since:%Y-%m}", f"{as_of:%Y-%m}")]
    recent = applications[pd.to_datetime(applications["submitted_at"]).between(since, pd.Timestamp(as_of))]
    decided = recent[recent["decision"].isin((*APPROVED, "refused"))]
    lent = decided[decided["decision"].isin(APPROVED)]
    visits, asked = float(held["visits_count"].sum()), float(held["applications_count"].sum())
    if not (visits > 0 and len(lent)):
        raise EmptyBook("no visit or no loan in the last months", where="rm_months", fix="load managers' months")
    ticket = float(lent["granted_yuan"].median())
    return Habits(visit_hours, visits, min(asked, visits), float(len(decided)), float(len(lent)), ticket)


def habit_rows(habits: Habits) -> pd.DataFrame:
    """Lay the habits out as a table, with what one loan takes.

    Returns
    -------
    DataFrame
        One row: ``visit_hours, visits_count, applied_count, decided_count, lent_count, ticket_yuan``,
        ``visits_per_loan_number``.

    Examples
    --------
    >>> habit_rows(Habits(1.5, 100, 12, 100, 55, 620_000.0)).visits_per_loan_number.round(2).to_list()
    [15.15]
    """
    rate = habits.applied_count / habits.visits_count * habits.lent_count / habits.decided_count
    row = {name: getattr(habits, name) for name in Habits.__dataclass_fields__}
    return pd.DataFrame([{**row, "visits_per_loan_number": 1 / rate}])


def usual_ticket(habits: Habits) -> float:
    """Return the usual amount of a loan, in yuan."""
    return habits.ticket_yuan
