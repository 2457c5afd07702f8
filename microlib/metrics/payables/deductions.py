"""What of a delivery is never paid: deductions (dilution) and disputes, per core, with ranges by supplier."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.metrics.shares import borrower_shares
from microlib.units import MONTHS_PER_YEAR

MEASURES = {"dilution": ("off_yuan", "amount_yuan"), "disputed": ("disputed_yuan", "amount_yuan", "unknown_yuan")}


def dilutions(core_payables: pd.DataFrame, *, as_of: date, within: str = "core_id") -> pd.DataFrame:
    r"""Measure which part of deliveries is deducted, and which is in dispute.

    Answers "of a receivable of 100, how much will never arrive?"

    .. math:: d = \frac{\sum \text{deducted}}{\sum \text{amount}}, \qquad
        q = \frac{\sum_{\text{disputed}} \text{amount}}{\sum \text{amount}}

    over deliveries of the last twelve months; ranges resample suppliers (`shares.borrower_shares`).

    Parameters
    ----------
    core_payables : DataFrame[core_payables]
        Uses ``core_id, customer_id, supplier_hash, delivered_date, amount_yuan, deducted_yuan, is_disputed``.
        Not modified.
    as_of : date
    within : str
        What a row is: ``core_id`` or ``category``.

    Returns
    -------
    DataFrame
        Columns of `shares.borrower_shares`, two rows per group: ``measure`` dilution and disputed. Here a "borrower" is
        a supplier and a "loan" a payable; a payable without the flag is unknown.

    Examples
    --------
    >>> rows = pd.DataFrame({"core_id": "H1", "customer_id": ["C1", "C2"], "supplier_hash": None,
    ...     "delivered_date": pd.to_datetime("2026-03-01"), "amount_yuan": [60.0, 40.0],
    ...     "deducted_yuan": [6.0, 0.0], "is_disputed": [False, None]})
    >>> found = dilutions(rows, as_of=date(2026, 6, 30))
    >>> found[["measure", "share", "unknown_yuan"]].to_numpy().tolist()
    [['dilution', 0.06, 0.0], ['disputed', 0.0, 40.0]]
    """
    today = pd.Timestamp(as_of)
    days = core_payables["delivered_date"]
    rows = core_payables[(days <= today) & (days > today - pd.DateOffset(months=MONTHS_PER_YEAR))]
    disputed = rows["is_disputed"].astype("boolean") if "is_disputed" in rows else pd.Series(pd.NA, index=rows.index)
    amount = rows["amount_yuan"].astype("float64")
    parts = pd.DataFrame({
        within: rows[within],
        "customer_id": rows["customer_id"].astype(object).fillna(rows["supplier_hash"]).fillna("unknown"),
        "amount_yuan": amount,
        "off_yuan": rows["deducted_yuan"].fillna(0.0).astype("float64"),
        "disputed_yuan": amount.where(disputed.fillna(False).astype(bool), 0.0),
        "unknown_yuan": amount.where(disputed.isna(), 0.0),
    })  # fmt: skip
    return borrower_shares(parts, measures=MEASURES, within=within)
