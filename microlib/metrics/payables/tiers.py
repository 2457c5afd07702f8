"""The local chain: who delivers to a core, who delivers to those, and how much of our lending hangs along it."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.contracts.needs import measure
from microlib.errors import EmptyBook
from microlib.metrics.incomes import year_start

DEEPEST = 3
EDGES = {"buyer_id": "str", "seller_id": "str", "amount_yuan": "float64", "basis": "str"}
COLUMNS = ["core_id", "tier", "suppliers_count", "customers_count", "borrowers_count", "flow_yuan", "balance_yuan"]


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
    return pd.DataFrame(rows, columns=COLUMNS)


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
        One row: ``cores_count`` (with a payable to a customer, or managed here), ``managed_count``, ``suppliers_count``
        (customers with a payable), ``borrowers_count, balance_yuan, book_share`` (of the branch's balance). All zero
        where the branch has no core.

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
    touched = set(core_payables.loc[core_payables["customer_id"].notna(), "core_id"]) | managed
    return pd.DataFrame([{
        "cores_count": len(touched), "managed_count": len(managed), "suppliers_count": len(suppliers),
        "borrowers_count": own["customer_id"].nunique(), "balance_yuan": float(own["balance_yuan"].sum()),
        "book_share": float(own["balance_yuan"].sum()) / whole if whole > 0 else 0.0,
    }])  # fmt: skip
