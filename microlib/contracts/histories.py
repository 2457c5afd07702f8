"""Terms that change over time: dated lists, appended to and never edited; the last value not after a date counts."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any, Literal

from pydantic import Field

from microlib.contracts.documents import checked
from microlib.contracts.quantities import Terms
from microlib.errors import BadConfig


class Entry(Terms):
    """One dated value of a term.

    Examples
    --------
    >>> Entry.model_validate({"from": date(2026, 1, 1), "value": 12}).value
    12
    """

    from_date: date = Field(alias="from", strict=True, description="first day on which the value counts")
    value: Any = Field(description="the value from that day on")
    source: str = Field(default="", description="minute, notice or estimate the value comes from")
    status: Literal["verified", "unverified"] = Field(default="unverified", description="whether a person checked it")
    reason: str = Field(default="", description="why it changed")
    until: date | None = Field(default=None, description="last day it was decided for; it goes on, told as ended")


def is_history(value: Any) -> bool:
    """Say whether a value read from a file is a dated list.

    Examples
    --------
    >>> is_history([{"from": date(2026, 1, 1), "value": 12}]), is_history([{"code": "age", "value": 12}])
    (True, False)
    """
    return isinstance(value, list) and any(isinstance(item, dict) and "from" in item for item in value)


def read_entries(value: list, *, key: str, where: str) -> list[Entry]:
    """Return the entries of a dated list, refusing one that is malformed, repeated or out of order.

    Raises
    ------
    BadConfig
        If an entry has an unknown or missing key, or the dates do not rise.
    """
    entries = [checked(item, Entry, where=f"{where}, {key}") for item in value]
    days = [entry.from_date for entry in entries]
    if any(later <= earlier for earlier, later in pairwise(days)):
        shown = ", ".join(map(str, days))
        raise BadConfig(
            f"{key}: dates do not rise ({shown})", where=where, fix="append the newest value last, once a day"
        )
    return entries


def at_date(written: Any, *, as_of: date, where: str, key: str = "") -> Any:
    """Return what was written with every dated list replaced by its value at `as_of`.

    Parameters
    ----------
    written : dict, list or plain value
        A file as read. Not modified.
    as_of : date
        The day asked about.
    where : str
        The file, for the refusal.
    key : str
        Path of `written` inside the file.

    Raises
    ------
    BadConfig
        If a dated list starts only after `as_of`.

    Examples
    --------
    >>> rate = [{"from": date(2024, 1, 1), "value": 0.05}, {"from": date(2026, 1, 1), "value": 0.045}]
    >>> at_date({"yearly_rate": rate, "code": "x"}, as_of=date(2025, 12, 31), where="x.toml")
    {'yearly_rate': 0.05, 'code': 'x'}
    """
    if is_history(written):
        return _value_at(read_entries(written, key=key, where=where), as_of=as_of, where=where, key=key)
    if isinstance(written, dict):
        return {
            name: at_date(value, as_of=as_of, where=where, key=f"{key}.{name}" if key else name)
            for name, value in written.items()
        }
    return written


def _value_at(entries: list[Entry], *, as_of: date, where: str, key: str) -> Any:
    known = [entry for entry in entries if entry.from_date <= as_of]
    if not known:
        raise BadConfig(
            f"{key}: has no value on {as_of}; the first counts from {entries[0].from_date}",
            where=where,
            fix="ask for a later date, or write the earlier value with its date",
        )
    return known[-1].value


def dates_of(written: Any) -> list[date]:
    """Return every date on which a dated list of the file changes, ascending."""
    if is_history(written):
        days = [item.get("from") for item in written if isinstance(item, dict)]
        return sorted({day for day in days if type(day) is date})
    children = written.values() if isinstance(written, dict) else ()
    return sorted({day for child in children for day in dates_of(child)})
