"""Kept rows that refer to rows being removed: they forbid the removal."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from microlib.bank.stores import Store
from microlib.errors import BadData


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
