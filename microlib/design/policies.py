"""The bank's policy as it stood on a day, and the register of its values with their sources."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from microlib.contracts import documents, histories
from microlib.contracts.policies import LimitsPolicy, Policy
from microlib.design.dated_files import Place, day_at, home_at
from microlib.errors import BadConfig

__all__ = ["LimitsPolicy", "Policy", "policy_register", "read_policy"]

PARTS = tuple(Policy.model_fields)


def read_policy(home: Place, *, as_of: date | str) -> Policy:
    """Read all parts of the bank's policy as they stood on a day.

    Rules of regulation that begin later are left out; any other value must have begun.

    Raises
    ------
    BadConfig
        If a part's file is not there, breaks its model, or holds a value that has not begun by `as_of`.

    Examples
    --------
    >>> read_policy(".", as_of="2026-06-30").limits.notional_months
    36
    """
    folder, day = home_at(home).config("policies"), day_at(as_of)
    parts = {}
    for part in PARTS:
        path = folder / f"{part}.toml"
        written = documents.read_toml(path)
        if part == "regulation":
            written = {"rules": {code: rule for code, rule in written.get("rules", {}).items() if _begun(rule, day)}}
        _check_sourced(written, where=path)
        model = Policy.model_fields[part].annotation
        parts[part] = documents.checked(histories.at_date(written, as_of=day, where=str(path)), model, where=path)
    return Policy(**parts)


def policy_register(home: Place, *, as_of: date | str) -> pd.DataFrame:
    """List every policy value in force on a day with its source and status, for the register of thresholds.

    Returns
    -------
    DataFrame
        One row per value: ``part, key, value`` (text), ``from_date, source, status, until_date`` (the last day it was
        decided for, missing where none was said).
    """
    folder, day = home_at(home).config("policies"), day_at(as_of)
    rows = [row for part in PARTS for row in _register_rows(folder / f"{part}.toml", day)]
    return pd.DataFrame(rows, columns=["part", "key", "value", "from_date", "source", "status", "until_date"])


def _begun(rule: object, day: date) -> bool:
    days = histories.dates_of(rule)
    return not days or days[0] <= day


def _check_sourced(written: dict, *, where: Path) -> None:
    """Refuse a policy value that is not dated, or whose source is not named."""
    values = written.get("rules", written)
    for key, value in values.items():
        dated = histories.is_history(value)
        entries = histories.read_entries(value, key=key, where=str(where)) if dated else []
        if not entries or not all(entry.source for entry in entries):
            what = f"{key}: has a value without date or source"
            raise BadConfig(what, where=str(where), fix='write [{ from = 2026-01-01, value = …, source = "…" }]')


def _register_rows(path: Path, day: date) -> list[tuple]:
    written = documents.read_toml(path)
    if path.stem == "regulation":
        written = written.get("rules", {})
    rows = []
    for key, value in written.items():
        if not (histories.is_history(value) and _begun(value, day)):
            continue
        entries = histories.read_entries(value, key=key, where=str(path))
        last = [entry for entry in entries if entry.from_date <= day][-1]
        rows.append((path.stem, key, str(last.value), last.from_date, last.source, last.status, last.until))
    return rows
