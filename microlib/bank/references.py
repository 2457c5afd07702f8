"""References: every key that a row names must be known to the bank at the row's date."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import ibis
import ibis.expr.types as ir
import pandas as pd

from microlib.bank.checks import Rule, listed_failures
from microlib.bank.keys import kept_rows
from microlib.bank.staged import Arrival
from microlib.bank.stores import Store


def orphans(
    store: Store, arrival: Arrival, *, arriving: Mapping[str, Arrival], replaced: Collection[int] = ()
) -> list[pd.DataFrame]:
    """Return rows that name a key which no file has said, a frame for each referring column.

    A snapshot may name what was known at its own date or before: a manager who has left since
    stays known. An event may name whatever the bank knows, because its date is its own.

    Parameters
    ----------
    store : Store
        The open store.
    arrival : Arrival
        The rows to check.
    arriving : mapping
        Arriving rows by table: they count as known.
    replaced : collection of int
        Files being superseded, whose rows do not count.
    """
    referring = [arrival.contract.column(name) for name in arrival.contract.names if name in arrival.filled]
    columns = {column.name: column.refers for column in referring if column.refers}
    known = {table: known_keys(store, table, arriving=arriving, replaced=replaced) for table in columns.values()}
    return [_unknown(store, arrival, name, known=known[table]) for name, table in columns.items()]


def known_keys(
    store: Store, table: str, *, arriving: Mapping[str, Arrival], replaced: Collection[int] = ()
) -> ir.Table:
    """Return every key of a table that is kept or arriving, with the first date ``known_from``."""
    key = store.contract(table).key[0]
    rows = [kept_rows(store, table, replaced=replaced), *([arriving[table].rows] if table in arriving else [])]
    pieces = [piece.select(known_key=piece[key], as_of=piece.as_of) for piece in rows]
    whole = ibis.union(*pieces) if len(pieces) > 1 else pieces[0]
    return whole.group_by("known_key").agg(known_from=whole.as_of.min())


def _unknown(store: Store, arrival: Arrival, name: str, *, known: ir.Table) -> pd.DataFrame:
    rows = arrival.rows.filter(arrival.rows[name].notnull())
    joined = rows.left_join(known, rows[name] == known.known_key)
    late = joined.known_from > joined.as_of if arrival.contract.state else ibis.literal(False)
    broken = joined.filter(joined.known_from.isnull() | late)
    rule = Rule("orphan", name, "block", _remedy(store, arrival, name))
    return listed_failures(store, arrival, broken.select("file_id", "row_number", value=broken[name]), rule=rule)


def _remedy(store: Store, arrival: Arrival, name: str) -> str:
    needed = store.contract(arrival.contract.column(name).refers)
    when = " with an --as-of not after this file's," if arrival.contract.state else ""
    return f"ingest {needed.name} ({needed.zh}) that hold it,{when} before this file or together with it"
