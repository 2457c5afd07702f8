"""Yearly income of each customer, from the best evidence on file, and how much of it one payer makes up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from microlib.contracts.needs import measure
from microlib.units import MONTHS_PER_YEAR

COLUMNS = {
    "customer_id": "str",
    "income_yuan": "float64",
    "income_source": "str",
    "income_months_count": "int64",
}
SHARES = {
    "customer_id": "str",
    "core_id": "str",
    "paid_yuan": "float64",
    "income_yuan": "float64",
    "income_source": "str",
    "income_share": "float64",
}


def empty(columns: dict[str, str]) -> pd.DataFrame:
    """Return a frame of these columns and dtypes with no row in it."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})


def year_start(as_of: date) -> pd.Timestamp:
    """Return the first day of the twelve months that end with the month of `as_of`.

    Examples
    --------
    >>> year_start(date(2026, 6, 30))
    Timestamp('2025-07-01 00:00:00')
    """
    return pd.Timestamp(as_of).replace(day=1) - pd.DateOffset(months=MONTHS_PER_YEAR - 1)


@measure(optional=("invoices", "flow_months"))
def yearly_incomes(
    customers: pd.DataFrame,
    invoices: pd.DataFrame | None = None,
    flow_months: pd.DataFrame | None = None,
    *,
    as_of: date,
    order: Sequence[str] = ("invoices", "flows", "declared"),
) -> pd.DataFrame:
    r"""Take each customer's income of the last twelve months from the first evidence in `order` that has any.

    Answers "what does this customer turn over in a year, and who says so?"

    .. math:: Y_c = \sum_{t = a-11}^{a} y_{ct}

    where :math:`y_{ct}` is the gross amount (tax included) of valid sale invoices of month t, returns deducted,
    or the inflow of all accounts; a declared figure is taken as it stands. Sources are never added up.

    Parameters
    ----------
    customers : DataFrame[customers]
        Uses ``customer_id, annual_sales_yuan, sales_source``. Not modified.
    invoices : DataFrame[invoices], optional
    flow_months : DataFrame[flow_months], optional
    as_of : date
        The twelve months end with this date's month.
    order : sequence of str
        Preference among ``invoices``, ``flows`` and ``declared``.

    Returns
    -------
    DataFrame
        One row per customer with a positive income, by ``customer_id``

        - ``income_yuan`` (yuan, > 0)
        - ``income_source`` (invoices, flows, tax or declared): who says so
        - ``income_months_count`` (0 .. 12): months with evidence; 0 for a declared figure

    Notes
    -----
    Fewer than twelve months are not scaled up: the count says how many there were. Invoices miss cash sales;
    flows include transfers that were not removed before ingest.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": ["C1"], "annual_sales_yuan": [9e5], "sales_source": ["declared"]})
    >>> yearly_incomes(customers, as_of=date(2026, 6, 30)).iloc[0].to_dict()
    {'customer_id': 'C1', 'income_yuan': 900000.0, 'income_source': 'declared', 'income_months_count': 0}
    """
    found = {
        "invoices": _from_invoices(invoices, as_of),
        "flows": _from_flows(flow_months, as_of),
        "declared": _declared(customers),
    }
    pieces = [found[source].assign(rank=rank) for rank, source in enumerate(order)]
    held = pd.concat([piece for piece in pieces if len(piece)] or [empty(COLUMNS).assign(rank=0)])
    held = held[(held["income_yuan"] > 0) & held["customer_id"].isin(customers["customer_id"])]
    first = held.sort_values(["customer_id", "rank"]).drop_duplicates("customer_id")
    return first[list(COLUMNS)].astype(COLUMNS).reset_index(drop=True)


def _from_invoices(invoices: pd.DataFrame | None, as_of: date) -> pd.DataFrame:
    if invoices is None or invoices.empty:
        return empty(COLUMNS)
    days = invoices["issued_date"]
    recent = (days >= year_start(as_of)) & (days <= pd.Timestamp(as_of))
    sold = invoices[recent & (invoices["side"] == "sale") & (invoices["status"] == "valid")]
    months = sold["issued_date"].dt.year * MONTHS_PER_YEAR + sold["issued_date"].dt.month
    return _summed(sold["customer_id"], sold["gross_yuan"], months, "invoices")


def _from_flows(flow_months: pd.DataFrame | None, as_of: date) -> pd.DataFrame:
    if flow_months is None or flow_months.empty:
        return empty(COLUMNS)
    months = flow_months["month"]
    recent = flow_months[(months >= f"{year_start(as_of):%Y-%m}") & (months <= f"{as_of:%Y-%m}")]
    return _summed(recent["customer_id"], recent["inflow_yuan"], recent["month"], "flows")


def _summed(who: pd.Series, yuan: pd.Series, months: pd.Series, source: str) -> pd.DataFrame:
    rows = pd.DataFrame({"customer_id": who, "income_yuan": yuan, "month": months})
    summed = rows.groupby("customer_id", observed=True).agg(
        income_yuan=("income_yuan", "sum"), income_months_count=("month", "nunique")
    )
    return summed.reset_index().assign(income_source=source)


def _declared(customers: pd.DataFrame) -> pd.DataFrame:
    if "annual_sales_yuan" not in customers:
        return empty(COLUMNS)
    by_tax = customers["sales_source"].eq("tax") if "sales_source" in customers else False
    return pd.DataFrame({
        "customer_id": customers["customer_id"],
        "income_yuan": customers["annual_sales_yuan"],
        "income_source": np.where(by_tax, "tax", "declared"),
        "income_months_count": 0,
    })  # fmt: skip


@measure(optional=("core_payables",))
def income_shares(core_payables: pd.DataFrame, incomes: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    r"""Measure which part of a customer's yearly income each core enterprise (核心企业) pays.

    Answers "how much of this supplier's income stops if that payer stops?"

    .. math:: s_{ck} = \min\left(1, \frac{P_{ck}}{Y_c}\right)

    where :math:`P_{ck}` is what core k came to owe customer c for deliveries of the last twelve months, deductions
    taken off, and :math:`Y_c` the customer's income of the same months.

    Parameters
    ----------
    core_payables : DataFrame[core_payables]
        Uses ``core_id, customer_id, delivered_date, amount_yuan, deducted_yuan``. Not modified.
    incomes : DataFrame
        Result of `yearly_incomes`.
    as_of : date

    Returns
    -------
    DataFrame
        One row per customer and core, by both. A customer with known income and no payable has one row without
        ``core_id``. ``paid_yuan``, ``income_yuan``, ``income_source``, and ``income_share`` (fraction 0 .. 1,
        missing where the income is unknown: unknown is counted apart, never taken as small).

    Examples
    --------
    >>> owed = pd.DataFrame({"core_id": ["H1"], "customer_id": ["C1"], "amount_yuan": [6e5], "deducted_yuan": [0.0],
    ...                      "delivered_date": pd.to_datetime(["2026-03-01"])})
    >>> incomes = pd.DataFrame({"customer_id": ["C1"], "income_yuan": [1e6], "income_source": ["flows"]})
    >>> income_shares(owed, incomes, as_of=date(2026, 6, 30))["income_share"].tolist()
    [0.6]
    """
    days = core_payables["delivered_date"]
    recent = core_payables[(days >= year_start(as_of)) & (days <= pd.Timestamp(as_of))]
    recent = recent[recent["customer_id"].notna()]
    net = recent["amount_yuan"] - recent["deducted_yuan"].fillna(0.0)
    paid = recent[["customer_id", "core_id"]].assign(paid_yuan=net.astype("float64"))
    paid = paid.groupby(["customer_id", "core_id"], observed=True, as_index=False)["paid_yuan"].sum()
    known = incomes[["customer_id", "income_yuan", "income_source"]]
    shares = paid.merge(known, on="customer_id", how="outer")
    shares["paid_yuan"] = shares["paid_yuan"].fillna(0.0)
    shares["income_share"] = (shares["paid_yuan"] / shares["income_yuan"]).clip(0.0, 1.0)
    shares.loc[shares["core_id"].isna(), "income_share"] = np.nan
    return shares.sort_values(["customer_id", "core_id"])[list(SHARES)].astype(SHARES).reset_index(drop=True)
