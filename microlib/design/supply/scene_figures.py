"""Figures that a scene's template asks of a core: stages, retention, ends of projects and tenders, dependence."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from microlib.errors import NoScene
from microlib.units import MONTHS_PER_YEAR

COLUMNS = ["source_id", "quantity", "value", "cases_count"]


def payable_figures(core_payables: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Measure retention, the largest project and vouchers of each core's deliveries of the last twelve months.

    Returns
    -------
    DataFrame
        ``source_id, quantity`` (retention_share, largest_project_share, voucher_share), ``value, cases_count``.

    Examples
    --------
    >>> rows = pd.DataFrame({"core_id": "R1", "delivered_date": pd.to_datetime("2026-03-01"), "amount_yuan": [60., 40.],
    ...     "retention_yuan": [3.0, 2.0], "project_id": ["P1", "P2"], "instrument": ["voucher", "cash"]})
    >>> payable_figures(rows, as_of=date(2026, 6, 30))["value"].round(3).tolist()
    [0.05, 0.6, 0.6]
    """
    rows = _recent(core_payables, as_of).assign(amount_yuan=lambda each: each["amount_yuan"].astype("float64"))
    parts = []
    for core, each in rows.groupby("core_id", observed=True):
        total = each["amount_yuan"].sum()
        projects = each.dropna(subset=["project_id"]).groupby("project_id")["amount_yuan"].sum()
        paid_by = each.dropna(subset=["instrument"])
        vouchers = paid_by.loc[paid_by["instrument"] == "voucher", "amount_yuan"].sum()
        parts += [
            (core, "retention_share", each["retention_yuan"].fillna(0.0).sum() / total, len(each)),
            (
                core,
                "largest_project_share",
                projects.max() / projects.sum() if len(projects) else np.nan,
                len(projects),
            ),
            (core, "voucher_share", vouchers / paid_by["amount_yuan"].sum() if len(paid_by) else np.nan, len(paid_by)),
        ]
    return _frame(parts)


def contract_figures(supply_contracts: pd.DataFrame, loans: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Measure what contracts say of each core's scene: ends against maturities, terms that do not bind, wage accounts.

    Parameters
    ----------
    supply_contracts : DataFrame[supply_contracts]
        Contracts that have not ended by `as_of` count. Not modified.
    loans : DataFrame[loans]
        Uses ``customer_id, balance_yuan, maturity_date``.
    as_of : date

    Returns
    -------
    DataFrame
        ``source_id, quantity, value, cases_count``: ``late_maturity_share`` (projects: part of suppliers' balances that
        mature after the last contract's end), ``tender_first_share`` (the same for tenders), ``tender_cliff_share``
        (part of tenders' amounts that end within a year), ``back_to_back_count``, ``wage_account_share``.
    """
    end = pd.Timestamp(as_of)
    running = supply_contracts[supply_contracts["expiry_date"].isna() | (supply_contracts["expiry_date"] > end)]
    live = loans[loans["balance_yuan"] > 0]
    parts = []
    for (core, kind), each in running.groupby(["core_id", "kind"], observed=True):
        late, count = _late_share(each, live)
        if kind == "project":
            known, wages = each["is_back_to_back"].dropna(), each["has_wage_account"].dropna()
            parts += [
                (core, "late_maturity_share", late, count),
                (core, "back_to_back_count", float(known.sum()) if len(known) else np.nan, len(known)),
                (core, "wage_account_share", float(wages.mean()) if len(wages) else np.nan, len(wages)),
            ]
        if kind == "tender":
            soon = each["expiry_date"] <= end + pd.DateOffset(months=MONTHS_PER_YEAR)
            part = each.loc[soon, "amount_yuan"].sum() / each["amount_yuan"].sum()
            parts += [(core, "tender_first_share", late, count), (core, "tender_cliff_share", part, len(each))]
    return _frame(parts)


def dependence_figures(shares: pd.DataFrame, *, dependence_share: float) -> pd.DataFrame:
    """Measure, of each core's suppliers with known income, how many depend on it and how many have several cores.

    Returns
    -------
    DataFrame
        ``source_id, quantity`` (dependent_share, several_cores_share), ``value, cases_count``.
    """
    rows = shares[shares["core_id"].notna()]
    several = rows.groupby("customer_id", observed=True)["core_id"].transform("nunique") > 1
    parts = []
    for core, each in rows.assign(several=several).groupby("core_id", observed=True):
        known = each["income_share"].dropna()
        parts += [(core, "dependent_share", (known >= dependence_share).mean() if len(known) else np.nan, len(known)),
                  (core, "several_cores_share", each["several"].mean(), len(each))]  # fmt: skip
    return _frame(parts)


def payment_figures(days: pd.DataFrame, within: pd.DataFrame) -> pd.DataFrame:
    """Return days to pay and the part paid within the legal term as figures of a scene (`payment_days`)."""
    one = days.rename(columns={"core_id": "source_id", "median_days": "value", "payables_count": "cases_count"})
    two = within.rename(columns={"core_id": "source_id", "within_share": "value", "within_share_count": "cases_count"})
    return pd.concat([one.assign(quantity="median_days"), two.assign(quantity="within_legal_share")])[
        COLUMNS
    ].reset_index(drop=True)


def gathered(*parts: pd.DataFrame) -> pd.DataFrame:
    """Put figures below one another."""
    return pd.concat(list(parts) or [_frame([])], ignore_index=True)


def _late_share(contracts: pd.DataFrame, live: pd.DataFrame) -> tuple[float, int]:
    ends = contracts.groupby("customer_id", observed=True)["expiry_date"].max()
    rows = live[live["customer_id"].isin(ends.index)]
    if rows.empty:
        return np.nan, 0
    late = rows["maturity_date"] > rows["customer_id"].map(ends)
    return float(rows.loc[late, "balance_yuan"].sum() / rows["balance_yuan"].sum()), len(rows)


def _recent(rows: pd.DataFrame, as_of: date) -> pd.DataFrame:
    end = pd.Timestamp(as_of)
    days = rows["delivered_date"]
    return rows[(days <= end) & (days > end - pd.DateOffset(months=MONTHS_PER_YEAR))]


def _frame(rows: list[tuple]) -> pd.DataFrame:
    kinds = {"source_id": "str", "quantity": "str", "value": "float64", "cases_count": "int64"}
    return pd.DataFrame(rows, columns=COLUMNS).astype(kinds)


def stage_payments(core_payables: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Add up deliveries by project and stage, with what is paid, unpaid and held back.

    Returns
    -------
    DataFrame
        ``core_id, project_id, milestone, payables_count, amount_yuan, paid_yuan, unpaid_yuan, retention_yuan``; rows
        without a project are left out.

    Raises
    ------
    NoScene
        If no payable names a project.
    """
    end = pd.Timestamp(as_of)
    rows = core_payables[core_payables["project_id"].notna() & (core_payables["delivered_date"] <= end)]
    if rows.empty:
        raise NoScene("no payable names a project", where="core_payables.project_id", fix="leave this table out")
    paid = rows["paid_date"].notna() & (rows["paid_date"] <= end)
    held = rows["retention_yuan"].fillna(0.0)
    parts = rows[["core_id", "project_id", "milestone"]].assign(
        payables_count=1, amount_yuan=rows["amount_yuan"], paid_yuan=(rows["amount_yuan"] - held).where(paid, 0.0),
        unpaid_yuan=(rows["amount_yuan"] - held).where(~paid, 0.0), retention_yuan=held,
    )  # fmt: skip
    return parts.groupby(["core_id", "project_id", "milestone"], as_index=False, observed=True).sum()
