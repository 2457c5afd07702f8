"""Money that core enterprises owe: eligible receivables, the borrowing base, supplier limits under a core's cap."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.errors import BadData
from microlib.units import MONTHS_PER_YEAR


def supplier_receivables(core_payables: pd.DataFrame, *, as_of: date, overdue_days: int) -> pd.DataFrame:
    r"""Add up what each supplier is owed and how late it is paid.

    Answers "how much could be assigned today, and does this payer keep its dates?"

    Parameters
    ----------
    core_payables : DataFrame[core_payables]
        Payables of all cores; rows without a ``customer_id`` are left out. Not modified.
    as_of : date
        Deliveries after it are not known yet; a payment after it has not been made.
    overdue_days : int
        An unpaid payable more than this many days past due is not eligible.

    Returns
    -------
    DataFrame
        Index ``customer_id``

        - ``receivable_yuan`` (>= 0): unpaid, not too old, deductions and retention money taken off
        - ``stale_yuan``: unpaid and too old
        - ``paid_12m_yuan``: paid in the last twelve months
        - ``payment_delay_days`` (missing where nothing fell due): mean days from due to paid, unpaid ones counted
          to `as_of`; early payments count negative
        - ``dilution_share``: deductions over amounts, of the last twelve months' deliveries
    """
    today = pd.Timestamp(as_of)
    known = core_payables[core_payables["customer_id"].notna() & (core_payables["delivered_date"] <= today)]
    paid = known["paid_date"].where(known["paid_date"] <= today)
    open_days = (today - known["due_date"]).dt.days
    off = known[["deducted_yuan", "retention_yuan"]].fillna(0.0).sum(axis="columns")
    owed = (known["amount_yuan"] - off).clip(lower=0).where(paid.isna(), 0.0)
    year = today - pd.DateOffset(months=MONTHS_PER_YEAR)
    recent = known["delivered_date"] > year
    delay = (paid.fillna(today) - known["due_date"]).dt.days
    rows = pd.DataFrame({
        "customer_id": known["customer_id"],
        "receivable_yuan": owed.where(open_days <= overdue_days, 0.0),
        "stale_yuan": owed.where(open_days > overdue_days, 0.0),
        "paid_12m_yuan": known["amount_yuan"].where(paid > year, 0.0),
        "payment_delay_days": delay.where((known["due_date"] <= today) & ((paid > year) | paid.isna())),
        "off_yuan": known["deducted_yuan"].fillna(0.0).where(recent, 0.0),
        "delivered_yuan": known["amount_yuan"].where(recent, 0.0),
    })  # fmt: skip
    sums = rows.drop(columns="payment_delay_days").groupby("customer_id").sum()
    sums["payment_delay_days"] = rows.groupby("customer_id")["payment_delay_days"].mean()
    sums["dilution_share"] = sums["off_yuan"] / sums["delivered_yuan"].where(sums["delivered_yuan"] > 0)
    return sums.drop(columns=["off_yuan", "delivered_yuan"])


def borrowing_base(debtors: pd.Series, *, debtor_cap_share: float, advance_share: float) -> pd.DataFrame:
    r"""Reckon what may be lent on eligible receivables when one debtor counts only up to a share of them.

    .. math:: B = a \sum_j \min\left(E_j,\; c \sum_k E_k\right)

    The cap is a share of the eligible total before capping; it is not applied again to what is left.

    Parameters
    ----------
    debtors : Series
        Eligible receivables by debtor, yuan, >= 0.

    Returns
    -------
    DataFrame
        One row: ``eligible_yuan``, ``excess_yuan``, ``base_yuan``.

    Examples
    --------
    >>> base = borrowing_base(pd.Series([400.0, 300, 180, 0]), debtor_cap_share=0.25, advance_share=0.83)
    >>> base.iloc[0].round(1).to_list()
    [880.0, 260.0, 514.6]
    """
    eligible = float(debtors.sum())
    counted = debtors.clip(upper=debtor_cap_share * eligible)
    return pd.DataFrame({
        "eligible_yuan": [eligible],
        "excess_yuan": [eligible - float(counted.sum())],
        "base_yuan": [float(counted.sum()) * advance_share],
    })  # fmt: skip


def share_out(amounts: pd.Series, *, pools: pd.Series, headroom: pd.Series) -> pd.Series:
    r"""Give each claim its part of a pool's headroom: all of it while the pool suffices, else in proportion.

    .. math:: h_i = H_p \cdot \min\left(1, \frac{a_i}{\sum_{j \in p} a_j}\right) \text{ if } \sum_j a_j > H_p,
        \text{ else } H_p

    Parameters
    ----------
    amounts : Series
        What each would take, yuan, >= 0; missing counts 0. Who claims nothing may have up to the whole pool.
    pools : Series
        The pool each draws on; missing draws on none.
    headroom : Series
        What the pool has left, yuan, the same for all of one pool; missing is no limit.

    Returns
    -------
    Series
        Each one's cap from the pool; missing where there is none. Index of `amounts`.
    """
    claims = amounts.fillna(0.0).astype("float64")
    total = claims.groupby(pools).transform("sum").reindex(claims.index)
    room = headroom.astype("float64").clip(lower=0).where(pools.notna())
    shared = room * claims / total.where(total > 0)
    return room.where(~(total > room) | (claims == 0), shared)


def supplier_limits(
    suppliers: pd.DataFrame, *, advance_share: float, single_cap_yuan: float, core_cap_yuan: float
) -> pd.DataFrame:
    """Size suppliers of one core under a cap for each and a cap for all (公小联动).

    Parameters
    ----------
    suppliers : DataFrame
        ``payable_yuan`` (confirmed), ``dilution_share``. Not modified.

    Returns
    -------
    DataFrame
        Index of `suppliers`: ``advance_yuan`` (payable less dilution, times the advance), ``single_yuan`` (under the
        cap of one), ``limit_yuan`` (scaled to the core's cap), ``bound_by`` (``collateral``, ``product``, ``source``)

    Raises
    ------
    BadData
        If a payable is missing or negative.

    Examples
    --------
    >>> four = pd.DataFrame({"payable_yuan": [420., 260, 900, 150], "dilution_share": [.03, .05, .02, .10]})
    >>> supplier_limits(four, advance_share=.7, single_cap_yuan=300, core_cap_yuan=800).limit_yuan.round(1).to_list()
    [267.6, 162.2, 281.5, 88.7]
    """
    if not (suppliers["payable_yuan"] >= 0).all():
        raise BadData("a payable is missing or negative", where="payable_yuan", fix="confirm it with the core first")
    advance = suppliers["payable_yuan"] * (1 - suppliers["dilution_share"]) * advance_share
    single = advance.clip(upper=single_cap_yuan)
    everyone = pd.Series("core", index=suppliers.index)
    room = pd.Series(float(core_cap_yuan), index=suppliers.index)
    limit = pd.concat([single, share_out(single, pools=everyone, headroom=room)], axis="columns").min(axis="columns")
    bound = pd.Series("collateral", index=suppliers.index).mask(advance > single_cap_yuan, "product")
    return pd.DataFrame({
        "advance_yuan": advance, "single_yuan": single, "limit_yuan": limit,
        "bound_by": bound.mask(limit < single, "source"),
    })  # fmt: skip
