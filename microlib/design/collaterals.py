"""What collateral supports: value after haircut, less what earlier loans already hold of it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd


def haircut_value(collateral: pd.DataFrame, *, haircuts: Mapping[str, float]) -> pd.Series:
    r"""Return the share of each item's value that counts, :math:`h_k V`; a kind not listed counts nothing.

    Parameters
    ----------
    collateral : DataFrame
        ``kind``, ``value_yuan``. Not modified.
    haircuts : mapping
        Share of value by kind, 0 to 1.

    Examples
    --------
    >>> items = pd.DataFrame({"kind": ["shop", "painting"], "value_yuan": [1_000_000.0, 500_000.0]})
    >>> haircut_value(items, haircuts={"shop": 0.6}).to_list()
    [600000.0, 0.0]
    """
    return collateral["value_yuan"] * collateral["kind"].map(dict(haircuts)).fillna(0.0).astype("float64")


def pledged_room(
    loans: pd.DataFrame, collateral_links: pd.DataFrame, collateral: pd.DataFrame, *, haircuts: Mapping[str, float]
) -> pd.Series:
    r"""Find what each borrower's collateral still supports.

    .. math:: R_c = \max\left(0, \sum_{k} h_k V_k - \sum_{l} secured_l\right)

    over the items linked to the borrower's loans, an item once, and the loans they secure while a balance is left.

    Parameters
    ----------
    loans : DataFrame[loans]
    collateral_links : DataFrame[collateral_links]
    collateral : DataFrame[collateral]
        None of them is modified.

    Returns
    -------
    Series
        Yuan, >= 0, by ``customer_id``; borrowers without collateral on file are not in it.
    """
    owner = loans.set_index("loan_id")["customer_id"]
    live = loans.set_index("loan_id")["balance_yuan"] > 0
    rows = collateral_links.assign(
        customer_id=collateral_links["loan_id"].map(owner),
        held_yuan=collateral_links["secured_yuan"].where(collateral_links["loan_id"].map(live).eq(True), 0.0),
    )
    worth = haircut_value(collateral, haircuts=haircuts).groupby(collateral["collateral_id"]).first()
    items = rows.drop_duplicates(["customer_id", "collateral_id"])
    value = items["collateral_id"].map(worth).astype("float64").fillna(0.0).groupby(items["customer_id"]).sum()
    return (value - rows.groupby("customer_id")["held_yuan"].sum()).clip(lower=0)
