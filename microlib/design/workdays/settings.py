"""The week's cuts and definitions as they stand on a day (data/policies/workdays.toml)."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.contracts import documents, histories
from microlib.contracts.workdays import WorkdayPolicy
from microlib.design import dated_files

FILE = "workdays.toml"


def read_workdays(home: dated_files.Place, *, as_of: date | str) -> WorkdayPolicy:
    """Read the cuts of the weekly list and of the shelf as they stand on a day.

    Raises
    ------
    BadConfig
        If the file is not there, breaks its model, or a value has not begun.

    Examples
    --------
    >>> read_workdays(".", as_of="2026-06-30").cap_alert_share
    0.85
    """
    path = dated_files.home_at(home).config("policies") / FILE
    return dated_files.read_at(path, WorkdayPolicy, as_of=dated_files.day_at(as_of))


def definition_status(home: dated_files.Place, *, as_of: date | str, prefix: str = "inclusive") -> pd.DataFrame:
    """List the parts of a definition with their source and whether a named person has confirmed them.

    Parameters
    ----------
    home : Home or path
    as_of : date
    prefix : str
        First word of the keys.

    Returns
    -------
    DataFrame
        One row per key: ``key``, its value in one of ``amount_yuan``, ``kind`` or ``size`` (codes with blanks between),
        ``from_date, source, status``

    Examples
    --------
    >>> definition_status(".", as_of="2026-06-30")["status"].unique().tolist()
    ['unverified']
    """
    path, day = dated_files.home_at(home).config("policies") / FILE, dated_files.day_at(as_of)
    rows = []
    for key, value in documents.read_toml(path).items():
        if key.startswith(prefix) and histories.is_history(value):
            entries = histories.read_entries(value, key=key, where=str(path))
            last = [entry for entry in entries if entry.from_date <= day][-1]
            rows.append({"key": key, **_told(key, last.value), "from_date": pd.Timestamp(last.from_date),
                         "source": last.source, "status": last.status})  # fmt: skip
    return pd.DataFrame(rows, columns=["key", "amount_yuan", "kind", "size", "from_date", "source", "status"])


def _told(key: str, value: object) -> dict[str, object]:
    if isinstance(value, list):
        return {"kind" if key.endswith("kinds") else "size": " ".join(value)}
    return {"amount_yuan": float(value)}
