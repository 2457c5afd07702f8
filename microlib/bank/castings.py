"""Castings: a raw sheet becomes typed rows of one table, and every value that could not is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from microlib.bank.bindings import Binding, Intake, bind_columns, filter_sql
from microlib.bank.raws import Raw
from microlib.contracts.failures import LISTED_ROWS
from microlib.contracts.mappings import Table, TableMapping

UNREADABLE = "unreadable value"
UNKNOWN_CODE = "unknown code"
#: temporary table of what stood behind pseudonyms, where the mapping wants it kept
TOLD = "told_sources"
EMBEDDED = "a person's number stands in the key: replaced by a pseudonym"


@dataclass(frozen=True)
class Casting:
    """What a casting made: the columns it filled and the failures it found."""

    columns: list[str]
    problems: list[dict]


def cast_rows(
    con: duckdb.DuckDBPyConnection, raw: Raw, entry: TableMapping, *, intake: Intake, relation: str
) -> Casting:
    """Convert a raw sheet into one table's staged relation.

    Parameters
    ----------
    con : connection
        The store's session.
    raw : Raw
        The rows as text.
    entry : TableMapping
        What they are to become.
    intake : Intake
        Date, key and mapping.
    relation : str
        The temporary relation to make: contract columns and ``row_number``.
    """
    bound = bind_columns(raw, entry, found=raw.columns(entry), intake=intake)
    view, where = f"{relation}_text", filter_sql(raw, entry)
    texts = ", ".join(f"{binding.text} AS {binding.name}" for binding in bound)
    con.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT {raw.row_sql} AS row_number, {texts} "
                f"FROM {raw.relation} WHERE {where}")  # fmt: skip
    embedding, problems = _probed(con, view, bound)
    columns = ", ".join(f"{_value(binding, embedding, intake)} AS {binding.column}" for binding in bound)
    joins = " ".join(_dictionary(binding, view) for binding in bound if binding.is_hashed_here)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {relation} AS SELECT row_number, {columns} FROM {view} {joins}")
    key = next((binding for binding in bound if entry.contract.key == (binding.column,)), None)
    if intake.mapping.keep_lookup and key:
        _remember(con, view, [key, *bound], said=_value(key, embedding, intake), table=entry.contract)
    con.execute(f"DROP VIEW {view}")
    return Casting([binding.column for binding in bound], [*_left_out(con, raw, where), *problems])


def _probed(con: duckdb.DuckDBPyConnection, view: str, bound: Sequence[Binding]) -> tuple[set[str], list[dict]]:
    """Count in one pass what cannot be converted and which keys hold a person's number; list the former."""
    keys = [binding for binding in bound if binding.kind == "key" and binding.place is not None]
    conditions = [binding.over(binding.bad) for binding in bound] + [binding.over(binding.embeds) for binding in keys]
    pieces = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in conditions)
    counts = con.execute(f"SELECT {pieces} FROM {view}").fetchone()
    broken = [(binding, count) for binding, count in zip(bound, counts, strict=False) if count]
    listed = [fault for binding, count in broken for fault in _listed(con, view, binding, count=count)]
    embedding = {key.column: count for key, count in zip(keys, counts[len(bound) :], strict=True) if count}
    notes = [{"column": name, "severity": "note", "rule": EMBEDDED, "value": f"{count} rows in all"}
             for name, count in embedding.items()]  # fmt: skip
    return set(embedding), [*listed, *notes]


def _listed(con: duckdb.DuckDBPyConnection, view: str, binding: Binding, *, count: int) -> list[dict]:
    """List the rows whose value cannot be converted; what may name a person is not shown."""
    rule = UNKNOWN_CODE if binding.kind == "code" else UNREADABLE
    shown = "'(not shown)'" if binding.kind == "hash" else _masked(binding.name)
    rows = con.execute(
        f"SELECT row_number, {shown} FROM {view} WHERE {binding.over(binding.bad)} "
        f"ORDER BY row_number LIMIT {LISTED_ROWS}"
    ).fetchall()
    common = {"column": binding.column, "severity": "block", "rule": rule, "fix": binding.fix}
    more = [{**common, "value": f"{count} rows in all, the first {len(rows)} listed"}] if count > len(rows) else []
    return [*({**common, "row": row, "value": value} for row, value in rows), *more]


def _masked(text: str) -> str:
    """Return a text whose long numbers are cut, in case a phone stands in the wrong column."""
    return rf"regexp_replace({text}, '([0-9]{{3}})[0-9]{{8,}}[Xx]?', '\1…', 'g')"


def _dictionary(binding: Binding, view: str) -> str:
    """Return the join to the pseudonym of each distinct identifier."""
    word, name = binding.name, f"d_{binding.column}"
    said = binding.over(binding.value, word="word")
    distinct = f"SELECT DISTINCT {word} AS word FROM {view}"
    return f"LEFT JOIN (SELECT word, {said} AS mark FROM ({distinct})) AS {name} ON {word} = {name}.word"


def _value(binding: Binding, embedding: set[str], intake: Intake) -> str:
    if binding.is_hashed_here:
        return f"d_{binding.column}.mark"
    value = binding.over(binding.value)
    if binding.column not in embedding:
        return value
    hidden, test = binding.over(binding.hidden(intake.key)), binding.over(binding.embeds)
    return f"CASE WHEN {test} THEN {hidden} ELSE {value} END"


def _remember(con: duckdb.DuckDBPyConnection, view: str, bound: Sequence[Binding], *, said: str, table: Table) -> None:
    """Set aside, for this session only, what stood in the place of each pseudonym; the first binding is the key."""
    con.execute(f"CREATE TEMP TABLE IF NOT EXISTS {TOLD} (key VARCHAR, name VARCHAR, source VARCHAR)")
    hidden = [(binding, f"{binding.name} IS NOT NULL") for binding in bound if binding.is_hashed_here]
    for binding, condition in [(bound[0], f"{bound[0].name} <> {said}"), *hidden]:
        label = table.column(binding.column).zh
        con.execute(f"INSERT INTO {TOLD} SELECT DISTINCT {said}, '{label}', {binding.name} FROM {view} "
                    f"WHERE {condition}")  # fmt: skip


def _left_out(con: duckdb.DuckDBPyConnection, raw: Raw, where: str) -> list[dict]:
    """Note how many rows were no data, and how many the mapping's filter left out."""
    filtered = con.execute(f"SELECT count(*) FROM {raw.relation} WHERE NOT coalesce({where}, FALSE)").fetchone()[0]
    counts = {**raw.dropped, "filtered": filtered}
    return [
        {"severity": "note", "rule": f"left out: {reason}", "value": f"{count} rows in all"}
        for reason, count in counts.items()
        if count
    ]
