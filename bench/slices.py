"""The slice of a 5,000-customer branch out of a store of 20 million rows, against the same SQL by hand."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import duckdb

from bench import clocks
from microlib.bank.bookkeeping import count_snapshots
from microlib.bank.branch import read_branch
from microlib.bank.store import open_store
from microlib.contracts.tables import TABLES

BRANCHES, CUSTOMERS, MONTHS = 100, 5_000, 36
AS_OF = date(2026, 6, 30)


def rows() -> list[dict]:
    """Return the rows of the bench table."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        _make(home)
        ours = clocks.median_of(lambda: _slice(home), times=5)
        peer = clocks.median_of(lambda: _by_hand(home), times=5)
    name = f"slice of {CUSTOMERS:,} customers out of {_rows() / 1e6:.0f}M rows / SQL by hand (s)"
    return [clocks.row(name, ours, peer, bound=1.5, slack=0.02)]


def _rows() -> int:
    return BRANCHES * CUSTOMERS * (MONTHS + 4)


def _slice(home: Path) -> list[int]:
    book = read_branch(home, branch="B050", as_of=AS_OF).fetch("customers", "loans", "loan_months")
    return [len(book[name]) for name in ("customers", "loans", "loan_months")]


def _by_hand(home: Path) -> list[int]:
    named = {name: _names(name) for name in ("customers", "loans", "loan_months")}
    with duckdb.connect(str(home / "data" / "bank.duckdb"), read_only=True) as engine:
        customers = engine.sql(f"SELECT {named['customers']} FROM customers WHERE branch_id = 'B050'").df()
        loans = engine.sql(f"SELECT {named['loans']} FROM loans WHERE branch_id = 'B050' AND as_of = '{AS_OF}'").df()
        months = engine.sql(
            f"SELECT {named['loan_months']} FROM loan_months WHERE loan_id IN"
            f" (SELECT loan_id FROM loans WHERE branch_id = 'B050' AND as_of = '{AS_OF}')"
            " AND month <= '2026-06' ORDER BY loan_id, month"
        ).df()
    return [len(customers), len(loans), len(months)]


def _names(table: str) -> str:
    return ", ".join(TABLES[table].names)


def _make(home: Path) -> None:
    """Fill a store past the checks: only its size matters here."""
    with open_store(home, writable=True):
        pass
    with duckdb.connect(str(home / "data" / "bank.duckdb")) as engine:
        for table, query in _queries().items():
            engine.execute(f"INSERT INTO {table} BY NAME {query}")
    with open_store(home, writable=True) as store:
        for table in ("branches", "customers", "loans"):
            count_snapshots(store, table)


def _queries() -> dict[str, str]:
    stamp = f"DATE '{AS_OF}' AS as_of, 1 AS file_id"
    loan = f"range({BRANCHES * CUSTOMERS}) t(i)"
    branch = f"'B' || lpad((i // {CUSTOMERS})::VARCHAR, 3, '0')"
    return {
        "branches": f"SELECT {branch} AS branch_id, 'bench' AS name, {stamp} FROM range({BRANCHES}) s(j), "
        f"LATERAL (SELECT j * {CUSTOMERS} AS i)",
        "customers": f"SELECT 'C' || i AS customer_id, {branch} AS branch_id, {stamp} FROM {loan}",
        "loans": f"SELECT 'L' || i AS loan_id, 'C' || i AS customer_id, {branch} AS branch_id, DATE '2025-01-31' AS"
        f" disbursed_date, DATE '2027-01-31' AS maturity_date, 300000 AS amount_yuan, 200000 AS balance_yuan, 0.045 AS"
        f" yearly_rate, 0 AS overdue_days, 'normal' AS status, {stamp} FROM {loan}",
        "loan_months": f"SELECT 'L' || i AS loan_id, strftime(DATE '2023-07-01' + to_months(m::INTEGER), '%Y-%m') AS"
        f" month, 200000 AS balance_yuan, 0 AS overdue_days, 'normal' AS status, {stamp} FROM {loan},"
        f" range({MONTHS}) u(m) ORDER BY i, m",
    }
