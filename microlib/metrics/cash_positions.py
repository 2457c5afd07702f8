"""Cash of each customer from monthly account flows: the yearly picture, and the depth and length of the cash gap."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from microlib.metrics.capacity.annuities import monthly_payment
from microlib.metrics.incomes import year_start
from microlib.units import MONTHS_PER_YEAR

#: ways of repaying that leave the principal to the end: capacity is tested as if it were repaid in parts
UNPAID = ("interest_only", "bullet", "revolving", "balloon", "other")
#: months whose lowest balances make the buffer
BUFFER_MONTHS = 3


def debt_services(loans: pd.DataFrame, *, as_of: date, notional_months: int) -> pd.DataFrame:
    r"""Add up what each borrower must pay this bank within a year, bullets taken as repaid in parts.

    .. math:: D = \sum_l \min(12, n_l)\, \frac{B_l\, i_l}{1 - (1 + i_l)^{-n_l}}, \qquad i_l = \frac{r_l}{12}

    where :math:`B_l` is the balance, :math:`r_l` the yearly rate and :math:`n_l` the months left (at least one), or
    `notional_months` where the principal is left to the end: a renewal is never a source of repayment.

    Parameters
    ----------
    loans : DataFrame[loans]
        Uses ``customer_id, balance_yuan, yearly_rate, repayment, maturity_date``. Not modified.
    as_of : date
    notional_months : int
        Policy, usually 36.

    Returns
    -------
    DataFrame
        One row per customer with a balance: ``customer_id, debt_service_yuan`` (yuan a year).

    Notes
    -----
    This bank's loans only; other lenders' debt belongs on top where it is known.

    Examples
    --------
    >>> loans = pd.DataFrame({"customer_id": ["C1"], "balance_yuan": [1e6], "yearly_rate": [0.042],
    ...                       "repayment": ["interest_only"], "maturity_date": pd.to_datetime(["2027-03-31"])})
    >>> debt_services(loans, as_of=date(2026, 6, 30), notional_months=36)["debt_service_yuan"].round().tolist()
    [355356.0]
    """
    live = loans[loans["balance_yuan"] > 0]
    left = (live["maturity_date"] - pd.Timestamp(as_of)).dt.days / (365.25 / MONTHS_PER_YEAR)
    to_the_end = live["repayment"].isin(UNPAID) | live["repayment"].isna()
    months = np.where(to_the_end, notional_months, left.clip(lower=1.0))
    rate = live["yearly_rate"].to_numpy(dtype="float64")
    instalment = monthly_payment(live["balance_yuan"], yearly_rate=rate, months=months)
    service = instalment * np.minimum(MONTHS_PER_YEAR, months)
    summed = service.astype("float64").groupby(live["customer_id"], observed=True).sum()
    return summed.rename("debt_service_yuan").rename_axis("customer_id").reset_index()


def cash_positions(
    flow_months: pd.DataFrame,
    loans: pd.DataFrame,
    *,
    as_of: date,
    notional_months: int,
    fixed_share: float | None = None,
) -> pd.DataFrame:
    """Describe each borrower's year of cash: inflow, outflow, the part that runs on, the buffer, debt service.

    Parameters
    ----------
    flow_months : DataFrame[flow_months]
        Uses ``customer_id, month, inflow_yuan, outflow_yuan, min_balance_yuan``; channels are added up. Not modified.
    loans : DataFrame[loans]
        As for `debt_services`.
    as_of : date
        The twelve months end with this date's month.
    notional_months : int
        As for `debt_services`.
    fixed_share : float, optional
        Part of the outflow that runs on without sales (fraction, 0 .. 1). Left out, it is measured: the lowest
        month's outflow is what the business pays even when it sells least.

    Returns
    -------
    DataFrame
        One row per customer with a balance and a month of flows in the year

        - ``inflow_month_yuan, outflow_month_yuan``: means of the months present
        - ``fixed_month_yuan``: outflow that runs on
        - ``buffer_yuan``: mean of the last three months' lowest balances, never below zero, 0 when unknown
        - ``debt_service_yuan``: a year's payments to this bank
        - ``flow_months_count`` (1 .. 12): months present

    Notes
    -----
    Outflows are taken to be business costs. Where loan payments run through the account they are counted twice,
    which errs to the safe side.

    Examples
    --------
    >>> flows = pd.DataFrame({"customer_id": "C1", "month": ["2026-05", "2026-06"], "inflow_yuan": [9e4, 11e4],
    ...                       "outflow_yuan": [7e4, 8e4], "min_balance_yuan": [1e4, 3e4]})
    >>> loans = pd.DataFrame({"customer_id": ["C1"], "balance_yuan": [1e5], "yearly_rate": [0.06],
    ...                       "repayment": ["bullet"], "maturity_date": pd.to_datetime(["2027-03-31"])})
    >>> found = cash_positions(flows, loans, as_of=date(2026, 6, 30), notional_months=36)
    >>> found[["inflow_month_yuan", "fixed_month_yuan", "buffer_yuan"]].iloc[0].tolist()
    [100000.0, 70000.0, 20000.0]
    """
    recent = _monthly(flow_months, since=f"{year_start(as_of):%Y-%m}", until=f"{as_of:%Y-%m}")
    first_buffer = f"{pd.Timestamp(as_of).replace(day=1) - pd.DateOffset(months=BUFFER_MONTHS - 1):%Y-%m}"
    lowest = recent[recent["month"] >= first_buffer].groupby("customer_id")["min_balance_yuan"].mean()
    year = recent.groupby("customer_id", as_index=False).agg(
        inflow_month_yuan=("inflow_yuan", "mean"),
        outflow_month_yuan=("outflow_yuan", "mean"),
        fixed_month_yuan=("outflow_yuan", "min"),
        flow_months_count=("month", "nunique"),
    )
    if fixed_share is not None:
        year["fixed_month_yuan"] = fixed_share * year["outflow_month_yuan"]
    year["buffer_yuan"] = year["customer_id"].map(lowest).astype("float64").fillna(0.0).clip(lower=0.0)
    owed = debt_services(loans, as_of=as_of, notional_months=notional_months)
    return year.merge(owed, on="customer_id").sort_values("customer_id").reset_index(drop=True)


def _monthly(flow_months: pd.DataFrame, *, since: str, until: str) -> pd.DataFrame:
    """Add up the channels of each customer's months in a window."""
    window = flow_months[(flow_months["month"] >= since) & (flow_months["month"] <= until)]
    amounts = ["inflow_yuan", "outflow_yuan", "min_balance_yuan"]
    keys = ["customer_id", "month"]
    return window.groupby(keys, as_index=False, observed=True)[amounts].sum(min_count=1)


def cash_gaps(flow_months: pd.DataFrame, *, as_of: date, months: int = 24) -> pd.DataFrame:
    r"""Measure how deep and how long each customer's cash gap (资金缺口) is: what a credit line must bridge.

    Answers "how much is missing at the worst moment, and for how many months?"

    .. math:: C_t = \sum_{u \le t} (in_u - out_u), \qquad G = \max_t \Big( \max_{u \le t} C_u - C_t \Big), \quad C_0 = 0

    G is the deepest fall of cumulated net flow below its last height; its length counts the months from that height
    until it is reached again, or until the window ends.

    Parameters
    ----------
    flow_months : DataFrame[flow_months]
        Uses ``customer_id, month, inflow_yuan, outflow_yuan``. Not modified.
    as_of : date
        The window ends with this date's month.
    months : int
        Length of the window; 24 hold two seasons.

    Returns
    -------
    DataFrame
        One row per customer with flows in the window: ``customer_id, flow_months_count, gap_yuan`` (>= 0),
        ``gap_months_count`` (0 when there was no gap), ``gap_is_open`` (true when it has not been refilled).

    Notes
    -----
    Months without a row count as months without flow. Draw-downs of loans in the inflow hide gaps; drawings of the
    owner in the outflow look like gaps.

    Examples
    --------
    >>> flows = pd.DataFrame({"customer_id": "C1", "month": ["2026-03", "2026-04", "2026-05", "2026-06"],
    ...                       "inflow_yuan": [50., 10., 20., 90.], "outflow_yuan": [20., 40., 40., 30.]})
    >>> cash_gaps(flows, as_of=date(2026, 6, 30))[["gap_yuan", "gap_months_count"]].iloc[0].tolist()
    [50.0, 3.0]
    """
    end = pd.Timestamp(as_of).to_period("M")
    window = [str(end - back) for back in range(months - 1, -1, -1)]
    recent = flow_months[flow_months["month"].isin(window)]
    net = (recent["inflow_yuan"] - recent["outflow_yuan"]).astype("float64")
    table = net.groupby([recent["customer_id"], recent["month"]], observed=True).sum().unstack(fill_value=0.0)
    table = table.reindex(columns=window, fill_value=0.0)
    depth, length, is_open = _deepest(table.to_numpy())
    counts = recent.groupby("customer_id", observed=True)["month"].nunique()
    found = pd.DataFrame({"customer_id": table.index, "flow_months_count": counts.to_numpy(), "gap_yuan": depth})
    return found.assign(gap_months_count=length, gap_is_open=is_open).astype({"customer_id": "str"})


def _deepest(net: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find the deepest fall of each row's running sum: its depth, its months, and whether it is still open."""
    height = np.cumsum(np.c_[np.zeros(len(net)), net], axis=1)
    top = np.maximum.accumulate(height, axis=1)
    fall = top - height
    worst = fall.argmax(axis=1)[:, None]
    depth = np.take_along_axis(fall, worst, axis=1)[:, 0]
    places = np.arange(height.shape[1])
    level = np.take_along_axis(top, worst, axis=1)
    began = np.where((places <= worst) & (height >= level), places, -1).max(axis=1)
    refilled = (places > worst) & (height >= level)
    ended = np.where(refilled.any(axis=1), refilled.argmax(axis=1), height.shape[1] - 1)
    is_open = (depth > 0) & ~refilled.any(axis=1)
    return depth, np.where(depth > 0, ended - began, 0), is_open
