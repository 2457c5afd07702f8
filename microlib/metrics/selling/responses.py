"""Which way of contact, hour and script people answer to, and what cannot be told apart."""

from __future__ import annotations

import pandas as pd

from microlib.errors import EmptyBook
from microlib.metrics.selling.lead_paths import INTERESTED
from microlib.metrics.selling.standings import rate_standings

#: parts of a day by the hour from which they run (时段)
PARTS = {"morning": 0, "noon": 12, "afternoon": 14, "evening": 18}


def day_parts(touches: pd.DataFrame) -> pd.DataFrame:
    """Name the part of the day of each contact.

    Returns
    -------
    DataFrame
        `touches` with ``day_part`` (``morning`` before 12, ``noon`` before 14, ``afternoon`` before 18, ``evening``).

    Examples
    --------
    >>> hours = pd.to_datetime(["2026-06-01 09:00", "2026-06-01 19:30"])
    >>> day_parts(pd.DataFrame({"touched_at": hours})).day_part.to_list()
    ['morning', 'evening']
    """
    hour = pd.to_datetime(touches["touched_at"]).dt.hour
    part = pd.cut(hour, [*PARTS.values(), 24], right=False, labels=list(PARTS))
    return touches.assign(day_part=part.astype("str"))


def touch_responses(touches: pd.DataFrame, *, by: list[str], level: float = 0.95, fewest: int = 20) -> pd.DataFrame:
    """Compare the share of contacts that met interest, cell by cell with the rest.

    Answers "which way, at what time, with which script, do people listen?"

    Parameters
    ----------
    touches : DataFrame[touches]
        ``touch_result`` and the columns of `by`; rows without one of these are left out. Not modified.
    by : list of str
        Columns, e.g. ``["way", "day_part"]`` or ``["script_id"]``.
    level, fewest
        See `standings.rate_standings`.

    Returns
    -------
    DataFrame
        Columns of `by`, ``hit_count, total_count, rate, rate_low, rate_high, rest_rate, standing``; highest rate first.

    Raises
    ------
    EmptyBook
        If there is no contact.

    Notes
    -----
    Ways and hours were chosen by people who knew whom they called: what differs here did not come about by chance, and
    is an association. A script's effect needs scripts given by lot.
    """
    held = touches.dropna(subset=by)
    if held.empty:
        raise EmptyBook("no contact has these columns", where="touches", fix="load touches with ways and scripts")
    groups = held["touch_result"].isin(INTERESTED).groupby([held[name] for name in by])
    cells = pd.DataFrame({"hit_count": groups.sum().astype("int64"), "total_count": groups.size()}).reset_index()
    found = rate_standings(cells, level=level, fewest=fewest)
    return found.sort_values("rate", ascending=False, kind="stable").reset_index(drop=True)
