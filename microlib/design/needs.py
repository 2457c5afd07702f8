"""How much money a business needs: the working-capital formula (流动资金需求量) and the short methods beside it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.errors import BadData
from microlib.units import DAYS_PER_BANK_YEAR

DAYS = ("inventory_days", "receivable_days", "prepaid_days")
LESS_DAYS = ("payable_days", "advance_days")
FUNDED = ("own_yuan", "loans_yuan", "other_yuan")


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
        ``is_negative_cycle``: suppliers and buyers already fund the firm, the need is 0

    Raises
    ------
    BadData
        If a column of the formula is absent, or sales are negative.

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
    spent = firms["sales_yuan"] * (1 - firms["margin_share"]) * (1 + firms["growth_share"])
    working = spent * days / DAYS_PER_BANK_YEAR
    need = (working - firms[list(FUNDED)].sum(axis="columns", skipna=False)).clip(lower=0)
    return pd.DataFrame({
        "cycle_days": days,
        "turns_count": (DAYS_PER_BANK_YEAR / days).where(days > 0),
        "working_capital_yuan": working,
        "need_yuan": need,
        "is_negative_cycle": days < 0,
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


def turnover_need(turnover_yuan: pd.Series, *, need_share: float = 0.25, own_share: float = 0.05) -> pd.DataFrame:
    """Size a line as a share of yearly turnover, the owner bringing part (the Nayak method at its defaults).

    Returns
    -------
    DataFrame
        ``requirement_yuan``, ``own_yuan``, ``need_yuan`` (what is left to the bank, >= 0).

    Examples
    --------
    >>> turnover_need(pd.Series([100_000.0])).iloc[0].to_list()
    [25000.0, 5000.0, 20000.0]
    """
    requirement, own = turnover_yuan * need_share, turnover_yuan * own_share
    return pd.DataFrame({
        "requirement_yuan": requirement, "own_yuan": own, "need_yuan": (requirement - own).clip(lower=0)
    })  # fmt: skip


def tax_multiple(taxes: pd.DataFrame, *, vat_multiple: float = 7.0, income_multiple: float = 9.0) -> pd.Series:
    """Size a line as multiples of the taxes paid in a year (税贷).

    Examples
    --------
    >>> float(tax_multiple(pd.DataFrame({"vat_yuan": [10.0], "income_tax_yuan": [5.0]})).iloc[0])
    115.0
    """
    return taxes["vat_yuan"] * vat_multiple + taxes["income_tax_yuan"] * income_multiple


def budget_loan(budget_yuan: pd.Series, *, own_share: float) -> pd.Series:
    """Size a renovation or fixed-asset loan as the verified budget less the owner's own part.

    Examples
    --------
    >>> float(budget_loan(pd.Series([1_200_000.0]), own_share=0.30).iloc[0])
    840000.0
    """
    return budget_yuan * (1 - own_share)


def product_need(applicants: pd.DataFrame, *, product) -> pd.Series:
    """Size each applicant's need by the product's own method; missing where its evidence is.

    Parameters
    ----------
    applicants : DataFrame
        ``turnover_yuan``, ``receivable_yuan``, ``kept_yuan`` of `applicants.applicant_frame`. Not modified.
    product : Product
        Its ``size`` rule: ``working_capital`` (the formula at the trade's cycle), ``sales_share`` or ``receivables``.

    Returns
    -------
    Series
        Yuan, >= 0, index of `applicants`. Own loans that the line does not replace are taken off.
    """
    rule, turnover = product.size, applicants["turnover_yuan"].astype("float64")
    if rule.method == "receivables":
        need = applicants["receivable_yuan"] * float(rule.advance_share)
    elif rule.method == "sales_share":
        need = turnover * float(rule.sales_share)
    else:
        spent = turnover * (1 - float(rule.margin_share)) * (1 + float(rule.growth_share))
        need = spent * rule.cycle_days / DAYS_PER_BANK_YEAR * (1 - float(rule.own_share))
    return (need - applicants["kept_yuan"]).clip(lower=0).replace([np.inf, -np.inf], np.nan)
