"""Writing a checked load: new rows once, shared rows counted, superseded rows gone, all or nothing."""

from __future__ import annotations

import pandas as pd

from microlib.bank import dependents, records
from microlib.bank.keys import new_rows
from microlib.bank.plans import LoadPlan
from microlib.bank.stores import Store


def write_plan(store: Store, plan: LoadPlan, *, findings: pd.DataFrame) -> dict[int, int]:
    """Keep a checked load in one transaction; return how many rows each new ``file_id`` brought."""
    written: dict[int, int] = {}
    with records.transaction(store):
        for old, new in plan.replaced.items():
            records.remove_rows(store, old)
            store.rows("UPDATE files SET superseded_by = ? WHERE file_id = ?", [new, old])
        for table in plan.view.arriving:
            written |= _write_table(store, plan, table)
        dependents.refuse_orphaned(store, {plan.parts[new].table for new in plan.replaced.values()})
        for file_id, rows_count in written.items():
            _note_part(store, plan, file_id=file_id, rows_count=rows_count)
        numbers = {(part.origin, part.table): file_id for file_id, part in plan.parts.items()}
        records.note_findings(store, findings, numbers=numbers)
    return written


def clustering(store: Store, table: str) -> list[str]:
    """Return the order in which rows are written: one branch's, one loan's rows lie together.

    The engine keeps the least and greatest value of every block of rows, so a branch's slice
    then touches only its own blocks.
    """
    contract = store.contract(table)
    lead = ["branch_id"] if "branch_id" in contract.names else []
    return list(dict.fromkeys([*(["as_of"] if contract.state else []), *lead, *contract.key]))


def _write_table(store: Store, plan: LoadPlan, table: str) -> dict[int, int]:
    arrival = plan.view.arriving[table]
    columns = [*arrival.contract.names, "as_of", "file_id"]
    fresh = new_rows(store, arrival, replaced=plan.replaced).select(columns).order_by(clustering(store, table))
    named = ", ".join(f'"{name}"' for name in columns)
    store.con.raw_sql(f"INSERT INTO {table} ({named}) {store.con.compile(fresh)}")
    records.count_snapshots(store, table)
    mine = {file_id: 0 for file_id, part in plan.parts.items() if part.table == table}
    first = min(plan.parts)
    return mine | dict(store.rows(f"SELECT file_id, count(*) FROM {table} WHERE file_id >= {first} GROUP BY 1"))


def _note_part(store: Store, plan: LoadPlan, *, file_id: int, rows_count: int) -> None:
    part = plan.parts[file_id]
    mark = plan.marks[part.origin]
    (arrived,) = store.rows(f"SELECT count(*) FROM {part.relation}")[0]
    if arrived > rows_count:
        _note_shares(store, plan, file_id=file_id)
    records.note_file(
        store,
        file_id=file_id,
        name=mark.name,
        sha256=mark.sha256,
        table_name=part.table,
        mapping=mark.mapping,
        as_of=part.as_of,
        rows_count=rows_count,
        shared_rows_count=arrived - rows_count,
        is_synthetic=mark.is_synthetic,
    )


def _note_shares(store: Store, plan: LoadPlan, *, file_id: int) -> None:
    table = plan.parts[file_id].table
    names = ", ".join(plan.view.arriving[table].identity)
    store.rows(
        f"INSERT INTO shares SELECT arriving.file_id, kept.file_id, count(*) FROM incoming_{table} AS arriving"
        f" JOIN {table} AS kept USING ({names}) WHERE arriving.file_id = ? AND kept.file_id <> ? GROUP BY ALL",
        [file_id, file_id],
    )
