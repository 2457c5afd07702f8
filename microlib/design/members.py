"""Whom a product is made for in a branch, and what their own past says about default."""

from __future__ import annotations

import pandas as pd

from microlib.design.terms import Product
from microlib.errors import NobodyHere
from microlib.metrics.borrower_defaults import bad_borrowers
from microlib.metrics.loan_states import is_live


def product_members(memberships: pd.DataFrame, *, product: Product) -> pd.DataFrame:
    """Keep the customers whose primary group is one that the product is made for.

    Parameters
    ----------
    memberships : DataFrame
        Result of ``metrics.segments.assign_segments``. Not modified.
    product : Product
        Its ``segments``.

    Returns
    -------
    DataFrame
        The rows of `memberships`, one per customer.

    Raises
    ------
    NobodyHere
        If no customer of the branch belongs to them.

    Examples
    --------
    >>> from microlib.design.terms import read_product
    >>> stall = read_product(".", product="market_stall", as_of="2026-06-30")
    >>> members = pd.DataFrame({"customer_id": ["C1", "C1"], "segment": ["garment_market", "chamber_members"],
    ...                         "is_primary": [True, False]})
    >>> product_members(members, product=stall)["customer_id"].to_list()
    ['C1']
    """
    chosen = memberships[memberships["segment"].isin(product.segments) & memberships["is_primary"]]
    if chosen.empty:
        segments = ", ".join(product.segments)
        raise NobodyHere(f"nobody here belongs to {segments}", where=product.code, fix="choose another product")
    return chosen.reset_index(drop=True)


def own_experience(loans: pd.DataFrame, customers: pd.DataFrame, *, members: pd.DataFrame) -> pd.DataFrame:
    """Count how many of the members have gone bad, from their loans or, where they have none, from default marks.

    Answers "what does this group's own past say, before the bank's experience is added?"

    Parameters
    ----------
    loans : DataFrame[loans]
        May be empty. Not modified, nor is any other frame.
    customers : DataFrame[customers]
        Uses ``is_defaulted`` where no member has a live loan.
    members : DataFrame
        Result of `product_members`.

    Returns
    -------
    DataFrame
        One row: ``basis`` (``loans``, ``default_marks``, ``none``), ``bad_count``, ``total_count`` (customers), as
        ``metrics.shrinkages.shrink_rates`` takes them.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["L1"], "customer_id": ["C1"], "balance_yuan": [1.0], "overdue_days": [120],
    ...                       "status": ["overdue"]})
    >>> members = pd.DataFrame({"customer_id": ["C1"]})
    >>> own_experience(loans, pd.DataFrame(), members=members)
       basis  bad_count  total_count
    0  loans          1            1
    """
    mine = loans[loans["customer_id"].isin(members["customer_id"])]
    if is_live(mine).any():
        counts = bad_borrowers(mine.assign(basis="loans"), within="basis")
        return counts[["basis", "bad_count", "total_count"]]
    marks = customers.loc[customers["customer_id"].isin(members["customer_id"]), "is_defaulted"].dropna().astype(bool)
    basis = "default_marks" if len(marks) else "none"
    return pd.DataFrame({"basis": [basis], "bad_count": [int(marks.sum())], "total_count": [len(marks)]})
