"""Rows on their way in: staged in temporary relations, one row a key, checked in one pass of the engine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache, reduce
from operator import and_, or_

import duckdb
import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
from ibis.expr.operations import Relation

from microlib.bank.store import ENGINE_TYPES, Store, happened, standing
from microlib.contracts.columns import Table
from microlib.contracts.failures import FIXED, LISTED_ROWS, failure_frame, joined_failures, remainder
from microlib.contracts.tables import TABLES
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
    readings : tuple of dict
        How the sheets behind it were read.
    """

    table: str
    relation: str
    origin: str
    as_of: date
    problems: pd.DataFrame = field(default_factory=failure_frame, repr=False)
    readings: tuple[dict, ...] = field(default=(), repr=False)


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
    lacking : mapping
        The files that are without a column that may lack, by its name.
    """

    contract: Table
    rows: ir.Table = field(repr=False)
    files: Mapping[int, str] = field(repr=False)
    file_ids: tuple[int, ...] = ()
    filled: frozenset[str] = frozenset()
    lacking: Mapping[str, frozenset[int]] = field(default_factory=dict, repr=False)

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
    """Return the required columns that a staged table does not have, as failures; what may lack is a warning.

    A column that may lack and is blank in every row is told as one that lacks.
    """
    contract, held = store.contract(part.table), store.con.table(part.relation).columns
    place = {"file": part.origin, "table": part.table}
    absent = [column for column in contract.columns if column.required and column.name not in held]
    kinds = {True: ("warn", "column_lacking"), False: ("block", "missing_column")}
    fix = "add the column {zh}, or name its header in the mapping"
    blank = _blank_columns(store, part, [name for name in contract.lackable if name in held])
    told = [
        place
        | dict(zip(("severity", "rule"), kinds[column.may_lack], strict=True))
        | {"column": column.name, "fix": fix.format(zh=column.zh)}
        for column in absent
    ]
    return failure_frame([*told, *(place | BLANK | {"column": name} for name in blank)])


#: what is told of a column that may lack, is there, and has no value in any row
BLANK = {
    "severity": "warn",
    "rule": "column_lacking",
    "value": "blank in every row",
    "fix": "fill it, or say under assumed in the mapping what a blank means",
}


def _blank_columns(store: Store, part: Staged, names: Sequence[str]) -> list[str]:
    """Return which of some columns have no value in any row of a staged table that has rows."""
    counts = ", ".join(["count(*)", *(f'count("{name}")' for name in names)])
    rows_count, *held = store.rows(f"SELECT {counts} FROM {part.relation}")[0]
    return [name for name, count in zip(names, held, strict=True) if rows_count and not count]


def make_view(store: Store, name: str, rows: ir.Table) -> ir.Table:
    """Give an expression a name in the session, so that what builds on it stays short."""
    store.con.raw_sql(f"CREATE OR REPLACE TEMP VIEW {name} AS {engine_sql(rows)}")
    return ibis.table(rows.schema(), name=name)


def engine_sql(rows: ir.Table) -> str:
    """Return an expression in the engine's words; what was said once, of whatever bank, is not translated again."""
    return _translated(rows.op())


@lru_cache(maxsize=1024)
def _translated(relation: Relation) -> str:
    return ibis.duckdb.compile(relation.to_expr())


def _arrival(store: Store, contract: Table, parts: Mapping[int, Staged], names: Mapping[int, str]) -> Arrival:
    pieces = [_shaped(store, part, file_id) for file_id, part in parts.items()]
    whole = pieces[0] if len(pieces) == 1 else ibis.union(*pieces)
    rows = make_view(store, f"incoming_{contract.name}", whole)
    counted = ", ".join(f'count("{name}")' for name in contract.names)
    (counts,) = store.rows(f"SELECT {counted} FROM incoming_{contract.name}")
    filled = frozenset(name for name, count in zip(contract.names, counts, strict=True) if count)
    return Arrival(contract, rows, names, tuple(parts), filled, _lacking(store, contract))


def _lacking(store: Store, contract: Table) -> dict[str, frozenset[int]]:
    """Return which files hold no value of a column that they may lack."""
    if not contract.lackable:
        return {}
    counts = ", ".join(f'count("{name}")' for name in contract.lackable)
    found = store.rows(f"SELECT file_id, {counts} FROM incoming_{contract.name} GROUP BY file_id")
    return {
        name: frozenset(file_id for file_id, *held in found if not held[place])
        for place, name in enumerate(contract.lackable)
    }


def _typed(contract: Table, names: list[str]) -> str:
    kinds = {column.name: ENGINE_TYPES[column.engine_type] for column in contract.columns}
    casts = [f'"{name}"::{kinds[name]} AS "{name}"' for name in names]
    return ", ".join([*casts, "row_number() OVER () AS row_number"])


def _shaped(store: Store, part: Staged, file_id: int) -> ir.Table:
    rows = ibis.table(store.con.table(part.relation).schema(), name=part.relation)
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
    return [int(count) for count in store.rows(engine_sql(rows.aggregate(**pieces)))[0]]


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
    found = store.rows(
        f"SELECT file_id, row_number, value, count(*) OVER () FROM ({engine_sql(broken)}) "
        f"ORDER BY file_id, row_number, value LIMIT {LISTED_ROWS}"
    )
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


def kept_rows(store: Store, table: str, *, replaced: Collection[int] = ()) -> ir.Table:
    """Return a table's rows as the store holds them, without those of files being superseded."""
    rows = ibis.table(_kept_schema(table), name=table)
    return rows.filter(rows.file_id.notin(list(replaced))) if replaced else rows


@lru_cache
def _kept_schema(table: str) -> ibis.Schema:
    columns = {column.name: column.engine_type for column in TABLES[table].columns}
    return ibis.schema({**columns, "as_of": "date", "file_id": "int32"})


def repeated_keys(store: Store, arrival: Arrival) -> pd.DataFrame:
    """Return rows whose key stands more than once in their own file."""
    contract, rows = arrival.contract, arrival.rows
    if not _may_repeat(store, arrival):
        return failure_frame()
    whole = rows.filter(reduce(and_, [rows[name].notnull() for name in contract.key]))
    names = [*contract.key, "file_id"]
    many = whole.group_by(names).having(whole.count() > 1).agg(copies=whole.count())
    rule = Rule("unique", contract.key[0], "block", FIXED["unique"])
    again = rows.semi_join(many, names)
    return listed_failures(
        store, arrival, again.select("file_id", "row_number", value=_key(again, contract.key)), rule=rule
    )


def _may_repeat(store: Store, arrival: Arrival) -> bool:
    """Return whether fewer hashes of keys than rows arrive: cheaper than to look for the keys, and never less."""
    names = [*arrival.contract.key, "file_id"]
    whole = " AND ".join(f'"{name}" IS NOT NULL' for name in names)
    hashed = ", ".join(f'"{name}"' for name in names)
    counted = f"SELECT count(*) > count(DISTINCT hash({hashed})) FROM incoming_{arrival.table} WHERE {whole}"
    return store.rows(counted)[0][0]


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
    other, own = (
        ibis.cases(*[(whole[column] == mark, name) for mark, name in arrival.files.items()], else_="")
        for column in ("other_file_id", "file_id")
    )
    key = _key(whole, arrival.contract.key)
    told = whole.select("file_id", "row_number", value=key + " (differs in " + other + ")", is_own=other == own)
    cases = (("conflict", told.filter(~told.is_own)), ("conflict_of_sheets", told.filter(told.is_own)))
    return joined_failures(
        listed_failures(store, arrival, broken, rule=Rule(name, arrival.contract.key[0], "block", FIXED[name]))
        for name, broken in cases
    )


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


@dataclass(frozen=True)
class View:
    """What the store would hold at a date if the load went ahead.

    Parameters
    ----------
    store : Store
        The open store.
    arriving : mapping
        The arriving rows, by table.
    replaced : collection of int
        Files being superseded.
    as_of : date
        The date asked about.
    made : dict
        Relations already named in the session: a long expression is translated once.
    """

    store: Store = field(repr=False)
    arriving: Mapping[str, Arrival] = field(repr=False)
    replaced: Collection[int] = field(repr=False)
    as_of: date
    made: dict[str, ir.Table] = field(default_factory=dict, repr=False)

    def has(self, table: str) -> bool:
        """Return whether there would be any row of `table`."""
        return table in self.arriving or self.store.has(table)

    def history(self, table: str) -> ir.Table:
        """Return all rows of a table, of every date: contract columns, ``row_number``, ``as_of``, ``file_id``."""
        return self._named(f"history_{table}", lambda: self._history(table))

    def rows(self, table: str) -> ir.Table:
        """Return a table as it would stand at the date."""
        return self._named(f"standing_{table}_{self.as_of:%Y%m%d}", lambda: self._standing(table))

    def fresh(self, table: str) -> ir.Table:
        """Return the arriving rows that no other file holds already."""
        return new_rows(self.store, self.arriving[table], replaced=self.replaced)

    def _history(self, table: str) -> ir.Table:
        names = [*self.store.contract(table).names, "row_number", "as_of", "file_id"]
        if not self.store.has(table):
            return self.arriving[table].rows.select(names)
        kept = kept_rows(self.store, table, replaced=self.replaced).mutate(row_number=ibis.null("int64")).select(names)
        if table not in self.arriving:
            return kept
        return ibis.union(kept, self.fresh(table).select(names))

    def _standing(self, table: str) -> ir.Table:
        contract, history = self.store.contract(table), self.history(table)
        if not contract.state:
            return happened(history, contract, as_of=self.as_of)
        by = ["branch_id", "as_of"] if "branch_id" in contract.names else ["as_of"]
        return standing(history, history.select(by).distinct(), contract, as_of=self.as_of)

    def _named(self, name: str, make: Callable[[], ir.Table]) -> ir.Table:
        if name not in self.made:
            self.made[name] = make_view(self.store, name, make())
        return self.made[name]

    def at(self, as_of: date) -> View:
        """Return the same bank at another date."""
        return replace(self, as_of=as_of)

    def arrival(self, table: str) -> Arrival:
        """Return a table's arriving rows, or the names of the files alone when none arrive."""
        other = next(iter(self.arriving.values()))
        return self.arriving.get(table) or Arrival(self.store.contract(table), other.rows, other.files)
