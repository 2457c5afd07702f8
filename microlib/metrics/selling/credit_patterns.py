"""Patterns in what managers are credited with that pay can make: a rush at month end, months of exactly the step."""

from __future__ import annotations

import pandas as pd

from microlib.errors import BadData
from microlib.metrics.selling.standings import rate_standings


def late_credits(rm_months: pd.DataFrame, *, level: float = 0.95, fewest: int = 20) -> pd.DataFrame:
    """Compare the share of each manager's loans credited in the last days of a month with that of the others.

    Answers "does somebody make the month's number on its last days?" The bank's own rhythm is in the others' share.

    Parameters
    ----------
    rm_months : DataFrame[rm_months]
        ``rm_id, loans_count, late_loans_count``; months without the latter are left out. Not modified.
    level, fewest
        See `standings.rate_standings`.

    Returns
    -------
    DataFrame
        One row per manager: ``rm_id, hit_count, total_count, rate, rate_low, rate_high, rest_rate, standing``

    Notes
    -----
    A sample for review, for head office: a market that pays at month end borrows at month end.

    Examples
    --------
    >>> months = pd.DataFrame({"rm_id": ["R1", "R2"], "loans_count": 40, "late_loans_count": [30, 5]})
    >>> late_credits(months).standing.to_list()
    ['above', 'below']
    """
    told = rm_months.dropna(subset=["loans_count", "late_loans_count"])
    sums = told.groupby("rm_id")[["late_loans_count", "loans_count"]].sum().astype("int64")
    cells = sums.set_axis(["hit_count", "total_count"], axis="columns").reset_index()
    return rate_standings(cells, level=level, fewest=fewest)


def step_credits(rm_months: pd.DataFrame, *, step: int, level: float = 0.95, fewest: int = 5) -> pd.DataFrame:
    r"""Compare the share of each manager's months of exactly the step, among months up to it, with that of the others.

    Answers "does somebody keep loans back until the bonus is reached?" Whoever works without an eye on the step has
    months of one and two as well as of three.

    .. math:: r_i = \frac{\#\{t : n_{it} = s\}}{\#\{t : 1 \le n_{it} \le s\}}

    Parameters
    ----------
    rm_months : DataFrame[rm_months]
        ``rm_id, loans_count``. Not modified.
    step : int
        Loans of a month from which the bonus is paid, 2 or more.
    level, fewest
        See `standings.rate_standings`; `fewest` counts months.

    Returns
    -------
    DataFrame
        As `late_credits`.

    Raises
    ------
    BadData
        If the step is below 2.

    Examples
    --------
    >>> months = pd.DataFrame({"rm_id": ["R1"] * 12 + ["R2"] * 12, "loans_count": [3] * 12 + [1, 2, 3] * 4})
    >>> step_credits(months, step=3).standing.to_list()
    ['above', 'below']
    """
    if step < 2:
        raise BadData(f"a step of {step} has no month below it", where="step", fix="give 2 or more")
    counts = rm_months.set_index("rm_id")["loans_count"]
    groups = [(counts == step).groupby(level=0).sum(), counts.between(1, step).groupby(level=0).sum()]
    cells = pd.concat(groups, axis="columns", keys=["hit_count", "total_count"]).astype("int64").reset_index()
    return rate_standings(cells, level=level, fewest=fewest)
