"""The store's book-keeping: which file brought which rows and how it was read, superseding, undoing, the inventory.

Rows leave only by the file that brought them. `refuse_orphaned` keeps rows on which others rest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from microlib.bank.ingest.staging import Arrival, Staged, clashing_rows, kept_rows
from microlib.bank.lookup import forget_unneeded
from microlib.bank.pseudonyms import kept_name
from microlib.bank.store import Store, open_store
from microlib.contracts.checks import UNLOCKS
from microlib.contracts.failures import counted_failures
from microlib.errors import BadConfig, BadData
from microlib.home import Home, find_home

COUNTED = "INSERT INTO snapshots SELECT '{table}', {branch}, as_of, count(*) FROM {table} GROUP BY ALL"


@contextmanager
def transaction(store: Store) -> Iterator[None]:
    """Run a block of writes as one: committed at its end, rolled back when it raises.

    Raises
    ------
    BadConfig
        If the disk refuses (full, read-only): nothing is kept then.
    """
    store.con.raw_sql("BEGIN TRANSACTION")
    try:
        yield
        store.con.raw_sql("COMMIT")
    except BaseException as error:
        with suppress(duckdb.Error):
            store.con.raw_sql("ROLLBACK")
        if isinstance(error, duckdb.IOException):
            fix = "free space or rights on that folder, then repeat"
            raise BadConfig("the store cannot be written", where=str(store.home.bank), fix=fix) from error
        raise
    store.refresh()


def remove_rows(store: Store, file_id: int) -> None:
    """Remove one file's rows and what was noted about them; its line in ``files`` stays."""
    (table,) = store.rows("SELECT table_name FROM files WHERE file_id = ?", [file_id])[0]
    for name in (table, "shares", "findings", "readings"):
        store.rows(f"DELETE FROM {name} WHERE file_id = ?", [file_id])
    count_snapshots(store, table)


def supersede(store: Store, replaced: Mapping[int, int]) -> None:
    """Remove the rows of superseded files and note what superseded them, old to new."""
    for old, new in replaced.items():
        remove_rows(store, old)
        store.rows("UPDATE files SET superseded_by = ? WHERE file_id = ?", [new, old])


def count_snapshots(store: Store, table: str) -> None:
    """Note anew which branches have a snapshot of a state table, and of which dates."""
    contract = store.contract(table)
    if contract.state:
        branch = "branch_id" if "branch_id" in contract.names else "NULL"
        store.rows("DELETE FROM snapshots WHERE table_name = ?", [table])
        store.con.raw_sql(COUNTED.format(table=table, branch=branch))


def note_file(store: Store, **values: object) -> None:
    """Add one line to ``files``; the moment of loading is the engine's."""
    names = ", ".join([*values, "loaded_at"])
    marks = ", ".join(["?"] * len(values))
    store.rows(f"INSERT INTO files ({names}) VALUES ({marks}, now()::TIMESTAMP)", list(values.values()))


def note_findings(store: Store, findings: pd.DataFrame, *, numbers: dict[tuple[str, str], int]) -> None:
    """Keep warnings and notes, one line a rule, so that the quality page can say them again.

    Parameters
    ----------
    store : Store
        The open store.
    findings : DataFrame
        Failures that did not block.
    numbers : dict
        ``file_id`` by name of file and table.
    """
    names = ["file", "table", "column", "severity", "rule", "rows_count", "example", "fix"]
    for line in counted_failures(findings)[names].to_dict("records"):
        mark = numbers.get((line["file"], line["table"]))
        store.rows("INSERT INTO findings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [mark, *line.values()])


def note_readings(store: Store, file_id: int, readings: Sequence[Mapping[str, object]]) -> None:
    """Keep how the sheets of a file were read: identifiers in it were masked when it was made."""
    for reading in readings:
        store.rows("INSERT INTO readings VALUES (?, ?)", [file_id, json.dumps(reading, ensure_ascii=False)])


def kept_readings(store: Store, name: str) -> list[dict]:
    """Return how a file was read, a record for each sheet and table; of one read several times the last time.

    Raises
    ------
    BadData
        If the bank holds no such file, or no record of it.
    """
    found = store.rows(
        "SELECT reading FROM readings JOIN files USING (file_id) WHERE superseded_by IS NULL AND"
        " (name = $1 OR (reading::JSON->>'file') = $1) ORDER BY file_id",
        [kept_name(store, name)],
    )
    if not found:
        raise no_such_file(store, name)
    return [json.loads(reading) for (reading,) in found]


CELL = re.compile(r"(.+)!\$?([A-Za-z]{1,3})\$?([0-9]*)")


def explained_lines(home: Home, told: str) -> list[str]:
    """Return how a loaded file was read, a line for each column; of one cell (``a.xlsx!K17``) its column's alone.

    Raises
    ------
    BadData
        If the bank holds no such file, or nothing was read from that column.
    """
    with open_store(home) as store:
        known = [name for (name,) in store.rows("SELECT DISTINCT name FROM files")]
        cell = None if kept_name(store, told) in known else CELL.fullmatch(told)
        readings = kept_readings(store, cell[1] if cell else told)
    if not cell:
        return [line for reading in readings for line in reading_lines(reading)]
    letters = cell[2].upper()
    found = [(reading, each) for reading in readings for each in reading["columns"]]
    lines = [
        f"{reading['table']}: {_column_line(column)}"
        for reading, column in found
        if letters in map(cell_letters, column["places"])
    ]
    if lines:
        return lines
    unread = ", ".join(dict.fromkeys(label for reading in readings for label in reading.get("unread", ())))
    raise BadData(f"nothing was read from column {letters}", where=cell[1], fix=f"not read were: {unread or 'none'}")


def reading_lines(reading: Mapping[str, Any]) -> list[str]:
    """Return a record of reading whole, a line for each column.

    Examples
    --------
    >>> column = {"column": "balance_yuan", "head": "余额（万元）", "unit": "wan_yuan", "unit_from": "header",
    ...           "read": 2, "empty": 0, "void": 0, "converted": 2,
    ...           "stood_in": 0, "refused": 0, "padded": 0, "plain": 0,
    ...           "written": "", "places": [9], "examples": [["30", "300000.0"]]}
    >>> record = {"file": "a.csv", "sheet": "", "table": "loans", "columns": [column], "unread": ["备注"]}
    >>> reading_lines(record)[1:]
    ['  I  余额（万元） -> balance_yuan, wan_yuan (header): 2 rows, 2 converted; 30 -> 300000.0', '  not read: 备注']
    """
    place = f"{reading['file']}[{reading['sheet']}]" if reading.get("sheet") else reading["file"]
    how = [reading.get("written", ""), f"{reading.get('header_rows', 0)} rows above the data"]
    lines = [f"{place} -> {reading['table']} ({'; '.join(filter(None, how))})"]
    lines += [f"  {_column_line(column)}" for column in reading["columns"]]
    lines += [f"  left out: {reason}, {count} rows" for reason, count in reading.get("left_out", {}).items()]
    lines += [f"  said: {remark}" for remark in reading.get("remarks", ())]
    lines += [f"  not read: {', '.join(reading['unread'])}"] if reading.get("unread") else []
    lines += [f"  tables passed over: {', '.join(reading['passed_over'])}"] if reading.get("passed_over") else []
    return lines


#: counts of a column that are told where they are not nought
TOLD_COUNTS = {
    "empty": "empty",
    "void": "words for none",
    "stood_in": "stand-ins",
    "padded": "blanks around",
    "plain": "made plain",
}


def _column_line(column: Mapping[str, Any]) -> str:
    letters = "+".join(map(cell_letters, column["places"])) or "-"
    unit = f", {column['unit']} ({column['unit_from']})" if column["unit_from"] else ""
    form = f", written {column['written']}" if column["written"] else ""
    counts = [f"{column['read']} rows", f"{column['converted']} converted"]
    counts += [f"{column[name]} {word}" for name, word in TOLD_COUNTS.items() if column[name]]
    shown = "; ".join(f"{before} -> {after}" for before, after in column["examples"])
    told = f"{column['head']} -> {column['column']}{unit}{form}: {', '.join(counts)}"
    return f"{letters}  {told}{'; ' if shown else ''}{shown}"


def cell_letters(place: int) -> str:
    """Return a column's letters in a spreadsheet.

    Examples
    --------
    >>> cell_letters(1), cell_letters(26), cell_letters(27)
    ('A', 'Z', 'AA')
    """
    letters = ""
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def reading_summary(reading: Mapping[str, Any]) -> str:
    """Return in one line how a sheet was read: columns, units that were applied, what was not read or left out."""
    units = [f"{column['column']} {column['unit']} ({column['unit_from']})" for column in reading["columns"]]
    applied = [told for told, column in zip(units, reading["columns"], strict=True) if column["unit_from"]]
    rows = max((column["read"] for column in reading["columns"]), default=0)
    left = [f"{count} {reason}" for reason, count in reading.get("left_out", {}).items()]
    parts = [
        f"{rows} rows, {len(reading['columns'])} columns",
        f"units: {', '.join(applied)}" if applied else "",
        f"not read: {', '.join(reading['unread'])}" if reading.get("unread") else "",
        f"left out: {', '.join(left)}" if left else "",
    ]
    sheet = f"[{reading['sheet']}]" if reading.get("sheet") else ""
    return f"read {reading['file']}{sheet} as {reading['table']}: {'; '.join(filter(None, parts))}"


def refuse_orphaned(store: Store, tables: Collection[str]) -> None:
    """Refuse when kept rows refer to keys that `tables` no longer hold; call it within the transaction.

    Raises
    ------
    BadData
        If there are such rows; it names their files.
    """
    if not tables:
        return
    held = sorted({name for left in _left_alone(store, tables) for name in left})
    if held:
        raise BadData(
            f"rows of {', '.join(held)} refer to rows that would go",
            where=str(store.home.bank),
            fix=f"undo {', '.join(held)} first, or ingest the corrected file with --replace",
        )


def _left_alone(store: Store, tables: Collection[str]) -> Iterator[list[str]]:
    pairs = [
        (name, column) for name in store.names for column in store.contract(name).columns if column.refers in tables
    ]
    for name, column in pairs:
        rows, keys = store.con.table(name), store.con.table(column.refers)
        own = rows.filter(rows[column.name].notnull())
        orphans = own.anti_join(keys, [(column.name, store.contract(column.refers).key[0])])
        files = store.con.table("files")
        named = orphans.select("file_id").distinct().join(files, "file_id").select("name")
        yield [found for (found,) in store.rows(store.con.compile(named))]


def superseded_files(store: Store, arriving: Sequence[Arrival], *, parts: Mapping[int, Staged]) -> dict[int, int]:
    """Return the kept file that each arriving file supersedes, old to new.

    The old file is the one of the same name, table and date, or else the one whose rows the
    new file contradicts.

    Raises
    ------
    BadData
        If a new file would supersede more than one, or one whose rows a third file shares.
    """
    rivals: dict[int, set[int]] = {file_id: _namesakes(store, part) for file_id, part in parts.items()}
    for arrival in arriving:
        clashing = clashing_rows(arrival, kept_rows(store, arrival.table))
        pairs = clashing.select("file_id", "other_file_id").distinct()
        for new, old in store.rows(store.con.compile(pairs)):
            rivals[new].add(old)
    crowded = {new: old for new, old in rivals.items() if len(old) > 1}
    if crowded:
        new, old = next(iter(crowded.items()))
        raise _too_many(parts[new].origin, file_names(store, old))
    replaced = {next(iter(old)): new for new, old in rivals.items() if old}
    refuse_shared(store, replaced)
    return replaced


def refuse_shared(store: Store, gone: Collection[int]) -> None:
    """Refuse to remove files whose rows a later file shares.

    Raises
    ------
    BadData
        If there is such a file: its rows would go too.
    """
    links = store.rows("SELECT owner_id, file_id FROM shares")
    held = {sharer for owner, sharer in links if owner in gone and sharer not in gone}
    if held:
        raise BadData(
            f"{', '.join(file_names(store, gone))} shares rows with {', '.join(file_names(store, held))}",
            where=str(store.home.bank),
            fix=f"undo {', '.join(file_names(store, held))} first",
        )


def file_names(store: Store, file_ids: Collection[int]) -> list[str]:
    """Return the names of files, each once, in the order in which they came."""
    found = store.rows("SELECT name FROM files WHERE list_contains(?, file_id) ORDER BY file_id", [list(file_ids)])
    return list(dict.fromkeys(name for (name,) in found))


def _namesakes(store: Store, part: Staged) -> set[int]:
    found = store.rows(
        "SELECT max(file_id) FROM files WHERE superseded_by IS NULL AND name = ? AND table_name = ? AND as_of = ?",
        [part.origin, part.table, part.as_of],
    )
    return {file_id for (file_id,) in found if file_id is not None}


def _too_many(origin: str, names: list[str]) -> BadData:
    return BadData(
        f"{origin} would supersede more than one file: {', '.join(names)}",
        where=origin,
        fix="undo those that are wrong with `microlib ingest --undo`, then ingest without --replace",
    )


def no_such_file(store: Store, name: str) -> BadData:
    """Return the refusal of a file that the bank does not hold."""
    known = store.rows("SELECT DISTINCT name FROM files WHERE superseded_by IS NULL ORDER BY name LIMIT 12")
    listed = ", ".join(name for (name,) in known) or "none yet"
    return BadData(f"the bank holds no file {name!r}", where=str(store.home.bank), fix=f"it holds {listed}")


SHORTEST_HASH = 8


def undo_file(home: str | Path, name_or_sha: str) -> dict[str, int]:
    """Remove one file's rows from the bank, in one transaction; return rows removed by table.

    Rows that the file had superseded do not come back: ingest the older file again for that. Whom the bank then no
    longer holds leaves the look-up too.

    Parameters
    ----------
    home : path
        The folder that holds ``data/bank.duckdb``.
    name_or_sha : str
        The file's name, or at least eight signs of its hash.

    Raises
    ------
    BadData
        If the bank holds no such file, if a later file shares rows with it, or if rows of other
        files refer to its rows; the remedy names those files.
    """
    with open_store(home, writable=True) as store:
        gone = _matching(store, name_or_sha)
        refuse_shared(store, gone)
        removed: dict[str, int] = {}
        with transaction(store):
            for file_id, table, rows in gone_lines(store, gone):
                remove_rows(store, file_id)
                store.rows("DELETE FROM files WHERE file_id = ?", [file_id])
                removed[table] = removed.get(table, 0) + rows
            refuse_orphaned(store, removed)
        forget_unneeded(store)
        return removed


def gone_lines(store: Store, gone: list[int]) -> list[tuple[int, str, int]]:
    """Return ``file_id``, table and number of rows of each file that is to go."""
    return store.rows(
        "SELECT file_id, table_name, rows_count FROM files WHERE list_contains(?, file_id) ORDER BY file_id", [gone]
    )


def _matching(store: Store, name_or_sha: str) -> list[int]:
    found = store.rows(
        "SELECT file_id FROM files WHERE superseded_by IS NULL"
        " AND (name = $1 OR (length($1) >= $2 AND starts_with(sha256, $1))) ORDER BY file_id",
        [kept_name(store, name_or_sha), SHORTEST_HASH],
    )
    if not found:
        raise no_such_file(store, name_or_sha)
    return [file_id for (file_id,) in found]


PER_TABLE = (
    "SELECT table_name, sum(rows_count) AS rows_count, min(as_of) AS first_as_of, max(as_of) AS last_as_of,"
    " count(DISTINCT name) AS files_count FROM files"
    " WHERE superseded_by IS NULL AND as_of <= ? GROUP BY table_name"
)


def bank_inventory(home: str | Path | Home, *, as_of: date) -> pd.DataFrame:
    """Return what the bank holds at a date, one row for every table there is a contract for.

    Parameters
    ----------
    home : path
        The folder that holds ``data/bank.duckdb``, or one with a demo bank below it.
    as_of : date
        Files of later dates do not count.

    Returns
    -------
    DataFrame
        In contract order: ``table``, ``table_zh``, ``level`` (0 ledger only … 4
        marketing), ``is_held``, ``rows_count`` (of all snapshots and events together),
        ``files_count``, ``first_as_of``, ``last_as_of`` (dates, missing when not held),
        ``unlocks_zh``, ``unlocks_en``: what the reports can say with it.
    """
    place = home if isinstance(home, Home) else find_home(home)
    with open_store(place) as store:
        held = store.con.con.execute(PER_TABLE, [as_of]).df().set_index("table_name")
        contracts = pd.DataFrame([_line(store, name) for name in store.names])
    counted = contracts.join(held, on="table")
    counts = counted[["rows_count", "files_count"]].fillna(0).astype("int64")
    dates = counted[["first_as_of", "last_as_of"]].astype("datetime64[s]")
    known = counted.assign(is_held=counts["rows_count"] > 0, **counts, **dates)
    return known[[*COLUMNS]]


COLUMNS = (
    "table",
    "table_zh",
    "level",
    "is_held",
    "rows_count",
    "files_count",
    "first_as_of",
    "last_as_of",
    "unlocks_zh",
    "unlocks_en",
)


def _line(store: Store, name: str) -> dict:
    contract, (zh, en) = store.contract(name), UNLOCKS[name]
    return {"table": name, "table_zh": contract.zh, "level": contract.level, "unlocks_zh": zh, "unlocks_en": en}
