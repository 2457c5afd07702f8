"""Loading: planned, inspected whole, then written in one transaction, or refused with every failure at once.

`load_staged` and `load_frames` are the ways in; a block cannot be passed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from microlib.bank.bookkeeping import (
    count_snapshots,
    note_file,
    note_findings,
    note_readings,
    refuse_orphaned,
    supersede,
    superseded_files,
    transaction,
)
from microlib.bank.ingest.cross_checks import key_problems, tie_failures
from microlib.bank.ingest.row_rules import row_problems
from microlib.bank.ingest.staging import FileMark, Staged, View, arrivals, missing_columns, stage_frame
from microlib.bank.store import Store, open_store
from microlib.contracts.failures import counted_failures, failure_sentence, is_blocked, joined_failures
from microlib.errors import BadData


@dataclass(frozen=True)
class LoadPlan:
    """A load that has been thought through and not yet checked.

    Parameters
    ----------
    parts : mapping
        The staged tables that are new, by the ``file_id`` each will have.
    marks : mapping
        What is remembered of each file, by its name.
    view : View
        The bank as it would stand at the newest arriving date.
    replaced : mapping
        Files whose rows go, each with the ``file_id`` that supersedes it.
    known : tuple of Staged
        Staged tables that the store already has from the same bytes: nothing to do.
    """

    parts: dict[int, Staged] = field(repr=False)
    marks: dict[str, FileMark] = field(repr=False)
    view: View = field(repr=False)
    replaced: dict[int, int]
    known: tuple[Staged, ...] = field(repr=False)

    def problems(self) -> Iterator[pd.DataFrame]:
        """Yield what was found before any row was looked at: while converting, and columns that are missing."""
        for part in self.parts.values():
            yield part.problems
            yield missing_columns(self.view.store, part)

    @property
    def dates(self) -> dict[str, set[date]]:
        """The arriving dates of each arriving table."""
        parts = self.parts.values()
        return {table: {part.as_of for part in parts if part.table == table} for table in self.view.arriving}


def plan_load(store: Store, staged: Sequence[Staged], *, files: Sequence[FileMark], replace: bool = False) -> LoadPlan:
    """Plan a load: set apart what is known already, number the rest, find what it supersedes."""
    marks = {mark.name: mark for mark in files}
    new = [part for part in staged if not _is_known(store, part, marks[part.origin])]
    first = store.rows("SELECT coalesce(max(file_id), 0) + 1 FROM files")[0][0]
    parts = dict(enumerate(new, start=first))
    arriving = arrivals(store, new, file_ids=list(parts))
    replaced = superseded_files(store, arriving, parts=parts) if replace else {}
    newest = max((part.as_of for part in staged), default=date.min)
    view = View(store, {arrival.table: arrival for arrival in arriving}, replaced, newest)
    known = [part for part in staged if _is_known(store, part, marks[part.origin])]
    return LoadPlan(parts, marks, view, replaced, tuple(known))


def _is_known(store: Store, part: Staged, mark: FileMark) -> bool:
    found = store.rows(
        "SELECT count(*) FROM files WHERE superseded_by IS NULL AND sha256 = ? AND table_name = ? AND as_of = ?"
        " AND mapping = ?",
        [mark.sha256, part.table, part.as_of, mark.mapping],
    )
    return bool(found[0][0])


def inspect_plan(plan: LoadPlan) -> Iterator[pd.DataFrame]:
    """Yield every failure of a planned load, those found while converting first."""
    yield from plan.problems()
    yield from row_problems(plan.view)
    yield from key_problems(plan.view)
    yield from tie_failures(plan.view, dates=plan.dates)


def passed_findings(plan: LoadPlan) -> pd.DataFrame:
    """Return the warnings and notes of a load that may go ahead.

    Raises
    ------
    BadData
        If anything blocks it; ``failures`` then holds everything found, warnings too.
    """
    if not plan.parts:
        return joined_failures([])
    failures = without_repeats(joined_failures(inspect_plan(plan)))
    if is_blocked(failures):
        raise _blocked(failures)
    return failures


#: what a merged cell leaves empty
MERGED_ROWS = "cells merged over several rows: only the first row holds the value"
MERGED_COLUMNS = "cells merged over several columns: only the first holds the value"
#: rules that say why a cell has no value
UNREADABLE_RULES = (
    *("unreadable value", "unknown code", "a day that stands for none where one is needed"),
    *(MERGED_ROWS, MERGED_COLUMNS),
)


def without_repeats(failures: pd.DataFrame) -> pd.DataFrame:
    """Return failures said once: of a missing column or an unreadable cell, not also that there is no value.

    Examples
    --------
    >>> from microlib.contracts.failures import failure_frame
    >>> said = {"file": "a.csv", "table": "loans", "column": "status", "severity": "block"}
    >>> found = failure_frame([said | {"rule": "missing_column"}, said | {"rule": "required", "row": 1}])
    >>> without_repeats(found)["rule"].tolist()
    ['missing_column']
    """
    place = pd.MultiIndex.from_frame(failures[["file", "table", "column"]])
    absent = place[failures["rule"] == "missing_column"]
    is_missing = failures["rule"].isin(("required", "unique"))
    told = failures["rule"].isin(UNREADABLE_RULES)
    cells = pd.MultiIndex.from_frame(failures[["file", "table", "column", "row"]].astype({"row": "float64"}).fillna(-1))
    echoes = is_missing & (place.isin(absent) | cells.isin(cells[told]))
    said = ["file", "table", "row", "column", "value", "rule"]
    return failures[~echoes].drop_duplicates(said, ignore_index=True)


def _blocked(failures: pd.DataFrame) -> BadData:
    blocks = failures[failures["severity"] == "block"]
    first = blocks.iloc[0]
    row = "" if pd.isna(first["row"]) else f", row {first['row']}"
    count = int(counted_failures(blocks)["rows_count"].sum())
    more = f" ({count} blocks in all)" if count > 1 else ""
    return BadData(
        f"{failure_sentence(first)}{more}",
        where=f"{first['file']}{row}",
        fix=f"{first['fix']}; nothing was written",
        failures=failures,
    )


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
    with transaction(store):
        supersede(store, plan.replaced)
        written = [counted for table in plan.view.arriving for counted in _write_table(plan, table).items()]
        refuse_orphaned(store, {plan.parts[new].table for new in plan.replaced.values()})
        for file_id, rows_count in written:
            _note_part(plan, file_id, rows_count=rows_count)
        note_findings(store, findings, numbers=numbers)
    return findings


def _write_table(plan: LoadPlan, table: str) -> dict[int, int]:
    store, arrival = plan.view.store, plan.view.arriving[table]
    columns = [*arrival.contract.names, "as_of", "file_id"]
    fresh = plan.view.fresh(table).select(columns).order_by(arrival.clustering)
    named = ", ".join(f'"{name}"' for name in columns)
    store.con.raw_sql(f"INSERT INTO {table} ({named}) {store.con.compile(fresh)}")
    count_snapshots(store, table)
    counted = store.rows(f"SELECT file_id, count(*) FROM {table} WHERE file_id >= {min(plan.parts)} GROUP BY 1")
    return dict.fromkeys(arrival.file_ids, 0) | dict(counted)


def _note_part(plan: LoadPlan, file_id: int, *, rows_count: int) -> None:
    store, part = plan.view.store, plan.parts[file_id]
    mark = plan.marks[part.origin]
    (arrived,) = store.rows(f"SELECT count(*) FROM {part.relation}")[0]
    if arrived > rows_count:
        _note_shares(plan, file_id)
    note_file(
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
    note_readings(store, file_id, part.readings)


def _note_shares(plan: LoadPlan, file_id: int) -> None:
    table = plan.parts[file_id].table
    names = ", ".join(plan.view.arriving[table].identity)
    plan.view.store.rows(
        f"INSERT INTO shares SELECT arriving.file_id, kept.file_id, count(*) FROM incoming_{table} AS arriving"
        f" JOIN {table} AS kept USING ({names}) WHERE arriving.file_id = ? AND kept.file_id <> ? GROUP BY ALL",
        [file_id, file_id],
    )


@dataclass(frozen=True)
class Loaded:
    """What became of one table of one file.

    Parameters
    ----------
    file : str
        The file's name.
    table : str
        The table's name.
    as_of : date
        The date of the file.
    rows_count : int
        Rows that are new in the store.
    shared_rows_count : int
        Rows that an earlier file had said already.
    is_known : bool
        True when the same bytes had been loaded before: nothing was done.
    supersedes : tuple of str
        Names of the files whose rows it replaced.
    """

    file: str
    table: str
    as_of: date
    rows_count: int = 0
    shared_rows_count: int = 0
    is_known: bool = False
    supersedes: tuple[str, ...] = ()


@dataclass(frozen=True)
class LoadSummary:
    """What a load did, a line per file and table; what it noticed without blocking, and how it read each sheet."""

    loaded: tuple[Loaded, ...]
    findings: pd.DataFrame = field(repr=False)
    readings: tuple[dict, ...] = field(default=(), repr=False)


def load_staged(
    store: Store, staged: Sequence[Staged], *, files: Sequence[FileMark], replace: bool = False
) -> LoadSummary:
    """Check staged tables against their contracts, each other and the store; keep them or refuse them whole.

    Parameters
    ----------
    store : Store
        A writable store, in whose session the staged relations stand.
    staged : sequence of Staged
        One table of one file each.
    files : sequence of FileMark
        A mark for every origin among `staged`.
    replace : bool
        Let each file supersede the rows of the one file it corrects.

    Returns
    -------
    LoadSummary
        Lines for what was new and for what was known; findings hold warnings and notes.

    Raises
    ------
    BadData
        If anything blocks; ``failures`` holds all that was found and nothing was written.
    """
    plan = plan_load(store, staged, files=files, replace=replace)
    known = [Loaded(part.origin, part.table, part.as_of, is_known=True) for part in plan.known]
    findings = write_plan(plan)
    done = [_loaded(store, file_id, part) for file_id, part in plan.parts.items()]
    readings = tuple(reading for part in plan.parts.values() for reading in part.readings)
    return LoadSummary((*done, *known), findings, readings)


def load_frames(
    home: str | Path, frames: Mapping[str, pd.DataFrame], *, as_of: date, name: str, synthetic: bool = False
) -> LoadSummary:
    """Load frames that hold contract columns, with the checks and the transaction of any file.

    Parameters
    ----------
    home : path
        The folder that holds, or will hold, ``data/bank.duckdb``.
    frames : mapping of DataFrame
        A frame per table name; identifiers are pseudonyms already. Not modified.
    as_of : date
        The date of the rows.
    name : str
        What stands for the name of a file.
    synthetic : bool
        Whether a generator made them; all that is fed by the store then says so.

    Raises
    ------
    BadData
        If anything blocks.
    """
    mark = FileMark(name, _digest(frames), is_synthetic=synthetic)
    with open_store(home, writable=True) as store:
        staged = [stage_frame(store, frame, table=table, origin=name, as_of=as_of) for table, frame in frames.items()]
        return load_staged(store, staged, files=[mark])


def _loaded(store: Store, file_id: int, part: Staged) -> Loaded:
    counts = store.rows("SELECT rows_count, shared_rows_count FROM files WHERE file_id = ?", [file_id])[0]
    old = store.rows("SELECT name FROM files WHERE superseded_by = ?", [file_id])
    return Loaded(part.origin, part.table, part.as_of, *counts, supersedes=tuple(name for (name,) in old))


def _digest(frames: Mapping[str, pd.DataFrame]) -> str:
    digest = hashlib.sha256()
    for table, frame in frames.items():
        digest.update(f"{table}:{','.join(frame.columns)}".encode())
        digest.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return digest.hexdigest()
