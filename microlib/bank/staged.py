"""Rows on their way in: converted, typed and standing in a temporary relation, not yet checked or kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import duckdb
import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from microlib.bank.additions import ENGINE_TYPES
from microlib.bank.stores import Store
from microlib.contracts.columns import Table
from microlib.contracts.failures import failure_frame
from microlib.errors import BadData


@dataclass(frozen=True)
class FileMark:
    """What is remembered of a file.

    Parameters
    ----------
    name : str
        The file's name; `Staged.origin` says it again.
    sha256 : str
        Hash of its bytes: the same file is known again by it.
    mapping : str
        Which mapping read it, with its revision.
    is_synthetic : bool
        Whether a generator made it.
    """

    name: str
    sha256: str
    mapping: str = ""
    is_synthetic: bool = False


@dataclass(frozen=True)
class Staged:
    """One table's rows from one file, waiting in the store's session.

    Parameters
    ----------
    table : str
        Our name of the table.
    relation : str
        A temporary relation of the session: contract columns, typed, and ``row_number``,
        the row of the file that a failure names.
    origin : str
        The file's name.
    as_of : date
        The date of the file.
    problems : DataFrame
        Failures already found while converting.
    """

    table: str
    relation: str
    origin: str
    as_of: date
    problems: pd.DataFrame = field(default_factory=failure_frame, repr=False)


@dataclass(frozen=True)
class Arrival:
    """All arriving rows of one table, with what a failure needs to name them.

    Parameters
    ----------
    contract : Table
        What the rows must say.
    rows : ibis table
        Contract columns, ``row_number``, ``as_of``, ``file_id``.
    files : mapping
        Name of every file, arriving or kept, by ``file_id``.
    file_ids : tuple of int
        The files from which the rows arrive.
    filled : frozenset of str
        The columns that hold any value: what is empty everywhere need not be looked at.
    """

    contract: Table
    rows: ir.Table = field(repr=False)
    files: Mapping[int, str] = field(repr=False)
    file_ids: tuple[int, ...] = ()
    filled: frozenset[str] = frozenset()

    @property
    def table(self) -> str:
        """The table's name."""
        return self.contract.name

    @property
    def identity(self) -> list[str]:
        """The columns that name one row in the store: a snapshot's row is named by its date too."""
        return [*self.contract.key, "as_of"] if self.contract.state else list(self.contract.key)

    @property
    def clustering(self) -> list[str]:
        """The order in which rows are written, so that one branch's or one loan's rows lie together.

        The engine keeps the least and greatest value of every block of rows: a branch's slice
        then touches only its own blocks.
        """
        date = ["as_of"] if self.contract.state else []
        branch = ["branch_id"] if "branch_id" in self.contract.names else []
        return list(dict.fromkeys([*date, *branch, *self.contract.key]))


def stage_frame(store: Store, frame: pd.DataFrame, *, table: str, origin: str, as_of: date) -> Staged:
    """Put a frame with contract columns into the session; its rows are numbered from 1.

    Raises
    ------
    BadData
        If the frame holds a column that the contract does not know, or values of another kind.
    """
    unknown = [name for name in frame.columns if name not in store.contract(table).names]
    if unknown:
        raise BadData(f"{table} has no column {', '.join(unknown)}", where=origin, fix="keep to the contract's columns")
    relation = f"staged_{table}_{len(store.con.list_tables())}"
    con = store.con.con
    try:
        con.register("arriving", pa.Table.from_pandas(frame, preserve_index=False))
        con.execute(
            f"CREATE TEMP TABLE {relation} AS SELECT {_typed(store.contract(table), list(frame.columns))} FROM arriving"
        )
        con.unregister("arriving")
    except (duckdb.Error, pa.ArrowException) as error:
        told = str(error).splitlines()[0]
        raise BadData(
            f"{table} holds values of another kind: {told}", where=origin, fix="convert them first"
        ) from error
    return Staged(table, relation, origin, as_of)


def arrivals(store: Store, staged: Sequence[Staged], *, file_ids: Sequence[int]) -> list[Arrival]:
    """Return what is arriving, a table each, in the order in which tables may be loaded.

    Columns that a file does not carry are missing values; a not-a-number and an empty text are
    missing values too.
    """
    names = dict(store.rows("SELECT file_id, name FROM files"))
    names |= dict(zip(file_ids, (part.origin for part in staged), strict=True))
    parts: dict[str, dict[int, Staged]] = {}
    for file_id, part in zip(file_ids, staged, strict=True):
        parts.setdefault(part.table, {})[file_id] = part
    return [_arrival(store, store.contract(name), parts[name], names) for name in store.names if name in parts]


def missing_columns(store: Store, part: Staged) -> pd.DataFrame:
    """Return the required columns that a staged table does not have, as failures."""
    contract, held = store.contract(part.table), store.con.table(part.relation).columns
    place = {"file": part.origin, "table": part.table, "severity": "block", "rule": "missing_column"}
    absent = [column for column in contract.columns if column.required and column.name not in held]
    fix = "add the column {zh}, or name its header in the mapping"
    return failure_frame(place | {"column": column.name, "fix": fix.format(zh=column.zh)} for column in absent)


def make_view(store: Store, name: str, rows: ir.Table) -> ir.Table:
    """Give an expression a name in the session, so that what builds on it stays short."""
    store.con.raw_sql(f"CREATE OR REPLACE TEMP VIEW {name} AS {store.con.compile(rows)}")
    return store.con.table(name)


def _arrival(store: Store, contract: Table, parts: Mapping[int, Staged], names: Mapping[int, str]) -> Arrival:
    pieces = [_shaped(store, part, file_id) for file_id, part in parts.items()]
    whole = pieces[0] if len(pieces) == 1 else ibis.union(*pieces)
    rows = make_view(store, f"incoming_{contract.name}", whole)
    counted = ", ".join(f'count("{name}")' for name in contract.names)
    (counts,) = store.rows(f"SELECT {counted} FROM incoming_{contract.name}")
    filled = frozenset(name for name, count in zip(contract.names, counts, strict=True) if count)
    return Arrival(contract, rows, names, tuple(parts), filled)


def _typed(contract: Table, names: list[str]) -> str:
    kinds = {column.name: ENGINE_TYPES[column.engine_type] for column in contract.columns}
    casts = [f'"{name}"::{kinds[name]} AS "{name}"' for name in names]
    return ", ".join([*casts, "row_number() OVER () AS row_number"])


def _shaped(store: Store, part: Staged, file_id: int) -> ir.Table:
    rows = store.con.table(part.relation)
    columns = {
        column.name: _column(rows, column.name, column.engine_type) for column in store.contract(part.table).columns
    }
    marks = {"row_number": rows.row_number.cast("int64"), "as_of": ibis.date(part.as_of.isoformat())}
    return rows.select(**columns, **marks, file_id=ibis.literal(file_id, "int32"))


def _column(rows: ir.Table, name: str, kind: str) -> ir.Value:
    if name not in rows.columns:
        return ibis.null(kind)
    value = rows[name] if rows[name].type() == ibis.dtype(kind) else rows[name].cast(kind)
    if kind == "float64":
        return ibis.ifelse(value.isnan(), ibis.null(kind), value)
    return value.nullif("") if kind == "string" else value
