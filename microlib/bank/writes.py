"""Writing a checked load: new rows once, shared rows counted, superseded rows gone, all or nothing."""

from __future__ import annotations

import pandas as pd

from microlib.bank import dependents, records
from microlib.bank.gates import passed_findings
from microlib.bank.plans import LoadPlan


def write_plan(plan: LoadPlan) -> pd.DataFrame:
    """Check a planned load and keep it in one transaction; return the warnings and notes.

    Raises
    ------
    BadData
        If anything blocks it, before the first write.
    """
    findings = passed_findings(plan)
    if not plan.parts:
        return findings
    store, numbers = plan.view.store, {(part.origin, part.table): mark for mark, part in plan.parts.items()}
    with records.transaction(store):
        records.supersede(store, plan.replaced)
        written = [counted for table in plan.view.arriving for counted in _write_table(plan, table).items()]
        dependents.refuse_orphaned(store, {plan.parts[new].table for new in plan.replaced.values()})
        for file_id, rows_count in written:
            _note_part(plan, file_id, rows_count=rows_count)
        records.note_findings(store, findings, numbers=numbers)
    return findings


def _write_table(plan: LoadPlan, table: str) -> dict[int, int]:
    store, arrival = plan.view.store, plan.view.arriving[table]
    columns = [*arrival.contract.names, "as_of", "file_id"]
    fresh = plan.view.fresh(table).select(columns).order_by(arrival.clustering)
    named = ", ".join(f'"{name}"' for name in columns)
    store.con.raw_sql(f"INSERT INTO {table} ({named}) {store.con.compile(fresh)}")
    records.count_snapshots(store, table)
    counted = store.rows(f"SELECT file_id, count(*) FROM {table} WHERE file_id >= {min(plan.parts)} GROUP BY 1")
    return dict.fromkeys(arrival.file_ids, 0) | dict(counted)


def _note_part(plan: LoadPlan, file_id: int, *, rows_count: int) -> None:
    store, part = plan.view.store, plan.parts[file_id]
    mark = plan.marks[part.origin]
    (arrived,) = store.rows(f"SELECT count(*) FROM {part.relation}")[0]
    if arrived > rows_count:
        _note_shares(plan, file_id)
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


def _note_shares(plan: LoadPlan, file_id: int) -> None:
    table = plan.parts[file_id].table
    names = ", ".join(plan.view.arriving[table].identity)
    plan.view.store.rows(
        f"INSERT INTO shares SELECT arriving.file_id, kept.file_id, count(*) FROM incoming_{table} AS arriving"
        f" JOIN {table} AS kept USING ({names}) WHERE arriving.file_id = ? AND kept.file_id <> ? GROUP BY ALL",
        [file_id, file_id],
    )
