"""A revolving line (随借随还) as it was really used: dated draws and repayments, interest by the day."""

from __future__ import annotations

import pandas as pd

from microlib.design.schedules import DAY_COUNTS
from microlib.errors import BadConfig, BadData
from microlib.units import to_fen


def line_statement(
    movements: pd.DataFrame, *, limit_yuan: float, yearly_rate: float, day_count: str = "actual_360"
) -> pd.DataFrame:
    r"""Follow a revolving line through its draws and repayments, with the interest of each stretch of days.

    Answers "what did the money really used cost?" Unused money costs nothing: no commitment fee is taken from small
    borrowers.

    .. math:: I = \sum_k B_k \, r \, d_k / 360

    with :math:`B_k` owed during the :math:`d_k` days between two movements, rounded to the fen for each stretch.

    Parameters
    ----------
    movements : DataFrame
        ``date``, ``drawn_yuan``, ``repaid_yuan`` (principal); several rows of one day count together. Not modified.
    limit_yuan : float
        The line.
    yearly_rate : float
        Fraction a year while used.
    day_count : str
        ``actual_360`` or ``actual_365``.

    Returns
    -------
    DataFrame
        One row per day with a movement, by ``date``

        - ``days_count`` since the row before, ``interest_yuan`` of those days, on what was owed then
        - ``drawn_yuan``, ``repaid_yuan``, ``balance_yuan`` (after), ``unused_yuan`` (of the line)

    Raises
    ------
    BadData
        If a draw exceeds the line, or a repayment what is owed: the row's date is named.
    BadConfig
        If the day count does not count days.

    Examples
    --------
    >>> used = pd.DataFrame({"date": pd.to_datetime(["2026-01-01", "2026-05-31"]), "drawn_yuan": [1e6, 0],
    ...                      "repaid_yuan": [0, 1e6]})
    >>> line_statement(used, limit_yuan=1e6, yearly_rate=0.048).interest_yuan.sum().item()
    20000.0
    """
    year = DAY_COUNTS.get(day_count, 0)
    if not year:
        raise BadConfig(
            f"day_count = {day_count}: does not count days", where="line", fix="write actual_360 or actual_365"
        )
    daily = movements.groupby("date")[["drawn_yuan", "repaid_yuan"]].sum().round(2)
    balance = (daily["drawn_yuan"] - daily["repaid_yuan"]).cumsum().round(2)
    _check(daily, balance, limit_yuan)
    days = daily.index.to_series().diff().dt.days.fillna(0).astype("int64")
    owed = balance.shift(fill_value=0.0)
    interest = [float(to_fen(before * yearly_rate * count / year)) for before, count in zip(owed, days, strict=True)]
    found = daily.assign(
        days_count=days, interest_yuan=interest, balance_yuan=balance, unused_yuan=float(limit_yuan) - balance
    )
    order = ["days_count", "interest_yuan", "drawn_yuan", "repaid_yuan", "balance_yuan", "unused_yuan"]
    return found[order].rename_axis("date").reset_index()


def _check(daily: pd.DataFrame, balance: pd.Series, limit_yuan: float) -> None:
    if (daily < 0).any(axis=None) or daily.isna().any(axis=None):
        raise BadData(
            "a movement is missing or negative", where="movements", fix="give draws and repayments as yuan >= 0"
        )
    faults = {
        "a draw exceeds the line": balance > float(limit_yuan) + 0.005,
        "a repayment exceeds what is owed": balance < -0.005,
    }
    for what, rows in faults.items():
        if rows.any():
            raise BadData(what, where=f"movements, {rows.idxmax():%Y-%m-%d}", fix="correct the amount or its date")
