"""The names in the look-up, for the scan before anything is published; light, since every worker asks for them."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from functools import lru_cache
from pathlib import Path

from microlib.homes import Home, settings_file

__all__ = ["ENDING", "Home", "told_names"]

#: the look-up's ending; `lookups` writes it
ENDING = "lookup"
SHORTEST, LONGEST = 2, 40


def told_names(home: Home) -> frozenset[str]:
    """Return the names of persons and firms that a home's look-up holds; none where it has no look-up.

    A look-up that this user may not read, or that others may, is not read: what it holds is then not searched for.

    Parameters
    ----------
    home : Home

    Returns
    -------
    frozenset of str
        Of 2 to 40 signs without digits: numbers are searched for by their own rules.
    """
    path = settings_file(home, ENDING)
    try:
        found = path.stat()
    except OSError:
        return frozenset()
    return frozenset() if stat.S_IMODE(found.st_mode) & 0o077 else _read(path, found.st_mtime_ns)


@lru_cache(maxsize=1)
def _read(path: Path, changed: int) -> frozenset[str]:
    """Return the names in a look-up as it was when last changed."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as kept:
            rows = kept.execute("SELECT DISTINCT source FROM told").fetchall()
    except (OSError, sqlite3.Error):
        return frozenset()
    said = {"".join(text.split()) for (text,) in rows}
    return frozenset(name for name in said if SHORTEST <= len(name) <= LONGEST and not any(map(str.isdigit, name)))
