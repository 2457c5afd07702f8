"""Debt service a month (月还款): what a customer owes us, and what a gap in their worth would cost on private terms."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.metrics.cash_positions import debt_services
from microlib.units import MONTHS_PER_YEAR


def monthly_services(
    loans: pd.DataFrame, equity: pd.DataFrame | None = None, *, as_of: date, notional_months: int
) -> pd.DataFrame:
    """Return what each borrower must pay a month, here and to a lender that nobody declared.

    Parameters
    ----------
    loans : DataFrame[loans]
        See `cash_positions.debt_services`. Not modified.
    equity : DataFrame, optional
        Result of `visits.unexplained_equity`; without it, or for customers not visited, hidden debt is unknown.
    as_of : date
    notional_months : int

    Returns
    -------
    DataFrame
        ``customer_id, service_month_yuan, hidden_month_yuan`` (missing: unknown), as `capacity.coverages` wants it.
    """
    owed = debt_services(loans, as_of=as_of, notional_months=notional_months)
    hidden = pd.Series(dtype="float64") if equity is None else equity.set_index("customer_id")["hidden_month_yuan"]
    return pd.DataFrame({
        "customer_id": owed["customer_id"], "service_month_yuan": owed["debt_service_yuan"] / MONTHS_PER_YEAR,
        "hidden_month_yuan": owed["customer_id"].map(hidden).astype("float64"),
    })  # fmt: skip
