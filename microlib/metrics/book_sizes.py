"""How large the book is, which source carries most of it, and over how many parts it is spread."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from microlib.errors import EmptyBook
from microlib.metrics.concentrations import concentration
from microlib.metrics.loan_states import live_loans

SPREAD = (
    "parts_count", "effective_parts", "hhi", "hhi_normalised", "cr1_share", "cr3_share", "cr10_share", "gini",
    "largest_part", "largest_share",
)  # fmt: skip


def book_size(loans: pd.DataFrame) -> pd.DataFrame:
    """Count live borrowers and loans, and add up their balance.

    Parameters
    ----------
    loans : DataFrame[loans]
        Not modified.

    Returns
    -------
    DataFrame
        One row: ``customers_count, loans_count, balance_yuan, average_yuan`` (balance per borrower).

    Raises
    ------
    EmptyBook
        If no loan is live.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["L1", "L2"], "customer_id": ["C1", "C1"], "balance_yuan": [1.0, 2.0],
    ...                       "overdue_days": [0, 0], "status": ["normal", "normal"]})
    >>> book_size(loans).iloc[0].to_dict()
    {'customers_count': 1.0, 'loans_count': 2.0, 'balance_yuan': 3.0, 'average_yuan': 3.0}
    """
    live = live_loans(loans)
    customers, balance = live["customer_id"].nunique(), float(live["balance_yuan"].sum())
    row = {"customers_count": customers, "loans_count": len(live), "balance_yuan": balance}
    return pd.DataFrame([{**row, "average_yuan": balance / customers}])


def top_source(balances: pd.DataFrame, size: pd.DataFrame) -> pd.DataFrame:
    """Name the source on which most of the book hangs, with its share of the book.

    Parameters
    ----------
    balances : DataFrame
        Result of `sources.affected_balances` or what is built on it. Not modified.
    size : DataFrame
        Result of `book_size`. Not modified.

    Returns
    -------
    DataFrame
        One row, or none where no source is known: ``source_kind, source_id, borrowers_count, balance_yuan,
        top_source_share`` (fraction of the book).

    Examples
    --------
    >>> balances = pd.DataFrame({"source_kind": ["core"], "source_id": ["H1"], "borrowers_count": [2],
    ...                          "balance_yuan": [3.0]})
    >>> float(top_source(balances, pd.DataFrame({"balance_yuan": [12.0]}))["top_source_share"].iloc[0])
    0.25
    """
    first = balances.sort_values(["balance_yuan", "source_id"], ascending=[False, True]).head(1)
    kept = first[["source_kind", "source_id", "borrowers_count", "balance_yuan"]].reset_index(drop=True)
    return kept.assign(top_source_share=kept["balance_yuan"] / float(size["balance_yuan"].iloc[0]))


def largest_sources(balances: pd.DataFrame, *, most: int = 8) -> pd.DataFrame:
    """Keep the sources that carry most balance, largest first.

    Parameters
    ----------
    balances : DataFrame
        Result of `sources.affected_balances` or what is built on it. Not modified.
    most : int
        How many to keep.

    Raises
    ------
    EmptyBook
        If no source is known.

    Examples
    --------
    >>> balances = pd.DataFrame({"source_id": ["a", "b"], "balance_yuan": [1.0, 2.0]})
    >>> largest_sources(balances, most=1)["source_id"].to_list()
    ['b']
    """
    if balances.empty:
        raise EmptyBook("no borrowers share a source", fix="nothing to do where borrowers stand alone")
    ranked = balances.sort_values(["balance_yuan", "source_id"], ascending=[False, True], kind="stable")
    return ranked.head(most).reset_index(drop=True)


def book_spread(loans: pd.DataFrame, *, across: Sequence[str]) -> pd.DataFrame:
    """Measure how unevenly the book is spread over several kinds of parts, one row a kind.

    Parameters
    ----------
    loans : DataFrame[loans]
        Not modified.
    across : sequence of str
        Columns of `loans`; one in which nothing is filled is left out.

    Returns
    -------
    DataFrame
        ``across`` (the column) and the main columns of `concentrations.concentration`. Rows are not comparable with
        one another: the parts differ.

    Raises
    ------
    EmptyBook
        If no loan is live.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["L1", "L2"], "customer_id": ["C1", "C2"], "balance_yuan": [1.0, 1.0],
    ...                       "overdue_days": [0, 0], "status": ["normal", "normal"]})
    >>> book_spread(loans, across=["customer_id"])[["across", "parts_count", "hhi"]]
            across  parts_count  hhi
    0  customer_id            2  0.5
    """
    live = live_loans(loans).assign(whole="book")
    filled = [name for name in across if live[name].notna().any()]
    rows = [concentration(live, within="whole", across=name).assign(across=name) for name in filled]
    return pd.concat(rows, ignore_index=True)[["across", *SPREAD]]
