"""New loans of every branch by month: what forecasts of them are later held against."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.bank.aggregates import Store, as_of_table

COLUMNS = ["branch_id", "month", "loans_count"]


def new_loans(store: Store, *, as_of: date) -> pd.DataFrame:
    """Count the new loans that each branch made in each month; one without any has no row.

    Renewals are no new loans, where the ledger tells them apart.

    Parameters
    ----------
    store : Store
        The open store.
    as_of : date

    Returns
    -------
    DataFrame
        ``branch_id, month`` (its first day), ``loans_count``; empty where the bank has no loans.
    """
    if not store.has("loans"):
        return pd.DataFrame(columns=COLUMNS)
    loans = as_of_table(store, "loans", as_of=as_of)
    made = loans.filter((loans.issue_type == "new").fill_null(False), loans.disbursed_date <= as_of)
    rows = made.group_by(["branch_id", made.disbursed_date.truncate("M").name("month")]).agg(loans_count=made.count())
    return store.frame(rows.order_by(["branch_id", "month"]))[COLUMNS]
