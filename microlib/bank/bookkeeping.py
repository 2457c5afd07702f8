"""The store's book-keeping: which file brought which rows, superseding, undoing, and what forbids removal.

Rows leave only by the file that brought them. `refuse_orphaned` keeps rows on which others rest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import pandas as pd

from microlib.bank.ingest.staging import Arrival, Staged, clashing_rows, kept_rows
from microlib.bank.lookup import forget_unneeded
from microlib.bank.store import Store, open_store
from microlib.contracts.failures import counted_failures
from microlib.errors import BadConfig, BadData

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
    for name in (table, "shares", "findings"):
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
        [name_or_sha, SHORTEST_HASH],
    )
    if not found:
        raise no_such_file(store, name_or_sha)
    return [file_id for (file_id,) in found]
