"""Who stands behind a key: kept outside bank and reports, only where a mapping says so; questions are logged.

`lookup_names` gives the names it holds to the scan before anything is published, `forget_unneeded` takes out whom the
bank no longer holds. Each line of the log bears a mark that rests on all lines before it; `log_faults` compares.
"""

from __future__ import annotations

import getpass
import json
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from microlib.bank.pseudonyms import key_file, key_pseudonym, pseudonym, read_key
from microlib.bank.store import Store, open_store
from microlib.errors import BadConfig, BadData
from microlib.files import text_hash
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
SCHEMA = """
    CREATE TABLE IF NOT EXISTS told (key TEXT, name TEXT, source TEXT, PRIMARY KEY (key, name, source));
    CREATE TABLE IF NOT EXISTS asked (mark TEXT);
"""


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
        kept.executemany("INSERT OR IGNORE INTO told VALUES (?, ?, ?)", rows)
    store.con.con.execute(f"DROP TABLE {SOURCES_TABLE}")
    forget_unneeded(store)


def forget_unneeded(store: Store) -> int:
    """Take out of the look-up whom the bank no longer holds, and return how many lines that were.

    A line stays while a row of that key holds the pseudonym of what the source wrote, or the key itself is that
    pseudonym. What goes is overwritten in the file.

    Parameters
    ----------
    store : Store
        After rows have left it: a file undone, or superseded by another.

    Raises
    ------
    BadConfig
        If the look-up or the bank's key cannot be used.
    """
    path = lookup_file(store.home)
    if not path.is_file():
        return 0
    key = read_key(key_file(store.home))
    with _opened(path) as kept:
        rows = kept.execute("SELECT rowid, key, source FROM told").fetchall()
        told = pd.DataFrame(rows, columns=["row", "key", "said"])
        marks = [[make(said, key=key) for said in told["said"]] for make in (pseudonym, key_pseudonym)]
        wanted = pd.concat([told[["row", "key"]].assign(mark=mark) for mark in marks])
        gone = told.loc[~told["row"].isin(_held_rows(store, wanted)), "row"]
        kept.executemany("DELETE FROM told WHERE rowid = ?", [(int(row),) for row in gone])
    return len(gone)


def _held_rows(store: Store, wanted: pd.DataFrame) -> set[int]:
    """Return the rows of which the bank holds key and mark together: in a hash column, or the mark as key."""
    held = []
    for name in store.names:
        contract = store.contract(name)
        if len(contract.key) == 1:
            hashed = [column.name for column in contract.columns if column.kind == "hash"]
            (key,) = contract.key
            held += [f"SELECT {key} AS key, {each} AS mark FROM {name}" for each in (*hashed, key)]
    con = store.con.con
    con.register("wanted_marks", wanted)
    found = con.execute(f"SELECT row FROM wanted_marks SEMI JOIN ({' UNION '.join(held)}) USING (key, mark)").fetchall()
    con.unregister("wanted_marks")
    return {row for (row,) in found}


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
        _log(log_file(home), kept, key=key, rows=len(rows))
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
            con.execute("PRAGMA secure_delete = ON")
            con.executescript(SCHEMA)
            con.execute("BEGIN IMMEDIATE")  # one at a time: a line of the log rests on the one before
            yield con
    except (OSError, sqlite3.Error) as error:
        raise BadConfig(f"the look-up cannot be used: {error}", where=str(path), fix="restore its back-up") from error


def _guard(path: Path) -> None:
    """Make a private file where there is none, and refuse one that others may read."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise BadConfig("the file can be read by others", where=str(path), fix=f"run: chmod 600 {path}")


def log_file(home: Home) -> Path:
    """Return where it is written who asked for whom: beside the look-up."""
    return lookup_file(home).with_suffix(f".{ENDING}.log")


def log_faults(home: Home) -> list[str]:
    """Return what shows that the log of look-ups was altered, a sentence each; empty where nothing does.

    A line's mark is the hash of the mark before it and of the line, so a line that is changed, added, moved or taken
    out breaks the chain; the look-up keeps the last mark, so an end that was cut off shows. What was found when one
    asked stays in the log; a log that was put away whole is followed by one that begins with its last mark. Whoever may
    write both files could make both anew: the system's log, where there is one, has every mark too.

    Parameters
    ----------
    home : Home
    """
    path, last = lookup_file(home), ""
    if path.is_file():
        with _opened(path) as kept:
            last = _last_mark(kept)
    found = _walked(log_file(home), last)
    return [*found.faults, *(f"found when somebody asked: {fault}" for fault in found.noted)]


def _log(path: Path, kept: sqlite3.Connection, *, key: str, rows: int) -> None:
    """Write down who asked for which key, when, and how much was told; never what."""
    _guard(path)
    last = _last_mark(kept)
    before = _walked(path, last)
    new = {"altered": [fault for fault in before.faults if fault not in before.noted]}
    if not path.stat().st_size and last:  # it was put away: this one says how that ended
        new = {"former": last}
    said = {
        "moment": datetime.now(UTC).isoformat(timespec="seconds"),
        **_asker(),
        "key": key,
        "rows": rows,
        **{name: value for name, value in new.items() if value},
    }
    said["mark"] = _mark(before.mark, said)
    is_cut = path.read_bytes()[-1:] not in (b"\n", b"")
    with path.open("a", encoding="utf-8") as log:
        log.write("\n" * is_cut + json.dumps(said, ensure_ascii=False) + "\n")
    kept.execute("DELETE FROM asked")
    kept.execute("INSERT INTO asked VALUES (?)", [said["mark"]])
    _tell_system(said["mark"])


def _asker() -> dict[str, str | int]:
    """Return who asks, as the system knows it: names in the environment are anybody's to choose."""
    if not hasattr(os, "getuid"):
        return {"user": getpass.getuser()}
    import pwd  # not on every system

    def named(uid: int) -> str:
        with suppress(KeyError):
            return pwd.getpwuid(uid).pw_name
        return ""

    found: dict[str, str | int] = {"user": named(os.getuid()), "uid": os.getuid()}
    with suppress(OSError, ValueError):  # who logged in, whoever he became since
        login = int(Path("/proc/self/loginuid").read_text("ascii"))
        if login not in (0xFFFFFFFF, os.getuid()):
            found |= {"login": named(login), "login_uid": login}
    return found


def _last_mark(kept: sqlite3.Connection) -> str:
    return next((mark for (mark,) in kept.execute("SELECT mark FROM asked")), "")


def _mark(before: str, said: dict[str, Any]) -> str:
    line = {name: value for name, value in said.items() if name != "mark"}
    return text_hash(before + json.dumps(line, ensure_ascii=False))


@dataclass(frozen=True)
class Chain:
    """What the lines of the log say: the mark that the next rests on, faults in them, faults noted by them."""

    mark: str
    faults: list[str]
    noted: list[str]


def _walked(path: Path, last: str) -> Chain:
    """Follow the marks of a log to its end, which must be the mark given, if any.

    Lines of versions that knew no marks come first; the first mark rests on them too.
    """
    mark, faults, noted, is_marked = "", [], [], False
    lines = path.read_text("utf-8", errors="replace").splitlines() if path.is_file() else []
    for number, line in enumerate(lines, start=1):
        try:
            said = json.loads(line)
            found = _mark(mark, said)
        except (ValueError, AttributeError):
            said, found = {}, text_hash(mark + line)
        given = said.get("mark", "")
        if (is_marked or given) and given != found:
            faults.append(f"line {number}, or what stood before it, is not as it was written")
        noted += said.get("altered", [])
        mark, is_marked = given or found, is_marked or bool(given)
    if last and mark != last:
        faults.append(f"it does not end with the question that was asked last (mark {last[:12]})")
    return Chain(mark, faults, noted)


def _tell_system(mark: str) -> None:
    """Give a line's mark to the system's log, which the asker cannot change; never key or name."""
    try:
        import syslog
    except ImportError:  # not on every system
        return
    syslog.syslog(syslog.LOG_NOTICE, f"microlib look-up {mark}")
