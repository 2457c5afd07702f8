"""Debt service coverage (DSCR) in a usual and in a poor month, with the debt we see and with the debt we do not."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from scipy.stats import binom

from microlib.errors import BadData

#: the usual month and the poor one
QUANTILES = {"p50": 0.50, "p25": 0.25}
#: of the range of each quantile
LEVEL = 0.90


def cash_quantiles(
    flow_months: pd.DataFrame, *, as_of: date, months: int = 24, least_months: int = 12, cash_share: float | None = None
) -> pd.DataFrame:
    r"""Find each customer's cash of a usual and of a poor month, with the range that so few months leave.

    Answers "what is left for the bank in an ordinary month, and what in one of the worst quarter?"

    .. math:: c_t = in_t - out_t, \qquad C_q = Q_q(c_t), \qquad [c_{(l)}, c_{(u)}]: \; P(l \le \mathrm{Bin}(n, q) < u)

    The range takes order statistics, free of any assumption on how months are spread.

    Parameters
    ----------
    flow_months : DataFrame[flow_months]
        Uses ``customer_id, month, inflow_yuan, outflow_yuan``; channels are added up. Not modified.
    as_of : date
        The window ends with this date's month.
    months : int
        Length of the window; 24 hold two seasons.
    least_months : int
        Months with evidence under which a quantile is not given.
    cash_share : float, optional
        Part of inflow left for debt service (fraction, of policy or margin checks). Left out, cash is inflow less
        outflow as the accounts show it.

    Returns
    -------
    DataFrame
        One row per customer with flows in the window, by ``customer_id``: ``months_count`` (from its first month in
        the window on; months without a row count zero cash), ``cash_p50_yuan, cash_p50_low, cash_p50_high,
        cash_p25_yuan, cash_p25_low, cash_p25_high`` (yuan a month, 90 %; may be negative), ``reason`` (empty, or
        ``too_few_months``: the amounts are then missing).

    Raises
    ------
    BadData
        If an amount is missing or infinite, or a month stands twice for one channel.

    Notes
    -----
    Outflows that already hold payments to this bank, or the owner's living, lower the answer; draw-downs of loans
    in the inflow raise it. Neighbouring months are alike, so the range is too short for a seasonal trade.

    Examples
    --------
    >>> months = [f"2025-{month:02}" for month in range(1, 13)]
    >>> flows = pd.DataFrame({"customer_id": "C1", "month": months, "inflow_yuan": range(1, 13), "outflow_yuan": 0.0})
    >>> found = cash_quantiles(flows, as_of=date(2025, 12, 31), months=12)
    >>> found[["cash_p50_yuan", "cash_p25_yuan"]].iloc[0].tolist()
    [6.5, 3.75]
    """
    table = _monthly_cash(flow_months, as_of=as_of, months=months, cash_share=cash_share)
    values = np.sort(table.to_numpy(), axis=1)
    count = np.isfinite(values).sum(axis=1)
    enough = count >= least_months
    found = pd.DataFrame({"customer_id": table.index.astype("str"), "months_count": count})
    for name, share in QUANTILES.items():
        low, high = _order_range(values, count, share)
        middle = table.quantile(share, axis="columns").to_numpy()
        for column, amount in (("yuan", middle), ("low", low), ("high", high)):
            found[f"cash_{name}_{column}"] = np.where(enough, amount, np.nan)
    return found.assign(reason=np.where(enough, "", "too_few_months"))


def debt_coverages(cash: pd.DataFrame, services: pd.DataFrame) -> pd.DataFrame:
    r"""Set cash of a usual and of a poor month against debt service, without and with hidden debt.

    Answers "does the business still pay when the month is poor, and when the cousin wants his money too?"

    .. math:: DSCR_q = \frac{C_q}{D}, \qquad DSCR_q^{hidden} = \frac{C_q}{D + D_{hidden}}

    Parameters
    ----------
    cash : DataFrame
        Result of `cash_quantiles`, or any frame with ``customer_id, cash_p50_yuan, cash_p25_yuan``. Not modified.
    services : DataFrame
        ``customer_id``; ``service_month_yuan`` (principal and interest a month to every known lender, bullets over
        notional months; `cash_positions.debt_services` by twelve for this bank); ``hidden_month_yuan`` (private and
        undisclosed debt found by checks; an absent column, or a missing value, is unknown). Not modified.

    Returns
    -------
    DataFrame
        One row per row of `cash` with a service: ``customer_id, service_month_yuan, hidden_month_yuan, dscr_p50,
        dscr_p25`` (missing where the service is zero: nothing to cover), ``dscr_p50_hidden, dscr_p25_hidden``
        (missing where hidden debt is unknown: unknown is never taken for none), ``is_hidden_known``.

    Raises
    ------
    BadData
        If a service is missing, infinite or negative, hidden debt is negative, or a customer stands twice.

    Notes
    -----
    Ability only. Whether the borrower wants to pay is another axis (`willingness`), and the two are not blended.

    Examples
    --------
    >>> cash = pd.DataFrame({"customer_id": ["hotel"], "cash_p50_yuan": [102_502.0], "cash_p25_yuan": [70_210.0]})
    >>> services = pd.DataFrame({"customer_id": ["hotel"], "service_month_yuan": [63_411.0],
    ...                          "hidden_month_yuan": [28_244.0]})
    >>> found = debt_coverages(cash, services).round(2)
    >>> found[["dscr_p50", "dscr_p50_hidden", "dscr_p25", "dscr_p25_hidden"]].iloc[0].tolist()
    [1.62, 1.12, 1.11, 0.77]
    """
    owed = services["service_month_yuan"].to_numpy(dtype="float64", na_value=np.nan)
    hidden = services["hidden_month_yuan"] if "hidden_month_yuan" in services else pd.Series(np.nan, services.index)
    if not (np.isfinite(owed) & (owed >= 0)).all() or (hidden < 0).any():
        raise BadData("a debt service is missing, infinite or negative", where="services", fix="give yuan of 0 or more")
    if services["customer_id"].duplicated().any() or cash["customer_id"].duplicated().any():
        raise BadData("a customer stands twice", fix="add up the services of one customer first")
    known = services[["customer_id", "service_month_yuan"]].assign(hidden_month_yuan=hidden.astype("float64"))
    found = cash[["customer_id", "cash_p50_yuan", "cash_p25_yuan"]].merge(known, on="customer_id")
    whole = found["service_month_yuan"] + found["hidden_month_yuan"]
    for end, service in (("", found["service_month_yuan"]), ("_hidden", whole)):
        for name in QUANTILES:
            found[f"dscr_{name}{end}"] = found[f"cash_{name}_yuan"] / service.where(service > 0)
    found["is_hidden_known"] = found["hidden_month_yuan"].notna()
    return found.drop(columns=["cash_p50_yuan", "cash_p25_yuan"])


def _monthly_cash(flow_months: pd.DataFrame, *, as_of: date, months: int, cash_share: float | None) -> pd.DataFrame:
    """Customers x months of the window; missing before a customer's first month, zero in a hole."""
    if flow_months.duplicated([name for name in ("customer_id", "month", "channel") if name in flow_months]).any():
        raise BadData("a month stands twice", where="flow_months", fix="keep one row per customer, month and channel")
    amounts = flow_months[["inflow_yuan", "outflow_yuan"]].astype("float64")
    if not np.isfinite(amounts.to_numpy()).all():
        raise BadData("a flow is missing or infinite", where="flow_months", fix="drop or complete those rows first")
    net = amounts["inflow_yuan"] * (1.0 if cash_share is None else cash_share)
    net = net - (amounts["outflow_yuan"] if cash_share is None else 0.0)
    window = [str(pd.Timestamp(as_of).to_period("M") - back) for back in range(months - 1, -1, -1)]
    kept = flow_months["month"].isin(window)
    keys = [flow_months.loc[kept, "customer_id"], flow_months.loc[kept, "month"]]
    table = net[kept].groupby(keys, observed=True).sum().unstack().reindex(columns=window)
    return table.fillna(0.0).where(table.notna().cummax(axis="columns"))


def _order_range(values: np.ndarray, count: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Order statistics around a quantile that hold it with the level; rows are sorted, missing last."""
    tail = (1.0 - LEVEL) / 2.0
    low = np.clip(binom.ppf(tail, count, share), 1, np.maximum(count, 1)) - 1
    high = np.clip(binom.ppf(1.0 - tail, count, share) + 1, 1, np.maximum(count, 1)) - 1
    rows = np.arange(len(values))
    return values[rows, low.astype(int)], values[rows, high.astype(int)]
