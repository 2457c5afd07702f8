"""Signs of a need in what customers without a loan already show us: sales that grow, months short of cash."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.contracts.needs import measure
from microlib.errors import BadData
from microlib.metrics.cash_positions import cash_gaps
from microlib.metrics.loan_states import live_loans

SIGNALS = ("cash_gap", "growing_sales", "lapsed_loan")


@measure(optional=("flow_months",))
def need_signals(
    customers: pd.DataFrame,
    loans: pd.DataFrame,
    flow_months: pd.DataFrame | None = None,
    *,
    as_of: date,
    growth_share: float = 0.2,
) -> pd.DataFrame:
    """Find customers without a loan who show a sign of needing one.

    Answers "which of the customers we already have is likely to want money, and why do we think so?" A cash gap is
    the deepest shortfall of the last 24 months; growing sales are inflows of the last twelve months above those of the
    twelve before by more than `growth_share`; a lapsed loan ended within the last twelve months and was not bad.

    Parameters
    ----------
    customers : DataFrame[customers]
        ``customer_id, rm_id``. Not modified.
    loans : DataFrame[loans]
        The ledger with its closed loans.
    flow_months : DataFrame[flow_months], optional
        Without it only lapsed loans are seen.
    as_of : date
        Today.
    growth_share : float
        Fraction, >= 0.

    Returns
    -------
    DataFrame
        One row per customer and signal: ``customer_id, rm_id, signal`` (code), ``signal_yuan`` (depth of the gap,
        growth of a year's inflows, amount of the loan), largest first.

    Raises
    ------
    BadData
        If the growth asked for is negative.

    Notes
    -----
    A sign is a reason to ask, no need by itself; the yuan of different signs do not compare.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": ["C1", "C2"], "rm_id": ["R1", "R1"]})
    >>> loans = pd.DataFrame({"loan_id": ["L1", "L2"], "customer_id": ["C1", "C2"], "amount_yuan": [5e4, 9e4],
    ...     "balance_yuan": [0.0, 9e4], "status": ["settled", "normal"], "overdue_days": 0,
    ...     "closed_date": pd.to_datetime(["2026-03-01", None])})
    >>> need_signals(customers, loans, as_of=date(2026, 6, 30))[["customer_id", "signal"]].to_numpy().tolist()
    [['C1', 'lapsed_loan']]
    """
    if growth_share < 0:
        raise BadData(f"a growth of {growth_share} is none", fix="give a fraction, 0 or more")
    borrowing = set(live_loans(loans)["customer_id"]) if len(loans) else set()
    free = customers.loc[~customers["customer_id"].isin(borrowing), ["customer_id", "rm_id"]]
    found = [_lapsed(loans, as_of)]
    if flow_months is not None and len(flow_months):
        own = flow_months[flow_months["customer_id"].isin(free["customer_id"])]
        found += [_gaps(own, as_of), _growing(own, as_of, growth_share)]
    rows = pd.concat(found, ignore_index=True).merge(free, on="customer_id")
    rows = rows.sort_values(["signal_yuan", "customer_id", "signal"], ascending=[False, True, True], kind="stable")
    return rows[["customer_id", "rm_id", "signal", "signal_yuan"]].reset_index(drop=True)


def _lapsed(loans: pd.DataFrame, as_of: date) -> pd.DataFrame:
    closed = pd.to_datetime(loans["closed_date"])
    since = pd.Timestamp(as_of) - pd.DateOffset(months=12)
    ended = loans[closed.between(since, pd.Timestamp(as_of)) & (loans["status"] == "settled")]
    last = ended.groupby("customer_id")["amount_yuan"].max()
    return last.rename("signal_yuan").reset_index().assign(signal="lapsed_loan")


def _gaps(flows: pd.DataFrame, as_of: date) -> pd.DataFrame:
    if flows.empty:
        return pd.DataFrame(columns=["customer_id", "signal_yuan", "signal"])
    gaps = cash_gaps(flows, as_of=as_of)
    deep = gaps[gaps["gap_yuan"] > 0]
    return deep[["customer_id", "gap_yuan"]].rename(columns={"gap_yuan": "signal_yuan"}).assign(signal="cash_gap")


def _growing(flows: pd.DataFrame, as_of: date, growth_share: float) -> pd.DataFrame:
    end = pd.Period(pd.Timestamp(as_of), "M")
    this, last = ((str(end - back - 11), str(end - back)) for back in (0, 12))
    sums = [flows[flows["month"].between(*span)].groupby("customer_id")["inflow_yuan"].sum() for span in (this, last)]
    both = pd.concat(sums, axis="columns", keys=["now", "before"]).dropna()
    more = (both["now"] - both["before"])[both["now"] > (1 + growth_share) * both["before"]]
    return more.rename("signal_yuan").reset_index().assign(signal="growing_sales")
