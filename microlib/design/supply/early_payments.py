"""What paying earlier is worth to a core's suppliers, and so to the core that asks them for stability."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.design.supply.supply_policies import SupplyPolicy
from microlib.units import MONTHS_PER_YEAR

DAYS_PER_YEAR = 360


def early_payment_values(
    core_payables: pd.DataFrame, days: pd.DataFrame, terms: pd.DataFrame, *, as_of: date, policy: SupplyPolicy
) -> pd.DataFrame:
    r"""Reckon what suppliers would save a year if a core paid within the legal term, else within the contractual one.

    .. math:: V = A_{12} \cdot \frac{\max(0, m - t)}{360} \cdot r

    with :math:`A_{12}` a year's deliveries, m the median days now, t the target and r what waiting costs a year.

    Parameters
    ----------
    core_payables : DataFrame[core_payables]
        Uses ``core_id, delivered_date, amount_yuan``. Not modified, nor is any other frame.
    days : DataFrame
        Result of `payment_days.days_to_pay`.
    terms : DataFrame
        Result of `legal_terms.legal_terms`.
    as_of : date
    policy : SupplyPolicy
        ``early_rate_low, early_rate_high``.

    Returns
    -------
    DataFrame
        One row per core: ``delivered_yuan`` (a year), ``median_days, target_days, saved_days``,
        ``value_low_yuan, value_high_yuan`` (a year; missing where no target or median is known).

    Examples
    --------
    >>> from microlib.design.supply.supply_policies import read_supply_policy
    >>> policy = read_supply_policy(".", as_of="2026-06-30")
    >>> owed = pd.DataFrame({"core_id": ["H1"], "delivered_date": pd.to_datetime(["2026-03-01"]), "amount_yuan": 3.6e6})
    >>> days = pd.DataFrame({"core_id": ["H1"], "median_days": [100.0]})
    >>> terms = pd.DataFrame({"core_id": ["H1"], "legal_days": [60.0], "contract_days": [60.0]})
    >>> early_payment_values(owed, days, terms, as_of=date(2026, 6, 30), policy=policy)["value_low_yuan"].tolist()
    [16000.0]
    """
    end = pd.Timestamp(as_of)
    when = core_payables["delivered_date"]
    recent = core_payables[(when <= end) & (when > end - pd.DateOffset(months=MONTHS_PER_YEAR))]
    delivered = recent.groupby("core_id", observed=True)["amount_yuan"].sum().rename("delivered_yuan")
    rows = days[["core_id", "median_days"]].merge(delivered, left_on="core_id", right_index=True)
    known = terms.set_index("core_id")
    target = known["legal_days"].fillna(known["contract_days"])
    rows["target_days"] = rows["core_id"].map(target)
    rows["saved_days"] = (rows["median_days"] - rows["target_days"]).clip(lower=0.0)
    waited = rows["delivered_yuan"] * rows["saved_days"] / DAYS_PER_YEAR
    rows["value_low_yuan"], rows["value_high_yuan"] = waited * policy.early_rate_low, waited * policy.early_rate_high
    order = ["core_id", "delivered_yuan", "median_days", "target_days", "saved_days", "value_low_yuan",
             "value_high_yuan"]  # fmt: skip
    return rows[order].reset_index(drop=True)


def supplier_counts(core_payables: pd.DataFrame, core_enterprises: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Count suppliers by kind of core, for a sheet that leaves the bank: nothing but how many there are.

    Returns
    -------
    DataFrame
        ``kind, customers_count`` (suppliers of the last twelve months, each counted once a kind).
    """
    end = pd.Timestamp(as_of)
    when = core_payables["delivered_date"]
    recent = core_payables[(when <= end) & (when > end - pd.DateOffset(months=MONTHS_PER_YEAR))]
    supplier = recent["customer_id"].astype(object).fillna(recent["supplier_hash"])
    kinds = recent["core_id"].map(core_enterprises.drop_duplicates("core_id").set_index("core_id")["kind"])
    rows = pd.DataFrame({"kind": kinds, "supplier": supplier}).dropna().drop_duplicates()
    return rows.groupby("kind", observed=True).size().rename("customers_count").reset_index()
