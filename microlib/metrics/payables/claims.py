"""One payable that stands twice, and one that carries more loans than it is worth: to be looked into, row by row."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

#: what two entries of one and the same delivery have in common
SAME = ["core_id", "supplier", "amount_yuan"]
COLUMNS = [
    "payable_id",
    "other_payable_id",
    "core_id",
    "customer_id",
    "amount_yuan",
    "delivered_date",
    "state",
    "reason",
]
#: deliveries of one amount this close together are looked at
NEAR_DAYS = 31
#: a yuan more is rounding
TOLERANCE_YUAN = 1.0


def twin_payables(core_payables: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """List unpaid payables that resemble another of the same supplier, core and amount, within a month.

    Answers "would we lend twice on one delivery?"

    Parameters
    ----------
    core_payables : DataFrame[core_payables]
        Uses ``payable_id, core_id, customer_id, supplier_hash, amount_yuan, delivered_date, paid_date,
        invoice_number``. Not modified.
    as_of : date

    Returns
    -------
    DataFrame
        One row per pair, by number: ``payable_id, other_payable_id, core_id, customer_id, amount_yuan,
        delivered_date`` (of the second), ``state``: ``open`` (to be checked: same day and, where known, same invoice)
        or ``ruled_out``; ``reason``: ``same_delivery``, ``own_invoice``, ``own_date``.

    Notes
    -----
    Regular deliveries of one amount are common; an invoice number or a date of its own rules a pair out. Two entries
    of one delivery may be a clerk's slip: a row accuses nobody.

    Examples
    --------
    >>> rows = pd.DataFrame({"payable_id": ["Y1", "Y2", "Y3"], "core_id": "H1", "customer_id": "C1",
    ...     "supplier_hash": None, "amount_yuan": 9.0, "paid_date": pd.NaT, "invoice_number": ["7", "7", "8"],
    ...     "delivered_date": pd.to_datetime(["2026-06-01", "2026-06-01", "2026-06-08"])})
    >>> twin_payables(rows, as_of=date(2026, 6, 30))[["other_payable_id", "state"]].to_numpy().tolist()
    [['Y2', 'open'], ['Y3', 'ruled_out'], ['Y3', 'ruled_out']]
    """
    today = pd.Timestamp(as_of)
    unpaid = core_payables["paid_date"].isna() | (core_payables["paid_date"] > today)
    rows = core_payables[unpaid & (core_payables["delivered_date"] <= today) & (core_payables["amount_yuan"] > 0)]
    rows = rows.assign(supplier=rows["customer_id"].astype(object).fillna(rows["supplier_hash"]))
    rows = rows[rows["supplier"].notna() & rows.duplicated(SAME, keep=False)]
    wanted = [*SAME, "payable_id", "customer_id", "delivered_date", "invoice_number"]
    rows = rows.reindex(columns=wanted).sort_values("payable_id")
    pairs = rows.merge(rows, on=SAME, suffixes=("_one", ""))
    pairs = pairs[pairs["payable_id_one"] < pairs["payable_id"]]
    apart = (pairs["delivered_date"] - pairs["delivered_date_one"]).abs().dt.days
    pairs = pairs[apart <= NEAR_DAYS]
    one, other = pairs["invoice_number_one"], pairs["invoice_number"]
    own_invoice = one.notna() & other.notna() & (one != other)
    reason = np.select([own_invoice, apart[pairs.index] > 0], ["own_invoice", "own_date"], "same_delivery")
    state = np.where(reason == "same_delivery", "open", "ruled_out")
    names = {"payable_id_one": "payable_id", "payable_id": "other_payable_id"}
    found = pairs.rename(columns=names).assign(state=state, reason=reason)[COLUMNS]
    return found.sort_values(["state", "payable_id", "other_payable_id"], ignore_index=True)


def financed_payables(payable_loans: pd.DataFrame, core_payables: pd.DataFrame) -> pd.DataFrame:
    r"""Set what loans claim of each payable against what it is worth.

    .. math:: e_p = \max\left(0, \sum_l a_{lp} - (A_p - D_p - R_p)\right)

    with :math:`a` the receivable behind each loan, A the amount, D deductions and R retention money.

    Parameters
    ----------
    payable_loans : DataFrame[payable_loans]
        Uses ``loan_id, payable_id, assigned_yuan``. Not modified.
    core_payables : DataFrame[core_payables]
        Not modified.

    Returns
    -------
    DataFrame
        One row per payable with a loan, the largest excess first: ``payable_id, core_id, customer_id, loans_count,
        assigned_yuan, net_yuan, excess_yuan, state`` (``open`` where the excess is more than a yuan, else
        ``ruled_out``), ``reason`` (``beyond_worth``, ``shared_within_worth``, ``one_loan``).

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["L1", "L2"], "payable_id": "Y1", "assigned_yuan": [100.0, 100.0]})
    >>> owed = pd.DataFrame({"payable_id": ["Y1"], "core_id": "H1", "customer_id": "C1", "amount_yuan": 100.0,
    ...                      "deducted_yuan": 0.0, "retention_yuan": 5.0})
    >>> financed_payables(loans, owed)[["excess_yuan", "state"]].to_numpy().tolist()
    [[105.0, 'open']]
    """
    claimed = payable_loans.groupby("payable_id", observed=True).agg(
        loans_count=("loan_id", "nunique"), assigned_yuan=("assigned_yuan", "sum")
    )
    owed = core_payables.drop_duplicates("payable_id").set_index("payable_id")
    rows = claimed.join(owed[["core_id", "customer_id", "amount_yuan", "deducted_yuan", "retention_yuan"]], how="inner")
    off = rows[["deducted_yuan", "retention_yuan"]].fillna(0.0).sum(axis="columns")
    rows["net_yuan"] = rows["amount_yuan"] - off
    rows["excess_yuan"] = (rows["assigned_yuan"] - rows["net_yuan"]).clip(lower=0.0)
    is_open = rows["excess_yuan"] > TOLERANCE_YUAN
    rows["state"] = np.where(is_open, "open", "ruled_out")
    rows["reason"] = np.select([is_open, rows["loans_count"] > 1], ["beyond_worth", "shared_within_worth"], "one_loan")
    order = ["payable_id", "core_id", "customer_id", "loans_count", "assigned_yuan", "net_yuan", "excess_yuan",
             "state", "reason"]  # fmt: skip
    found = rows.reset_index().sort_values(["excess_yuan", "payable_id"], ascending=[False, True])
    return found[order].reset_index(drop=True)
