"""Whether a manager's loans crowd into the last days of the month more than everybody's do."""

from __future__ import annotations

import pandas as pd

from microlib.metrics.selling.standings import rate_standings


def month_end_crowding(
    loans: pd.DataFrame, *, last_days: int = 3, level: float = 0.95, fewest: int = 10
) -> pd.DataFrame:
    """Compare the share of each manager's loans made in the last days of a month with that of the others.

    Answers "does somebody make the month's number on its last days?" The bank's own rhythm is in the others' share.

    Parameters
    ----------
    loans : DataFrame[loans]
        ``rm_id, disbursed_date``; loans without a manager are left out. Not modified.
    last_days : int
        Calendar days at the end of a month that count.
    level, fewest
        See `standings.rate_standings`.

    Returns
    -------
    DataFrame
        One row per manager: ``rm_id, hit_count`` (loans in the last days), ``total_count, rate, rate_low, rate_high,
        rest_rate, standing``

    Notes
    -----
    A sample for review, for head office: a market that pays at month end lends at month end.

    Examples
    --------
    >>> days = ["2026-05-31"] * 12 + ["2026-05-10"] * 12
    >>> loans = pd.DataFrame({"rm_id": ["R1"] * 12 + ["R2"] * 12, "disbursed_date": pd.to_datetime(days)})
    >>> month_end_crowding(loans).standing.to_list()
    ['above', 'below']
    """
    held = loans[loans["rm_id"].notna() & (loans["rm_id"] != "")]
    day = pd.to_datetime(held["disbursed_date"])
    late = (day.dt.days_in_month - day.dt.day) < last_days
    groups = late.groupby(held["rm_id"])
    cells = pd.DataFrame({"hit_count": groups.sum().astype("int64"), "total_count": groups.size()}).reset_index()
    return rate_standings(cells, level=level, fewest=fewest)
