"""How large the book is, on which sources it rests, and whether it ties out to the bank's control totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from microlib.contracts.needs import measure
from microlib.contracts.tables import TABLES
from microlib.errors import BadData, EmptyBook
from microlib.metrics.loans import checked_loans, days_late, is_live, live_loans
from microlib.stats.concentration import concentration

SPREAD = (
    "parts_count",
    "effective_parts",
    "hhi",
    "hhi_normalised",
    "cr1_share",
    "cr3_share",
    "cr10_share",
    "gini",
    "largest_part",
    "largest_share",
)


def book_size(loans: pd.DataFrame) -> pd.DataFrame:
    """Count live borrowers and loans, and add up their balance.

    Parameters
    ----------
    loans : DataFrame[loans]
        Not modified.

    Returns
    -------
    DataFrame
        One row: ``customers_count, loans_count, balance_yuan, average_yuan`` (balance per borrower; missing where no
        loan names one).

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
    return pd.DataFrame([{**row, "average_yuan": balance / customers if customers else np.nan}])


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
    whole = float(size["balance_yuan"].sum())
    return kept.assign(top_source_share=kept["balance_yuan"] / (whole if whole > 0 else np.nan))


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
        ``across`` (the column) and the main columns of `concentration.concentration`. Rows are not comparable with
        one another: the parts differ.

    Raises
    ------
    EmptyBook
        If no loan is live, or none bears a label.

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
    if not filled:
        raise EmptyBook("no live loan bears any of the labels", where="loans", fix=f"fill {', '.join(across)}")
    rows = [concentration(live, within="whole", across=name).assign(across=name) for name in filled]
    return pd.concat(rows, ignore_index=True)[["across", *SPREAD]]


#: a difference above this share of the control total puts a banner on the page
BANNER_SHARE = 0.001
#: sums that differ by less than this part of themselves are one: the rest is rounding, whatever the unit
NOISE = 1e-12
MEASURES = ("customers_count", "balance_yuan", "overdue_yuan")


@measure(optional=("control_totals",))
def control_differences(
    loans: pd.DataFrame, control_totals: pd.DataFrame | None = None, *, banner_share: float = BANNER_SHARE
) -> pd.DataFrame:
    """Tie the loans out to the control totals that came with them, branch by branch.

    Answers "is what we analyse what the bank has on its books?" Ours: borrowers with a live loan, their
    balance, and the whole balance of live loans with any day past due.

    Parameters
    ----------
    loans : DataFrame
        The ledger; ``branch_id`` besides the usual columns. Not modified.
    control_totals : DataFrame, optional
        ``branch_id, customers_count, balance_yuan, overdue_yuan``. Not modified.
    banner_share : float
        Difference, as a share of the control total, above which a banner is due (fraction).

    Returns
    -------
    DataFrame
        Three rows per branch of either table, branches ascending; ``branch_id``, ``total`` (``customers_count,
        balance_yuan, overdue_yuan``), ``ours``, ``control`` (missing where none was given), ``difference`` (ours less
        control), ``difference_share`` (of the control total; 1 where that is 0 and ours is not) and ``state``:
        ``tied``, ``differs`` (needs the banner), ``no_control_total``, or ``no_own_total`` (ours is not known).

    Raises
    ------
    BadData
        If a branch has two control totals, or for what `loans.checked_loans` refuses.
    MissingTable
        If the loans lack a column.

    Notes
    -----
    A difference of a factor 10,000 is a unit slip (万元), not a missing loan.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["L1"], "customer_id": ["C1"], "branch_id": ["0755"], "status": ["normal"],
    ...                       "balance_yuan": [99.0], "overdue_days": [0]})
    >>> totals = pd.DataFrame({"branch_id": ["0755"], "customers_count": [1], "balance_yuan": [100.0],
    ...                        "overdue_yuan": [0.0]})
    >>> control_differences(loans, totals)[["total", "difference", "state"]].to_numpy().tolist()
    [['customers_count', 0.0, 'tied'], ['balance_yuan', -1.0, 'differs'], ['overdue_yuan', 0.0, 'tied']]
    """
    live = loans[is_live(checked_loans(loans, needs=["branch_id"]))]
    live = live.assign(_overdue=live["balance_yuan"].where(days_late(live) > 0, 0.0))
    sums = live.groupby("branch_id").agg(
        customers_count=("customer_id", "nunique"),
        balance_yuan=("balance_yuan", "sum"),
        overdue_yuan=("_overdue", "sum"),
    )
    return compared_totals(sums, control_totals, banner_share=banner_share)


def compared_totals(
    sums: pd.DataFrame, control_totals: pd.DataFrame | None = None, *, banner_share: float = BANNER_SHARE
) -> pd.DataFrame:
    """Tie sums of the ledger out to control totals, as `control_differences` does for the loans themselves.

    Parameters
    ----------
    sums : DataFrame
        Indexed by ``branch_id``: ``customers_count, balance_yuan, overdue_yuan``. Not modified.
    control_totals : DataFrame, optional
        As there. Not modified.
    banner_share : float
        As there.

    Returns
    -------
    DataFrame
        As there.

    Raises
    ------
    BadData
        If a branch has two control totals.

    Examples
    --------
    >>> sums = pd.DataFrame({"customers_count": [1], "balance_yuan": [99.0], "overdue_yuan": [0.0]},
    ...                     index=pd.Index(["0755"], name="branch_id"))
    >>> totals = pd.DataFrame({"branch_id": ["0755"], "customers_count": [1], "balance_yuan": [100.0],
    ...                        "overdue_yuan": [0.0]})
    >>> compared_totals(sums, totals)["state"].to_list()
    ['tied', 'differs', 'tied']
    """
    given = pd.DataFrame(columns=["branch_id", *MEASURES]) if control_totals is None else control_totals
    if given["branch_id"].duplicated().any():
        raise BadData("a branch has two control totals", where="control_totals", fix="keep the newest")
    control = given.set_index("branch_id")[list(MEASURES)].astype(float)
    branches = sums.index.union(control.index).unique().sort_values().rename("branch_id")
    pairs = pd.DataFrame(
        {
            "ours": sums.reindex(branches, fill_value=0).astype(float).stack(),
            "control": control.reindex(branches).stack(),
        }
    ).reindex(pd.MultiIndex.from_product([branches, MEASURES], names=["branch_id", "total"]))
    return _judged(pairs.reset_index(), banner_share)


def _judged(pairs: pd.DataFrame, banner_share: float) -> pd.DataFrame:
    """Differences of the pairs, their share, and what they mean."""
    difference = pairs["ours"] - pairs["control"]
    size = pairs[["ours", "control"]].abs().max(axis="columns")
    difference = difference.mask(difference.abs() <= NOISE * size, 0.0)
    base = pairs["control"].where(pairs["control"] != 0)
    share = (difference.abs() / base.abs()).where(base.notna(), (difference != 0).astype(float))
    share = share.where(pairs["control"].notna())
    nothing = [pairs["control"].isna(), pairs["ours"].isna(), share > banner_share]
    state = np.select(nothing, ["no_control_total", "no_own_total", "differs"], "tied")
    return pairs.assign(difference=difference, difference_share=share, state=state)


def table_coverage(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Say what a branch's data hold, table by table, against the contract.

    Parameters
    ----------
    tables : mapping
        Name of a contract's table -> its frame; one that is not given counts as absent. Not modified.

    Returns
    -------
    DataFrame
        One row per table of the contract, in the order of loading; ``table``, ``level``, ``rows_count``,
        ``columns_count`` (of the contract), ``filled_columns_count`` (with any value), ``filled_share`` (cells with a
        value, fraction; missing for an absent table), ``state``: ``present`` or ``absent``.

    Raises
    ------
    BadData
        If a table is not in the contract.

    Examples
    --------
    >>> found = table_coverage({"rms": pd.DataFrame({"rm_id": ["R1"], "branch_id": ["0755"]})})
    >>> found.set_index("table").loc["rms", ["rows_count", "state"]].astype(str).to_list()
    ['1', 'present']
    """
    unknown = set(tables) - set(TABLES)
    if unknown:
        raise BadData(f"no table is called {', '.join(sorted(unknown))}", fix=f"use {', '.join(TABLES)}")
    rows = []
    for name, table in TABLES.items():
        frame = tables.get(name, pd.DataFrame())
        filled = frame.reindex(columns=table.names).notna().sum()
        rows.append(
            {
                "table": name,
                "level": table.level,
                "rows_count": len(frame),
                "columns_count": len(table.names),
                "filled_columns_count": int((filled > 0).sum()),
                "filled_share": filled.sum() / (len(frame) * len(table.names)) if len(frame) else np.nan,
                "state": "present" if len(frame) else "absent",
            }
        )
    return pd.DataFrame(rows)
