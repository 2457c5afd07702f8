"""Month-end ledgers (台账) whose headers drift: months and exits out of a folder of them, ingested in order.

The only history that many branches have. `ingest_ledgers` is the way in; `build_history` makes loan months
and says what became of the loans that left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

from microlib.bank.ingest.files import dated_files, fits
from microlib.bank.ingest.headers import read_source
from microlib.bank.ingest.intake import (
    IngestOptions,
    ReceivedTable,
    Session,
    known_sql,
    open_session,
    read_file,
    refuse_unshaped,
)
from microlib.bank.ingest.load import LoadSummary, load_staged
from microlib.bank.ingest.staging import FileMark, Staged
from microlib.bank.pseudonyms import told_name
from microlib.contracts.failures import failure_frame
from microlib.contracts.mapping import ExitList, SourceMapping, TableMapping
from microlib.errors import BadData
from microlib.files import text_hash

#: passed over: hidden files and what Excel leaves behind while a workbook is open
IGNORED = (".", "~")


@dataclass(frozen=True)
class Folder:
    """A folder of ledgers.

    Parameters
    ----------
    path : Path
        The folder.
    ledgers : list of (Path, date)
        Its ledgers in order of date.
    lists : dict
        Its lists of loans that left, each with what the mapping says of it.
    """

    path: Path
    ledgers: list[tuple[Path, date]] = field(repr=False)
    lists: dict[Path, ExitList] = field(repr=False)

    @property
    def as_of(self) -> date:
        """The date of the last ledger."""
        return self.ledgers[-1][1]


def find_ledgers(path: str | Path, lists: Sequence[ExitList], *, as_of: date | None = None) -> Folder:
    """Return a folder's dated ledgers in order, and its lists of loans that left.

    Parameters
    ----------
    path : path
        The folder.
    lists : sequence of ExitList
        What the mapping says of such lists.
    as_of : date, optional
        Leave out ledgers after this date.

    Raises
    ------
    BadConfig
        If a file's name says no month.
    BadData
        If there is no dated ledger, or if two are of one month.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise BadData("there is no such folder", where=str(folder), fix="name a folder of ledgers")
    paths = sorted(each for each in folder.iterdir() if each.is_file() and not each.name.startswith(IGNORED))
    told = {each: found[0] for each in paths if (found := [one for one in lists if _is_for(one, each)])}
    ledgers = dated_files([each for each in paths if each not in told])
    kept = sorted(((each, day) for each, day in ledgers if as_of is None or day <= as_of), key=lambda pair: pair[1])
    _refuse_doubles(folder, [f"{day:%Y-%m}" for _, day in kept])
    return Folder(folder, kept, told)


def read_exit_lists(session: Session, folder: Folder) -> None:
    """Stand all lists of loans that left in the session as ``ledger_lists``: loan, status, day.

    Raises
    ------
    BadData
        If a list cannot be read or has no column of loan numbers.
    """
    con = session.store.con.con
    con.execute("CREATE OR REPLACE TEMP TABLE ledger_lists (loan_id VARCHAR, status VARCHAR, left_date DATE)")
    for place, (path, told) in enumerate(folder.lists.items()):
        reading = replace(session, source=replace(session.source, mapping=_mapping(session, told)))
        found = read_file(reading, path, as_of=folder.as_of, name=f"exits_{place}")
        refuse_unshaped(found)
        for receipt in found:
            day = "closed_date" if "closed_date" in receipt.used else "NULL"
            con.execute(
                f"INSERT INTO ledger_lists SELECT loan_id, ?, {day} FROM {receipt.relation}"
                " WHERE loan_id NOT IN (SELECT loan_id FROM ledger_lists)"
                " QUALIFY row_number() OVER (PARTITION BY loan_id ORDER BY row_number) = 1",
                [told.status],
            )


def folder_mark(session: Session, folder: Folder) -> FileMark:
    """Return what the store remembers of a folder: one hash over all its files."""
    paths = [*(path for path, _ in folder.ledgers), *folder.lists]
    hashes = [session.file_mark(path).sha256 for path in paths]
    return FileMark(told_name(folder.path, key=session.key), text_hash("".join(hashes)), session.source.mark)


def _mapping(session: Session, told: ExitList) -> SourceMapping:
    columns, days = {"loan_id": told.loan_id}, {"closed_date": told.date} if told.date else {}
    entry = TableMapping(table="loans", partial=True, columns=columns, optional=days)
    return session.source.mapping.model_copy(update={"tables": (entry,), "own_tables": False})


def _refuse_doubles(folder: Path, months: list[str]) -> None:
    twice = [month for month in months if months.count(month) > 1]
    if twice or not months:
        what = f"two ledgers are of {twice[0]}" if twice else "the folder holds no ledger up to that date"
        raise BadData(what, where=str(folder), fix="keep one ledger per month, its month in its name")


def _is_for(told: ExitList, path: Path) -> bool:
    return any(fits(path.name, pattern) for pattern in told.files)


#: one line per loan that left: the last ledger with it, the first without it, and what says why
EXITS_SQL = """
CREATE OR REPLACE TEMP TABLE ledger_exits AS
SELECT last.*, next.month AS exit_month, next.as_of AS exit_date,
    CASE WHEN list.status IS NOT NULL THEN list.status
        WHEN last.status IN ('settled', 'written_off', 'transferred') THEN last.status
        WHEN last.balance_yuan = 0 THEN 'settled' ELSE 'unknown' END AS exit_status,
    CASE WHEN list.status IS NOT NULL THEN 'exit_list'
        WHEN last.status IN ('settled', 'written_off', 'transferred') THEN 'last_status'
        WHEN last.balance_yuan = 0 THEN 'zero_balance' ELSE 'none' END AS evidence,
    list.left_date
FROM (SELECT * FROM ledger_loans QUALIFY row_number() OVER (PARTITION BY loan_id ORDER BY as_of DESC) = 1) AS last
JOIN ledger_months AS next ON next.place = last.place + 1
LEFT JOIN ledger_lists AS list USING (loan_id)
"""
LOAN_MONTHS = """
CREATE OR REPLACE TEMP TABLE ledger_loan_months AS
SELECT row_number, loan_id, month, balance_yuan, overdue_days, class5, status, yearly_rate FROM ledger_loans
UNION ALL
SELECT row_number, loan_id, exit_month, 0, CASE exit_status WHEN 'settled' THEN 0 ELSE overdue_days END,
    class5, exit_status, yearly_rate FROM ledger_exits
"""
#: what replaces the last seen values of a loan that left
LEFT_VALUES = {
    "status": "exit_status",
    "balance_yuan": "0",
    "overdue_days": "CASE exit_status WHEN 'settled' THEN 0 ELSE overdue_days END",
    "overdue_principal_yuan": "CASE exit_status WHEN 'unknown' THEN NULL ELSE 0 END",
    "overdue_interest_yuan": "CASE exit_status WHEN 'unknown' THEN NULL ELSE 0 END",
    "closed_date": "CASE WHEN exit_status <> 'unknown' THEN coalesce(left_date, closed_date, exit_date) END",
    "written_off_date": "CASE exit_status WHEN 'written_off' THEN coalesce(left_date, written_off_date, exit_date) END",
    "written_off_yuan": "CASE exit_status WHEN 'written_off' THEN coalesce(written_off_yuan, balance_yuan) END",
}
#: columns that a history needs though a ledger may lack them
TYPES = {
    "class5": "VARCHAR",
    "closed_date": "DATE",
    "written_off_date": "DATE",
    "written_off_yuan": "DOUBLE",
    "overdue_principal_yuan": "DOUBLE",
    "overdue_interest_yuan": "DOUBLE",
    "balance_yuan": "DOUBLE",
    "yearly_rate": "DOUBLE",
    "overdue_days": "BIGINT",
}


@dataclass(frozen=True)
class LedgerMonth:
    """One ledger of a folder.

    Parameters
    ----------
    name : str
        Its month, ``YYYY-MM``.
    as_of : date
        Its date.
    receipts : list of Receipt
        The tables that came out of it.
    """

    name: str
    as_of: date
    receipts: list[ReceivedTable] = field(repr=False)


def build_history(con: duckdb.DuckDBPyConnection, months: Sequence[LedgerMonth]) -> dict[str, str]:
    """Build loans, their months and everything derived from the ledgers; return the relation of each table.

    Parameters
    ----------
    con : connection
        The store's session, in which ``ledger_lists`` holds the lists of exits.
    months : sequence of LedgerMonth
        In order of date.
    """
    _number_months(con, months)
    tables = list(dict.fromkeys(receipt.table for month in months for receipt in month.receipts))
    for table in tables:
        _unite(con, months, table)
    con.execute(EXITS_SQL)
    con.execute(LOAN_MONTHS)
    others = {table: _last_seen(con, months, table) for table in tables if table != "loans"}
    return {**others, "loans": _closed_loans(con, months[-1].name), "loan_months": "ledger_loan_months"}


def read_exits(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return the loans that left: ``loan_id, month`` of the first ledger without it, ``status``, ``evidence``."""
    columns = "loan_id, exit_month AS month, exit_status AS status, evidence, balance_yuan AS last_balance_yuan"
    return con.execute(f"SELECT {columns} FROM ledger_exits ORDER BY exit_month, loan_id").df()


def header_drift(months: Sequence[LedgerMonth]) -> pd.DataFrame:
    """Return which header stood for which column from when to when.

    Returns
    -------
    DataFrame
        ``table, column, header, first_month, last_month, months_count``; a column with
        several rows has drifted.
    """
    used = [
        {"table": receipt.table, "column": column, "header": header.strip(), "month": month.name}
        for month in months
        for receipt in month.receipts
        for column, header in receipt.used.items()
    ]
    frame = pd.DataFrame(used, columns=["table", "column", "header", "month"]).drop_duplicates()
    spans = frame.groupby(["table", "column", "header"], sort=False)["month"].agg(["min", "max", "size"])
    names = {"min": "first_month", "max": "last_month", "size": "months_count"}
    return spans.rename(columns=names).reset_index().sort_values(["table", "column", "first_month"], ignore_index=True)


def history_problems(months: Sequence[LedgerMonth], exits: pd.DataFrame) -> list[dict]:
    """Tell what is doubtful about a folder: months without a ledger, loans that left unexplained, drifted headers."""
    names = [month.name for month in months]
    every = [f"{period}" for period in pd.period_range(names[0], names[-1], freq="M")]
    gaps = [
        {
            "column": "month",
            "severity": "warn",
            "rule": "no ledger for this month",
            "value": month,
            "fix": "add its ledger to the folder",
        }
        for month in every
        if month not in names
    ]
    unknown = int((exits["status"] == "unknown").sum())
    fix = "add lists of loans settled, written off or transferred to the folder"
    left = {"column": "status", "severity": "warn", "rule": "left the ledger for a reason unknown", "fix": fix}
    drift = header_drift(months)
    drift = drift[drift["table"].eq("loans") & drift.groupby(["table", "column"])["header"].transform("size").gt(1)]
    return [*gaps, *([{**left, "value": f"{unknown} loans"}] if unknown else []), *_drift_notes(drift)]


def _drift_notes(drift: pd.DataFrame) -> list[dict]:
    spans = drift["header"] + " (" + drift["first_month"] + " to " + drift["last_month"] + ")"
    told = spans.groupby(drift["column"]).agg(", ".join)
    common = {"severity": "note", "rule": "the header differs between months"}
    return [{**common, "column": column, "value": value} for column, value in told.items()]


def _number_months(con: duckdb.DuckDBPyConnection, months: Sequence[LedgerMonth]) -> None:
    con.execute("CREATE OR REPLACE TEMP TABLE ledger_months (place INTEGER, month VARCHAR, as_of DATE)")
    rows = [(place, month.name, month.as_of) for place, month in enumerate(months)]
    con.executemany("INSERT INTO ledger_months VALUES (?, ?, ?)", rows)


def _unite(con: duckdb.DuckDBPyConnection, months: Sequence[LedgerMonth], table: str) -> None:
    """Stand all months of one table in one relation; a column that some months lack is missing there."""
    pieces = [
        f"SELECT *, {place} AS place FROM {receipt.relation}"
        for place, month in enumerate(months)
        for receipt in month.receipts
        if receipt.table == table
    ]
    whole = " UNION ALL BY NAME ".join(pieces)
    dated = f"SELECT * FROM ({whole}) JOIN ledger_months USING (place)"
    con.execute(f"CREATE OR REPLACE TEMP TABLE ledger_{table} AS {dated}")
    there = {name for name, *_ in con.execute(f"DESCRIBE ledger_{table}").fetchall()}
    for name, kind in TYPES.items() if table == "loans" else ():
        if name not in there:
            con.execute(f"ALTER TABLE ledger_loans ADD COLUMN {name} {kind}")


def _last_seen(con: duckdb.DuckDBPyConnection, months: Sequence[LedgerMonth], table: str) -> str:
    """Return a relation with each key's row of the last ledger that has it."""
    contract = next(each.entry.contract for month in months for each in month.receipts if each.table == table)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE seen_{table} AS SELECT * EXCLUDE (place, month, as_of) FROM ledger_{table}"
        f" QUALIFY row_number() OVER (PARTITION BY {', '.join(contract.key)} ORDER BY place DESC, row_number) = 1"
    )
    return f"seen_{table}"


def _closed_loans(con: duckdb.DuckDBPyConnection, last: str) -> str:
    """Return a relation with the loans of the last ledger, and with those that left as they were last seen."""
    changes = ", ".join(f"({value}) AS {name}" for name, value in LEFT_VALUES.items())
    extra = "exit_month, exit_date, exit_status, evidence, left_date"
    con.execute(
        "CREATE OR REPLACE TEMP TABLE seen_loans AS"
        f" SELECT * EXCLUDE (place, month, as_of) FROM ledger_loans WHERE month = '{last}' UNION ALL BY NAME"
        f" SELECT * EXCLUDE (place, month, as_of, {extra}) REPLACE ({changes}) FROM ledger_exits"
    )
    return "seen_loans"


DEFAULTS = IngestOptions()


@dataclass(frozen=True)
class LedgerSummary:
    """What became of a folder of ledgers.

    Parameters
    ----------
    load : LoadSummary
        What was loaded, and what was noticed.
    months : tuple of str
        The months that the folder holds.
    exits : DataFrame
        One row per loan that left: ``loan_id, month`` of the first ledger without it, ``status``,
        ``evidence``, ``last_balance_yuan``.
    drift : DataFrame
        One row per column and header: ``table, column, header, first_month, last_month, months_count``.
    """

    load: LoadSummary = field(repr=False)
    months: tuple[str, ...]
    exits: pd.DataFrame = field(repr=False)
    drift: pd.DataFrame = field(repr=False)

    @property
    def unknown_count(self) -> int:
        """How many loans left without anything saying why; they are never assumed settled."""
        return int((self.exits["status"] == "unknown").sum())

    @property
    def drifted(self) -> pd.DataFrame:
        """The columns that bore more than one header."""
        many = self.drift.groupby(["table", "column"])["header"].transform("size") > 1
        return self.drift[many]


def ingest_ledgers(
    home: str | Path,
    folder: str | Path,
    *,
    mapping: str | Path,
    as_of: date | None = None,
    options: IngestOptions = DEFAULTS,
) -> LedgerSummary:
    """Build ``loan_months`` from a folder of dated ledgers, and the loans and customers behind them.

    A loan that is in one ledger and in none after it has left. It is settled, written off or
    transferred when something says so: a list of exits in the same folder, its last status, or
    a last balance of zero. Otherwise it is ``unknown``, with no date of closing. A loan that
    left stays in ``loans`` as it was last seen, with balance zero, and has one more row in
    ``loan_months`` for the first month without it.

    Parameters
    ----------
    home : path
        The folder that holds, or will hold, ``data/bank.duckdb``.
    folder : path
        Ledgers whose names bear their months (台账202605.xlsx, 2026年5月.csv) and lists of exits.
    mapping : str or path
        A mapping with a table ``loans``; its ``[[exits]]`` name the lists.
    as_of : date, optional
        Leave out ledgers after this date; by default none.
    options : IngestOptions

    Returns
    -------
    LedgerSummary

    Raises
    ------
    BadConfig
        If the mapping, the key or the bank cannot be used.
    BadData
        If the folder holds no dated ledger, or two of one month, or if anything in them is wrong.
    """
    source = read_source(home, mapping)
    place = find_ledgers(folder, source.mapping.exits, as_of=as_of)
    with open_session(home, mapping=mapping, name=place.path.name, limits=options.limits) as session:
        months = [_read_month(session, path, day) for path, day in place.ledgers]
        _refuse_without_loans(months, place.path)
        read_exit_lists(session, place)
        relations = build_history(session.store.con.con, months)
        exits = read_exits(session.store.con.con)
        staged = _staged(session, months, relations, place=place, exits=exits)
        marks = [folder_mark(session, place)]
        summary = load_staged(session.store, staged, files=marks, replace=options.replace)
    return LedgerSummary(summary, tuple(month.name for month in months), exits, header_drift(months))


def _read_month(session: Session, path: Path, day: date) -> LedgerMonth:
    name = f"ledger_{day:%Y%m}"
    return LedgerMonth(f"{day:%Y-%m}", day, read_file(session, path, as_of=day, name=name))


def _refuse_without_loans(months: list[LedgerMonth], folder: Path) -> None:
    refuse_unshaped([receipt for month in months for receipt in month.receipts])
    bare = [month.name for month in months if not any(receipt.table == "loans" for receipt in month.receipts)]
    if bare:
        fix = 'give the mapping a [[tables]] with table = "loans" for it'
        raise BadData(f"no loans came out of the ledger of {bare[0]}", where=str(folder), fix=fix)


def _staged(
    session: Session,
    months: list[LedgerMonth],
    relations: dict[str, str],
    *,
    place: Folder,
    exits: pd.DataFrame,
) -> list[Staged]:
    """Stand the history ready, each table with what was noticed of it in any month."""
    problems = {table: [] for table in relations}
    for receipt in (receipt for month in months for receipt in month.receipts):
        problems[receipt.table] += receipt.problems
    name = told_name(place.path, key=session.key)
    common = {"file": name, "table": "loan_months"}
    problems["loan_months"] += [common | fault for fault in history_problems(months, exits)]
    derived = {each.table: each.entry for month in months for each in month.receipts if each.entry.unless_known}
    kept = [table for table in relations if table not in derived or _has_news(session, derived[table], relations)]
    frames = {table: failure_frame(problems[table]) for table in kept}
    told = [each for month in months for each in month.receipts if each.reading]
    readings = {table: tuple(each.reading for each in told if each.table == table) for table in kept}
    return [Staged(table, relations[table], name, place.as_of, frames[table], readings[table]) for table in kept]


def _has_news(session: Session, entry: object, relations: dict[str, str]) -> bool:
    """Take out of a derived table what other sources have told the bank; say whether anything is left."""
    relation, key = relations[entry.table], ", ".join(entry.contract.key)
    known = known_sql(session, entry.table, key)
    session.store.rows(f"DELETE FROM {relation} WHERE ({key}) IN ({known})")
    return bool(session.store.rows(f"SELECT count(*) FROM {relation}")[0][0])
