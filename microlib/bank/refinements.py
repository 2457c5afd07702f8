"""Refinements of staged rows: numbers within a key, one row per key, and what is worth noticing."""

from __future__ import annotations

import duckdb

from microlib.bank.bindings import unit_of
from microlib.bank.headers import COUNTED
from microlib.bank.raws import BLANKS, Raw
from microlib.contracts.mappings import TableMapping

DUPLICATED = "exact duplicates of another row: kept"
PADDED = "blanks around the value: taken without them"
MANY_SAYINGS = "several rows of one key say different things: the first was taken"
FALLBACK = "unit taken from the header"
CONTRADICTION = "the mapping's unit is not the header's"


def refined(con: duckdb.DuckDBPyConnection, relation: str, *, entry: TableMapping, names: list[str]) -> list[dict]:
    """Give staged rows what their key still lacks, in place.

    Parameters
    ----------
    con : connection
        The store's session.
    relation : str
        The staged relation; a column that counts within the key is added, rows beyond the first of a key go.
    entry : TableMapping
        The mapping of its table.
    names : list of str
        The contract columns that it has.

    Returns
    -------
    list of dict
        Warnings and notes.
    """
    counted = [name for name in entry.contract.key if name in COUNTED and name not in names]
    if counted:
        return _numbered(con, relation, entry, names=names, counted=counted[0])
    return _reduced(con, relation, entry, names=names) if entry.one_row_per_key else []


def unit_problems(raw: Raw, entry: TableMapping, *, found: dict[str, int]) -> list[dict]:
    """Tell where a header's unit contradicts the mapping's (a block), or stands in for it (a note)."""
    faults = []
    for name, place in found.items():
        kind = entry.contract.column(name).kind
        said = raw.header.unit(place, is_money=kind == "yuan") if kind in ("yuan", "share") else ""
        declared = entry.units.get(name, "")
        if said and declared and said != declared:
            fix = f"write {said} under units.{name}, or mend the header"
            fault = {"severity": "block", "rule": CONTRADICTION, "fix": fix}
            faults.append({**fault, "column": name, "value": f"{declared} in the mapping, {said} in the header"})
        elif said not in ("", "yuan") and not declared:
            unit = unit_of(raw, entry, name, place)
            faults.append({"severity": "note", "rule": FALLBACK, "column": name, "value": unit})
    return faults


def padded_problems(
    con: duckdb.DuckDBPyConnection, raw: Raw, entry: TableMapping, *, found: dict[str, int]
) -> list[dict]:
    """Warn of values surrounded by blanks, in the columns where the mapping wants to know."""
    faults = []
    for name in entry.notice_blanks:
        count = raw.padded[found[name]] if name in found else 0
        if count:
            cell = f"c{found[name]}"
            row, value = con.execute(
                f"SELECT {raw.row_sql} AS row_number, {cell} FROM {raw.relation}"
                f" WHERE {cell} <> trim({cell}, '{BLANKS}') ORDER BY row_number LIMIT 1"
            ).fetchone()
            told = f"{count} rows in all, the first: '{value}'"
            faults.append({"severity": "warn", "rule": PADDED, "column": name, "row": row, "value": told})
    return faults


def _numbered(
    con: duckdb.DuckDBPyConnection, relation: str, entry: TableMapping, *, names: list[str], counted: str
) -> list[dict]:
    """Number the rows of each key, the earliest first; almost all are the only one and cost nothing."""
    key = ", ".join(name for name in entry.contract.key if name != counted)
    days = [column.name for column in entry.contract.columns if column.kind in ("date", "moment", "month")]
    order = [name for name in names if name in days] + [name for name in names if name not in days]
    con.execute(f"CREATE OR REPLACE TEMP TABLE {relation}_many AS SELECT {key} FROM {relation} "
                "GROUP BY ALL HAVING count(*) > 1")  # fmt: skip
    con.execute(f"ALTER TABLE {relation} ADD COLUMN {counted} BIGINT DEFAULT 1")
    con.execute(
        f"UPDATE {relation} SET {counted} = n.place FROM (SELECT row_number, row_number() OVER (PARTITION BY {key}"
        f" ORDER BY {', '.join(order)}, row_number) AS place FROM {relation} SEMI JOIN {relation}_many"
        f" USING ({key})) AS n WHERE {relation}.row_number = n.row_number AND n.place > 1"
    )
    is_invoice = counted == "occurrence_number"  # the checks tell of repeated invoices themselves
    return [] if is_invoice else _duplicates(con, relation, names=names, key=key)


def _duplicates(con: duckdb.DuckDBPyConnection, relation: str, *, names: list[str], key: str) -> list[dict]:
    """Count rows that repeat another one in every column; only rows of repeated keys can."""
    column, same = key.split(", ")[-1], f"SELECT {', '.join(names)}, min(row_number) AS first, count(*) AS copies"
    count, row = con.execute(
        f"SELECT sum(copies - 1), min(first) FROM ({same} FROM {relation} SEMI JOIN {relation}_many USING ({key})"
        " GROUP BY ALL) WHERE copies > 1"
    ).fetchone()
    told = {"severity": "warn", "rule": DUPLICATED, "column": column, "row": row, "value": f"{count} rows in all"}
    return [told] if count else []


def _reduced(con: duckdb.DuckDBPyConnection, relation: str, entry: TableMapping, *, names: list[str]) -> list[dict]:
    """Keep the first row of each key, none without a key, and say how many keys had rows that differ."""
    key = ", ".join(entry.contract.key)
    known = " AND ".join(f"{name} IS NOT NULL" for name in entry.contract.key)
    whole = ", ".join(names)
    differing = con.execute(
        f"SELECT count(*) FROM (SELECT {key} FROM (SELECT DISTINCT {whole} FROM {relation}) GROUP BY {key}"
        " HAVING count(*) > 1)"
    ).fetchone()[0]
    first = f"SELECT min(row_number) FROM {relation} GROUP BY {key}"
    con.execute(f"DELETE FROM {relation} WHERE NOT ({known}) OR row_number NOT IN ({first})")
    if not differing:
        return []
    return [{"severity": "warn", "rule": MANY_SAYINGS, "column": entry.contract.key[0],
             "value": f"{differing} keys"}]  # fmt: skip
