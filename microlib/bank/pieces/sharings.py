"""What several branches rest on together: one core enterprise, one venue, one guarantor, one piece of collateral."""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd

from microlib.bank.aggregates import Store, as_of_table, live_loans

LATE_DAYS = 30
LOANS = ("loan_id", "customer_id", "branch_id", "balance_yuan", "overdue_days", "core_id", "venue_id")
#: table, its column of keys, and what they are
HELD = (("guarantees", "guarantor_id", "guarantor"), ("collateral_links", "collateral_id", "collateral"))
COLUMNS = [
    *("kind", "source_id", "branches_count", "customers_count", "loans_count", "balance_yuan"),
    *("overdue_30_yuan", "cap_yuan", "branch_ids"),
]  # fmt: skip


def shared_sources(store: Store, *, as_of: date) -> pd.DataFrame:
    """Return what stands behind live loans of two branches or more, each loan once per source.

    Parameters
    ----------
    store : Store
        The open store.
    as_of : date

    Returns
    -------
    DataFrame
        ``kind`` (core_enterprise, venue, group, guarantor, collateral), ``source_id``, ``branches_count``,
        ``customers_count``, ``loans_count``, ``balance_yuan``, ``overdue_30_yuan`` (yuan more than 30 days overdue),
        ``cap_yuan`` (the source's own, missing where it has none), ``branch_ids`` (codes with blanks between them);
        the largest balance first. Empty where the bank has no loans.
    """
    if not store.has("loans"):
        return pd.DataFrame(columns=COLUMNS)
    loans = live_loans(store, as_of=as_of).select(*LOANS)
    parts = [_summed(_cored(store, loans, as_of), "core_enterprise"), _summed(_placed(store, loans, as_of), "venue")]
    parts.append(_summed(_grouped(store, loans, as_of), "group"))
    for table, key, kind in HELD:
        held = as_of_table(store, table, as_of=as_of).select("loan_id", source_id=ibis._[key]).distinct()
        parts.append(_summed(loans.join(held, "loan_id").mutate(cap_yuan=ibis.null("float64")), kind))
    found = ibis.union(*parts).order_by([ibis.desc("balance_yuan"), "kind", "source_id"])
    return store.frame(found)[COLUMNS]


def _cored(store: Store, loans: ir.Table, as_of: date) -> ir.Table:
    """Loans by the core enterprise that the ledger names, with its cap."""
    cores = as_of_table(store, "core_enterprises", as_of=as_of).select("core_id", "cap_yuan")
    return loans.filter(loans.core_id.notnull()).left_join(cores, "core_id").mutate(source_id=ibis._.core_id)


def _placed(store: Store, loans: ir.Table, as_of: date) -> ir.Table:
    """Loans by venue: the loan's, or the customer's."""
    homes = as_of_table(store, "customers", as_of=as_of).select("customer_id", home_venue=ibis._.venue_id)
    rows = loans.left_join(homes, "customer_id")
    rows = rows.mutate(source_id=ibis.coalesce(rows.venue_id, rows.home_venue), cap_yuan=ibis.null("float64"))
    return rows.filter(rows.source_id.notnull())


def _grouped(store: Store, loans: ir.Table, as_of: date) -> ir.Table:
    """Loans by the group that the customer belongs to."""
    owners = as_of_table(store, "customers", as_of=as_of).select("customer_id", source_id=ibis._.group_id)
    rows = loans.join(owners.filter(owners.source_id.notnull()), "customer_id")
    return rows.mutate(cap_yuan=ibis.null("float64"))


def _summed(rows: ir.Table, kind: str) -> ir.Table:
    late = (rows.overdue_days > LATE_DAYS).fill_null(False)
    sums = rows.group_by("source_id").agg(
        branches_count=rows.branch_id.nunique(),
        customers_count=rows.customer_id.nunique(),
        loans_count=rows.count(),
        balance_yuan=rows.balance_yuan.sum(),
        overdue_30_yuan=rows.balance_yuan.sum(where=late).fill_null(0.0),
        cap_yuan=rows.cap_yuan.cast("float64").max(),
        branch_ids=rows.branch_id.collect(distinct=True),
    )
    shared = sums.filter(sums.branches_count > 1).mutate(branch_ids=ibis._.branch_ids.sort().join(" "))
    return shared.select(kind=ibis.literal(kind), **{name: shared[name] for name in COLUMNS[1:]})
