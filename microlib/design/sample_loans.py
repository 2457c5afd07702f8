"""What one loan of a product looks like to its borrower: the schedule to the fen, the cost by use, the disclosure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from microlib.design.costs import loan_flows, true_cost
from microlib.design.schedules import Loan, repayment_schedule
from microlib.design.terms import Product

#: the loan that the schedule is shown for, and the months of use beside the product's own
SAMPLE_YUAN = 100_000
SHORT_MONTHS = (1, 3, 6)
EXACT = {
    "principal_yuan": "principal_due_yuan",
    "interest_yuan": "interest_due_yuan",
    "payment_yuan": "payment_due_yuan",
    "balance_yuan": "balance_left_yuan",
}
PAID = {
    "interest_yuan": "interest_due_yuan",
    "fees_yuan": "fees_due_yuan",
    "total_cost_yuan": "total_due_yuan",
}


def typical_size(limits: pd.DataFrame, *, floors: pd.DataFrame) -> float:
    """Return the loan size at which price and cost are told: of the sizes priced, the one nearest the median line.

    Where no line is sized the median of what the known caps allow stands in; without that, the smallest size.

    Parameters
    ----------
    limits : DataFrame
        Result of `limits.size_limits`. Not modified.
    floors : DataFrame
        Result of `prices.price_floors`: ``amount_yuan``. Not modified.

    Returns
    -------
    float
        Yuan.

    Examples
    --------
    >>> floors = pd.DataFrame({"amount_yuan": [50_000.0, 100_000.0, 200_000.0]})
    >>> lines = pd.DataFrame({"reason": ["sized", "sized"], "limit_yuan": [120_000.0, 160_000.0],
    ...                       "at_most_yuan": [125_000.0, 161_000.0]})
    >>> typical_size(lines, floors=floors), typical_size(lines.head(0), floors=floors)
    (100000.0, 50000.0)
    """
    sized = limits.loc[limits["reason"] == "sized", "limit_yuan"]
    middle = (sized if len(sized) else limits["at_most_yuan"]).median()
    sizes = floors["amount_yuan"].drop_duplicates().sort_values()
    return float(sizes.iloc[0] if np.isnan(middle) else sizes.iloc[(sizes - middle).abs().argmin()])


def sample_schedule(product: Product, *, start: date, amount_yuan: float = SAMPLE_YUAN) -> pd.DataFrame:
    """Lay out the repayment of 100,000 yuan under the product's terms, at its longest tenor, to the fen.

    Returns
    -------
    DataFrame
        As `schedules.repayment_schedule`, months without a payment left out; amounts are named ``principal_due_yuan,
        interest_due_yuan, payment_due_yuan, balance_left_yuan``, because they are told in yuan and fen

    Examples
    --------
    >>> from microlib.design.terms import read_product
    >>> stall = read_product(".", product="market_stall", as_of="2026-06-30")
    >>> plan = sample_schedule(stall, start=date(2026, 6, 30))
    >>> len(plan), round(float(plan["principal_due_yuan"].sum()), 2)
    (24, 100000.0)
    """
    plan = repayment_schedule(Loan.of(product, amount_yuan=amount_yuan, start=start))
    due = plan[plan["payment_yuan"] > 0].drop(columns=["month_number", "term_number"])
    return due.rename(columns=EXACT).reset_index(drop=True)


def cost_by_use(product: Product, *, amount_yuan: float, start: date) -> pd.DataFrame:
    """Find what the money costs the borrower by how long it is used.

    A revolving line is drawn for some months and repaid; any other loan is taken for its shortest, middle and longest
    tenor (a seasonal one only for its longest: shorter ones may miss the season).

    Returns
    -------
    DataFrame
        One row per ``used_months``: ``amount_yuan``; ``interest_due_yuan, fees_due_yuan, total_due_yuan`` (paid by the
        borrower, told to the fen); ``apr_rate, eir_rate``

    Examples
    --------
    >>> from microlib.design.terms import read_product
    >>> stall = read_product(".", product="market_stall", as_of="2026-06-30")
    >>> cost_by_use(stall, amount_yuan=1e5, start=date(2026, 6, 30))["used_months"].to_list()
    [3, 13, 24]
    """
    loan = Loan.of(product, amount_yuan=amount_yuan, start=start)
    rows = [
        {"used_months": months, "amount_yuan": float(amount_yuan), **_borrower(_used(loan, months), product)}
        for months in _months(product)
    ]
    names = [*PAID, "apr_rate", "eir_rate"]
    return pd.DataFrame(rows)[["used_months", "amount_yuan", *names]].rename(columns=PAID)


def disclosure(product: Product, *, amount_yuan: float, start: date) -> pd.DataFrame:
    """Draft the statement of the whole cost of a loan (综合融资成本): every item, who pays it, the yearly rates.

    Returns
    -------
    DataFrame
        ``item, case`` (who pays), ``value, unit`` (``exact`` yuan, fraction, months), ``code``: rows as in a term sheet

    Examples
    --------
    >>> from microlib.design.terms import read_product
    >>> farm = read_product(".", product="farm_household", as_of="2026-06-30")
    >>> disclosure(farm, amount_yuan=1e5, start=date(2026, 6, 30))["item"].to_list()[4:6]
    ['interest', 'crop_insurance_premium']
    """
    loan = Loan.of(product, amount_yuan=amount_yuan, start=start)
    cost = _borrower(loan, product)
    rows = [
        ("amount", "", float(amount_yuan), "exact", ""),
        ("max_term", "", float(loan.term_months), "months", ""),
        ("repayment", "", np.nan, "", loan.method),
        ("yearly_rate", "", float(product.yearly_rate), "fraction", ""),
        ("interest", "borrower", cost["interest_yuan"], "exact", ""),
    ]
    rows += [(fee.code, fee.payer, _paid(loan, product, fee), "exact", "") for fee in product.fees]
    rows += [
        ("total_cost", "borrower", cost["total_cost_yuan"], "exact", ""),
        ("apr_rate", "borrower", cost["apr_rate"], "fraction", ""),
        ("eir_rate", "borrower", cost["eir_rate"], "fraction", ""),
    ]
    return pd.DataFrame(rows, columns=["item", "case", "value", "unit", "code"])


def _months(product: Product) -> list[int]:
    longest, used = product.max_term_months, product.repayment.used_months
    if used is not None:
        return sorted({month for month in (*SHORT_MONTHS, used, longest) if month <= longest})
    if product.repayment.method == "seasonal":
        return [longest]
    return sorted({product.min_term_months, (product.min_term_months + longest) // 2, longest})


def _used(loan: Loan, months: int) -> Loan:
    return replace(loan, used_months=months) if loan.method == "revolving" else replace(loan, term_months=months)


def _borrower(loan: Loan, product: Product) -> dict:
    costs = true_cost(loan_flows(loan, fees=product.fees))
    return costs[costs["scope"] == "borrower"].iloc[0].to_dict()


def _paid(loan: Loan, product: Product, fee) -> float:
    flows = loan_flows(loan, fees=[fee])
    return float(-flows.loc[flows["kind"] == "fee", "amount_yuan"].sum())
