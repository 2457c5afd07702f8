"""Money that core enterprises owe: eligible receivables, the borrowing base, supplier limits under a core's cap."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from microlib.contracts.products import LimitRule
from microlib.errors import BadData
from microlib.units import MONTHS_PER_YEAR


def supplier_receivables(
    core_payables: pd.DataFrame, *, as_of: date, overdue_days: int, debtor_cap_share: float = 1.0
) -> pd.DataFrame:
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
    debtor_cap_share : float
        One core counts up to this share of a supplier's eligible receivables; 1 is no cap.

    Returns
    -------
    DataFrame
        Index ``customer_id``

        - ``receivable_yuan`` (>= 0): unpaid, not too old, deductions and retention money taken off
        - ``base_yuan``: of it, no core above its cap (the share is of the total before capping)
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
    cores = rows["receivable_yuan"].groupby([known["customer_id"], known["core_id"]]).sum()
    counted = cores.clip(upper=debtor_cap_share * cores.groupby("customer_id").transform("sum"))
    sums["base_yuan"] = counted.groupby("customer_id").sum()
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


def assigned_base(applicants: pd.DataFrame, *, rule: LimitRule) -> pd.Series:
    r"""Reckon the advance on each applicant's assigned receivables.

    .. math:: B = a (1 - d) \sum_j \min\left(E_j,\; c \sum_k E_k\right)

    with :math:`c` the policy's cap on one debtor, already in ``base_yuan``, and :math:`d` the product's dilution, or
    the borrower's own deductions where the terms say ``observed`` and they are more.

    Parameters
    ----------
    applicants : DataFrame
        ``base_yuan`` (else ``receivable_yuan``), ``dilution_share`` (may be absent or missing). Not modified.
    rule : LimitRule
        ``assignment_share``, ``dilution_share``, ``dilution``.

    Returns
    -------
    Series
        Yuan, index of `applicants`; missing where receivables are not known.
    """
    eligible = applicants["base_yuan" if "base_yuan" in applicants else "receivable_yuan"].astype("float64")
    lost = pd.Series(float(rule.dilution_share), index=applicants.index)
    if rule.dilution == "observed" and "dilution_share" in applicants:
        own = applicants["dilution_share"].astype("float64").fillna(0.0).clip(upper=1.0)
        lost = np.maximum(lost, own)
    return eligible * (1 - lost) * float(rule.assignment_share)
