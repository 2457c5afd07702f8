"""A core enterprise's chain: tiers of suppliers, payables claimed twice, suppliers without their core.

`chain_tiers` and `chain_reach` say how much lending hangs along a chain, `twin_payables` and
`financed_payables` list claims to look into. How a core pays its suppliers is measured in `payables`.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from microlib.contracts.needs import measure
from microlib.errors import EmptyBook
from microlib.metrics.income import year_start
from microlib.units import MONTHS_PER_YEAR

DEEPEST = 3
EDGES = {"buyer_id": "str", "seller_id": "str", "amount_yuan": "float64", "basis": "str"}
TIER_COLUMNS = ["core_id", "tier", "suppliers_count", "customers_count", "borrowers_count", "flow_yuan", "balance_yuan"]


@measure(optional=("invoices",))
def trade_edges(
    core_payables: pd.DataFrame,
    invoices: pd.DataFrame | None = None,
    customers: pd.DataFrame | None = None,
    *,
    as_of: date,
) -> pd.DataFrame:
    """List who delivered to whom in the last twelve months: to cores by their payables, to customers by invoices.

    Parameters
    ----------
    core_payables : DataFrame[core_payables]
        Uses ``core_id, customer_id, supplier_hash, delivered_date, amount_yuan``. Not modified.
    invoices : DataFrame[invoices], optional
        Valid purchases: ``customer_id, side, status, counterparty_hash, issued_date, gross_yuan``.
    customers : DataFrame[customers], optional
        Uses ``customer_id, uscc_hash``: a seller that is a customer is named by its number.
    as_of : date

    Returns
    -------
    DataFrame
        ``buyer_id`` (core or customer), ``seller_id`` (customer, or the hash of one we do not know), ``amount_yuan``
        (> 0), ``basis`` (payables, invoices).
    """
    since, today = year_start(as_of), pd.Timestamp(as_of)
    days = core_payables["delivered_date"]
    owed = core_payables[(days >= since) & (days <= today)]
    seller = owed["customer_id"].astype(object).fillna(owed["supplier_hash"])
    edges = [owed.assign(buyer_id=owed["core_id"], seller_id=seller, basis="payables")]
    if invoices is not None and len(invoices):
        days = invoices["issued_date"]
        bought = invoices[(days >= since) & (days <= today) & (invoices["side"] == "purchase")]
        bought = bought[bought["status"] == "valid"].rename(columns={"gross_yuan": "amount_yuan"})
        ours = _known(customers)
        seller = bought["counterparty_hash"].map(ours).astype(object).fillna(bought["counterparty_hash"])
        edges.append(bought.assign(buyer_id=bought["customer_id"], seller_id=seller, basis="invoices"))
    rows = pd.concat([edge[list(EDGES)] for edge in edges]).dropna(subset=["seller_id"])
    summed = rows.groupby(["buyer_id", "seller_id", "basis"], as_index=False, observed=True)["amount_yuan"].sum()
    summed = summed[summed["amount_yuan"] > 0]
    return summed[list(EDGES)].astype(EDGES).reset_index(drop=True)


def chain_tiers(edges: pd.DataFrame, loans: pd.DataFrame, *, customers: pd.DataFrame) -> pd.DataFrame:
    r"""Count suppliers tier by tier behind each core, and what they owe us.

    Answers "how far does our lending hang along this chain?" A firm stands in the first tier in which it is met:

    .. math:: T_1 = \{s : s \to core\}, \qquad T_{k+1} = \{s : s \to b, b \in T_k\} \setminus \bigcup_{j \le k} T_j

    Parameters
    ----------
    edges : DataFrame
        Result of `trade_edges`. Not modified.
    loans : DataFrame[loans]
        Uses ``customer_id, balance_yuan``.
    customers : DataFrame[customers]
        Uses ``customer_id``: who is ours.

    Returns
    -------
    DataFrame
        One row per core and tier (1 .. 3): ``suppliers_count``; of them ``customers_count`` and ``borrowers_count``;
        ``flow_yuan`` (twelve months into the tier above) and ``balance_yuan`` owed to us.

    Raises
    ------
    EmptyBook
        If no core has bought anything.

    Notes
    -----
    A second tier is seen only through the invoices of first-tier firms that let us look: it is larger than shown. A
    firm that delivers to two cores stands under both; balances of cores do not add up.

    Examples
    --------
    >>> edges = pd.DataFrame({"buyer_id": ["H1", "C1"], "seller_id": ["C1", "x"], "amount_yuan": [9.0, 4.0],
    ...                       "basis": ["payables", "invoices"]})
    >>> loans = pd.DataFrame({"customer_id": ["C1"], "balance_yuan": [5.0]})
    >>> chain_tiers(edges, loans, customers=pd.DataFrame({"customer_id": ["C1"]}))[
    ...     ["tier", "suppliers_count", "customers_count", "balance_yuan"]].to_numpy().tolist()
    [[1.0, 1.0, 1.0, 5.0], [2.0, 1.0, 0.0, 0.0]]
    """
    cores = sorted(edges.loc[edges["basis"] == "payables", "buyer_id"].unique())
    if not cores:
        raise EmptyBook("no core has bought anything in the last twelve months", where="core_payables")
    owed = loans[loans["balance_yuan"] > 0].groupby("customer_id", observed=True)["balance_yuan"].sum()
    ours, rows = set(customers["customer_id"]), []
    for core in cores:
        seen, buyers = {core}, {core}
        for tier in range(1, DEEPEST + 1):
            into = edges[edges["buyer_id"].isin(buyers)]
            sellers = set(into["seller_id"]) - seen
            if not sellers:
                break
            rows.append(_tier_row(core, tier, sellers, into=into, ours=ours, owed=owed))
            seen, buyers = seen | sellers, sellers & ours
    return pd.DataFrame(rows, columns=TIER_COLUMNS)


def _tier_row(core: str, tier: int, sellers: set, *, into: pd.DataFrame, **known: object) -> tuple:
    own, owed = sellers & known["ours"], known["owed"]
    flow = float(into.loc[into["seller_id"].isin(sellers), "amount_yuan"].sum())
    owing = owed[owed.index.isin(own)]
    return core, tier, len(sellers), len(own), len(owing), flow, float(owing.sum())


def _known(customers: pd.DataFrame | None) -> dict[str, str]:
    if customers is None or "uscc_hash" not in customers:
        return {}
    rows = customers[["uscc_hash", "customer_id"]].dropna().drop_duplicates("uscc_hash")
    return dict(zip(rows["uscc_hash"], rows["customer_id"], strict=True))


@measure(optional=("core_enterprises", "core_payables"))
def chain_reach(
    core_enterprises: pd.DataFrame, core_payables: pd.DataFrame, loans: pd.DataFrame, *, branch: str
) -> pd.DataFrame:
    """Count the cores that a branch's book touches, the suppliers it knows behind them, and what these owe it.

    Returns
    -------
    DataFrame
        One row: ``cores_count`` (with a payable to a customer), ``managed_count`` (of those), ``suppliers_count``
        (customers with a payable), ``borrowers_count, balance_yuan, book_share`` (of the branch's balance). All zero
        where nobody here delivers to a core: an operator of a market that owes no customer is no payer.

    Examples
    --------
    >>> cores = pd.DataFrame({"core_id": [], "managing_branch_id": []})
    >>> owed = pd.DataFrame({"core_id": [], "customer_id": []})
    >>> loans = pd.DataFrame({"customer_id": ["C1"], "balance_yuan": [5.0]})
    >>> chain_reach(cores, owed, loans, branch="0755").iloc[0].to_list()
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    suppliers = set(core_payables["customer_id"].dropna())
    managed = set(core_enterprises.loc[core_enterprises["managing_branch_id"] == branch, "core_id"])
    live = loans[loans["balance_yuan"] > 0]
    own = live[live["customer_id"].isin(suppliers)]
    whole = float(live["balance_yuan"].sum())
    touched = set(core_payables.loc[core_payables["customer_id"].notna(), "core_id"])
    return pd.DataFrame(
        [
            {
                "cores_count": len(touched),
                "managed_count": len(touched & managed),
                "suppliers_count": len(suppliers),
                "borrowers_count": own["customer_id"].nunique(),
                "balance_yuan": float(own["balance_yuan"].sum()),
                "book_share": float(own["balance_yuan"].sum()) / whole if whole > 0 else 0.0,
            }
        ]
    )


#: what two entries of one and the same delivery have in common
SAME = ["core_id", "supplier", "amount_yuan"]
DOUBLE_CLAIM_COLUMNS = [
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
    found = pairs.rename(columns=names).assign(state=state, reason=reason)[DOUBLE_CLAIM_COLUMNS]
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
    order = [
        "payable_id",
        "core_id",
        "customer_id",
        "loans_count",
        "assigned_yuan",
        "net_yuan",
        "excess_yuan",
        "state",
        "reason",
    ]
    found = rows.reset_index().sort_values(["excess_yuan", "payable_id"], ascending=[False, True])
    return found[order].reset_index(drop=True)


STRENGTH_COLUMNS = [
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
        Result of `income.income_shares`. Not modified.
    cash : DataFrame
        Result of `income.cash_positions`.
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
    return rows.sort_values(order, na_position="last")[STRENGTH_COLUMNS].reset_index(drop=True)


def standing_counts(strengths: pd.DataFrame) -> pd.DataFrame:
    """Count suppliers and what they owe by core and standing.

    Returns
    -------
    DataFrame
        ``core_id, standing, borrowers_count, balance_yuan, suppliers_share`` (of what all suppliers of the core owe).

    Examples
    --------
    >>> rows = pd.DataFrame({"core_id": "H1", "customer_id": ["C1", "C2"], "balance_yuan": [30.0, 10.0],
    ...                      "standing": ["stands_alone", "hangs_on_core"]})
    >>> standing_counts(rows)["suppliers_share"].tolist()
    [0.25, 0.75]
    """
    found = strengths.groupby(["core_id", "standing"], as_index=False, observed=True).agg(
        borrowers_count=("customer_id", "nunique"), balance_yuan=("balance_yuan", "sum")
    )
    whole = found.groupby("core_id")["balance_yuan"].transform("sum")
    return found.assign(suppliers_share=found["balance_yuan"] / whole)
