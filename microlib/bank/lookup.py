"""Who stands behind a key: kept outside bank and reports, only where a mapping says so; questions are logged.

`lookup_names` gives the names it holds to the scan before anything is published.
"""

from __future__ import annotations

import getpass
import json
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from microlib.bank.store import Store, open_store
from microlib.errors import BadConfig, BadData
from microlib.home import Home, settings_file

#: the look-up's ending; `lookups` writes it
ENDING = "lookup"
SHORTEST, LONGEST = 2, 40


def lookup_names(home: Home) -> frozenset[str]:
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


SOURCES_TABLE = "told_sources"
SCHEMA = "CREATE TABLE IF NOT EXISTS told (key TEXT, name TEXT, source TEXT, PRIMARY KEY (key, name, source))"


def lookup_file(home: Home) -> Path:
    """Return where a home's look-up is kept: a file of its own below the user's settings."""
    return settings_file(home, ENDING)


def keep_lookup_rows(store: Store) -> None:
    """Add what an ingest has set aside to the look-up; without a mapping that wants it there is nothing.

    Parameters
    ----------
    store : Store
        Open to write, after an ingest that went well.

    Raises
    ------
    BadConfig
        If others may read the look-up's file, or it cannot be written.
    """
    if not store.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = ? AND temporary", [SOURCES_TABLE]):
        return
    rows = store.rows(f"SELECT DISTINCT key, name, source FROM {SOURCES_TABLE} WHERE key IS NOT NULL")
    with _opened(lookup_file(store.home)) as kept:
        kept.execute(SCHEMA)
        kept.executemany("INSERT OR IGNORE INTO told VALUES (?, ?, ?)", rows)
    store.con.con.execute(f"DROP TABLE {SOURCES_TABLE}")


def lookup_lines(home: Home, key: str) -> list[str]:
    """Return who stands behind a key, a line for each thing known: key, what it is, how the source writes it.

    Parameters
    ----------
    home : Home
    key : str
        Of a customer, or of a loan, which leads to its customer.

    Returns
    -------
    list of str
        Tab-separated.

    Raises
    ------
    BadConfig
        If no look-up is kept for the home, or others may read it.
    BadData
        If nothing is known of the key. That it was asked for is logged all the same.
    """
    path = lookup_file(home)
    if not path.is_file():
        fix = "write keep_lookup = true into the mapping and ingest the customers again with --replace"
        raise BadConfig("no look-up is kept of this bank", where=str(path), fix=fix)
    keys = [key, *_owners(home, key)]
    with _opened(path) as kept:
        sql = "SELECT key, name, source FROM told WHERE key = ? ORDER BY name, source"
        rows = [row for each in keys for row in kept.execute(sql, [each])]
    _log(path.with_suffix(".lookup.log"), key=key, rows=len(rows))
    if not rows:
        raise BadData("nothing is known of this key", where=key, fix="copy it from a list of this bank's reports")
    return ["\t".join((own, name, " ".join(source.split()))) for own, name, source in rows]


def _owners(home: Home, key: str) -> list[str]:
    """Return the customers of a loan's key."""
    with open_store(home) as store:
        found = store.rows("SELECT DISTINCT customer_id FROM loans WHERE loan_id = ? AND customer_id <> ?", [key, key])
    return [customer for (customer,) in found]


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a file that only its owner may read, made so before anything is in it; a good end keeps what was written."""
    try:
        _guard(path)
        with closing(sqlite3.connect(path)) as con, con:
            yield con
    except (OSError, sqlite3.Error) as error:
        raise BadConfig(f"the look-up cannot be used: {error}", where=str(path), fix="restore its back-up") from error


def _guard(path: Path) -> None:
    """Make a private file where there is none, and refuse one that others may read."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise BadConfig("the file can be read by others", where=str(path), fix=f"run: chmod 600 {path}")


def _log(path: Path, *, key: str, rows: int) -> None:
    """Write down who asked for which key, when, and how much was told; never what."""
    _guard(path)
    said = {
        "moment": datetime.now(UTC).isoformat(timespec="seconds"),
        "user": getpass.getuser(),
        "key": key,
        "rows": rows,
    }
    with path.open("a", encoding="utf-8") as log:
        log.write(json.dumps(said, ensure_ascii=False) + "\n")
