"""Checks run in the engine: one pass counts every rule's failures, then only broken rows are fetched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from microlib.bank.staged import Arrival
from microlib.bank.stores import Store
from microlib.contracts.failures import LISTED_ROWS, failure_frame, joined_failures, remainder


@dataclass(frozen=True)
class Rule:
    """One reason to refuse or to doubt a row.

    Parameters
    ----------
    name : str
        What failures call it.
    column : str
        The column whose value a failure shows.
    severity : str
        ``block``, ``warn`` or ``note``.
    fix : str
        The remedy, as an instruction.
    fails : callable
        Takes the relation and returns the condition under which a row fails; a check of a whole
        relation that finds its broken rows by itself leaves it out.
    is_secret : bool
        Whether the value may identify a person: only its first two signs are shown then.
    hints : callable, optional
        A cheaper condition that every failing row meets; `fails` is then tried only when some row meets it.
    """

    name: str
    column: str
    severity: str
    fix: str
    fails: Callable[[ir.Table], ir.BooleanValue] = lambda rows: ibis.literal(False)
    is_secret: bool = False
    hints: Callable[[ir.Table], ir.BooleanValue] | None = None


def row_failures(store: Store, arrival: Arrival, rules: Sequence[Rule]) -> pd.DataFrame:
    """Return every row that breaks a rule, at most 1,000 a rule and then a line that states the total.

    Parameters
    ----------
    store : Store
        The open store, in whose session the rows stand.
    arrival : Arrival
        The rows to check.
    rules : sequence of Rule
        All of them are tried; one pass over the rows counts the failures of each.
    """
    counts = failure_counts(store, arrival.rows, rules)
    broken = [rule for rule, count in zip(rules, counts, strict=True) if count]
    return joined_failures(_broken_rows(store, arrival, rule) for rule in broken)


def failure_counts(store: Store, rows: ir.Table, rules: Sequence[Rule]) -> list[int]:
    """Return how many rows break each rule, or may break it where the rule has a hint, in one pass."""
    if not rules:
        return []
    pieces = {f"rule_{place}": rows.count(where=(rule.hints or rule.fails)(rows)) for place, rule in enumerate(rules)}
    return [int(count) for count in store.rows(store.con.compile(rows.aggregate(**pieces)))[0]]


def listed_failures(store: Store, arrival: Arrival, broken: ir.Table, *, rule: Rule) -> pd.DataFrame:
    """Return broken rows as failures, the first 1,000 in order of file and row, then the total.

    Parameters
    ----------
    store : Store
        The open store.
    arrival : Arrival
        Where the rows come from.
    broken : ibis table
        ``file_id``, ``row_number`` and the ``value`` to show.
    rule : Rule
        What they break.
    """
    counted = broken.mutate(total=broken.count().over(ibis.window()))
    first = counted.order_by("file_id", "row_number", "value").limit(LISTED_ROWS)
    found = store.rows(store.con.compile(first.select("file_id", "row_number", "value", "total")))
    told = [_told(arrival, rule, failure) for failure in found]
    return failure_frame([*told, *remainder(told, found[0][-1] if found else 0)])


def _broken_rows(store: Store, arrival: Arrival, rule: Rule) -> pd.DataFrame:
    rows = arrival.rows
    broken = rows.filter(rule.fails(rows)).select("file_id", "row_number", value=rows[rule.column].cast("string"))
    return listed_failures(store, arrival, broken, rule=rule)


def _told(arrival: Arrival, rule: Rule, failure: tuple) -> dict:
    file_id, row, value, _ = failure
    return {
        "file": arrival.files.get(file_id, ""),
        "table": arrival.table,
        "row": row,
        "column": rule.column,
        "value": _masked(value or "") if rule.is_secret else value or "",
        "severity": rule.severity,
        "rule": rule.name,
        "fix": rule.fix,
    }


def _masked(value: str) -> str:
    return f"{value[:2]}*** ({len(value)} signs)"
