"""The months ahead: what matures in them, what is asked in all, and how it is spread."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.design.rollout.month_paths import month_path
from microlib.metrics.loan_states import is_live


def next_month(as_of: date) -> str:
    """Return the first month after a day, as YYYY-MM.

    Examples
    --------
    >>> next_month(date(2026, 12, 31))
    '2027-01'
    """
    return str(pd.Period(as_of, "M") + 1)


def last_year(as_of: date) -> tuple[str, str]:
    """Return the first and last of the twelve months that end with a day's own.

    Examples
    --------
    >>> last_year(date(2026, 6, 30))
    ('2025-07', '2026-06')
    """
    end = pd.Period(as_of, "M")
    return str(end - 11), str(end)


def maturing_amount(loans: pd.DataFrame, *, as_of: date, months: int) -> float:
    """Add up the live balance that matures within some months: what lending must replace for the book to stand still.

    Parameters
    ----------
    loans : DataFrame[loans]
        ``balance_yuan, maturity_date`` and what tells a live loan. Not modified.
    as_of : date
    months : int

    Returns
    -------
    float
        Yuan.
    """
    until = pd.Timestamp(as_of) + pd.DateOffset(months=months)
    live = loans[is_live(loans)]
    return float(live.loc[live["maturity_date"].between(pd.Timestamp(as_of), until), "balance_yuan"].sum())


def total_asked(asked: pd.DataFrame) -> float:
    """Return the sum of the months' targets (`target_plans.asked_amount`), in yuan."""
    return float(asked["target_yuan"].sum())


def month_targets(asked: pd.DataFrame, season: pd.DataFrame | None = None, *, ramp_months: int = 0) -> pd.DataFrame:
    """Spread what is asked in all over the same months, by season and ramp.

    Parameters
    ----------
    asked : DataFrame
        Result of `target_plans.asked_amount`: ``month, target_yuan``. Not modified.
    season : DataFrame, optional
        ``calendar_month, index_ratio`` (`metrics.seasons.seasonal_index` of one series); without it months are alike.
    ramp_months : int
        See `month_paths.month_path`.

    Returns
    -------
    DataFrame
        ``month, asked_yuan`` (as head office wrote it), ``season_index, ramp_share, target_yuan``

    Examples
    --------
    >>> asked = pd.DataFrame({"month": ["2026-07", "2026-08"], "target_yuan": [50.0, 50.0]})
    >>> season = pd.DataFrame({"calendar_month": [7, 8], "index_ratio": [1.0, 3.0]})
    >>> month_targets(asked, season)[["asked_yuan", "target_yuan"]].to_numpy().tolist()
    [[50.0, 25.0], [50.0, 75.0]]
    """
    numbers = asked["month"].str[5:].astype("int64")
    index = pd.Series(1.0, index=asked.index)
    if season is not None:
        index = numbers.map(season.set_index("calendar_month")["index_ratio"]).fillna(1.0).clip(lower=0.0)
    spread = month_path(total_asked(asked), season=index.to_list(), ramp_months=ramp_months)
    told = spread.drop(columns="month_number").set_axis(asked.index)
    return pd.concat([asked.rename(columns={"target_yuan": "asked_yuan"}), told], axis="columns")
