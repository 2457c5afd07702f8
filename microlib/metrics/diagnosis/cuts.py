"""Whom a branch serves: customers, borrowers and balance by size, trade, place."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from microlib.contracts.needs import measure
from microlib.errors import EmptyBook
from microlib.metrics.counted_shares import with_share
from microlib.metrics.loan_states import is_live

CUTS = ("size", "kind", "trade", "region_code", "venue_id")


@measure(optional=("loans",))
def customer_cuts(customers: pd.DataFrame, loans: pd.DataFrame, *, across: Sequence[str] = CUTS) -> pd.DataFrame:
    r"""Count customers, those who borrow, and what they owe, cut in several ways.

    Answers "whom do we serve, and which kind of customer keeps only an account here?"

    .. math:: b_k = \frac{\#\{customers\ of\ kind\ k\ with\ a\ balance\}}{\#\{customers\ of\ kind\ k\}}

    Parameters
    ----------
    customers : DataFrame[customers]
        Customers whom the branch manages. Not modified.
    loans : DataFrame[loans]
        Not modified.
    across : sequence of str
        Columns of `customers`, or ``trade``: the first letter and two digits of ``industry_code`` (a division of the
        national classification). A column in which nothing is filled is left out.

    Returns
    -------
    DataFrame
        Long, one row per cut and value, the largest balance first within each: ``cut, part`` (``unknown`` where not
        filled), ``customers_count, borrowers_count, balance_yuan, balance_share`` (of the book),
        ``borrowing_share, borrowing_low, borrowing_high`` (Jeffreys), ``average_yuan`` (per borrower)

    Raises
    ------
    EmptyBook
        If there is no customer file, or none of the columns is filled.

    Notes
    -----
    A ledger alone knows borrowers only: without a customer file every customer borrows, and the share says nothing.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": ["C1", "C2"], "size": ["micro", "micro"]})
    >>> loans = pd.DataFrame({"customer_id": ["C1"], "balance_yuan": [9.0], "status": ["normal"]})
    >>> customer_cuts(customers, loans, across=["size"])[["part", "borrowing_share", "average_yuan"]].values.tolist()
    [['micro', 0.5, 9.0]]
    """
    if customers.empty:
        raise EmptyBook("there is no customer", where="customers", fix="load the customer file")
    owed = loans[is_live(loans)].groupby("customer_id", observed=True)["balance_yuan"].sum()
    held = customers["customer_id"].map(owed).astype("float64").fillna(0.0)
    rows = customers.assign(customers_count=1, borrowers_count=(held > 0).astype("int64"), balance_yuan=held)
    if "industry_code" in rows:
        rows["trade"] = rows["industry_code"].str[:3]
    found = [_one(rows, name) for name in across if name in rows and rows[name].notna().any()]
    if not found:
        raise EmptyBook("the customer file says nothing of its customers", fix=f"fill {', '.join(across)}")
    whole = pd.concat(found, ignore_index=True)
    whole = with_share(whole, hit="borrowers_count", base="customers_count", name="borrowing")
    each = whole["balance_yuan"] / whole["borrowers_count"].where(whole["borrowers_count"] > 0)
    share = whole["balance_yuan"] / held.sum() if held.sum() > 0 else float("nan")
    return whole.assign(average_yuan=each, balance_share=share)


def only_cut(cuts: pd.DataFrame, *, cut: str, most: int = 12) -> pd.DataFrame:
    """Keep one cut of `customer_cuts`, its largest parts, the part's column named after the cut.

    Raises
    ------
    EmptyBook
        If the customer file does not fill that column.

    Examples
    --------
    >>> cuts = pd.DataFrame({"cut": ["size", "kind"], "part": ["micro", "person"], "balance_yuan": [1.0, 1.0]})
    >>> only_cut(cuts, cut="size")["size"].tolist()
    ['micro']
    """
    kept = cuts[cuts["cut"] == cut].head(most).drop(columns="cut").rename(columns={"part": cut}).reset_index(drop=True)
    if kept.empty:
        raise EmptyBook(f"the customer file does not fill {cut}", fix=f"fill {cut} in the file")
    return kept


def head_counts(cuts: pd.DataFrame, *, cut: str) -> pd.DataFrame:
    """Keep of one cut nothing but how many customers there are, those of unknown part left out.

    For a sheet that leaves the bank: what is told there goes through ``suppressions.suppressed`` first.

    Examples
    --------
    >>> cuts = pd.DataFrame({"cut": "size", "part": ["micro", "unknown"], "customers_count": [40, 2]})
    >>> head_counts(cuts, cut="size").values.tolist()
    [['micro', 40]]
    """
    kept = only_cut(cuts, cut=cut, most=len(cuts))[[cut, "customers_count"]]
    return kept[kept[cut] != "unknown"].reset_index(drop=True)


def _one(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    part = rows[name].astype("str").where(rows[name].notna(), "unknown")
    sums = ["customers_count", "borrowers_count", "balance_yuan"]
    found = rows.groupby(part.rename("part"), observed=True)[sums].sum().reset_index()
    order = found.sort_values(["balance_yuan", "part"], ascending=[False, True])
    return order.assign(cut=name)[["cut", "part", *sums]]
