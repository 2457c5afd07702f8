"""The online check (线上初筛): who passes, whether the line suffices, and whom it refuses that do well offline."""

from __future__ import annotations

import pandas as pd

from microlib.errors import EmptyBook
from microlib.metrics.counted_shares import with_share
from microlib.metrics.intervals import rate_difference
from microlib.metrics.loan_states import is_bad

LOST_STATES = ("written_off", "transferred")


def online_passes(online_screens: pd.DataFrame, memberships: pd.DataFrame | None = None) -> pd.DataFrame:
    """Measure who passes the online check, how far the line reaches, and how long the answer takes.

    Parameters
    ----------
    online_screens : DataFrame[online_screens]
        Several checks of one customer: the last counts. Not modified.
    memberships : DataFrame, optional
        Result of `segments.assign_segments`; by primary segment, the rest as ``unassigned``. Without it one row.

    Returns
    -------
    DataFrame
        Per ``segment``: ``checked_count, passed_count``, ``pass_share, pass_low, pass_high`` (Jeffreys),
        ``needed_yuan, granted_yuan`` (of those passed, both known), ``covered_share`` (their ratio), ``full_share``
        with ``full_low, full_high`` (passed and the line covers the whole need), ``decision_seconds`` (median),
        ``decision_p90_seconds``

    Raises
    ------
    EmptyBook
        If nobody was checked.

    Examples
    --------
    >>> seen = pd.DataFrame({"customer_id": ["C1", "C2"], "screened_at": pd.to_datetime(["2026-01-01"] * 2),
    ...     "decision": ["approved", "refused"], "granted_yuan": [6.0, 0.0], "needed_yuan": [10.0, 8.0],
    ...     "decision_seconds": [20.0, 30.0]})
    >>> online_passes(seen)[["segment", "pass_share", "covered_share"]].values.tolist()
    [['all', 0.5, 0.6]]
    """
    last = _last(online_screens)
    passed = last["decision"] == "approved"
    known = passed & last["needed_yuan"].gt(0) & last["granted_yuan"].notna()
    whole = known & (last["granted_yuan"] >= last["needed_yuan"])
    rows = last.assign(
        segment=_segments(last["customer_id"], memberships), checked_count=1, passed_count=passed.astype("int64"),
        needed_yuan=last["needed_yuan"].where(known, 0.0), granted_yuan=last["granted_yuan"].where(known, 0.0),
        sized_count=known.astype("int64"), full_count=whole.astype("int64"),
    )  # fmt: skip
    groups = rows.groupby("segment", observed=True)
    sums = ["checked_count", "passed_count", "needed_yuan", "granted_yuan", "sized_count", "full_count"]
    found = groups[sums].sum().reset_index()
    found = with_share(found, hit="passed_count", base="checked_count", name="pass")
    found = with_share(found, hit="full_count", base="sized_count", name="full")
    seconds = groups["decision_seconds"].quantile([0.5, 0.9]).unstack().set_axis(["half", "most"], axis=1)
    return found.assign(
        covered_share=found["granted_yuan"] / found["needed_yuan"].where(found["needed_yuan"] > 0),
        decision_seconds=found["segment"].map(seconds["half"]),
        decision_p90_seconds=found["segment"].map(seconds["most"]),
    )


def swap_set(online_screens: pd.DataFrame, loans: pd.DataFrame, *, online_products: tuple[str, ...]) -> pd.DataFrame:
    r"""Compare what became of offline loans to those whom the online check had passed and refused.

    Answers "does the online check refuse customers who do well offline?" With bad the borrowers of whom an offline loan
    after the check is bad or was written off:

    .. math:: \Delta = \frac{bad_{refused}}{n_{refused}} - \frac{bad_{passed}}{n_{passed}}

    Parameters
    ----------
    online_screens : DataFrame[online_screens]
        The last check of a customer counts. Not modified.
    loans : DataFrame[loans]
        Not modified.
    online_products : tuple of str
        Products that the check itself opens: their loans are left out.

    Returns
    -------
    DataFrame
        Two rows, ``decision`` (refused, approved): ``checked_count, borrowers_count`` (with an offline loan since),
        ``bad_count, bad_share, bad_low, bad_high`` (Jeffreys), ``lent_yuan``, and in the row of the refused
        ``difference, difference_low, difference_high`` (Newcombe)

    Raises
    ------
    EmptyBook
        If nobody was checked, or no offline loan followed.

    Notes
    -----
    Whom the branch chose among the refused is not a sample of them: it saw what the model did not. A small difference
    says that the branch chooses well, not that the model errs; only a random trial would tell.

    Examples
    --------
    >>> seen = pd.DataFrame({"customer_id": ["C1", "C2"], "screened_at": pd.to_datetime(["2025-01-01"] * 2),
    ...                      "decision": ["approved", "refused"]})
    >>> loans = pd.DataFrame({"customer_id": ["C1", "C2"], "product_id": "P5", "amount_yuan": 9.0,
    ...     "overdue_days": [0, 99], "class5": None, "status": "normal",
    ...     "disbursed_date": pd.to_datetime(["2025-02-01"] * 2)})
    >>> swap_set(seen, loans, online_products=("P1",))[["decision", "bad_count"]].values.tolist()
    [['refused', 1], ['approved', 0]]
    """
    last = _last(online_screens)[["customer_id", "screened_at", "decision"]]
    offline = loans[~loans["product_id"].isin(online_products)]
    after = offline.merge(last, on="customer_id")
    after = after[after["disbursed_date"] >= after["screened_at"].dt.normalize()]
    if after.empty:
        raise EmptyBook("no offline loan followed a check", fix="checks and loans of the same time are needed")
    bad = is_bad(after) | after["status"].isin(LOST_STATES)
    people = after.assign(bad=bad).groupby(["decision", "customer_id"], observed=True)
    each = people.agg(bad=("bad", "max"), lent_yuan=("amount_yuan", "sum")).reset_index()
    found = each.groupby("decision", observed=True).agg(
        borrowers_count=("customer_id", "size"), bad_count=("bad", "sum"), lent_yuan=("lent_yuan", "sum")
    )
    found = found.reindex(["refused", "approved"], fill_value=0).astype({"borrowers_count": int, "bad_count": int})
    found = found.reset_index()
    found["checked_count"] = found["decision"].map(last["decision"].value_counts()).fillna(0).astype(int)
    found = with_share(found, hit="bad_count", base="borrowers_count", name="bad")
    return found.join(_gap(found))


def online_product_ids(products: pd.DataFrame) -> tuple[str, ...]:
    """Return the products that are sold online.

    Examples
    --------
    >>> online_product_ids(pd.DataFrame({"product_id": ["P1", "P2"], "is_online": [True, None]}))
    ('P1',)
    """
    return tuple(products.loc[products["is_online"].astype("boolean").fillna(False).astype(bool), "product_id"])


def _gap(found: pd.DataFrame) -> pd.DataFrame:
    counts = found[["bad_count", "borrowers_count"]].set_axis(["bad_count", "total_count"], axis=1)
    names = {"difference": "difference", "low": "difference_low", "high": "difference_high"}
    if not (counts["total_count"] > 0).all():
        return pd.DataFrame(columns=list(names.values()), index=found.index, dtype="float64")
    gap = rate_difference(counts.head(1), counts.tail(1).set_axis(counts.head(1).index))
    return gap[list(names)].rename(columns=names).reindex(found.index)


def _last(online_screens: pd.DataFrame) -> pd.DataFrame:
    if online_screens.empty:
        raise EmptyBook("nobody was checked online", where="online_screens", fix="load the online checks")
    return online_screens.sort_values("screened_at", kind="stable").drop_duplicates("customer_id", keep="last")


def _segments(customers: pd.Series, memberships: pd.DataFrame | None) -> pd.Series:
    if memberships is None:
        return pd.Series("all", index=customers.index)
    first = memberships[memberships["is_primary"]].drop_duplicates("customer_id").set_index("customer_id")["segment"]
    return customers.map(first).fillna("unassigned")
