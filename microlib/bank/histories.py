"""Histories: month-end rows out of a sequence of ledgers, and what became of the loans that left them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import duckdb
import pandas as pd

from microlib.bank.receipts import Receipt

#: one line per loan that left: the last ledger with it, the first without it, and what says why
GONE = """
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
    "class5": "VARCHAR", "closed_date": "DATE", "written_off_date": "DATE", "written_off_yuan": "DOUBLE",
    "overdue_principal_yuan": "DOUBLE", "overdue_interest_yuan": "DOUBLE",
}  # fmt: skip


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
    receipts: list[Receipt] = field(repr=False)


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
    con.execute(GONE)
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
    gaps = [{"column": "month", "severity": "warn", "rule": "no ledger for this month", "value": month,
             "fix": "add its ledger to the folder"} for month in every if month not in names]  # fmt: skip
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
