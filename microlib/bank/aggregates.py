"""Whole-bank pieces: counts and sums that add up, computed in the engine, never rows.

The measures turn them into rates with intervals; here is no rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pandas as pd

from microlib.bank.snapshots import as_of_table
from microlib.bank.stores import Store, open_store
from microlib.homes import Home, find_home

#: loans with one of these statuses are no longer on the books
GONE = ("settled", "written_off", "transferred")
BAD_CLASSES = ("substandard", "doubtful", "loss")
UNKNOWN_SECTION = "?"


def live_loans(store: Store, *, as_of: date) -> ir.Table:
    """Return loans on the books at a date, with ``industry_section``: the first letter of GB/T 4754.

    The section is that of the customer, or of the loan's use where the customer has none; ``?``
    where neither is known.
    """
    loans = as_of_table(store, "loans", as_of=as_of)
    return with_sections(store, loans.filter(loans.balance_yuan > 0, loans.status.notin(GONE)), as_of=as_of)


def with_sections(store: Store, loans: ir.Table, *, as_of: date) -> ir.Table:
    """Return loans with ``industry_section`` beside their own columns, as `live_loans` says it."""
    customers = as_of_table(store, "customers", as_of=as_of).select("customer_id", "industry_code")
    both = loans.left_join(customers, "customer_id")
    code = ibis.coalesce(both.industry_code, both.use_industry_code)
    section = code.left(1).upper()
    return both.mutate(industry_section=ibis.ifelse(section.re_search("^[A-T]$"), section, UNKNOWN_SECTION))


def quality_pieces(store: Store, *, as_of: date, by: Sequence[str] = ("branch_id", "industry_section")) -> pd.DataFrame:
    """Return additive pieces of the book's quality, a row per group, for the whole bank.

    Parameters
    ----------
    store : Store
        The open store.
    as_of : date
        The date asked about.
    by : sequence of str
        Columns of the loans that name a group; ``industry_section`` may be one.

    Returns
    -------
    DataFrame
        The group's columns, ascending, then

        - ``loans_count``, ``customers_count`` (count) with a balance
        - ``balance_yuan`` (yuan)
        - ``overdue_30_yuan``, ``overdue_60_yuan``, ``overdue_90_yuan`` (yuan): balances more than so many days overdue
        - ``npl_yuan`` (yuan): balances substandard or worse; ``special_mention_yuan`` (yuan)
        - ``bad_count`` (count): borrowers more than 90 days overdue or substandard or worse
    """
    loans = live_loans(store, as_of=as_of)
    late = {f"overdue_{days}_yuan": _sum_where(loans, loans.overdue_days > days) for days in (30, 60, 90)}
    pieces = loans.group_by(list(by)).agg(
        loans_count=loans.count(),
        customers_count=loans.customer_id.nunique(),
        balance_yuan=loans.balance_yuan.sum(),
        **late,
        npl_yuan=_sum_where(loans, loans.class5.isin(BAD_CLASSES)),
        special_mention_yuan=_sum_where(loans, loans.class5 == "special_mention"),
        bad_count=loans.customer_id.nunique(where=is_bad(loans)),
    )
    return store.frame(pieces.order_by(list(by)))


def bad_counts(home: str | Path | Home, *, as_of: date) -> pd.DataFrame:
    """Return borrowers and bad borrowers per branch and industry section: what a shrinkage prior is drawn from.

    A bank without loans but with a default mark on its customers gives customers and defaults.

    Returns
    -------
    DataFrame
        ``branch_id``, ``industry_section``, ``customers_count``, ``bad_count``; ascending.
    """
    place = home if isinstance(home, Home) else find_home(home)
    names = ["branch_id", "industry_section", "customers_count", "bad_count"]
    with open_store(place) as store:
        if store.has("loans"):
            return quality_pieces(store, as_of=as_of)[names]
        return default_pieces(store, as_of=as_of)[names]


def default_pieces(store: Store, *, as_of: date) -> pd.DataFrame:
    """Return customers whose default is known, and those marked in default, per branch and industry section."""
    customers = as_of_table(store, "customers", as_of=as_of)
    known = customers.filter(customers.is_defaulted.notnull())
    section = known.industry_code.left(1).upper()
    marked = known.mutate(industry_section=ibis.ifelse(section.re_search("^[A-T]$"), section, UNKNOWN_SECTION))
    pieces = marked.group_by(["branch_id", "industry_section"]).agg(
        customers_count=marked.count(), bad_count=marked.count(where=marked.is_defaulted)
    )
    return store.frame(pieces.order_by("branch_id", "industry_section"))


def is_bad(loans: ir.Table) -> ir.BooleanValue:
    """Return whether a loan makes its borrower bad: more than 90 days overdue, or substandard or worse."""
    return ((loans.overdue_days > 90) | loans.class5.isin(BAD_CLASSES)).fill_null(False)


def _sum_where(loans: ir.Table, condition: ir.BooleanValue) -> ir.FloatingScalar:
    return loans.balance_yuan.sum(where=condition).fill_null(0.0)
