"""The joint list (联动清单): a core's counterparties, who works with them, on what ground, and who earns what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from microlib.design.supply.supply_policies import SupplyPolicy
from microlib.metrics.incomes import year_start

#: rows of a list that a page shows; all stand in the result table
EXAMPLES = 12
#: case -> which default rate its margin rests on
CASES = {"low": "upper", "high": "mean"}
STANDS = ("borrower", "account", "customer", "unknown")
LISTED = [
    "core_id",
    "customer_id",
    "stands",
    "delivered_yuan",
    "balance_yuan",
    "rm_id",
    "manager_rm_id",
    "lawful_basis",
]


def joint_counterparties(
    core_payables: pd.DataFrame,
    core_enterprises: pd.DataFrame,
    customers: pd.DataFrame,
    loans: pd.DataFrame,
    *,
    as_of: date,
) -> pd.DataFrame:
    """List every counterparty of each core: borrowers, customers with an account, other customers, and the unknown.

    Answers "whom do the corporate and the small-business manager call on together, and may they?"

    Parameters
    ----------
    core_payables : DataFrame[core_payables]
        Uses ``core_id, customer_id, supplier_hash, delivered_date, amount_yuan``. Not modified, nor is any other frame.
    core_enterprises : DataFrame[core_enterprises]
        Uses ``core_id, manager_rm_id``.
    customers : DataFrame[customers]
        Uses ``customer_id, rm_id, consents_marketing, deposits_avg_12m_yuan``.
    loans : DataFrame[loans]
        Uses ``customer_id, balance_yuan``.
    as_of : date
        Deliveries of the twelve months up to it.

    Returns
    -------
    DataFrame
        One row per core and counterparty, the largest deliveries first: ``customer_id`` (missing for the unknown),
        ``stands`` (borrower, account, customer, unknown), ``delivered_yuan, balance_yuan, rm_id, manager_rm_id``,
        ``lawful_basis``: ``contract`` (a loan or an account: service of it), ``consent`` (marketing consent on file),
        ``none`` (no consent: not to be contacted), ``ask_core`` (unknown: the core introduces, the supplier consents).

    Notes
    -----
    What a core pays whom is known from its account or its list: it may be used to serve that core's own finance; to
    approach a supplier wants the supplier's consent.
    """
    since, end = year_start(as_of), pd.Timestamp(as_of)
    days = core_payables["delivered_date"]
    recent = core_payables[(days >= since) & (days <= end)]
    key = recent["customer_id"].astype(object).fillna(recent["supplier_hash"])
    rows = (
        recent.assign(party=key)
        .groupby(["core_id", "party"], as_index=False, observed=True)
        .agg(customer_id=("customer_id", "first"), delivered_yuan=("amount_yuan", "sum"))
    )
    own = customers.drop_duplicates("customer_id").set_index("customer_id")
    owed = loans[loans["balance_yuan"] > 0].groupby("customer_id", observed=True)["balance_yuan"].sum()
    rows["balance_yuan"] = rows["customer_id"].map(owed).fillna(0.0).astype("float64")
    for name in ("rm_id", "consents_marketing", "deposits_avg_12m_yuan"):
        rows[name] = rows["customer_id"].map(own[name]) if name in own else None
    rows["manager_rm_id"] = rows["core_id"].map(core_enterprises.set_index("core_id")["manager_rm_id"])
    known, deposits = rows["customer_id"].notna(), rows["deposits_avg_12m_yuan"].astype("float64")
    rows["stands"] = np.select([~known, rows["balance_yuan"] > 0, deposits > 0], ["unknown", *STANDS[:2]], "customer")
    consent = rows["consents_marketing"].astype("boolean").fillna(False).astype(bool)
    serves = rows["stands"].isin(STANDS[:1])
    rows["lawful_basis"] = np.select([~known, serves, consent], ["ask_core", "contract", "consent"], "none")
    return rows.sort_values(["delivered_yuan", "party"], ascending=[False, True])[LISTED].reset_index(drop=True)


def joint_counts(listed: pd.DataFrame) -> pd.DataFrame:
    """Count counterparties of each core by how they stand, with deliveries, balance, and whom we may approach.

    Returns
    -------
    DataFrame
        ``core_id, stands, counterparties_count, delivered_yuan, balance_yuan, reachable_count``.
    """
    rows = listed.assign(reachable=listed["lawful_basis"].isin(["contract", "consent"]))
    found = rows.groupby(["core_id", "stands"], as_index=False, observed=True).agg(
        counterparties_count=("stands", "size"), delivered_yuan=("delivered_yuan", "sum"),
        balance_yuan=("balance_yuan", "sum"), reachable_count=("reachable", "sum"),
    )  # fmt: skip
    order = found["stands"].map({name: rank for rank, name in enumerate(STANDS)})
    return found.assign(order=order).sort_values(["core_id", "order"]).drop(columns="order").reset_index(drop=True)


def shared_margins(lines: pd.DataFrame, *, margins: Mapping[str, float], policy: SupplyPolicy) -> pd.DataFrame:
    r"""Say what the suppliers' lines would earn over the floor, and how the two lines of business share it.

    .. math:: M = m \sum_s L_s\, w, \qquad M_{corporate} = \beta M, \quad M_{small} = (1 - \beta) M

    with m the margin over the price floor at the mean and at the upper default rate, w the part that is won (in the
    low case the less favourable: many, where the margin is below zero), and :math:`\beta` the corporate line's share
    (policy). A loss is shared in the same parts.

    Parameters
    ----------
    lines : DataFrame
        Result of `controls.supplier_lines`. Not modified.
    margins : mapping
        ``mean`` and ``upper``: margin over the floor at these default rates, fractions a year.
    policy : SupplyPolicy

    Returns
    -------
    DataFrame
        One row per core and case (``low``: upper default rate; ``high``: mean default rate): ``lines_yuan,
        won_yuan, margin_rate, margin_yuan, corporate_yuan, small_yuan``.

    Examples
    --------
    >>> from microlib.design.supply.supply_policies import read_supply_policy
    >>> policy = read_supply_policy(".", as_of="2026-06-30")
    >>> lines = pd.DataFrame({"core_id": ["H1"], "limit_yuan": [1e6]})
    >>> shared_margins(lines, margins={"mean": 0.01, "upper": -0.002}, policy=policy)["small_yuan"].round(1).tolist()
    [-350.0, 1750.0]
    """
    total = lines.groupby("core_id", observed=True)["limit_yuan"].sum()
    cases = {case: (_won(case, margins[name], policy), margins[name]) for case, name in CASES.items()}
    rows = [
        (core, case, size, size * won, margin, size * won * margin)
        for core, size in total.items() for case, (won, margin) in cases.items()
    ]  # fmt: skip
    names = ["core_id", "case", "lines_yuan", "won_yuan", "margin_rate", "margin_yuan"]
    found = pd.DataFrame(rows, columns=names)
    corporate = found["margin_yuan"] * policy.corporate_share
    return found.assign(corporate_yuan=corporate, small_yuan=found["margin_yuan"] - corporate)


def known_parties(listed: pd.DataFrame) -> pd.DataFrame:
    """Return the counterparties that are customers, each once: ``customer_id``."""
    return listed[["customer_id"]].dropna().drop_duplicates().reset_index(drop=True)


def joint_targets(listed: pd.DataFrame) -> pd.DataFrame:
    """Return the customers without a loan whom both managers may call on, the largest deliveries first."""
    rows = listed[listed["stands"].isin(["account", "customer"]) & (listed["lawful_basis"] == "consent")]
    return rows.drop(columns=["balance_yuan"]).reset_index(drop=True)


def _won(case: str, margin: float, policy: SupplyPolicy) -> float:
    """Return the part that is won: where the margin is below zero, winning more is the low case."""
    return policy.win_high if (case == "high") == (margin >= 0) else policy.win_low
