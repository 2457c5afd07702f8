"""The product tree (产品分类): by security, way of selling and drawing, with balance, quality and rate of each leaf."""

from __future__ import annotations

import pandas as pd

from microlib.contracts.needs import measure
from microlib.errors import EmptyBook
from microlib.metrics.groupings import Day, year_before
from microlib.metrics.loan_states import is_renewed, live_loans
from microlib.metrics.pars import portfolio_at_risk

BRANCHES = ["secured", "is_online", "is_revolving", "kind"]


@measure(optional=("products",))
def product_tree(loans: pd.DataFrame, products: pd.DataFrame, *, as_of: Day) -> pd.DataFrame:
    r"""Lay the live book out by kind of product.

    Answers "of what is our shelf made, what does it carry, and what sells no more?"

    .. math:: \bar r_p = \frac{\sum_i B_i r_i}{\sum_i B_i}

    Parameters
    ----------
    loans : DataFrame[loans]
        Not modified.
    products : DataFrame[products]
        Their ``secured, is_online, is_revolving, kind, name``. Not modified.
    as_of : date
        New lending is that of the twelve months before it.

    Returns
    -------
    DataFrame
        One row per product with a live loan or new lending, ordered along the branches ``secured, is_online,
        is_revolving, kind``, then by balance: ``product_id, loans_count, customers_count, balance_yuan,
        balance_share`` (of the live book), ``average_yuan`` (per loan), ``yearly_rate`` (by balance; missing without
        balance), ``par30_share, par30_low, par30_high`` (missing without balance), ``base_customers_count``,
        ``new_count, new_yuan`` (12 months, renewals left out)

    Raises
    ------
    EmptyBook
        If no loan is live, or none names its product.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["a"], "customer_id": "C1", "product_id": "P1", "balance_yuan": 4.0,
    ...     "amount_yuan": 5.0, "overdue_days": 0, "status": "normal", "yearly_rate": 0.05,
    ...     "disbursed_date": pd.to_datetime(["2026-01-01"])})
    >>> shelf = pd.DataFrame({"product_id": ["P1"], "secured": "credit", "is_online": False, "is_revolving": False,
    ...                       "kind": "standard"})
    >>> product_tree(loans, shelf, as_of="2026-06-30")[["product_id", "balance_share", "new_count"]].values.tolist()
    [['P1', 1.0, 1]]
    """
    named = loans[loans["product_id"].notna()]
    live = live_loans(loans)
    book = live.dropna(subset=["product_id"])
    if book.empty:
        raise EmptyBook("no live loan names its product", where="products", fix="fill product_id in the ledger")
    fresh = named[named["disbursed_date"].between(year_before(as_of), pd.Timestamp(as_of)) & ~is_renewed(named)]
    earned = book["balance_yuan"] * book["yearly_rate"]
    found = book.assign(earned=earned).groupby("product_id", observed=True).agg(
        loans_count=("loan_id", "size"), customers_count=("customer_id", "nunique"),
        balance_yuan=("balance_yuan", "sum"), earned=("earned", "sum"),
    )  # fmt: skip
    new = fresh.groupby("product_id", observed=True)["amount_yuan"].agg(["size", "sum"])
    found = found.join(new.set_axis(["new_count", "new_yuan"], axis=1), how="outer").fillna(0.0)
    held = found["balance_yuan"] > 0
    found = found.assign(
        balance_share=found["balance_yuan"] / float(live["balance_yuan"].sum()),
        average_yuan=(found["balance_yuan"] / found["loans_count"]).where(held),
        yearly_rate=(found["earned"] / found["balance_yuan"]).where(held),
    )
    return _leaves(found.join(_quality(book)), products)


def branch_sums(tree: pd.DataFrame) -> pd.DataFrame:
    """Add the tree up to its branches: security x way of selling x drawing.

    Parameters
    ----------
    tree : DataFrame
        Result of `product_tree`. Not modified.

    Returns
    -------
    DataFrame
        One row per ``secured, is_online, is_revolving``: ``products_count, loans_count, balance_yuan, balance_share,
        new_yuan, sold`` (online, at_branch, unknown), the largest first. Borrowers of two products are not added up.

    Examples
    --------
    >>> tree = pd.DataFrame({"secured": "credit", "is_online": [True, False], "is_revolving": False, "product_id":
    ...     ["a", "b"], "loans_count": 1, "balance_yuan": [1.0, 3.0], "balance_share": [0.25, 0.75], "new_yuan": 0.0})
    >>> branch_sums(tree)[["is_online", "balance_share"]].values.tolist()
    [[False, 0.75], [True, 0.25]]
    """
    groups = tree.groupby(BRANCHES[:3], as_index=False, observed=True, dropna=False)
    found = groups.agg(
        products_count=("product_id", "size"), loans_count=("loans_count", "sum"),
        balance_yuan=("balance_yuan", "sum"), balance_share=("balance_share", "sum"), new_yuan=("new_yuan", "sum"),
    )  # fmt: skip
    online = found["is_online"].astype("boolean")
    found["sold"] = online.map({True: "online", False: "at_branch"}).astype("str").where(online.notna(), "unknown")
    return found.sort_values(["balance_yuan", *BRANCHES[:3]], ascending=[False] + [True] * 3, ignore_index=True)


def _quality(book: pd.DataFrame) -> pd.DataFrame:
    shares = portfolio_at_risk(book, days=(30,), within="product_id").set_index("product_id")
    names = {"share": "par30_share", "share_low": "par30_low", "share_high": "par30_high"}
    return shares[[*names, "base_customers_count"]].rename(columns=names)


def _leaves(found: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    shelf = products.drop_duplicates("product_id")[["product_id", *BRANCHES]]
    whole = found.reset_index().merge(shelf, on="product_id", how="left")
    counts = dict.fromkeys(("loans_count", "customers_count", "new_count"), "int64")
    order = whole.astype(counts).sort_values(
        [*BRANCHES, "balance_yuan", "product_id"], ascending=[True] * 4 + [False, True], na_position="last"
    )
    front = [*BRANCHES, "product_id", "loans_count", "customers_count", "balance_yuan", "balance_share", "average_yuan"]
    back = ["yearly_rate", "par30_share", "par30_low", "par30_high", "base_customers_count", "new_count", "new_yuan"]
    return order[[*front, *back]].reset_index(drop=True)
