"""Who left in a year (流失): borrowers of a year ago without a loan now, how they went, and who comes back unasked."""

from __future__ import annotations

import pandas as pd

from microlib.errors import EmptyBook
from microlib.metrics.counted_shares import with_share
from microlib.metrics.groupings import Day, keys, year_before
from microlib.metrics.loan_states import is_live

BAD_WAYS = ("written_off", "transferred")


def yearly_departures(loans: pd.DataFrame, *, as_of: Day, within: str | list[str] | None = None) -> pd.DataFrame:
    r"""Measure which part of the borrowers of a year ago have no loan now.

    Answers "how many did we lose in a year, and did they pay off, fail, or can it not be told?"

    .. math:: c = \frac{\#\{borrowers\ at\ t - 12\ without\ a\ live\ loan\ at\ t\}}{\#\{borrowers\ at\ t - 12\}}

    Parameters
    ----------
    loans : DataFrame[loans]
        With ended loans: ``disbursed_date, closed_date, status, balance_yuan``; a loan was live a year ago if paid out
        by then and not ended by then. Not modified.
    as_of : date
    within : str, list of str or None
        Columns of `loans`; a borrower counts under the loan that was largest then.

    Returns
    -------
    DataFrame
        Per group: ``base_count`` (borrowers a year ago), ``left_count``, ``settled_count, failed_count`` (written off
        or transferred), ``untold_count`` (how a loan ended is not recorded), ``left_share, left_low, left_high``
        (Jeffreys), ``left_yuan`` (amounts then lent to those who left)

    Raises
    ------
    EmptyBook
        If nobody borrowed a year ago: a ledger of live loans alone cannot show who left.

    Notes
    -----
    Who paid off and needs no money is no loss; the share says where to ask, not what went wrong. A ledger without ended
    loans shows nobody leaving: then the first count is that of survivors.

    Examples
    --------
    >>> loans = pd.DataFrame({"customer_id": ["C1", "C2"], "disbursed_date": pd.to_datetime(["2025-01-01"] * 2),
    ...     "closed_date": pd.to_datetime([None, "2026-01-05"]), "status": ["normal", "settled"],
    ...     "balance_yuan": [5.0, 0.0], "amount_yuan": 5.0})
    >>> yearly_departures(loans, as_of="2026-06-30")[["base_count", "left_count", "settled_count"]].values.tolist()
    [[2, 1, 1]]
    """
    then = _live_then(loans, year_before(as_of))
    if then.empty or loans["closed_date"].isna().all():
        what = "who left cannot be told: no loan of a year ago, or no ended loan, is in the ledger"
        raise EmptyBook(what, fix="keep ended loans in the ledger, with closed_date and status")
    by = keys(within)
    order = then.sort_values(["amount_yuan", "customer_id"], ascending=[False, True], kind="stable")
    first = order.drop_duplicates("customer_id")[["customer_id", "amount_yuan", *by]]
    left = ~first["customer_id"].isin(loans.loc[is_live(loans), "customer_id"])
    way = first["customer_id"].map(_ways(loans))
    rows = first[by].fillna("unknown").assign(
        base_count=1, left_count=left, settled_count=left & (way == "settled"), failed_count=left & way.isin(BAD_WAYS),
        untold_count=left & ~way.isin(["settled", *BAD_WAYS]), left_yuan=first["amount_yuan"].where(left, 0.0),
    )  # fmt: skip
    found = rows.groupby(by, as_index=False, observed=True).sum() if by else rows.sum().to_frame().T
    counts = {name: "int64" for name in found.columns if name.endswith("_count")}
    return with_share(found.astype(counts), hit="left_count", base="base_count", name="left")


def spontaneous_returns(loans: pd.DataFrame, *, as_of: Day) -> pd.DataFrame:
    r"""Measure how many of those who had paid off come back by themselves, by months since their last loan ended.

    Answers "after how many months without a loan may a customer be called lost?"

    .. math:: \hat h_m = \frac{\#\{back\ in\ month\ m\}}{\#\{still\ away\ at\ its\ start\}}, \qquad
        \hat R_m = 1 - \prod_{j \le m} (1 - \hat h_j)

    Customers who are away when the ledger ends leave the count of those at risk in that month (Kaplan-Meier).

    Parameters
    ----------
    loans : DataFrame[loans]
        With ended loans. Not modified.
    as_of : date

    Returns
    -------
    DataFrame
        One row per ``away_months`` (1 .. 24): ``at_risk_count, returned_count``, ``returned_share`` (by then, of all),
        ``later_share`` (of those still away then, who return within the next twelve months; missing where nobody was
        seen so long)

    Raises
    ------
    EmptyBook
        If nobody paid off a loan without holding another.

    Notes
    -----
    Nobody was asked to come back only if no campaign ran; with campaigns the curve is an upper bound.

    Examples
    --------
    >>> days = pd.to_datetime(["2024-01-01", "2025-03-10"])
    >>> loans = pd.DataFrame({"customer_id": ["C1", "C1"], "disbursed_date": days,
    ...     "closed_date": pd.to_datetime(["2025-01-01", None]), "status": ["settled", "normal"],
    ...     "balance_yuan": [0.0, 5.0], "amount_yuan": 5.0})
    >>> spontaneous_returns(loans, as_of="2026-06-30")[["away_months", "returned_count"]].head(3).values.tolist()
    [[1, 0], [2, 0], [3, 1]]
    """
    spells = _spells(loans, pd.Timestamp(as_of))
    if spells.empty:
        raise EmptyBook("nobody paid off a loan", fix="keep ended loans in the ledger, with closed_date")
    rows, still = [], 1.0
    for month in range(1, MOST_MONTHS + AHEAD_MONTHS + 1):
        at_risk = int((spells["months"] >= month).sum())
        back = int((spells["returned"] & (spells["months"] == month)).sum())
        still *= 1 - back / at_risk if at_risk else 1.0
        rows.append(
            {"away_months": month, "at_risk_count": at_risk, "returned_count": back, "returned_share": 1 - still}
        )
    found = pd.DataFrame(rows)
    away = 1 - found["returned_share"]
    seen_enough = found["at_risk_count"].shift(-AHEAD_MONTHS).fillna(0) > 0
    later = 1 - away.shift(-AHEAD_MONTHS) / away.where(away > 0)
    return found.assign(later_share=later.where(seen_enough)).head(MOST_MONTHS)


#: months without a loan that are told, and the months ahead in which a return still counts
MOST_MONTHS, AHEAD_MONTHS = 24, 12


def _live_then(loans: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    open_then = loans["closed_date"].isna() | (loans["closed_date"] > day)
    gone = loans["closed_date"].isna() & ~is_live(loans)
    return loans[(loans["disbursed_date"] <= day) & open_then & ~gone]


def _ways(loans: pd.DataFrame) -> pd.Series:
    """How each customer's last ended loan ended."""
    ended = loans[loans["closed_date"].notna()].sort_values(["closed_date", "disbursed_date"], kind="stable")
    return ended.drop_duplicates("customer_id", keep="last").set_index("customer_id")["status"]


def _spells(loans: pd.DataFrame, today: pd.Timestamp) -> pd.DataFrame:
    """Times without a loan after one was paid off, in months, and whether a new loan ended them."""
    rows = loans[["customer_id", "disbursed_date", "closed_date", "status"]].sort_values(
        ["customer_id", "disbursed_date"], kind="stable"
    )
    last_end = rows["closed_date"].fillna(FAR).groupby(rows["customer_id"], observed=True).cummax()
    following = rows["disbursed_date"].groupby(rows["customer_id"], observed=True).shift(-1)
    away = (rows["status"] == "settled") & (last_end <= today) & ~(following <= last_end)
    ends = following[away].where(following[away] <= today, today)
    days = (ends - last_end[away]).dt.days
    months = (days / 30.4375).apply(lambda value: int(-(-value // 1)))
    returned = following[away].notna() & (following[away] <= today)
    return pd.DataFrame({"months": months.clip(lower=1).where(returned, (days // 30.4375)), "returned": returned})


FAR = pd.Timestamp("2200-01-01")
