"""The book's main figures read twice, so that what moved beyond noise can be told from what merely moved."""

from __future__ import annotations

import pandas as pd

from microlib.errors import EmptyBook
from microlib.metrics.changes import figure_changes
from microlib.metrics.groupings import Day, month_numbers
from microlib.metrics.loan_states import is_bad, live_loans
from microlib.metrics.shares import borrower_shares

SHARES = ("par30_share", "npl_share", "late_share")
SUMS = ("balance_yuan", "customers_count", "average_yuan")


def earlier_ledger(loans: pd.DataFrame, loan_months: pd.DataFrame, *, as_of: Day) -> pd.DataFrame:
    """Put the ledger back to the last month end before the date, from the month-end balances.

    Parameters
    ----------
    loans : DataFrame[loans]
        For what does not change: customer, product, dates. Not modified.
    loan_months : DataFrame[loan_months]
        Not modified.
    as_of : date

    Returns
    -------
    DataFrame
        One row per loan with a balance then: ``loan_id, customer_id, product_id, yearly_rate, balance_yuan,
        overdue_days, class5, status, month`` (``YYYY-MM``)

    Raises
    ------
    EmptyBook
        If no month end before the date is there.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["a"], "customer_id": ["C1"], "product_id": ["P1"], "yearly_rate": [0.05]})
    >>> months = pd.DataFrame({"loan_id": "a", "month": ["2026-05", "2026-06"], "balance_yuan": [9.0, 8.0],
    ...                        "overdue_days": 0, "class5": "normal", "status": "normal"})
    >>> earlier_ledger(loans, months, as_of="2026-06-30")[["month", "balance_yuan"]].values.tolist()
    [['2026-05', 9.0]]
    """
    today = pd.Timestamp(as_of)
    before = loan_months[loan_months["month"] < f"{today:%Y-%m}"]
    if before.empty:
        raise EmptyBook("no earlier month end is there", where="loan_months", fix="load the month-end ledgers")
    month = before["month"].max()
    if month_numbers(pd.Series([f"{today:%Y-%m}"]))[0] - month_numbers(pd.Series([month]))[0] > 1:
        raise EmptyBook(f"the last earlier month end is {month}", where="loan_months", fix="load the month before")
    rows = before[(before["month"] == month) & (before["balance_yuan"] > 0)]
    own = loans[["loan_id", "customer_id", "product_id"]]
    names = ["loan_id", "month", "balance_yuan", "overdue_days", "class5", "status"]
    return rows[names].merge(own, on="loan_id").reset_index(drop=True)


def book_readings(before: pd.DataFrame, after: pd.DataFrame, *, within: str | None = None) -> pd.DataFrame:
    """Read the same figures off two ledgers, with their ranges where chance moves them.

    Parameters
    ----------
    before, after : DataFrame
        Ledgers of two dates: ``loan_id, customer_id, balance_yuan, overdue_days, status, class5``. Not modified.
    within : str, optional
        A column of both, e.g. ``product_id``; groups with a live loan at only one date are left out.

    Returns
    -------
    DataFrame
        One row per group and ``figure``: ``par30_share`` (more than 30 days late), ``late_share`` (any day),
        ``npl_share`` (substandard or worse), each with bounds by borrower; ``balance_yuan, customers_count,
        average_yuan`` without. Columns as `changes.figure_changes` wants them: ``before, before_low, before_high,
        after, after_low, after_high``

    Raises
    ------
    EmptyBook
        If either date has no live loan.

    Examples
    --------
    >>> one = pd.DataFrame({"loan_id": ["a", "b"], "customer_id": ["a", "b"], "balance_yuan": [5.0, 5.0],
    ...                     "overdue_days": 0, "status": "normal", "class5": "normal"})
    >>> found = book_readings(one, one.assign(overdue_days=[0, 40])).set_index("figure")
    >>> found.loc["par30_share", ["before", "after"]].tolist()
    [0.0, 0.5]
    """
    first, second = (_read(frame, within) for frame in (before, after))
    both = first.merge(second, on=["figure", *([within] if within else [])], suffixes=("_then", "_now"))
    names = {"value": "", "low": "_low", "high": "_high"}
    renamed = {f"{name}_{when}": f"{side}{end}" for name, end in names.items()
               for when, side in (("then", "before"), ("now", "after"))}  # fmt: skip
    order = [f"{side}{end}" for side in ("before", "after") for end in names.values()]
    head = ["figure"] if within is None else [within, "figure"]
    return both.rename(columns=renamed)[[*head, *order]]


def read_changes(readings: pd.DataFrame) -> pd.DataFrame:
    """Put beside each pair of readings whether it changed beyond noise (`changes.figure_changes`), the strongest first.

    Examples
    --------
    >>> pair = pd.DataFrame([["par30_share", 0.02, 0.01, 0.04, 0.05, 0.03, 0.08]], columns=["figure", "before",
    ...     "before_low", "before_high", "after", "after_low", "after_high"])
    >>> read_changes(pair)["is_beyond"].tolist()
    [True]
    """
    found = readings.join(figure_changes(readings))
    return found.sort_values("strength", ascending=False, kind="stable", ignore_index=True)


def _read(ledger: pd.DataFrame, within: str | None) -> pd.DataFrame:
    live = live_loans(ledger)
    live = live if within is None else live[live[within].notna()]
    balance, late = live["balance_yuan"], live["overdue_days"]
    parts = live.assign(par30_share=balance.where(late > 30, 0.0), late_share=balance.where(late > 0, 0.0),
                        npl_share=balance.where(is_bad(live), 0.0))  # fmt: skip
    shares = borrower_shares(parts, measures={name: (name, "balance_yuan") for name in SHARES}, within=within)
    shares = shares.rename(columns={"measure": "figure", "share": "value", "share_low": "low", "share_high": "high"})
    groups = live.assign(whole="book").groupby(within or "whole", observed=True)
    sums = groups.agg(balance_yuan=("balance_yuan", "sum"), customers_count=("customer_id", "nunique"))
    sums = sums.assign(average_yuan=sums["balance_yuan"] / sums["customers_count"]).reset_index()
    long = sums.melt(id_vars=[within or "whole"], value_vars=list(SUMS), var_name="figure", value_name="value")
    head = ["figure"] if within is None else [within, "figure"]
    long = long.assign(low=float("nan"), high=float("nan"))
    return pd.concat(
        [shares[[*head, "value", "low", "high"]], long[[*head, "value", "low", "high"]]], ignore_index=True
    )
