"""One loan repaid in every way there is, side by side: what it costs, what it asks at once, whether cash keeps up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from microlib.design.costs import loan_flows, true_cost
from microlib.design.schedules import Loan, due_date, repayment_schedule
from microlib.design.terms import Product
from microlib.errors import BadConfig

#: what a method is tried with where the terms do not say: part of the tenor in grace, part left to the end
GRACE_PART, BALLOON_SHARE, SEASON_MONTHS = 0.25, 0.5, 3
METHODS = (
    "equal_instalment", "equal_principal", "interest_only", "bullet", "equal_principal_and_interest", "seasonal",
    "revolving", "balloon",
)  # fmt: skip


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
        own, method=method, grace_months=0, used_months=None,
        season_months=tuple(sorted(set(last))) if method == "seasonal" else (),
        balloon_share=BALLOON_SHARE if method == "balloon" else 0.0,
    )  # fmt: skip


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
