"""The store's own book-keeping: transactions, which file brought which rows, which snapshots there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import duckdb
import pandas as pd

from microlib.bank.stores import Store
from microlib.contracts.failures import counted_failures
from microlib.errors import BadConfig

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
