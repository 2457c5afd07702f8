"""A supplier without its core: how much of its income is left, and whether that still carries its debt."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.units import MONTHS_PER_YEAR

COLUMNS = [
    "core_id",
    "customer_id",
    "income_share",
    "coverage_ratio",
    "coverage_without_ratio",
    "balance_yuan",
    "standing",
]


def strengths_without_core(
    shares: pd.DataFrame, cash: pd.DataFrame, loans: pd.DataFrame, *, dependence_share: float, least_ratio: float
) -> pd.DataFrame:
    r"""Ask of every borrower who delivers to a core whether it would carry its debt if that core bought nothing more.

    .. math:: \kappa = \frac{12\,(i - o)}{D}, \qquad
        \kappa_{-} = \frac{12\,\big[(i - o) - s\,(i - (o - f))\big]}{D}

    with monthly inflow i, outflow o of which f runs on without sales, income share s and yearly debt service D.

    Parameters
    ----------
    shares : DataFrame
        Result of `incomes.income_shares`. Not modified.
    cash : DataFrame
        Result of `cash_positions.cash_positions`.
    loans : DataFrame[loans]
        Uses ``customer_id, balance_yuan``.
    dependence_share : float
        From this share of income a supplier depends on the core.
    least_ratio : float
        Coverage that a stand-alone supplier needs.

    Returns
    -------
    DataFrame
        One row per borrower and core, the weakest first: ``income_share, coverage_ratio, coverage_without_ratio``
        (missing where unknown), ``balance_yuan``, ``standing``: ``stands_alone`` (coverage without it is enough),
        ``hangs_on_core`` (not enough), ``dependent_unknown`` (depends, cash unknown), ``unknown``.

    Examples
    --------
    >>> shares = pd.DataFrame({"core_id": ["H1"], "customer_id": ["C1"], "income_share": [0.5]})
    >>> cash = pd.DataFrame({"customer_id": ["C1"], "inflow_month_yuan": [100.0], "outflow_month_yuan": [80.0],
    ...                      "fixed_month_yuan": [30.0], "debt_service_yuan": [120.0]})
    >>> loans = pd.DataFrame({"customer_id": ["C1"], "balance_yuan": [500.0]})
    >>> found = strengths_without_core(shares, cash, loans, dependence_share=0.5, least_ratio=1.0)
    >>> found[["coverage_ratio", "coverage_without_ratio", "standing"]].to_numpy().tolist()
    [[2.0, -0.5, 'hangs_on_core']]
    """
    owed = loans[loans["balance_yuan"] > 0].groupby("customer_id", observed=True)["balance_yuan"].sum()
    rows = shares[shares["core_id"].notna()].assign(balance_yuan=lambda each: each["customer_id"].map(owed))
    rows = rows[rows["balance_yuan"] > 0].merge(cash, on="customer_id", how="left")
    inflow, outflow, share = rows["inflow_month_yuan"], rows["outflow_month_yuan"], rows["income_share"]
    due = rows["debt_service_yuan"].where(rows["debt_service_yuan"] > 0)
    free = inflow - outflow
    rows["coverage_ratio"] = MONTHS_PER_YEAR * free / due
    lost = share * (inflow - (outflow - rows["fixed_month_yuan"]))
    rows["coverage_without_ratio"] = MONTHS_PER_YEAR * (free - lost) / due
    without = rows["coverage_without_ratio"]
    states = [without >= least_ratio, without < least_ratio, without.isna() & (share >= dependence_share)]
    rows["standing"] = np.select(states, ["stands_alone", "hangs_on_core", "dependent_unknown"], "unknown")
    order = ["coverage_without_ratio", "customer_id"]
    return rows.sort_values(order, na_position="last")[COLUMNS].reset_index(drop=True)


def standing_counts(strengths: pd.DataFrame) -> pd.DataFrame:
    """Count suppliers and what they owe by core and standing.

    Returns
    -------
    DataFrame
        ``core_id, standing, borrowers_count, balance_yuan, suppliers_share`` (of the core's suppliers).
    """
    found = strengths.groupby(["core_id", "standing"], as_index=False, observed=True).agg(
        borrowers_count=("customer_id", "nunique"), balance_yuan=("balance_yuan", "sum")
    )
    whole = found.groupby("core_id")["balance_yuan"].transform("sum")
    return found.assign(suppliers_share=found["balance_yuan"] / whole)
