"""Undoing a file: its rows go, unless others rest on them."""

from __future__ import annotations

from pathlib import Path

from microlib.bank import dependents, records, replacements
from microlib.bank.stores import Store, open_store

SHORTEST_HASH = 8


def undo_file(home: str | Path, name_or_sha: str) -> dict[str, int]:
    """Remove one file's rows from the bank, in one transaction; return rows removed by table.

    Rows that the file had superseded do not come back: ingest the older file again for that.

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
        replacements.refuse_shared(store, gone)
        removed: dict[str, int] = {}
        with records.transaction(store):
            for file_id, table, rows in gone_lines(store, gone):
                records.remove_rows(store, file_id)
                store.rows("DELETE FROM files WHERE file_id = ?", [file_id])
                removed[table] = removed.get(table, 0) + rows
            dependents.refuse_orphaned(store, removed)
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
        raise replacements.no_such_file(store, name_or_sha)
    return [file_id for (file_id,) in found]
