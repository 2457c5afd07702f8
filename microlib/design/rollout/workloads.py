"""What managers can do in a month: hours into visits, visits into loans, loans into yuan, as a range."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from microlib.errors import BadData

DRAWS, SEED = 4_000, 20_260_630
YUAN = ("capacity_yuan", "capacity_low_yuan", "capacity_high_yuan")


@dataclass(frozen=True)
class Habits:
    """How visits become loans here, in counts, so that the range follows from them.

    Parameters
    ----------
    visit_hours : float
        Hours a visit takes, way and notes included; > 0.
    visits_count, applied_count : float
        Visits, and those that led to an application.
    decided_count, lent_count : float
        Applications decided, and those lent on.
    ticket_yuan : float
        Usual amount of a loan; > 0.
    """

    visit_hours: float
    visits_count: float
    applied_count: float
    decided_count: float
    lent_count: float
    ticket_yuan: float

    def __post_init__(self) -> None:
        pairs = ((self.applied_count, self.visits_count), (self.lent_count, self.decided_count))
        if self.visit_hours <= 0 or self.ticket_yuan <= 0 or not all(0 <= k <= n and n > 0 for k, n in pairs):
            fix = "give counts with 0 <= passed <= entered, and a visit's hours and a ticket above 0"
            raise BadData("habits without visits, decisions or a ticket", where="habits", fix=fix)


def monthly_capacity(managers: pd.DataFrame, *, habits: Habits, level: float = 0.8) -> pd.DataFrame:
    r"""Reckon what each manager can lend in a month, and the range that the counts behind the rates leave.

    Answers "is the target within what these people can do?"

    .. math:: v = \frac{h\,s}{d}, \qquad n = v \, p_1 \, p_2, \qquad y = n\, t

    with hours h, selling share s, hours a visit d, rates :math:`p_1` (application per visit) and :math:`p_2` (loan per
    application), ticket t. The range takes both rates from Beta(k + 1/2, n - k + 1/2) with a fixed seed.

    Parameters
    ----------
    managers : DataFrame
        ``rm_id, hours_month_count`` (hours), ``selling_share`` (fraction); those without hours are left out of the
        sums as unknown. Not modified.
    habits : Habits
    level : float
        Of the range, 0 .. 1 exclusive.

    Returns
    -------
    DataFrame
        `managers` with ``visits_count, loans_count, loans_low, loans_high`` (a month), ``capacity_yuan,
        capacity_low_yuan, capacity_high_yuan`` (missing where hours are)

    Notes
    -----
    Everybody is taken to sell alike: differences between people are in `metrics.selling.standings`.

    Examples
    --------
    >>> managers = pd.DataFrame({"rm_id": ["R1"], "hours_month_count": [160.0], "selling_share": [0.45]})
    >>> habits = Habits(1.5, visits_count=100, applied_count=12, decided_count=100, lent_count=55, ticket_yuan=620_000)
    >>> found = monthly_capacity(managers, habits=habits).iloc[0]
    >>> found[["visits_count", "loans_count", "capacity_yuan"]].astype(float).round(3).to_list()
    [48.0, 3.168, 1964160.0]
    """
    visits = managers["hours_month_count"] * managers["selling_share"] / habits.visit_hours
    rate = habits.applied_count / habits.visits_count * habits.lent_count / habits.decided_count
    low, high = np.quantile(_rates(habits), [(1 - level) / 2, (1 + level) / 2])
    loans = {"loans_count": visits * rate, "loans_low": visits * low, "loans_high": visits * high}
    yuan = {name: loans[count] * habits.ticket_yuan for name, count in zip(YUAN, loans, strict=True)}
    return managers.assign(visits_count=visits, **loans, **yuan)


def _rates(habits: Habits) -> np.ndarray:
    dice = np.random.default_rng(SEED)
    asked = dice.beta(habits.applied_count + 0.5, habits.visits_count - habits.applied_count + 0.5, DRAWS)
    return asked * dice.beta(habits.lent_count + 0.5, habits.decided_count - habits.lent_count + 0.5, DRAWS)
