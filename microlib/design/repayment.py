"""Ways of repaying: methods side by side, revolving lines (随借随还).

The plain schedule of a loan stands in `schedules`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import get_args

import numpy as np
import pandas as pd

from microlib.contracts.product import Product, RepaymentMethod
from microlib.design.cost import loan_flows, true_cost
from microlib.design.schedules import DAY_COUNTS, Loan, due_date, repayment_schedule
from microlib.errors import BadConfig, BadData
from microlib.units import to_fen


def line_statement(
    movements: pd.DataFrame, *, limit_yuan: float, yearly_rate: float, day_count: str = "actual_360"
) -> pd.DataFrame:
    r"""Follow a revolving line through its draws and repayments, with the interest of each stretch of days.

    Answers "what did the money really used cost?" Unused money costs nothing: no commitment fee is taken from small
    borrowers.

    .. math:: I = \sum_k B_k \, r \, d_k / 360

    with :math:`B_k` owed during the :math:`d_k` days between two movements, rounded to the fen for each stretch.

    Parameters
    ----------
    movements : DataFrame
        ``date``, ``drawn_yuan``, ``repaid_yuan`` (principal); several rows of one day count together. Not modified.
    limit_yuan : float
        The line.
    yearly_rate : float
        Fraction a year while used.
    day_count : str
        ``actual_360`` or ``actual_365``.

    Returns
    -------
    DataFrame
        One row per day with a movement, by ``date``

        - ``days_count`` since the row before, ``interest_yuan`` of those days, on what was owed then
        - ``drawn_yuan``, ``repaid_yuan``, ``balance_yuan`` (after), ``unused_yuan`` (of the line)

    Raises
    ------
    BadData
        If a draw exceeds the line, or a repayment what is owed: the row's date is named.
    BadConfig
        If the day count does not count days.

    Examples
    --------
    >>> used = pd.DataFrame({"date": pd.to_datetime(["2026-01-01", "2026-05-31"]), "drawn_yuan": [1e6, 0],
    ...                      "repaid_yuan": [0, 1e6]})
    >>> line_statement(used, limit_yuan=1e6, yearly_rate=0.048).interest_yuan.sum().item()
    20000.0
    """
    year = DAY_COUNTS.get(day_count, 0)
    if not year:
        raise BadConfig(
            f"day_count = {day_count}: does not count days", where="line", fix="write actual_360 or actual_365"
        )
    daily = movements.groupby("date")[["drawn_yuan", "repaid_yuan"]].sum().round(2)
    balance = (daily["drawn_yuan"] - daily["repaid_yuan"]).cumsum().round(2)
    _check_draws(daily, balance, limit_yuan)
    days = daily.index.to_series().diff().dt.days.fillna(0).astype("int64")
    owed = balance.shift(fill_value=0.0)
    interest = [float(to_fen(before * yearly_rate * count / year)) for before, count in zip(owed, days, strict=True)]
    found = daily.assign(
        days_count=days, interest_yuan=interest, balance_yuan=balance, unused_yuan=float(limit_yuan) - balance
    )
    order = ["days_count", "interest_yuan", "drawn_yuan", "repaid_yuan", "balance_yuan", "unused_yuan"]
    return found[order].rename_axis("date").reset_index()


def _check_draws(daily: pd.DataFrame, balance: pd.Series, limit_yuan: float) -> None:
    if (daily < 0).any(axis=None) or daily.isna().any(axis=None):
        raise BadData(
            "a movement is missing or negative", where="movements", fix="give draws and repayments as yuan >= 0"
        )
    faults = {
        "a draw exceeds the line": balance > float(limit_yuan) + 0.005,
        "a repayment exceeds what is owed": balance < -0.005,
    }
    for what, rows in faults.items():
        if rows.any():
            raise BadData(what, where=f"movements, {rows.idxmax():%Y-%m-%d}", fix="correct the amount or its date")


#: what a method is tried with where the terms do not say: part of the tenor in grace, part left to the end
GRACE_PART, BALLOON_SHARE, SEASON_MONTHS = 0.25, 0.5, 3
METHODS = get_args(RepaymentMethod)


def compared_methods(
    product: Product, *, amount_yuan: float, start: date, free_cash: pd.Series | None = None
) -> pd.DataFrame:
    r"""Repay one loan by each method at the product's rate and longest tenor.

    Answers "would another way of repaying fit their cash better, and what would it cost them?"

    .. math:: cover = \min_t \frac{t\,c}{\sum_{s \le t} payment_s}

    with :math:`c` the cash free for this loan in a poor month: from 1 on, cash saved up month by month always suffices.

    Parameters
    ----------
    product : Product
        Rate, tenor, fees, its own method.
    amount_yuan : float
        Loan, yuan, > 0.
    start : date
    free_cash : Series, optional
        Cash a month free for this loan per yuan lent, one per sized line; the median counts. Not modified.

    Returns
    -------
    DataFrame
        One row per method, the product's own first: ``method, is_own``; ``interest_due_yuan, largest_due_yuan`` (the
        largest payment, to the fen), ``largest_month`` (in which month of the loan), ``eir_rate`` (borrower, compound),
        ``cover_ratio`` (missing where no line's cash is known). A grace variant of equal instalments closes the list.

    Examples
    --------
    >>> from microlib.design.terms import read_product
    >>> stall = read_product(".", product="market_stall", as_of="2026-06-30")
    >>> found = compared_methods(stall, amount_yuan=1e5, start=date(2026, 6, 30))
    >>> len(found), found["method"].iloc[0], round(float(found["eir_rate"].iloc[0]), 4)
    (9, 'equal_instalment', 0.0601)
    """
    own = Loan.of(product, amount_yuan=amount_yuan, start=start)
    cash = float("nan") if free_cash is None else float(free_cash.median()) * amount_yuan
    loans = {own.method: own, **{name: _as(own, name) for name in METHODS if name != own.method}}
    if not own.grace_months and own.term_months > 1:
        grace = max(1, round(own.term_months * GRACE_PART))
        loans["grace"] = replace(_as(own, "equal_instalment"), grace_months=grace)
    rows = [_row(name, loan, product=product, cash=cash) for name, loan in loans.items()]
    return pd.DataFrame(rows).assign(is_own=[name == own.method for name in loans])


def free_cash_per_yuan(lines: pd.DataFrame) -> pd.Series:
    """Return, for each sized line, the cash of a poor month that is free for it, per yuan of the line.

    Parameters
    ----------
    lines : DataFrame
        Result of `stress.lines.stress_lines`. Not modified.
    """
    free = lines["cash_month_yuan"] * lines["free_share"] - lines["service_month_yuan"].fillna(0.0)
    return (free / lines["limit_yuan"]).dropna()


def _as(own: Loan, method: str) -> Loan:
    """Return the same loan under another method, with the least that the method must be told."""
    last = [due_date(own.start, own.term_months - back).month for back in range(min(SEASON_MONTHS, own.term_months))]
    return replace(
        own,
        method=method,
        grace_months=0,
        used_months=None,
        season_months=tuple(sorted(set(last))) if method == "seasonal" else (),
        balloon_share=BALLOON_SHARE if method == "balloon" else 0.0,
    )


def _row(name: str, loan: Loan, *, product: Product, cash: float) -> dict:
    plan = repayment_schedule(loan)
    largest = plan["payment_yuan"].idxmax()
    paid = plan["payment_yuan"].cumsum()
    return {
        "method": name,
        "is_own": False,
        "interest_due_yuan": float(plan["interest_yuan"].sum()),
        "largest_due_yuan": float(plan.loc[largest, "payment_yuan"]),
        "largest_month": float(plan.loc[largest, "month_number"]),
        "eir_rate": _yearly(loan, product),
        "cover_ratio": float((plan["month_number"] * cash / paid).min()) if not np.isnan(cash) else np.nan,
    }


def _yearly(loan: Loan, product: Product) -> float:
    try:
        return float(true_cost(loan_flows(loan, fees=product.fees)).set_index("scope").loc["borrower", "eir_rate"])
    except BadConfig:
        return float("nan")
