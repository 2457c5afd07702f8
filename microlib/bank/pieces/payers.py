"""Core enterprises on which live loans rest: what is lent on each, where, and the payables that tell how it pays."""

from __future__ import annotations

from datetime import date

import ibis
import pandas as pd

from microlib.bank.aggregates import Store, as_of_table, live_loans

COLUMNS = ["core_id", "balance_yuan", "branch_ids"]


def core_balances(store: Store, *, as_of: date) -> pd.DataFrame:
    """Return what all branches have lent on each core enterprise.

    Parameters
    ----------
    store : Store
        The open store.
    as_of : date

    Returns
    -------
    DataFrame
        ``core_id, balance_yuan`` (> 0), ``branch_ids`` (codes with blanks between them), ascending by core; empty where
        the bank has no loans.
    """
    if not store.has("loans"):
        return pd.DataFrame(columns=COLUMNS)
    loans = live_loans(store, as_of=as_of)
    sums = loans.filter(loans.core_id.notnull()).group_by("core_id").agg(
        balance_yuan=loans.balance_yuan.sum(), branch_ids=loans.branch_id.collect(distinct=True)
    )  # fmt: skip
    found = sums.mutate(branch_ids=ibis._.branch_ids.sort().join(" ")).order_by("core_id")
    return store.frame(found)[COLUMNS]


def core_payables(store: Store, *, as_of: date) -> pd.DataFrame:
    """Return the payables, of two years of deliveries, of core enterprises on which live loans rest.

    Returns
    -------
    DataFrame[core_payables]
        Empty where there are none.
    """
    if not (store.has("core_payables") and store.has("loans")):
        return pd.DataFrame()
    rows, loans = as_of_table(store, "core_payables", as_of=as_of), live_loans(store, as_of=as_of)
    start = (pd.Timestamp(as_of) - pd.DateOffset(years=2)).date()
    used = loans.filter(loans.core_id.notnull()).select("core_id").distinct()
    return store.frame(rows.filter(rows.delivered_date > start).semi_join(used, "core_id"))
