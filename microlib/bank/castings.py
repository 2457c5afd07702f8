"""Castings: a raw sheet becomes typed rows of one table, and every value that could not is told."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from microlib.bank import pseudonyms
from microlib.bank.bindings import Binding, Intake, bind_columns, filter_sql
from microlib.bank.raws import Raw
from microlib.bank.suspicions import DOCUMENT_KEYS
from microlib.contracts.failures import LISTED_ROWS
from microlib.contracts.mappings import TableMapping

UNREADABLE = "unreadable value"
UNKNOWN_CODE = "unknown code"
EMBEDDED = "a person's number stands in the key: replaced by a pseudonym"


def cast_rows(
    con: duckdb.DuckDBPyConnection, raw: Raw, entry: TableMapping, *, found: dict[str, int], intake: Intake
) -> tuple[str, list[dict]]:
    """Convert a raw sheet into one table's staged relation.

    Parameters
    ----------
    con : connection
        The store's session.
    raw : Raw
        The rows as text.
    entry : TableMapping
        What they are to become.
    found : dict
        The cell column of each of our columns that has one.
    intake : Intake
        Date, key and mapping.

    Returns
    -------
    tuple of str and list of dict
        Name of the temporary relation (contract columns and ``row_number``), and the failures.
    """
    bound = bind_columns(raw, entry, found=found, intake=intake)
    relation = f"{raw.relation}_{entry.table}"
    view = f"{relation}_text"
    texts = ", ".join(f"{binding.text} AS {binding.name}" for binding in bound)
    where = filter_sql(raw, entry)
    con.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT {raw.row_sql} AS row_number, {texts} "
                f"FROM {raw.relation} WHERE {where}")  # fmt: skip
    embedding, problems = _probed(con, view, bound)
    columns = ", ".join([f"{_value(binding, embedding, intake)} AS {binding.column.name}" for binding in bound])
    joins = " ".join(_dictionary(binding, view, intake) for binding in bound if _is_dictionary(binding))
    con.execute(f"CREATE OR REPLACE TEMP TABLE {relation} AS SELECT row_number, {columns} FROM {view} {joins}")
    con.execute(f"DROP VIEW {view}")
    return relation, [*_left_out(con, raw, where), *problems]


def _probed(con: duckdb.DuckDBPyConnection, view: str, bound: Sequence[Binding]) -> tuple[set[str], list[dict]]:
    """Count in one pass what cannot be converted and which keys hold a person's number; list the former."""
    keys = [binding for binding in bound if binding.column.kind == "key" and binding.place is not None]
    bads = [f"count(*) FILTER (WHERE {binding.expression(binding.bad)})" for binding in bound]
    held = [f"count(*) FILTER (WHERE {_embeds(binding)})" for binding in keys]
    counts = con.execute(f"SELECT {', '.join([*bads, *held])} FROM {view}").fetchone()
    broken = [(binding, count) for binding, count in zip(bound, counts, strict=False) if count]
    listed = [fault for binding, count in broken for fault in _listed(con, view, binding, count=count)]
    embedding = {binding.column.name: count for binding, count in zip(keys, counts[len(bound) :], strict=True) if count}
    notes = [{"column": name, "severity": "note", "rule": EMBEDDED, "value": f"{count} rows in all"}
             for name, count in embedding.items()]  # fmt: skip
    return set(embedding), [*listed, *notes]


def _listed(con: duckdb.DuckDBPyConnection, view: str, binding: Binding, *, count: int) -> list[dict]:
    """List the rows whose value cannot be converted; what may name a person is not shown."""
    rule = UNKNOWN_CODE if binding.column.kind == "code" else UNREADABLE
    shown = "'(not shown)'" if binding.column.kind == "hash" else _masked(binding.name)
    rows = con.execute(
        f"SELECT row_number, {shown} FROM {view} WHERE {binding.expression(binding.bad)} "
        f"ORDER BY row_number LIMIT {LISTED_ROWS}"
    ).fetchall()
    common = {"column": binding.column.name, "severity": "block", "rule": rule, "fix": binding.fix}
    more = [{**common, "value": f"{count} rows in all, the first {len(rows)} listed"}] if count > len(rows) else []
    return [*({**common, "row": row, "value": value} for row, value in rows), *more]


def _masked(text: str) -> str:
    """Return a text whose long numbers are cut, in case a phone stands in the wrong column."""
    return rf"regexp_replace({text}, '([0-9]{{3}})[0-9]{{8,}}[Xx]?', '\1…', 'g')"


def _is_dictionary(binding: Binding) -> bool:
    """Say whether values repeat enough to be hashed once each: a column's identifiers usually do."""
    return binding.column.kind == "hash" and "sha256" in binding.value


def _dictionary(binding: Binding, view: str, intake: Intake) -> str:
    word, name = binding.name, f"d_{binding.column.name}"
    said = pseudonyms.pseudonym_sql("word", key=intake.key)
    return (
        f"LEFT JOIN (SELECT word, {said} AS mark FROM (SELECT DISTINCT {word} AS word FROM {view})) AS {name}"
        f" ON {word} = {name}.word"
    )


def _value(binding: Binding, embedding: set[str], intake: Intake) -> str:
    if _is_dictionary(binding):
        return f"d_{binding.column.name}.mark"
    value = binding.expression(binding.value)
    if binding.column.kind != "key":
        return value
    hidden = pseudonyms.key_pseudonym_sql(binding.name, key=intake.key)
    return f"CASE WHEN {_embeds(binding)} THEN {hidden} ELSE {value} END" if binding.column.name in embedding else value


def _embeds(binding: Binding) -> str:
    return pseudonyms.embeds_person_sql(binding.name, phones=binding.column.name not in DOCUMENT_KEYS)


def _left_out(con: duckdb.DuckDBPyConnection, raw: Raw, where: str) -> list[dict]:
    """Note how many rows were no data, and how many the mapping's filter left out."""
    filtered = con.execute(f"SELECT count(*) FROM {raw.relation} WHERE NOT coalesce({where}, FALSE)").fetchone()[0]
    counts = {**raw.dropped, "filtered": filtered}
    return [
        {"severity": "note", "rule": f"left out: {reason}", "value": f"{count} rows in all"}
        for reason, count in counts.items()
        if count
    ]
