"""Customers who live off one buyer or supplier (经济依存): half of their sales or purchases with one of them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from microlib.errors import BadData
from microlib.metrics.incomes import year_start

COLUMNS = {"customer_id": "str", "side": "str", "counterparty_id": "str", "counterparty_kind": "str",
           "amount_yuan": "float64", "total_yuan": "float64", "trade_share": "float64", "invoices_count": "int64",
           "basis": "str"}  # fmt: skip


def dependent_customers(
    invoices: pd.DataFrame,
    shares: pd.DataFrame | None = None,
    customers: pd.DataFrame | None = None,
    *,
    as_of: date,
    dependence_share: float = 0.5,
) -> pd.DataFrame:
    r"""List customers at least half of whose sales or purchases of the last twelve months are with one counterparty.

    Answers "whose fate hangs on somebody else's, so that the two are one risk?"

    .. math:: s_{ck} = \frac{x_{ck}}{\sum_j x_{cj}} \ge s^*, \qquad x_{ck} = \max(0, \textstyle\sum \text{gross})

    where :math:`x_{ck}` is what customer c invoiced to (or received invoices for from) counterparty k, returns
    deducted.

    Parameters
    ----------
    invoices : DataFrame[invoices]
        Uses ``customer_id, side, status, counterparty_hash, issued_date, gross_yuan``. Not modified.
    shares : DataFrame, optional
        Result of `incomes.income_shares`: what core enterprises pay, from their payables.
    customers : DataFrame[customers], optional
        Uses ``customer_id, uscc_hash``: a counterparty that is itself a customer is named by its number.
    as_of : date
        The twelve months end with this date's month.
    dependence_share : float
        :math:`s^*`, above 0, at most 1.

    Returns
    -------
    DataFrame
        One row per customer, side and counterparty, by these: ``customer_id, side`` (sale or purchase),
        ``counterparty_id`` (a customer's number, a core's number, or the hash of one we do not know),
        ``counterparty_kind`` (customer, core, other), ``amount_yuan, total_yuan, trade_share`` (fraction),
        ``invoices_count`` (0 for payables), ``basis`` (invoices or payables).

    Raises
    ------
    BadData
        If the share is not in 0 .. 1.

    Notes
    -----
    Shares over invoices miss trade without one, and twelve months of one large order are not a habit: read the count.
    A customer who depends on another customer belongs to one group with it under the large-exposure rule.

    Examples
    --------
    >>> rows = pd.DataFrame({"customer_id": "C1", "side": "sale", "status": "valid",
    ...     "counterparty_hash": ["a", "a", "b"], "gross_yuan": [60.0, 20.0, 40.0],
    ...     "issued_date": pd.to_datetime("2026-03-01")})
    >>> dependent_customers(rows, as_of=date(2026, 6, 30))["trade_share"].round(3).tolist()
    [0.667]
    """
    if not 0.0 < dependence_share <= 1.0:
        raise BadData(f"share {dependence_share} is not in 0 .. 1", fix="write 50 % as 0.5")
    pieces = [piece for piece in (_traded(invoices, customers, as_of), _paid(shares)) if len(piece)]
    rows = pd.concat(pieces) if pieces else pd.DataFrame(columns=list(COLUMNS))
    rows = rows[rows["trade_share"] >= dependence_share - 1e-12]
    order = ["customer_id", "side", "counterparty_id", "basis"]
    return rows.sort_values(order)[list(COLUMNS)].astype(COLUMNS).reset_index(drop=True)


def _traded(invoices: pd.DataFrame, customers: pd.DataFrame | None, as_of: date) -> pd.DataFrame:
    days = invoices["issued_date"]
    recent = (days >= year_start(as_of)) & (days <= pd.Timestamp(as_of)) & (invoices["status"] == "valid")
    keys = ["customer_id", "side", "counterparty_hash"]
    found = invoices[recent].groupby(keys, as_index=False, observed=True).agg(
        amount_yuan=("gross_yuan", "sum"), invoices_count=("gross_yuan", "size")
    )  # fmt: skip
    found = found[found["amount_yuan"] > 0]
    found["total_yuan"] = found.groupby(["customer_id", "side"], observed=True)["amount_yuan"].transform("sum")
    ours = _known(customers)
    name = found["counterparty_hash"].map(ours).astype("object")
    found["counterparty_kind"] = np.where(name.notna(), "customer", "other")
    found["counterparty_id"] = name.where(name.notna(), found["counterparty_hash"].astype("object"))
    return found.assign(trade_share=found["amount_yuan"] / found["total_yuan"], basis="invoices")


def _known(customers: pd.DataFrame | None) -> dict[str, str]:
    if customers is None or "uscc_hash" not in customers:
        return {}
    rows = customers[["uscc_hash", "customer_id"]].dropna().drop_duplicates("uscc_hash")
    return dict(zip(rows["uscc_hash"], rows["customer_id"], strict=True))


def _paid(shares: pd.DataFrame | None) -> pd.DataFrame:
    if shares is None:
        return pd.DataFrame(columns=list(COLUMNS))
    known = shares[shares["core_id"].notna() & shares["income_share"].notna()]
    names = {"core_id": "counterparty_id", "paid_yuan": "amount_yuan", "income_yuan": "total_yuan",
             "income_share": "trade_share"}  # fmt: skip
    rows = known.rename(columns=names)
    return rows.assign(side="sale", counterparty_kind="core", invoices_count=0, basis="payables")
