"""How much money is tied up in a business: the supervisors' working-capital formula (流动资金需求量)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.errors import BadData
from microlib.units import DAYS_PER_BANK_YEAR

DAYS = ("inventory_days", "receivable_days", "prepaid_days")
LESS_DAYS = ("payable_days", "advance_days")
FUNDED = ("own_yuan", "loans_yuan", "other_yuan")
Values = pd.Series | float


def working_capital(sales_yuan: Values, *, margin_share: Values, growth_share: Values, cycle_days: Values) -> Values:
    r"""Return the money tied up over one cash cycle, :math:`S (1 - m)(1 + g)\, D / 360`.

    Parameters
    ----------
    sales_yuan : Series or float
        A year's. Not modified.
    margin_share, growth_share : Series or float
        Fractions: profit in sales, growth expected.
    cycle_days : Series or float
        From paying for goods to being paid; negative where others fund the firm.

    Returns
    -------
    Series or float
        Yuan; negative with a negative cycle.

    Examples
    --------
    >>> round(working_capital(25_000.0, margin_share=0.18, growth_share=0.2, cycle_days=295), 4)
    20158.3333
    """
    return sales_yuan * (1 - margin_share) * (1 + growth_share) * cycle_days / DAYS_PER_BANK_YEAR


def working_capital_need(firms: pd.DataFrame) -> pd.DataFrame:
    r"""Reckon working capital and the new loan it leaves room for, by the supervisors' formula.

    Answers "how much money is tied up between paying for goods and being paid, and who funds it already?"

    .. math::

        W = \frac{S (1 - m)(1 + g)}{T}, \qquad T = \frac{360}{D_{inv} + D_{ar} - D_{ap} + D_{pre} - D_{adv}},
        \qquad L = \max(0,\; W - own - loans - other)

    Parameters
    ----------
    firms : DataFrame
        ``sales_yuan`` (a year, >= 0), ``margin_share``, ``growth_share``, ``own_yuan``, ``loans_yuan``,
        ``other_yuan``; days ``inventory_days``, ``receivable_days``, ``payable_days``, ``prepaid_days``,
        ``advance_days``, of which absent columns count 0. Not modified.

    Returns
    -------
    DataFrame
        Index of `firms`: ``cycle_days``, ``turns_count`` (a year; missing where the cycle is not positive),
        ``working_capital_yuan`` (may be negative), ``need_yuan`` (>= 0; missing where an input is),
        ``is_negative_cycle``: suppliers and buyers already fund the firm, the need is 0, and ``reason`` says so
        (``negative_cash_cycle``, else empty)

    Raises
    ------
    BadData
        If a column of the formula is absent, or sales are negative.

    Notes
    -----
    Keep the turnover count in full: rounded to two decimals it moves the printed answer of the examination question
    from 6,958.33 to 6,963. The days of a firm whose stock or buyers are seasonal hold for its season only.

    References
    ----------
    .. [1] Annex of the 2010 rules on working-capital loans, worked examples TV-A1 to TV-A3 of the reference.

    Examples
    --------
    >>> firm = pd.DataFrame({"sales_yuan": [12e6], "margin_share": [0.12], "growth_share": [0.1],
    ...     "inventory_days": [92], "own_yuan": [9e5], "loans_yuan": [6e5], "other_yuan": [2e5]})
    >>> working_capital_need(firm)[["working_capital_yuan", "need_yuan"]].round(0).iloc[0].to_list()
    [2968533.0, 1268533.0]
    """
    wanted = ["sales_yuan", "margin_share", "growth_share", *FUNDED]
    absent = [name for name in wanted if name not in firms]
    if absent or (firms["sales_yuan"] < 0).any():
        what = f"no column {', '.join(absent)}" if absent else "sales are negative"
        raise BadData(what, where="firms", fix="give every input of the formula; unknown values stay missing")
    days = sum(firms.get(name, 0) for name in DAYS) - sum(firms.get(name, 0) for name in LESS_DAYS)
    days = pd.Series(days, index=firms.index, dtype="float64")
    shares = {name: firms[name] for name in ("margin_share", "growth_share")}
    working = working_capital(firms["sales_yuan"], **shares, cycle_days=days)
    need = (working - firms[list(FUNDED)].sum(axis="columns", skipna=False)).clip(lower=0)
    return pd.DataFrame({
        "cycle_days": days,
        "turns_count": (DAYS_PER_BANK_YEAR / days).where(days > 0),
        "working_capital_yuan": working,
        "need_yuan": need,
        "is_negative_cycle": days < 0,
        "reason": np.where(days < 0, "negative_cash_cycle", ""),
    })  # fmt: skip


def turnover_days(balances: pd.DataFrame) -> pd.DataFrame:
    r"""Turn balance-sheet items into the days of the working-capital formula.

    .. math:: D_{ar} = 360 \frac{(ar_0 + ar_1)/2}{S}, \quad D_{inv} = 360 \frac{(inv_0 + inv_1)/2}{C}

    Advances received stand over sales :math:`S`; stock, prepayments and payables over cost of sales :math:`C`.

    Parameters
    ----------
    balances : DataFrame
        ``sales_yuan``, ``cost_yuan`` (> 0) and, at the start and end of the year, ``inventory``, ``receivable``,
        ``payable``, ``prepaid``, ``advance`` with ``_start_yuan`` and ``_end_yuan``. Not modified.

    Returns
    -------
    DataFrame
        Index of `balances`; ``<item>_days``.

    Raises
    ------
    BadData
        If sales or cost are not positive.

    Examples
    --------
    >>> year = {f"{item}_{end}_yuan": [90.0] for item in ("inventory", "receivable", "payable", "prepaid", "advance")
    ...         for end in ("start", "end")}
    >>> turnover_days(pd.DataFrame({"sales_yuan": [720.0], "cost_yuan": [360.0]} | year)).iloc[0].to_dict()
    {'inventory_days': 90.0, 'receivable_days': 45.0, 'payable_days': 90.0, 'prepaid_days': 90.0, 'advance_days': 45.0}
    """
    if not ((balances["sales_yuan"] > 0) & (balances["cost_yuan"] > 0)).all():
        raise BadData(
            "sales and cost of sales must be positive", where="balances", fix="size from the transaction instead"
        )
    bases = {name: "sales_yuan" if name in ("receivable", "advance") else "cost_yuan"
             for name in ("inventory", "receivable", "payable", "prepaid", "advance")}  # fmt: skip
    return pd.DataFrame({
        f"{name}_days": DAYS_PER_BANK_YEAR
        * (balances[f"{name}_start_yuan"] + balances[f"{name}_end_yuan"]) / 2 / balances[base]
        for name, base in bases.items()
    })  # fmt: skip
