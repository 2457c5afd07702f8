"""Policy files that hold one dated entry per code: rules, failure modes, items of the approval checklist."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from microlib.contracts import documents, histories
from microlib.design.dated_files import Place, day_at, home_at
from microlib.errors import BadConfig


@dataclass(frozen=True)
class Written:
    """One entry as it stands on a day.

    Parameters
    ----------
    code : str
        Its name in the file.
    terms : model
        What it says.
    from_date : date
        First day on which it counts.
    source, status : str
        Where it comes from, and whether a named person has read that (``verified``, ``unverified``).
    is_in_force : bool
        False where it begins later than the day asked about.
    """

    code: str
    terms: Any
    from_date: date
    source: str
    status: str
    is_in_force: bool


def read_dated(home: Place, *, part: str, table: str, model: type, as_of: date | str) -> tuple[Written, ...]:
    """Read one table of a policy file; what begins later is there too, and says so.

    Parameters
    ----------
    home : Home or path
        The folder that holds ``data/``; a policy file that it lacks is the shipped one.
    part, table : str
        The file ``data/policies/<part>.toml`` and the table inside it.
    model : type of pydantic model
        What each entry must say. Every version of it is checked.
    as_of : date or ISO text
        Selects among dated entries.

    Raises
    ------
    BadConfig
        If the file is not there, an entry is not dated, names no source, or breaks its model.

    Examples
    --------
    >>> from microlib.contracts.regulations import Rule
    >>> rules = read_dated(".", part="regulation", table="rules", model=Rule, as_of="2026-06-30")
    >>> [(rule.code, rule.is_in_force) for rule in rules if rule.terms.id == "R08"]
    [('disclosed_cost', False)]
    """
    path, day = home_at(home).config("policies") / f"{part}.toml", day_at(as_of)
    written = documents.read_toml(path)
    if list(written) != [table]:
        what = f"the file holds {', '.join(written) or 'nothing'}"
        raise BadConfig(what, where=str(path), fix=f"write [[{table}.…]]")
    return tuple(_entry(code, value, model=model, day=day, where=str(path)) for code, value in written[table].items())


def _entry(code: str, value: Any, *, model: type, day: date, where: str) -> Written:
    entries = histories.read_entries(value, key=code, where=where) if histories.is_history(value) else []
    if not entries or not all(entry.source for entry in entries):
        what = f"{code}: has an entry without date or source"
        raise BadConfig(what, where=where, fix='give it from = 2026-01-01, source = "…" and value')
    read = [documents.checked(entry.value, model, where=f"{where}, {code}") for entry in entries]
    begun = [place for place, entry in enumerate(entries) if entry.from_date <= day]
    place = begun[-1] if begun else 0
    chosen = entries[place]
    return Written(code, read[place], chosen.from_date, chosen.source, chosen.status, bool(begun))
