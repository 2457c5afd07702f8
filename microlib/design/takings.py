"""What flows and invoices show of a business: months of evidence, voids, returns, buyers, and cash of a poor month."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.contracts.policies import LimitsPolicy
from microlib.units import MONTHS_PER_YEAR


def invoice_evidence(invoices: pd.DataFrame, *, as_of: date, policy: LimitsPolicy) -> pd.DataFrame:
    r"""Summarise each customer's sale invoices of the window.

    Answers "how regular, how clean and how spread are the sales that the invoices show?"

    Parameters
    ----------
    invoices : DataFrame[invoices]
        Both sides, valid and void. Not modified.
    as_of : date
        The window of ``flow_window_months`` ends with this day.
    policy : LimitsPolicy
        The window.

    Returns
    -------
    DataFrame
        Index ``customer_id``, customers with a sale invoice in the window

        - ``invoice_months_count``: months with a valid sale
        - ``void_share``: void over all sale invoices, by count
        - ``negative_share``: red-letter (红字) amount over positive valid sales
        - ``top_buyer_share``: the largest buyer's part of net valid sales; missing where they are not positive
    """
    start = _window_start(as_of, policy)
    days = invoices["issued_date"]
    sold = invoices[(invoices["side"] == "sale") & (days > start) & (days <= pd.Timestamp(as_of))]
    valid = sold[sold["status"] == "valid"]
    who, net = valid["customer_id"], valid["net_yuan"]
    buyers = net.groupby([who, valid["counterparty_hash"]]).sum().clip(lower=0).groupby("customer_id")
    positive = net.clip(lower=0).groupby(who).sum()
    return pd.DataFrame({
        "invoice_months_count": _month_numbers(valid["issued_date"]).groupby(who).nunique(),
        "void_share": (sold["status"] == "void").groupby(sold["customer_id"]).mean(),
        "negative_share": net.clip(upper=0).abs().groupby(who).sum() / positive.where(positive > 0),
        "top_buyer_share": buyers.max() / buyers.sum().where(buyers.sum() > 0),
    })  # fmt: skip


def monthly_sales(invoices: pd.DataFrame) -> pd.DataFrame:
    """Return valid sales by customer and month, returns taken off: ``customer_id, month_number, cash_yuan``."""
    valid = invoices[(invoices["side"] == "sale") & (invoices["status"] == "valid")]
    rows = pd.DataFrame({
        "customer_id": valid["customer_id"],
        "month_number": _month_numbers(valid["issued_date"]),
        "cash_yuan": valid["gross_yuan"],
    })  # fmt: skip
    return rows.groupby(["customer_id", "month_number"], as_index=False)["cash_yuan"].sum()


def monthly_inflows(flow_months: pd.DataFrame) -> pd.DataFrame:
    """Return money in by customer and month over all channels: ``customer_id, month_number, cash_yuan``."""
    days = pd.to_datetime(flow_months["month"], format="%Y-%m")
    rows = pd.DataFrame({
        "customer_id": flow_months["customer_id"],
        "month_number": _month_numbers(days),
        "cash_yuan": flow_months["inflow_yuan"],
    })  # fmt: skip
    return rows.groupby(["customer_id", "month_number"], as_index=False)["cash_yuan"].sum()


def poor_month_cash(cash: pd.DataFrame, *, as_of: date, policy: LimitsPolicy, cycle_months: int) -> pd.DataFrame:
    r"""Find the monthly cash that three months in four exceed, over whole cash cycles.

    Answers "in a poor month, how much comes in?" A mean would lend against the best season.

    .. math:: C_{25} = Q_{0.25}\left( \frac{1}{c} \sum_{s=0}^{c-1} y_{t-s} \right)_t

    over the months t of the window since the customer's first evidence; months without any count zero.

    Parameters
    ----------
    cash : DataFrame
        ``customer_id, month_number, cash_yuan`` of `monthly_sales` or `monthly_inflows`. Not modified.
    cycle_months : int
        Months c of one cash cycle: 1 for daily takings, 3 where buyers pay by the quarter, 12 for one harvest.

    Returns
    -------
    DataFrame
        Index ``customer_id``: ``months_count`` with evidence in the window; ``cash_month_yuan``, missing where they are
        fewer than the policy's minimum, or than one cycle: such capacity is to be verified, not guessed
    """
    last = as_of.year * MONTHS_PER_YEAR + as_of.month
    months = range(last - policy.flow_window_months + 1, last + 1)
    recent = cash[cash["month_number"].isin(months)]
    table = recent.pivot(index="month_number", columns="customer_id", values="cash_yuan").reindex(months)
    seen = table.notna()
    filled = table.fillna(0.0).where(seen.cummax())
    cycles = filled.rolling(cycle_months, min_periods=cycle_months).mean()
    known = seen.sum() >= max(policy.flow_minimum_months, cycle_months)
    poor = cycles.quantile(policy.cash_quantile).clip(lower=0).where(known)
    return pd.DataFrame({"months_count": seen.sum(), "cash_month_yuan": poor})


def _window_start(as_of: date, policy: LimitsPolicy) -> pd.Timestamp:
    first = pd.Timestamp(as_of) + pd.offsets.MonthEnd(0)
    return first - pd.DateOffset(months=policy.flow_window_months) + pd.offsets.MonthEnd(0)


def _month_numbers(days: pd.Series) -> pd.Series:
    return days.dt.year * MONTHS_PER_YEAR + days.dt.month
