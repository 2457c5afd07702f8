"""Keys: one row per key in a file, and the same row under the same key in every file that says it again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import reduce
from operator import and_, or_

import ibis
import ibis.expr.types as ir
import pandas as pd

from microlib.bank.checks import Rule, listed_failures
from microlib.bank.staged import Arrival
from microlib.bank.stores import Store
from microlib.contracts.remedies import FIXED


def kept_rows(store: Store, table: str, *, replaced: Collection[int] = ()) -> ir.Table:
    """Return a table's rows as the store holds them, without those of files being superseded."""
    rows = store.con.table(table)
    return rows.filter(rows.file_id.notin(list(replaced))) if replaced else rows


def repeated_keys(store: Store, arrival: Arrival) -> pd.DataFrame:
    """Return rows whose key stands more than once in their own file."""
    contract, rows = arrival.contract, arrival.rows
    whole = rows.filter(reduce(and_, [rows[name].notnull() for name in contract.key]))
    names = [*contract.key, "file_id"]
    many = whole.group_by(names).having(whole.count() > 1).agg(copies=whole.count())
    rule = Rule("unique", contract.key[0], "block", FIXED["unique"])
    again = rows.semi_join(many, names)
    return listed_failures(
        store, arrival, again.select("file_id", "row_number", value=_key(again, contract.key)), rule=rule
    )


def conflicting_rows(store: Store, arrival: Arrival, *, replaced: Collection[int] = ()) -> pd.DataFrame:
    """Return rows that say otherwise than another file does under the same key; the value names that file.

    Parameters
    ----------
    store : Store
        The open store.
    arrival : Arrival
        The arriving rows.
    replaced : collection of int
        Files that are being superseded, whose rows do not count.
    """
    others = [kept_rows(store, arrival.table, replaced=replaced)]
    others += [arrival.rows] if len(arrival.file_ids) > 1 else []
    clashes = [clashing_rows(arrival, other) for other in others]
    whole = ibis.union(*clashes) if len(clashes) > 1 else clashes[0]
    names = ibis.cases(*[(whole.other_file_id == mark, name) for mark, name in arrival.files.items()], else_="")
    told = _key(whole, arrival.contract.key) + " (differs in " + names + ")"
    rule = Rule("conflict", arrival.contract.key[0], "block", FIXED["conflict"])
    return listed_failures(store, arrival, whole.select("file_id", "row_number", value=told), rule=rule)


def has_rivals(store: Store, arrival: Arrival) -> bool:
    """Return whether any arriving row could be contradicted: its key is kept, or more than one file arrives."""
    names = ", ".join(arrival.identity)
    met = f"SELECT count(*) FROM incoming_{arrival.table} SEMI JOIN {arrival.table} USING ({names})"
    return len(arrival.file_ids) > 1 or store.rows(met)[0][0] > 0


def clashing_rows(arrival: Arrival, other: ir.Table) -> ir.Table:
    """Return arriving rows under whose key `other` says something else, with the ``other_file_id``."""
    names, rows = arrival.identity, arrival.rows
    values = [name for name in arrival.contract.names if name not in names]
    told = {f"other_{name}": other[name] for name in values}
    theirs = other.select(*names, other_file_id=other.file_id, **told)
    pairs = rows.join(theirs, names)
    differs = [~pairs[name].identical_to(pairs[f"other_{name}"]) for name in values]
    clash = (pairs.other_file_id != pairs.file_id) & reduce(or_, differs, ibis.literal(False))
    return pairs.filter(clash).select(*rows.columns, "other_file_id")


def new_rows(store: Store, arrival: Arrival, *, replaced: Collection[int] = ()) -> ir.Table:
    """Return the arriving rows that no kept file and no earlier arriving file holds already."""
    names, fresh = arrival.identity, arrival.rows
    if store.has(arrival.table):
        fresh = fresh.anti_join(kept_rows(store, arrival.table, replaced=replaced), names)
    if len(arrival.file_ids) == 1:
        return fresh
    first = fresh.group_by(names).agg(file_id=fresh.file_id.min())
    return fresh.semi_join(first, [*names, "file_id"])


def _key(rows: ir.Table, names: Sequence[str]) -> ir.StringValue:
    return ibis.literal(" | ").join([rows[name].cast("string") for name in names])
