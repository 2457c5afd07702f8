"""The store: one DuckDB file reached through Ibis, its schema and migrations, and the bank as of a date.

`open_store` opens it to read by many or to write by one. `as_of_table` gives the last snapshot not after a
date and the events that had happened by then. Tables and columns new in the contracts are added empty.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from functools import cached_property
from pathlib import Path
from types import TracebackType

import duckdb
import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis.backends.duckdb import Backend

from microlib.bank.state import BUSY, WAIT, Draft, begun_draft, state_file, state_stamp
from microlib.calendars import last_complete_month_end
from microlib.contracts.columns import Table
from microlib.contracts.tables import TABLES
from microlib.errors import BadConfig, BadData
from microlib.files import text_hash
from microlib.home import DISTRIBUTION, Home

ENGINE_TYPES = {
    "string": "VARCHAR",
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "boolean": "BOOLEAN",
}


def contracts_mark() -> str:
    """Return a short text that changes whenever a table or a column is declared anew.

    Examples
    --------
    >>> len(contracts_mark())
    16
    """
    declared = [f"{name}.{column.name} {column.engine_type}" for name in TABLES for column in TABLES[name].columns]
    return text_hash("\n".join(declared))[:16]


def creating(table: Table) -> str:
    """Return the statement that makes a contract's table, empty."""
    columns = [_declared(column.name, column.engine_type) for column in table.columns]
    return f"CREATE TABLE {table.name} ({', '.join([*columns, 'as_of DATE', 'file_id INTEGER'])})"


def adding(columns: dict[str, list[str]]) -> list[str]:
    """Return the statements that add what the contracts declare and a store lacks.

    Parameters
    ----------
    columns : dict
        The store's tables with their columns.

    Examples
    --------
    >>> held = {name: table.names for name, table in TABLES.items()}
    >>> adding(held), adding({**held, "branches": TABLES["branches"].names[1:]})
    ([], ['ALTER TABLE branches ADD COLUMN "branch_id" VARCHAR'])
    """
    made = [creating(table) for name, table in TABLES.items() if name not in columns]
    added = [
        f"ALTER TABLE {name} ADD COLUMN {_declared(column.name, column.engine_type)}"
        for name, table in TABLES.items()
        if name in columns
        for column in table.columns
        if column.name not in columns[name]
    ]
    return [*made, *added]


def _declared(name: str, kind: str) -> str:
    return f'"{name}" {ENGINE_TYPES[kind]}'


#: the key goes with the process; the engine calls its own cipher unsafe for want of a certified source of chance
SPILLED_IN_CIPHER = ("SET force_mbedtls_unsafe = 'true'", "SET temp_file_encryption = true")
SCHEMA_VERSION = 2
#: how each sheet of a file was read, as JSON
READINGS = "CREATE TABLE readings (file_id INTEGER, reading VARCHAR)"
#: statements that lift a store from the version named to the next one
MIGRATIONS: dict[int, tuple[str, ...]] = {1: (READINGS,)}
BOOKKEEPING = (
    "CREATE TABLE meta (key VARCHAR, value VARCHAR)",
    "CREATE TABLE files (file_id INTEGER, name VARCHAR, sha256 VARCHAR, table_name VARCHAR, mapping VARCHAR,"
    " as_of DATE, rows_count BIGINT, shared_rows_count BIGINT, loaded_at TIMESTAMP, superseded_by INTEGER,"
    " is_synthetic BOOLEAN)",
    "CREATE TABLE shares (file_id INTEGER, owner_id INTEGER, rows_count BIGINT)",
    "CREATE TABLE snapshots (table_name VARCHAR, branch_id VARCHAR, as_of DATE, rows_count BIGINT)",
    "CREATE TABLE findings (file_id INTEGER, file VARCHAR, table_name VARCHAR, column_name VARCHAR,"
    " severity VARCHAR, rule VARCHAR, rows_count BIGINT, example VARCHAR, fix VARCHAR)",
    READINGS,
)


class Store:
    """An open store; use it as a context, so that the file is released.

    Attributes
    ----------
    home : Home
        Whose bank it is.
    con : ibis backend
        The engine; every whole-bank expression runs here.
    """

    def __init__(self, home: Home, con: Backend, *, draft: Draft | None = None) -> None:
        self.home, self.con, self.draft = home, con, draft

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self.close()
            return
        self.con.disconnect()
        if self.draft is not None:
            self.draft.drop()

    def close(self) -> None:
        """Release the file; what was written is the bank's state from now on.

        Raises
        ------
        BadConfig
            If the disk refuses (full, read-only): the bank is as it was then.
        """
        if self.draft is None:
            self.con.disconnect()
            return
        try:
            self.con.raw_sql("CHECKPOINT")
            self.con.disconnect()
        except BaseException as error:
            self.__exit__(type(error), error, None)
            if not isinstance(error, duckdb.Error):
                raise
            fix = "free space or rights on that folder, then repeat"
            raise BadConfig("the store cannot be written", where=str(self.home.bank), fix=fix) from error
        self.draft.publish()

    def rows(self, sql: str, parameters: list | None = None) -> list[tuple]:
        """Return the rows of one bookkeeping query."""
        return self.con.con.execute(sql, parameters or []).fetchall()

    def frame(self, expression: ir.Table) -> pd.DataFrame:
        """Run an expression in the engine and return its rows."""
        return self.con.con.execute(self.con.compile(expression)).df()

    @cached_property
    def tables(self) -> list[str]:
        """Names of the tables that hold rows, in contract order; as they were when first asked."""
        counted = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in TABLES)
        filled = {name for name, rows in self.rows(counted) if rows}
        return [name for name in TABLES if name in filled]

    def has(self, table: str) -> bool:
        """Return whether the store holds any row of `table`."""
        return table in self.tables

    @property
    def names(self) -> list[str]:
        """Names of all tables there are contracts for, in contract order."""
        return list(TABLES)

    def contract(self, table: str) -> Table:
        """Return the contract of a table; a name that is not there is a `KeyError`."""
        return TABLES[table]

    def refresh(self) -> None:
        """Forget what was counted: call it after rows were written."""
        self.__dict__.pop("tables", None)

    @property
    def is_synthetic(self) -> bool:
        """Whether any row came from a generator and not from a bank."""
        return bool(self.rows("SELECT count(*) FROM files WHERE is_synthetic")[0][0])


def open_store(home: Home | str | Path, *, writable: bool = False) -> Store:
    """Open a home's store.

    Several processes may read one store at the same time, and one may write: what it writes is a new state, which
    takes the place of the former when the context ends well. Readers go on reading the state that they opened.
    A store of an older schema is upgraded on the way where a migration is listed; tables and
    columns declared since it was made are added, empty.

    Parameters
    ----------
    home : Home or path
        The bank's folders, or the folder that holds them.
    writable : bool
        Open to write, and make an empty store if there is none. When the context ends in an error all is as it was.

    Raises
    ------
    BadConfig
        If there is no bank, another process writes it or holds it by other means, the file is not a store, or its
        schema is newer than this library or older than any listed migration.
    """
    home = home if isinstance(home, Home) else Home(Path(home))
    if "?" in str(home.bank.resolve()):  # the engine would keep its log elsewhere
        fix = "rename the folder"
        raise BadConfig("no bank can be kept in a folder whose path holds ?", where=str(home.bank), fix=fix)
    if not writable and not home.bank.is_file():
        raise BadConfig(
            "there is no bank here yet", where=str(home.bank), fix="run `microlib demo` or `microlib ingest`"
        )
    store = _writing(home) if writable else Store(home, _reading(home))
    try:
        version = _version(store)
        is_whole = version == SCHEMA_VERSION and read_meta(store, "contracts") == contracts_mark()
        if writable or version > SCHEMA_VERSION:
            _prepare(store, version)
    except BaseException as error:
        store.__exit__(type(error), error, None)
        raise
    return store if writable or is_whole else _upgraded(store)


def stamp(home: Home) -> int:
    """Return a number that changes whenever the store is written; while a run holds a state, it is that state's."""
    return state_stamp(home)


def refuse_changed(home: Home, before: int) -> None:
    """Refuse to go on when the store was written since its `stamp` was taken.

    Raises
    ------
    BadConfig
        If it was: two tables of one book would be of two banks.
    """
    if stamp(home) != before:
        fix = "read the branch again: the notebook from its first cell"
        raise BadConfig("the bank was written while its book was open", where=str(home.bank), fix=fix)


def write_meta(store: Store, **values: str) -> None:
    """Note facts about the whole store, replacing earlier values of the same keys."""
    for key, value in values.items():
        store.rows("DELETE FROM meta WHERE key = ?", [key])
        store.rows("INSERT INTO meta VALUES (?, ?)", [key, value])


def read_meta(store: Store, key: str) -> str:
    """Return one fact noted about the store, empty when it was never noted."""
    found = store.rows("SELECT value FROM meta WHERE key = ?", [key])
    return found[0][0] if found else ""


def _reading(home: Home) -> Backend:
    try:
        return _connected(state_file(home), is_read_only=True)
    except (duckdb.Error, OSError) as error:
        raise _refusal(home, str(error)) from error


def _writing(home: Home) -> Store:
    try:
        draft = begun_draft(home)
    except (duckdb.Error, OSError) as error:
        raise _refusal(home, str(error)) from error
    try:
        con = _connected(draft.path, is_read_only=False)
    except (duckdb.Error, OSError) as error:
        draft.drop()
        raise _refusal(home, str(error)) from error
    except BaseException:
        draft.drop()
        raise
    return Store(home, con, draft=draft)


def _connected(path: Path, *, is_read_only: bool) -> Backend:
    """Open a file; a writer, who has plain names in hand, writes what memory has no room for in cipher."""
    con = ibis.duckdb.connect(path, read_only=is_read_only)
    con.con.execute("SET enable_progress_bar = false")  # in a notebook a slow query would leave its bar on the page
    for statement in () if is_read_only else SPILLED_IN_CIPHER:
        with suppress(duckdb.CatalogException):  # an engine that does not know it writes into the draft's own folder
            con.con.execute(statement)
    return con


def _refusal(home: Home, text: str) -> BadConfig:
    if "lock" in text or "different configuration" in text:
        what, fix = BUSY, WAIT
    elif "not a valid DuckDB" in text:
        what, fix = "the bank's file is not a store", "move it away and ingest the tables again"
    else:
        what, fix = f"the bank cannot be opened: {text.splitlines()[0]}", "check the folder's rights and free space"
    return BadConfig(what, where=str(home.bank), fix=fix)


def _upgraded(store: Store) -> Store:
    store.close()
    open_store(store.home, writable=True).close()
    return Store(store.home, _reading(store.home))


def _version(store: Store) -> int:
    try:
        return int(read_meta(store, "schema_version") or 0)
    except duckdb.CatalogException:
        return 0


def _prepare(store: Store, version: int) -> None:
    if version > SCHEMA_VERSION:
        raise _too_new(store, version)
    if version == SCHEMA_VERSION and read_meta(store, "contracts") == contracts_mark():
        return
    is_empty = not store.con.list_tables()
    statements = making() if is_empty else _lifting(store, version)
    store.con.raw_sql("BEGIN TRANSACTION")
    for statement in statements:
        store.con.raw_sql(statement)
    for statement in [] if is_empty else adding(_columns(store)):
        store.con.raw_sql(statement)
    write_meta(store, schema_version=str(SCHEMA_VERSION), contracts=contracts_mark())
    store.con.raw_sql("COMMIT")


def making() -> list[str]:
    """Return the statements that make an empty store of this version."""
    return [*BOOKKEEPING, *(creating(table) for table in TABLES.values())]


def _columns(store: Store) -> dict[str, list[str]]:
    held = store.rows("SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal")
    found: dict[str, list[str]] = {}
    for table, column in held:
        found.setdefault(table, []).append(column)
    return found


def _lifting(store: Store, version: int) -> list[str]:
    steps = range(version, SCHEMA_VERSION)
    if not all(step in MIGRATIONS for step in steps):
        raise BadConfig(
            f"the store's schema {version} is older than any this version can upgrade (it writes {SCHEMA_VERSION})",
            where=str(store.home.bank),
            fix="move the file away and run `microlib ingest` again (`microlib demo` for the demo bank)",
        )
    return [statement for step in steps for statement in MIGRATIONS[step]]


def _too_new(store: Store, version: int) -> BadConfig:
    return BadConfig(
        f"the store's schema {version} is newer than this version's {SCHEMA_VERSION}",
        where=str(store.home.bank),
        fix=f"install the newer {DISTRIBUTION.replace('-', '_')}-*.whl of whoever wrote the store",
    )


#: the date of each event; a schedule has none, because what is agreed is known from the first day
EVENT_DATES = {
    "loan_months": "month",
    "repayments": "paid_date",
    "applications": "submitted_at",
    "payments": "paid_date",
    "site_checks": "checked_date",
    "external_series": "month",
    "invoices": "issued_date",
    "flow_months": "month",
    "touches": "touched_at",
    "churn_reviews": "reviewed_date",
    "rm_months": "month",
    "core_receipts": "received_date",
}


def as_of_table(store: Store, name: str, *, as_of: date) -> ir.Table:
    """Return one table as it stood at a date, as an expression with the contract's columns only.

    A state table gives its last snapshot not after the date, branch by branch where its rows
    carry a branch. An event table gives the rows whose own date is not after it.

    Examples
    --------
    >>> import tempfile, pandas as pd
    >>> from microlib.bank.ingest import load
    >>> from microlib.bank import store
    >>> home = tempfile.mkdtemp()
    >>> branches = pd.DataFrame({"branch_id": ["0755"], "name": ["old name"]})
    >>> _ = load.load_frames(home, {"branches": branches}, as_of=date(2026, 3, 31), name="march")
    >>> renamed = branches.assign(name="new name")
    >>> _ = load.load_frames(home, {"branches": renamed}, as_of=date(2026, 6, 30), name="june")
    >>> with open_store(home) as store:
    ...     as_of_table(store, "branches", as_of=date(2026, 5, 31)).name.execute().tolist()
    ['old name']
    """
    contract = store.contract(name)
    rows = store.con.table(name)
    if not contract.state:
        return happened(rows, contract, as_of=as_of).select(contract.names)
    dates = store.con.table("snapshots")
    return standing(rows, dates.filter(dates.table_name == name), contract, as_of=as_of).select(contract.names)


def happened(rows: ir.Table, contract: Table, *, as_of: date) -> ir.Table:
    """Return the rows of an event table whose own date is not after `as_of`."""
    name = EVENT_DATES.get(contract.name)
    if name is None:
        return rows
    if contract.column(name).kind == "month":
        return rows.filter(rows[name] <= as_of.strftime("%Y-%m"))
    if contract.column(name).kind == "moment":
        return rows.filter(rows[name] < ibis.date(as_of.isoformat()) + ibis.interval(days=1))
    return rows.filter(rows[name] <= ibis.date(as_of.isoformat()))


def standing(rows: ir.Table, dates: ir.Table, contract: Table, *, as_of: date) -> ir.Table:
    """Return the rows of a state table's last snapshots not after `as_of`.

    Parameters
    ----------
    rows : ibis table
        Rows of all snapshots, with ``as_of``.
    dates : ibis table
        Which snapshots there are: ``as_of`` and, where the table has branches, ``branch_id``.
    contract : Table
        The table's contract.
    as_of : date
        The date asked about.
    """
    by = ["branch_id"] if "branch_id" in contract.names else []
    past = dates.filter(dates.as_of <= ibis.date(as_of.isoformat()))
    last = past.group_by(by).agg(as_of=past.as_of.max()) if by else past.agg(as_of=past.as_of.max())
    return rows.semi_join(last, [*by, "as_of"])


def default_as_of(store: Store) -> date:
    """Return the last complete month end not after the newest file, or the newest date if nothing is known then.

    Raises
    ------
    BadData
        If the store holds no file.
    """
    newest = store.rows("SELECT max(as_of) FROM files WHERE superseded_by IS NULL")[0][0]
    if newest is None:
        raise BadData("the bank holds no tables yet", where=str(store.home.bank), fix="run `microlib ingest`")
    end, first = last_complete_month_end(newest), first_as_of(store)
    return newest if first is not None and end < first else end


def first_as_of(store: Store) -> date | None:
    """Return the date of the oldest snapshot of the bank's branches."""
    return store.rows("SELECT min(as_of) FROM snapshots WHERE table_name = 'branches'")[0][0]


def last_dates(store: Store, *, branch: str, as_of: date) -> dict[str, date]:
    """Return the date of the snapshot that holds at `as_of`, for each state table that a branch has.

    Tables without branches count whole. The answer comes from the book-keeping, so that the
    rows of one snapshot can then be named by a plain date.
    """
    found = store.rows(
        "SELECT table_name, max(as_of) FROM snapshots WHERE as_of <= ? AND (branch_id = ? OR branch_id IS NULL)"
        " GROUP BY table_name",
        [as_of, branch],
    )
    return dict(found)
