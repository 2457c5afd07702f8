"""One branch at one date: `read_branch` gives its tables as frames, read when asked for and shared by a run.

Which rows belong to a branch is said in `cuts`. Frames are kept as mapped files while a run lasts
(`find_frame`, `keep_frame`), so that its reports hold one copy in memory; so are results that several reports rest on
(`kept`), which are computed once.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.core.arrays import BooleanArray, IntegerArray

from microlib.bank.cuts import Cut, branch_statement, cut_branch, is_filled, parameter_values
from microlib.bank.store import Store, as_of_table, first_as_of, open_store, refuse_changed, stamp
from microlib.contracts.needs import result
from microlib.contracts.tables import TABLES
from microlib.errors import BadConfig, BadData, UnknownBranch, UnknownName
from microlib.files import text_hash
from microlib.home import FRAMES_FOLDER, Home, find_home
from microlib.identifiers import masked_text

#: what stands before the name of a column that says where another one's values are missing
MASK = "\N{EMPTY SET}"
#: how a column's values lie in a file, by the kind of its dtype: as they lie in memory
STORED = {"M": np.int64, "m": np.int64, "b": np.uint8}
PLAIN = "iufMmb"
#: where among the marks of a book its branch stands, and what the folder of one of no branch begins with
WHOSE, WHOLE = 2, "bank-"


def find_frame(marks: Sequence[object], name: str) -> pd.DataFrame | None:
    """Return a frame that was kept, its values mapped from the file and read-only; none when there is none.

    Parameters
    ----------
    marks : sequence
        What tells a book from another: its bank, the bank's state, branch and date.
    name : str
        The frame's name in the book.
    """
    folder = _folder_of(marks)
    if folder is None:
        return None
    try:
        with pa.memory_map(str(folder / f"{name}.arrow")) as source:
            return _read(pa.ipc.open_file(source).read_all())
    except (OSError, pa.ArrowInvalid):
        return None


def keep_frame(marks: Sequence[object], name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Keep a frame for whoever asks next, and return it as they will get it.

    What cannot be kept, for its dtypes, its index or want of space, is returned as it came.

    Parameters
    ----------
    marks, name
        As for `find_frame`.
    frame : DataFrame
        Its rows numbered from nought.
    """
    folder = _folder_of(marks)
    stored = None if folder is None else _stored(frame)
    if folder is None or stored is None:
        return frame
    made = folder / f"{name}.frame.{os.getpid()}"
    try:
        _write(stored.to_reader(), made)
        made.replace(folder / f"{name}.arrow")
    except OSError:
        return frame
    finally:
        _drop(made)
    found = find_frame(marks, name)
    return frame if found is None else found


def kept_frame(marks: Sequence[object], name: str, make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Return a frame that was kept, or make it and keep it.

    Parameters
    ----------
    marks, name
        As for `find_frame`.
    make : callable
        Asked for the frame where there is none; what it refuses is not kept.
    """
    found = find_frame(marks, name)
    return keep_frame(marks, name, make()) if found is None else found


class kept(result[pd.DataFrame]):
    """A result of a branch that is computed once a run: kept for the processes that make its other reports.

    Told from others by the branch's book, by the terms that hold, and by what the branch's class computes in its own
    way (`BranchBook.result_marks`). Outside a run it is an ordinary `contracts.needs.result`.
    """

    def __get__(self, owner: object, kind: type | None = None) -> pd.DataFrame:
        """Return the frame that was kept, or the computed one; refusals are raised, and kept by this owner alone."""
        if FRAMES_FOLDER not in os.environ or not isinstance(owner, BranchBook) or not owner.is_as_read:
            return super().__get__(owner, kind)
        name = f"{self.func.__qualname__}.{owner.result_marks}"
        return vars(owner).setdefault(
            str(self.attrname), kept_frame(owner._marks, name, lambda: super(kept, self).__get__(owner, kind))
        )


def spooled_rows(marks: Sequence[object], name: str, ask: Callable[[], pa.RecordBatchReader]) -> pa.Table:
    """Return rows that are handed over in batches, mapped from a file without a name where there is room for one.

    Parameters
    ----------
    marks, name
        As for `find_frame`.
    ask : callable
        Asks for the rows from the first.
    """
    folder = _folder_of(marks)
    if folder is None:
        return ask().read_all()
    path = folder / f"{name}.batches.{os.getpid()}"
    try:
        _write(ask(), path)
        with pa.memory_map(str(path)) as source:
            return pa.ipc.open_file(source).read_all()
    except OSError:
        return ask().read_all()
    finally:
        _drop(path)


def _folder_of(marks: Sequence[object]) -> Path | None:
    room = os.environ.get(FRAMES_FOLDER, "")
    whose = WHOLE if len(marks) > WHOSE and not marks[WHOSE] else ""
    return Path(room) / (whose + text_hash(repr(tuple(marks)))[:24]) if room else None


def _stored(frame: pd.DataFrame) -> pa.Table | None:
    """Return the frame's columns as they lie in memory, missing values beside those that have a mask."""
    if not (frame.index.equals(pd.RangeIndex(len(frame))) and frame.columns.is_unique) or frame.columns.name:
        return None
    columns: dict[str, Any] = {}
    for name, column in frame.items():
        values: Any = column.array
        if isinstance(values, IntegerArray | BooleanArray):
            columns[f"{MASK}{name}"] = values._mask.view(np.uint8)
            columns[str(name)] = _flat(values._data)
        elif isinstance(column.dtype, pd.StringDtype) and column.dtype.storage == "pyarrow":
            columns[str(name)] = pa.chunked_array(pa.array(values, type=pa.large_string())).combine_chunks()
        elif isinstance(column.dtype, np.dtype) and column.dtype.kind in PLAIN:
            columns[str(name)] = _flat(column.to_numpy())
        else:
            return None
    dtypes = {str(name): str(dtype) for name, dtype in frame.dtypes.items()}
    return pa.table(columns).replace_schema_metadata(dtypes)


def _flat(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values).view(STORED.get(values.dtype.kind, values.dtype))


def _read(table: pa.Table) -> pd.DataFrame:
    dtypes = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
    return pd.DataFrame({name: _column(table, name, dtype) for name, dtype in dtypes.items()}, copy=False)


def _column(table: pa.Table, name: str, dtype: str) -> Any:
    if dtype == "str":
        return pd.StringDtype(na_value=np.nan).__from_arrow__(table[name])
    values = _numpy(table[name])
    if f"{MASK}{name}" not in table.column_names:
        return values.view(dtype)
    mask = _numpy(table[f"{MASK}{name}"]).view(bool)
    return BooleanArray(values.view(bool), mask) if dtype == "boolean" else IntegerArray(values, mask)


def _numpy(column: pa.ChunkedArray) -> np.ndarray:
    kind = column.type.to_pandas_dtype()
    return column.chunk(0).to_numpy(zero_copy_only=True) if column.num_chunks else np.array([], kind)


def _write(batches: pa.RecordBatchReader, path: Path) -> None:
    if not path.parent.is_dir():
        path.parent.parent.mkdir(exist_ok=True, mode=0o700)  # fails where the run that had the folder is gone
        path.parent.mkdir(exist_ok=True, mode=0o700)
        _forget_oldest(path.parent.parent)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, batches.schema) as writer:
        for batch in batches:
            writer.write_batch(batch)


def _drop(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def _forget_oldest(room: Path) -> None:
    """Leave as many books as are worked at side by side, and two; a frame that is mapped stays while it is held.

    What is of the whole bank stays as long as the run.
    """
    with suppress(OSError):
        folders = [each for each in room.iterdir() if each.is_dir() and not each.name.startswith(WHOLE)]
        books = sorted(folders, key=lambda each: each.stat().st_mtime_ns)
        for book in books[: -((os.cpu_count() or 1) + 2)]:
            shutil.rmtree(book, ignore_errors=True)


#: names of the tables that have rows, kept under a name that no table has
FILLED = "filled.names"
#: rows handed over at a time: then the engine's buffers, which it makes too large, go when they are put together
BATCH_ROWS = 16384
#: text stays as the engine hands it over, without a copy per cell
ARROW_TYPES = {pa.string(): pd.StringDtype(na_value=np.nan), pa.bool_(): pd.BooleanDtype(), pa.int64(): pd.Int64Dtype()}
Session = Callable[[], AbstractContextManager[Cut]]


def read_frames(tables: Sequence[str], *, marks: Sequence[object], session: Session) -> dict[str, pd.DataFrame]:
    """Return a frame per table, each typed as its contract says and in the order of its key.

    Parameters
    ----------
    tables : sequence of str
    marks : sequence
        What tells the branch's book from any other.
    session : callable
        Opens the bank; it is closed before frames are made of what was read, which needs room.
    """
    found = {table: find_frame(marks, table) for table in tables}
    frames = {table: frame for table, frame in found.items() if frame is not None}
    missing = [table for table in tables if table not in frames]
    if missing:
        with session() as cut:
            read = {table: spooled_rows(marks, table, partial(read_rows, cut, table)) for table in missing}
        for table in missing:
            frames[table] = keep_frame(marks, table, framed_rows(read.pop(table), table))
    return frames


def nonempty_tables(*, marks: Sequence[object], session: Session) -> frozenset[str]:
    """Return the names of the tables of which the branch has any row."""

    def filled() -> pd.DataFrame:
        with session() as cut:
            names = [name for name in cut.held() if is_filled(cut, name)]
        return pd.DataFrame({"name": pd.Series(names, dtype="str")})

    return frozenset(kept_frame(marks, FILLED, filled)["name"])


def read_rows(cut: Cut, table: str) -> pa.RecordBatchReader:
    """Return the rows of one table that a cut gives, in the order of its key, a batch at a time."""
    statement = branch_statement(table)
    return cut.store.con.con.execute(statement, parameter_values(statement, cut)).to_arrow_reader(BATCH_ROWS)


def framed_rows(rows: pa.Table, table: str) -> pd.DataFrame:
    """Return rows of a table as a frame, typed as its contract says.

    A column that files may lack and of which any row lacks its value is left out: what rests on it is not computed.
    """
    options = {"date_as_object": False, "split_blocks": True, "self_destruct": True}
    lacking = {name for name in TABLES[table].lackable if rows[name].null_count}
    held = rows.combine_chunks().drop_columns(sorted(lacking))
    frame = held.to_pandas(types_mapper=ARROW_TYPES.get, **options)
    kinds = {column.name: column.frame_type for column in TABLES[table].columns}
    return frame.astype({name: kind for name, kind in kinds.items() if name not in lacking})


def branch_names(store: Store, *, as_of: date) -> dict[str, str]:
    """Return the name of every branch known at a date, by its code.

    Raises
    ------
    BadData
        If the date is before the first snapshot of the branches, or there is none.
    """
    rows = as_of_table(store, "branches", as_of=as_of)
    found = dict(store.rows(store.con.compile(rows.select("branch_id", "name").order_by("branch_id"))))
    if not found:
        first = first_as_of(store)
        raise BadData(
            f"the bank has no branches at {as_of}" + (f"; its first tables are of {first}" if first else ""),
            where=str(store.home.bank),
            fix=f"choose an as-of from {first} on" if first else "ingest the branches (机构) first",
        )
    return found


def known_branch(store: Store, *, branch: str, as_of: date) -> str:
    """Return the name of a branch at a date.

    Raises
    ------
    UnknownBranch
        If the bank has no such branch then.
    """
    names = branch_names(store, as_of=as_of)
    if branch not in names:
        listed = ", ".join(list(names)[:12]) + (" ..." if len(names) > 12 else "")
        fix = f"choose one of {listed}; codes are text"
        raise UnknownBranch(f"the bank has no branch {branch!r} at {as_of}", where=str(store.home.bank), fix=fix)
    return names[branch]


def parse_day(as_of: str | date) -> date:
    """Return a date given as such or as ISO text.

    Raises
    ------
    BadConfig
        If the text is no date.

    Examples
    --------
    >>> parse_day("2026-06-30")
    datetime.date(2026, 6, 30)
    """
    try:
        return as_of if isinstance(as_of, date) else date.fromisoformat(as_of)
    except (TypeError, ValueError) as error:
        raise BadConfig(f"as_of {as_of!r} is no date", fix="write it as YYYY-MM-DD") from error


FILES = (
    'SELECT name, table_name AS "table", as_of, rows_count, shared_rows_count, sha256[:12] AS sha256, mapping'
    " FROM files WHERE superseded_by IS NULL AND as_of <= ? ORDER BY as_of, file_id"
)
FINDINGS = (
    'SELECT file, findings.table_name AS "table", column_name AS "column", severity, rule,'
    " findings.rows_count, fix"
    " FROM findings LEFT JOIN files USING (file_id) WHERE as_of IS NULL OR as_of <= ?"
    " ORDER BY severity, file, 2, 3, rule"
)

READINGS = (
    "SELECT name, reading, file_id FROM readings JOIN files USING (file_id)"
    " WHERE superseded_by IS NULL AND as_of <= ? ORDER BY file_id"
)
#: what is told of how a column was read; no value of a row, which may be another branch's
READ_COLUMNS = ("file", "sheet", "table", "column", "header", "unit", "unit_from", "rows_count", "empty_count")
#: the whole record of a column, with examples of those kinds that name nobody
READ_WHOLE = (*READ_COLUMNS, "converted_count", "refused_count", "plained_count", "stood_in_count", "examples")
SHOWN_KINDS = frozenset({"yuan", "share", "number", "count", "date", "month", "flag", "code"})
#: what of a file nobody read
UNREAD_COLUMNS = ("file", "sheet", "left_out", "what", "rows_count")


@dataclass(frozen=True)
class KeptReading:
    """How one sheet was read into one table, as it was kept with the load.

    Parameters
    ----------
    file : str
        The file's name as it may be told.
    record : mapping
        What `intake.reading_record` made.
    is_own : bool
        Whether every row of it is this branch's, so that cells of it may be shown.
    """

    file: str
    record: Mapping[str, Any]
    is_own: bool


def _read_column(reading: KeptReading, column: Mapping[str, Any]) -> tuple:
    record, kind = reading.record, TABLES[reading.record["table"]].column(column["column"]).kind
    is_shown = reading.is_own and kind in SHOWN_KINDS
    pairs = sorted({f"{before} → {after}" for before, after in column["examples"] if is_shown and (before or after)})
    return (
        reading.file,
        record["sheet"],
        record["table"],
        column["column"],
        masked_text(column["head"]),
        column["unit"],
        column["unit_from"],
        column["read"],
        column["empty"],
        column["converted"],
        column["refused"],
        column.get("plain", 0),
        column["stood_in"],
        "; ".join(map(masked_text, pairs)),
    )


def _unread_parts(reading: KeptReading) -> Iterator[tuple]:
    record = reading.record
    place = reading.file, record["sheet"]
    yield from ((*place, "unread_column", masked_text(label), None) for label in record.get("unread", ()))
    yield from ((*place, "rows_of_none", reason, count) for reason, count in record.get("left_out", {}).items())
    yield from ((*place, "passed_table", name, None) for name in record.get("passed_over", ()))
    yield from ((*place, "remark", masked_text(said), None) for said in record.get("remarks", ()))


class ReadFrames(dict[str, pd.DataFrame]):
    """Frames of a book as they were read of the bank; any other mapping may hold what was changed."""


@dataclass(frozen=True)
class BranchBook:
    """One branch at one date: its tables as frames, and what is known of where they came from.

    ``book["loans"]`` is a frame with the contract's columns and dtypes in the order of the key;
    of a table that the bank does not hold it is an empty frame of the same shape. Frames are
    read when first asked for and kept; the store is open only while it is read.

    Parameters
    ----------
    branch_id : str
        The branch's code, text.
    name : str
        Its name at that date.
    as_of : date
        The date asked about.
    home : Home
        Whose bank it is.
    is_synthetic : bool
        Whether any row of the bank came from a generator.
    """

    branch_id: str
    name: str
    as_of: date
    home: Home
    is_synthetic: bool
    _stamp: int = field(default=0, repr=False)
    frames: dict[str, pd.DataFrame] = field(default_factory=ReadFrames, repr=False, compare=False)

    def __getitem__(self, table: str) -> pd.DataFrame:
        if table not in self.frames:
            if table not in TABLES:
                raise UnknownName.nearest(table, TABLES, of=f"branch {self.branch_id}", fix="docs/tables.md lists them")
            self.fetch(table)
        return self.frames[table]

    def _ipython_key_completions_(self) -> list[str]:
        return list(TABLES)

    def fetch(self, *tables: str) -> BranchBook:
        """Read several tables in one session of the store; those read before are kept."""
        wanted = [table for table in tables if table not in self.frames]
        self.frames.update(read_frames(wanted, marks=self._marks, session=self._session))
        return self

    def has(self, table: str) -> bool:
        """Return whether the branch has any row of `table`; nothing is read to know it."""
        return len(self.frames[table]) > 0 if table in self.frames else table in self.filled

    @cached_property
    def filled(self) -> frozenset[str]:
        """Names of the tables of which the branch has any row."""
        return nonempty_tables(marks=self._marks, session=self._session)

    @property
    def lacking(self) -> frozenset[str]:
        """Columns that the rows read so far lack, as ``loans.overdue_days``; see `framed_rows`."""
        return frozenset(
            f"{table}.{name}"
            for table, frame in self.frames.items()
            for name in (TABLES[table].lackable if table in TABLES else ())
            if name not in frame.columns
        )

    @cached_property
    def held(self) -> tuple[str, ...]:
        """Names of the tables that the bank holds, state tables only if they have a snapshot for this branch."""
        with self._session() as cut:
            return tuple(cut.held())

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """Names of the tables that the bank does not hold for this branch, in contract order."""
        with self._session() as cut:
            return tuple(name for name in cut.store.names if name not in self.held)

    @cached_property
    def level(self) -> int:
        """The highest data level of a table that is held: 0 ledger only … 4 marketing."""
        with self._session() as cut:
            return max((cut.store.contract(name).level for name in self.held), default=0)

    @cached_property
    def files(self) -> pd.DataFrame:
        """The files that the bank holds at that date: name, table, as_of, rows, shared rows, hash, mapping."""
        with self._session() as cut:
            told = _dated(cut.store.con.con.execute(FILES, [self.as_of]).df())
            return told.assign(name=told["name"].map(masked_text).astype(told["name"].dtype))

    @cached_property
    def findings(self) -> pd.DataFrame:
        """What ingest noticed and did not block: a line per file, column and rule, with a count.

        The files are the bank's, so no value of a row is told here: it may be another branch's.
        """
        with self._session() as cut:
            return cut.store.con.con.execute(FINDINGS, [self.as_of]).df()

    @cached_property
    def readings(self) -> pd.DataFrame:
        """How each column of the files was read: its header, its unit and what said it, rows, and how many are empty.

        A row per file, sheet, table and column; ``unit_from`` is ``mapping``, ``header``, ``title`` or empty, where
        nothing said a unit and ours was taken. Tables that came as frames have none. ``file`` is as `files` tells it.
        """
        return self.column_readings[list(READ_COLUMNS)]

    @cached_property
    def column_readings(self) -> pd.DataFrame:
        """`readings` with what became of each column's cells: the record that an ingest keeps, whole.

        ``converted_count``, ``refused_count``, ``plained_count`` (disguises taken off) and ``stood_in_count`` (days
        that stand for none) are rows of the file. ``examples`` holds up to three cells before and after, in no order
        of rows, of columns that name nobody; of a file that holds other branches' rows too it is empty.
        """
        rows = [_read_column(each, column) for each in self._kept_readings for column in each.record["columns"]]
        return pd.DataFrame(rows, columns=list(READ_WHOLE))

    @cached_property
    def unread_parts(self) -> pd.DataFrame:
        """What of the files nobody read: columns, rows with the reason, tables, and what was said of sheets.

        ``left_out`` is ``unread_column``, ``rows_of_none``, ``passed_table`` or ``remark``; ``rows_count`` is missing
        where nothing was counted.
        """
        rows = [part for each in self._kept_readings for part in _unread_parts(each)]
        frame = pd.DataFrame(rows, columns=list(UNREAD_COLUMNS)).astype({"rows_count": "Int64"})
        return frame.drop_duplicates(ignore_index=True)

    @cached_property
    def _kept_readings(self) -> list[KeptReading]:
        with self._session() as cut:
            found = cut.store.rows(READINGS, [self.as_of])
            told = [(name, json.loads(reading), file_id) for name, reading, file_id in found]
            tables = {record["table"] for _, record, _ in told if "branch_id" in TABLES[record["table"]].names}
            own = {
                file_id
                for table in tables
                for (file_id,) in cut.store.rows(
                    f"SELECT file_id FROM {table} GROUP BY file_id HAVING bool_and(branch_id = ?)", [self.branch_id]
                )
            }
        return [
            KeptReading(masked_text(record["file"] or name), record, file_id in own) for name, record, file_id in told
        ]

    @property
    def _marks(self) -> tuple[object, ...]:
        """What tells this book from any other."""
        return str(self.home.bank.resolve()), self._stamp, self.branch_id, self.as_of

    @property
    def is_as_read(self) -> bool:
        """Whether all its frames are the bank's own, so that what rests on them holds for whoever opens it again."""
        return self._stamp != 0 and isinstance(self.frames, ReadFrames)

    @cached_property
    def result_marks(self) -> str:
        """What tells this book's `kept` results from others of its rows: the terms that hold, and its class's own."""
        return text_hash(repr((self.home.terms_marks(), self._own_results())))[:12]

    def _own_results(self) -> tuple[str, ...]:
        """Return the names of results that this class computes in another way than the one whose results are kept."""
        return ()

    @contextmanager
    def _session(self) -> Iterator[Cut]:
        with open_store(self.home) as store:
            refuse_changed(self.home, self._stamp)
            yield cut_branch(store, branch=self.branch_id, as_of=self.as_of)


def read_branch(home: str | Path | Home, *, branch: str, as_of: str | date) -> BranchBook:
    """Open one branch's book at a date; its frames are read when they are asked for.

    Parameters
    ----------
    home : path
        The folder that holds ``data/bank.duckdb``, or one with a demo bank below it.
    branch : str
        The branch's code, text: ``"0755"``.
    as_of : str or date
        The date, ISO text.

    Raises
    ------
    BadConfig
        If there is no bank, or the date cannot be read.
    BadData
        If the date is before the bank's first tables.
    UnknownBranch
        If the bank has no such branch at that date.
    """
    place = home if isinstance(home, Home) else find_home(home)
    day = parse_day(as_of)
    with open_store(place) as store:
        name = known_branch(store, branch=branch, as_of=day)
        return BranchBook(branch, name, day, place, store.is_synthetic, stamp(place))


def _dated(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype({"as_of": "datetime64[s]"})
