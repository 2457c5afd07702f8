"""Files of dated terms: where a home keeps them, and what they say on a day."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from microlib.contracts import documents, histories
from microlib.errors import BadConfig
from microlib.homes import Home

Place = Home | str | Path


def home_at(home: Place) -> Home:
    """Return the home at a path; a home stays itself."""
    return home if isinstance(home, Home) else Home(Path(home))


def day_at(as_of: date | str) -> date:
    """Return a day given as a date or as ISO text; anything else is refused."""
    if isinstance(as_of, date):
        return as_of.date() if isinstance(as_of, datetime) else as_of
    try:
        return date.fromisoformat(str(as_of))
    except ValueError:
        raise BadConfig(f"as_of is not a date: {as_of}", where="as_of", fix="write it as 2026-06-30") from None


def read_at(path: Path, model: type, *, as_of: date) -> Any:
    """Read a file of dated terms into its model as it stands on a day."""
    return terms_at(documents.read_toml(path), model, as_of=as_of, where=path)


def terms_at(written: dict, model: type, *, as_of: date, where: Path) -> Any:
    """Fit what was read to its model, every dated list replaced by its value on a day."""
    return documents.checked(histories.at_date(written, as_of=as_of, where=str(where)), model, where=where)


def check_every_version(path: Path, model: type) -> None:
    """Check every version that a file holds, past and coming, so that no slip waits for its day.

    Raises
    ------
    BadConfig
        If any version breaks the model.
    """
    written = documents.read_toml(path)
    first = first_day(written)
    for day in sorted({max(day, first) for day in histories.dates_of(written)} or {first}):
        terms_at(written, model, as_of=day, where=path)


def first_day(written: dict) -> date:
    """Return the first day on which every dated term of a file has begun."""
    firsts = [day for value in _histories(written) for day in histories.dates_of(value)[:1]]
    return max(firsts, default=date.min)


def _histories(written: object) -> list:
    if histories.is_history(written):
        return [written]
    children = written.values() if isinstance(written, dict) else ()
    return [found for child in children for found in _histories(child)]
