"""Cannibalisation (产品内部替代): new loans of a product that only take the place of another of our own."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.errors import EmptyBook
from microlib.metrics.counted_shares import with_share
from microlib.metrics.loan_states import is_renewed


def replacements(loans: pd.DataFrame, *, days: int, since: object = None) -> pd.DataFrame:
    r"""Measure which part of a product's new loans came within so many days of repaying another product.

    Answers "does this product win customers, or move them from one pocket to the other?"

    .. math:: c_p = \frac{\#\{l \in p : \exists\, k \notin p,\ same\ customer,\ |d_l - e_k| \le D\}}{\#\{l \in p\}}

    with :math:`d_l` the day a new loan was paid out and :math:`e_k` the day an older loan of another product ended.

    Parameters
    ----------
    loans : DataFrame[loans]
        Uses ``loan_id, customer_id, product_id, disbursed_date, closed_date, amount_yuan`` and what tells renewals,
        which are left out. Not modified.
    days : int
        Days on either side (policy, 30).
    since : date, optional
        Only loans paid out from this day.

    Returns
    -------
    DataFrame
        One row per product, by ``product_id``: ``new_count, new_yuan, replaced_count, replaced_yuan`` (of the new loans
        that replaced), ``net_new_yuan`` (amounts beyond the loans replaced), ``replaced_share, replaced_low,
        replaced_high`` (Jeffreys), ``main_from_id`` (the product most often replaced; missing when none)

    Raises
    ------
    EmptyBook
        If no new loan was paid out.

    Notes
    -----
    Only what ended in this ledger is seen: a loan of another bank repaid by ours is no replacement here. Closeness in
    time is no proof of intent.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["a", "b"], "customer_id": "C1", "product_id": ["P1", "P2"],
    ...     "disbursed_date": pd.to_datetime(["2025-01-01", "2026-01-10"]), "amount_yuan": [5.0, 8.0],
    ...     "closed_date": pd.to_datetime(["2026-01-01", None]), "issue_type": "new"})
    >>> replacements(loans, days=30)[["product_id", "replaced_count", "net_new_yuan"]].values.tolist()
    [['P1', 0, 5.0], ['P2', 1, 3.0]]
    """
    named = loans[loans["product_id"].notna()]
    new = named[~is_renewed(named)]
    new = new if since is None else new[new["disbursed_date"] >= pd.Timestamp(since)]
    if new.empty:
        raise EmptyBook("no new loan was paid out", fix="take a longer window")
    pairs = _pairs(new, named, days)
    first = pairs.drop_duplicates("loan_id").set_index("loan_id")
    hit = new["loan_id"].isin(first.index)
    older = new["loan_id"].map(first["older_yuan"]).astype("float64").fillna(0.0)
    rows = pd.DataFrame({
        "product_id": new["product_id"], "new_count": 1, "new_yuan": new["amount_yuan"],
        "replaced_count": hit.astype("int64"), "replaced_yuan": new["amount_yuan"].where(hit, 0.0),
        "net_new_yuan": (new["amount_yuan"] - older).clip(lower=0.0),
    })  # fmt: skip
    found = rows.groupby("product_id", as_index=False, observed=True).sum()
    found = with_share(found, hit="replaced_count", base="new_count", name="replaced")
    return found.assign(main_from_id=found["product_id"].map(_main(first)))


def _pairs(new: pd.DataFrame, named: pd.DataFrame, days: int) -> pd.DataFrame:
    """New loans beside the older loans of other products that ended about then, the nearest first."""
    older = named.loc[named["closed_date"].notna(), ["customer_id", "product_id", "closed_date", "amount_yuan"]]
    older = older.set_axis(["customer_id", "from_id", "ended", "older_yuan"], axis=1)
    pairs = new[["loan_id", "customer_id", "product_id", "disbursed_date"]].merge(older, on="customer_id")
    gap = np.abs((pairs["disbursed_date"] - pairs["ended"]).dt.days)
    near = pairs.assign(gap=gap)[(gap <= days) & (pairs["product_id"] != pairs["from_id"])]
    return near.sort_values(["loan_id", "gap", "older_yuan", "from_id"], ascending=[True, True, False, True])


def _main(first: pd.DataFrame) -> pd.Series:
    counts = first.groupby(["product_id", "from_id"], observed=True).size().reset_index(name="n")
    best = counts.sort_values(["n", "from_id"], ascending=[False, True]).drop_duplicates("product_id")
    return best.set_index("product_id")["from_id"]
