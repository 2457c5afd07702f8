"""The inclusive-finance scorecard (普惠金融): balance, borrowers, first-time borrowers, unsecured, renewed, price."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from microlib.contracts.needs import measure
from microlib.errors import EmptyBook
from microlib.metrics.counted_shares import with_share
from microlib.metrics.groupings import Day, year_before
from microlib.metrics.loan_states import is_renewed, live_loans

UNSECURED = ("credit",)


@dataclass(frozen=True)
class Definition:
    """What counts as inclusive lending, as policy writes it.

    Parameters
    ----------
    cap_yuan : float
        Granted to one customer, at most.
    kinds, sizes : collection of str
        Kinds of customers; of companies, sizes.
    company : str
        The kind to which sizes apply.
    """

    cap_yuan: float
    kinds: Collection[str]
    sizes: Collection[str]
    company: str = "company"


@measure(optional=("facilities",))
def inclusive_loans(
    loans: pd.DataFrame,
    customers: pd.DataFrame,
    facilities: pd.DataFrame | None = None,
    *,
    definition: Definition,
) -> pd.DataFrame:
    """Say of each live loan whether its borrower falls under the definition, and by what that was judged.

    Parameters
    ----------
    loans : DataFrame[loans]
        Not modified, nor are the others.
    customers : DataFrame[customers]
        Uses ``customer_id, kind, size``.
    facilities : DataFrame[facilities], optional
        The customer's granted total; without it the loans' amounts stand for it, a lower bound.
    definition : Definition

    Returns
    -------
    DataFrame
        The live loans with ``is_counted`` (bool), ``granted_yuan`` (of the customer) and ``judged_by``:
        ``facilities``, ``loans`` (granted total not known) or ``unknown`` (kind or a company's size not known: not
        counted)

    Raises
    ------
    EmptyBook
        If no loan is live.
    """
    live = live_loans(loans)
    asked = live.groupby("customer_id", observed=True)["amount_yuan"].sum()
    granted = _granted(facilities)
    whole = live["customer_id"].map(granted).astype("float64")
    file = customers.drop_duplicates("customer_id").set_index("customer_id")
    kind, size = (live["customer_id"].map(file[name]) for name in ("kind", "size"))
    known = kind.notna() & ((kind != definition.company) | (size.notna() & (size != "unknown")))
    fits = kind.isin(definition.kinds) & ((kind != definition.company) | size.isin(definition.sizes))
    total = whole.fillna(live["customer_id"].map(asked)).astype("float64")
    judged = pd.Series("loans", index=live.index).mask(whole.notna(), "facilities").mask(~known, "unknown")
    counted = known & fits & (total <= definition.cap_yuan)
    return live.assign(is_counted=counted.astype(bool), granted_yuan=total, judged_by=judged)


def inclusive_scorecard(counted: pd.DataFrame, loans: pd.DataFrame, *, as_of: Day) -> pd.DataFrame:
    r"""Draw up the scorecard: six figures at the date, each with the counts it stands on.

    Answers "how much of our book is inclusive lending, whom does it reach for the first time, and on what terms?"

    .. math:: \bar r = \frac{\sum_i B_i r_i}{\sum_i B_i}

    Parameters
    ----------
    counted : DataFrame
        Result of `inclusive_loans`. Not modified.
    loans : DataFrame[loans]
        The whole ledger, for first loans. Not modified.
    as_of : date
        First-time borrowers and renewals are those of the twelve months before it.

    Returns
    -------
    DataFrame
        One row: ``balance_yuan, borrowers_count, loans_count``; ``first_count`` (borrowers whose first loan here was in
        the year) of ``borrowers_count``: ``first_share, first_low, first_high``; ``unsecured_share, unsecured_low,
        unsecured_high`` (of loans; ``unsecured_balance_share`` of balance); ``renewed_share, renewed_low,
        renewed_high`` (of loans paid out in the year); ``yearly_rate`` (by balance), ``new_yearly_rate`` (of the year's
        loans, by amount); ``unknown_count`` (live loans that could not be judged), ``small_average_yuan`` (balance per
        borrower)

    Raises
    ------
    EmptyBook
        If no live loan falls under the definition.

    Notes
    -----
    First here is not first anywhere (首贷户 in the supervisor's sense has no loan in the credit register): the share is
    an upper bound. The flag that the ledger itself carries is not used, so that one definition holds everywhere.
    """
    own = counted[counted["is_counted"]]
    if own.empty:
        raise EmptyBook("no live loan falls under the definition of inclusive lending", fix="look at kinds and sizes")
    since = year_before(as_of)
    began = loans.groupby("customer_id", observed=True)["disbursed_date"].min()
    borrowers = own["customer_id"].drop_duplicates()
    fresh = own[own["disbursed_date"] > since]
    unsecured = own["guarantee"].isin(UNSECURED)
    row = pd.DataFrame([{
        "balance_yuan": float(own["balance_yuan"].sum()), "loans_count": len(own), "borrowers_count": len(borrowers),
        "first_count": int((borrowers.map(began) > since).sum()), "unsecured_count": int(unsecured.sum()),
        "unsecured_balance_share": _part(own["balance_yuan"], unsecured), "fresh_count": len(fresh),
        "renewed_count": int(is_renewed(fresh).sum()), "yearly_rate": _mean(own, "balance_yuan"),
        "new_yearly_rate": _mean(fresh, "amount_yuan"), "unknown_count": int((counted["judged_by"] == "unknown").sum()),
        "small_average_yuan": float(own["balance_yuan"].sum()) / len(borrowers),
    }])  # fmt: skip
    row = with_share(row, hit="first_count", base="borrowers_count", name="first")
    row = with_share(row, hit="unsecured_count", base="loans_count", name="unsecured")
    return with_share(row, hit="renewed_count", base="fresh_count", name="renewed")


def _granted(facilities: pd.DataFrame | None) -> pd.Series:
    if facilities is None or facilities.empty:
        return pd.Series(dtype="float64")
    active = facilities[facilities["status"].fillna("active").isin(["active", "frozen"])]
    return active.groupby("customer_id", observed=True)["approved_yuan"].sum()


def _part(amounts: pd.Series, mask: pd.Series) -> float:
    return float(amounts[mask].sum() / amounts.sum()) if amounts.sum() > 0 else float("nan")


def _mean(rows: pd.DataFrame, weight: str) -> float:
    total = float(rows[weight].sum())
    return float((rows["yearly_rate"] * rows[weight]).sum() / total) if total > 0 else float("nan")
