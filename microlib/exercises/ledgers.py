"""A ledger of a few loans whose sums are those of an exercise's book, so that the library can measure it."""

from __future__ import annotations

import pandas as pd

from microlib.contracts.tables.registry import TABLES

EMPTY = {"str": None, "datetime64[s]": pd.NaT, "float64": float("nan"), "Int64": pd.NA, "boolean": pd.NA}
ORDINARY = {"branch_id": "0000", "disbursed_date": "2025-01-05", "maturity_date": "2027-01-05", "yearly_rate": 0.05,
            "overdue_days": 0, "class5": "normal", "status": "normal", "issue_type": "new"}  # fmt: skip


def small_ledger(book: pd.Series) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return loans and last year's month end whose sums are those of a book.

    Parameters
    ----------
    book : Series
        ``balance_yuan, late_yuan, stressed_yuan, written_off_yuan, year_ago_yuan``; the balance a year ago is larger
        than what was late, renewed or written off since.
    """
    late, stressed, off = book["late_yuan"], book["stressed_yuan"], book["written_off_yuan"]
    rest = book["year_ago_yuan"] - late - stressed - off
    rows = [
        {"balance_yuan": late, "amount_yuan": late, "overdue_days": 45, "status": "overdue",
         "first_overdue_date": "2026-05-16"},
        {"balance_yuan": stressed, "amount_yuan": stressed, "issue_type": "refinance", "previous_loan_id": "L3",
         "disbursed_date": "2026-01-05"},
        {"balance_yuan": 0.0, "amount_yuan": stressed, "status": "settled", "first_overdue_date": "2025-11-20"},
        {"balance_yuan": book["balance_yuan"] - late - stressed, "amount_yuan": book["balance_yuan"],
         "disbursed_date": "2026-03-01"},
        {"balance_yuan": 0.0, "amount_yuan": off, "status": "written_off", "written_off_date": "2026-02-01",
         "written_off_yuan": off, "disbursed_date": "2024-01-05"},
        {"balance_yuan": 0.0, "amount_yuan": rest, "status": "settled", "disbursed_date": "2024-05-01"},
    ]  # fmt: skip
    loans = _typed([{**ORDINARY, **row, "loan_id": f"L{n}", "customer_id": f"C{n}"} for n, row in enumerate(rows, 1)])
    months = pd.DataFrame({"loan_id": ["L1", "L3", "L5", "L6"], "month": "2025-06", "overdue_days": 0,
                           "balance_yuan": [late, stressed, off, rest], "class5": "normal",
                           "status": "normal"})  # fmt: skip
    return loans, months


def _typed(rows: list[dict]) -> pd.DataFrame:
    """Return rows with every column of the contract, typed; what is not given is missing."""
    kinds = {column.name: column.frame_type for column in TABLES["loans"].columns}
    columns = {name: [row.get(name, EMPTY.get(kind)) for row in rows] for name, kind in kinds.items()}
    return pd.DataFrame({name: pd.Series(values).astype(kinds[name]) for name, values in columns.items()})
