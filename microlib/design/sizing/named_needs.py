"""The named methods of need (测算方法), each on the evidence it asks for; what is missing leaves the need missing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from microlib.contracts.need_rules import NeedRule
from microlib.contracts.products import Product
from microlib.design.needs import budget_loan, tax_multiple
from microlib.metrics.capacity.working_capital import working_capital

#: columns that each method asks of the applicants
ASKED = {
    "working_capital": ("turnover_yuan",),
    "sales_share": ("turnover_yuan",),
    "receivables": ("receivable_yuan",),
    "tax_multiple": ("vat_yuan", "income_tax_yuan"),
    "pos_multiple": ("pos_month_yuan",),
    "orders": ("order_yuan", "order_paid_share", "order_cost_yuan"),
    "budget": ("budget_yuan",),
}


def product_need(applicants: pd.DataFrame, *, product: Product) -> pd.Series:
    """Size each applicant's need by the product's own method; missing where its evidence is.

    Parameters
    ----------
    applicants : DataFrame
        ``kept_yuan`` and the columns that the method asks for (`ASKED`); an absent column is missing evidence. Not
        modified.
    product : Product
        Its ``size`` rule: ``working_capital`` (the formula at the trade's cycle), ``sales_share``, ``receivables``,
        ``tax_multiple``, ``pos_multiple``, ``orders`` or ``budget`` (renovation and fixed assets, less own funds).

    Returns
    -------
    Series
        Yuan, >= 0, index of `applicants`. Own loans that the line does not replace are taken off.

    Examples
    --------
    See ``tests/design/sizing/test_named_needs.py``.
    """
    rule = product.size
    known = {name: _column(applicants, name) for name in ASKED[rule.method]}
    need = METHODS[rule.method](pd.DataFrame(known, index=applicants.index), rule)
    return (need - applicants["kept_yuan"]).clip(lower=0).replace([np.inf, -np.inf], np.nan)


def order_loan(orders: pd.DataFrame, *, advance_share: float) -> pd.Series:
    r"""Size a loan on a confirmed order (订单融资): what is not paid in advance, in part, never beyond what it costs.

    .. math:: L = \min\left(a\, O (1 - p),\; K\right)

    with :math:`O` the order, :math:`p` the part paid in advance, :math:`a` the advance and :math:`K` what completing
    it still costs.

    Parameters
    ----------
    orders : DataFrame
        ``order_yuan``, ``order_paid_share``, ``order_cost_yuan``. Not modified.

    Examples
    --------
    >>> order = pd.DataFrame({"order_yuan": [1e6], "order_paid_share": [0.2], "order_cost_yuan": [7e5]})
    >>> order_loan(order, advance_share=0.7).item(), order_loan(order, advance_share=0.95).item()
    (560000.0, 700000.0)
    """
    lent = orders["order_yuan"] * (1 - orders["order_paid_share"]) * advance_share
    return np.minimum(lent, orders["order_cost_yuan"])


def _column(applicants: pd.DataFrame, name: str) -> pd.Series:
    if name not in applicants:
        return pd.Series(np.nan, index=applicants.index)
    return applicants[name].astype("float64")


def _working_capital(known: pd.DataFrame, rule: NeedRule) -> pd.Series:
    shares = {"margin_share": float(rule.margin_share), "growth_share": float(rule.growth_share)}
    return working_capital(known["turnover_yuan"], **shares, cycle_days=rule.cycle_days) * (1 - float(rule.own_share))


def _taxes(known: pd.DataFrame, rule: NeedRule) -> pd.Series:
    return tax_multiple(known, vat_multiple=float(rule.vat_multiple), income_multiple=float(rule.income_multiple))


METHODS: dict[str, Callable[[pd.DataFrame, NeedRule], pd.Series]] = {
    "working_capital": _working_capital,
    "sales_share": lambda known, rule: known["turnover_yuan"] * float(rule.sales_share),
    "receivables": lambda known, rule: known["receivable_yuan"] * float(rule.advance_share),
    "tax_multiple": _taxes,
    "pos_multiple": lambda known, rule: known["pos_month_yuan"] * float(rule.pos_multiple),
    "orders": lambda known, rule: order_loan(known, advance_share=float(rule.advance_share)),
    "budget": lambda known, rule: budget_loan(known["budget_yuan"], own_share=float(rule.own_share)),
}
