"""Cross-checks (交叉检验) of what an applicant says: margin, sales, receivables, stock, each from another side."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.errors import BadData, EmptyBook


def product_margins(lines: pd.DataFrame) -> pd.DataFrame:
    r"""Weigh the margins of each firm's goods by their part of sales (毛利检验).

    .. math:: m_k = 1 - \frac{cost_k}{price_k}, \qquad m = \frac{\sum_k s_k m_k}{\sum_k s_k}

    Parameters
    ----------
    lines : DataFrame
        ``customer_id, price_yuan`` (> 0), ``cost_yuan`` (>= 0), ``sales_share`` (weights >= 0, any scale). One row per
        good asked about. Not modified.

    Returns
    -------
    DataFrame
        One row per firm, by ``customer_id``: ``goods_count``, ``covered_share`` (sum of weights: under 1 not all
        goods were asked about), ``margin_share``.

    Raises
    ------
    BadData
        If a price is not above zero, a cost or a weight is negative, or one is missing.
    EmptyBook
        If the weights of a firm sum to zero.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": "C1", "price_yuan": [100.0, 50.0], "cost_yuan": [70.0, 40.0],
    ...                       "sales_share": [0.5, 0.5]})
    >>> product_margins(lines)["margin_share"].tolist()
    [0.25]
    """
    cost, weight = lines["cost_yuan"].astype("float64"), lines["sales_share"].astype("float64")
    if not ((lines["price_yuan"] > 0) & (cost >= 0) & (weight >= 0)).all():
        raise BadData("a price is not above zero, or a cost or weight is negative", fix="ask for price and cost again")
    rows = pd.DataFrame({"weight": weight, "earned": weight * (1 - cost / lines["price_yuan"])})
    found = rows.groupby(lines["customer_id"], observed=True).agg(["sum", "size"])
    if (found["weight", "sum"] == 0).any():
        raise EmptyBook("no good has a part of sales", fix="give each good its part")
    return pd.DataFrame({
        "goods_count": found["weight", "size"],
        "covered_share": found["weight", "sum"],
        "margin_share": found["earned", "sum"] / found["weight", "sum"],
    }).reset_index()  # fmt: skip


def takings_rate(
    cash_yuan: float, *, float_yuan: float, spent_yuan: float, hours_worked: float, hours_day: float
) -> float:
    r"""Reckon a day's sales from the till at the moment of the visit, :math:`(cash - float + spent) / h \cdot H`.

    Parameters
    ----------
    cash_yuan, float_yuan, spent_yuan : float
        In the till now, in it at opening, and paid out of it since.
    hours_worked, hours_day : float
        Hours since opening, breaks left out, and of a whole day; > 0.

    Returns
    -------
    float
        Yuan a day.

    Raises
    ------
    BadData
        If hours are not above zero, or more were worked than a day has.

    Notes
    -----
    One hour of one day: ask at which hours trade is strong before it becomes a month.

    Examples
    --------
    >>> takings_rate(166, float_yuan=80, spent_yuan=100, hours_worked=6, hours_day=12)
    372.0
    """
    if not 0 < hours_worked <= hours_day:
        raise BadData(f"{hours_worked} of {hours_day} hours", fix="give hours above zero, at most those of a day")
    return float((cash_yuan - float_yuan + spent_yuan) / hours_worked * hours_day)


def open_receivables(sales_yuan: pd.Series, *, credit_share: pd.Series | float, open_share: pd.Series) -> float:
    r"""Reckon what buyers must still owe, :math:`\sum_t S_t\, c_t\, o_t`: sales on credit that are not due yet.

    Parameters
    ----------
    sales_yuan : Series
        Sales of each past month. Not modified.
    credit_share : Series or float
        Part sold on credit (fraction).
    open_share : Series
        Part of each month's credit that is not yet due (fraction), aligned with `sales_yuan`.

    Returns
    -------
    float
        Yuan.

    Raises
    ------
    BadData
        If a share is outside 0 .. 1 or something is missing.

    Examples
    --------
    >>> open_receivables(pd.Series([73_500.0, 73_500.0]), credit_share=0.7, open_share=pd.Series([1.0, 0.5]))
    77175.0
    """
    shares = pd.DataFrame({"credit": credit_share, "open": open_share}, index=sales_yuan.index).astype("float64")
    if not shares.stack().between(0, 1).all() or shares.isna().any(axis=None) or sales_yuan.isna().any():
        raise BadData("a share is outside 0 to 1, or a month is missing", fix="write 70 % as 0.70")
    return float((sales_yuan * shares["credit"] * shares["open"]).sum())


def expected_stock(opening_yuan: float, *, bought_yuan: float, sold_yuan: float, margin_share: float) -> float:
    """Reckon what must lie in stock: the last count, plus purchases, less the cost of what was sold.

    Examples
    --------
    >>> expected_stock(100.0, bought_yuan=500.0, sold_yuan=600.0, margin_share=0.25)
    150.0
    """
    return float(opening_yuan + bought_yuan - sold_yuan * (1 - margin_share))


def check_statements(estimates: pd.DataFrame, *, tolerance_share: float = 0.10) -> pd.DataFrame:
    r"""Set what was stated against what each independent check found (偏差率).

    Answers "do at least two sources that know nothing of one another confirm it?"

    .. math:: d = \frac{stated - checked}{stated}

    Parameters
    ----------
    estimates : DataFrame
        One row per firm, item and check: ``customer_id, item`` (sales, margin, receivables, stock …), ``source``
        (till, power, wages, invoices, flows …), ``stated``, ``checked`` (the item's unit). Not modified.
    tolerance_share : float
        Deviation that is accepted (fraction): 0.05 strictly, at most 0.10 in practice.

    Returns
    -------
    DataFrame
        One row per firm and item, by both: ``customer_id, item, stated, checks_count, agreeing_count`` (within
        tolerance), ``deviation_share`` (median over the checks), ``lower`` (the smallest of stated and checked: what
        sizing should use when unconfirmed), ``is_confirmed`` (two checks or more agree)

    Raises
    ------
    BadData
        If something stated is not above zero, a checked value is missing or negative, one item has two stated
        values, or a source stands twice for one item (it would confirm itself).

    Examples
    --------
    >>> estimates = pd.DataFrame({"customer_id": "C1", "item": "sales", "source": ["till", "power"], "stated": 400.0,
    ...                           "checked": [372.0, 390.0]})
    >>> check_statements(estimates)[["agreeing_count", "lower", "is_confirmed"]].to_numpy().tolist()
    [[2, 372.0, True]]
    """
    keys = ["customer_id", "item"]
    if not ((estimates["stated"] > 0) & (estimates["checked"] >= 0) & np.isfinite(estimates["checked"])).all():
        raise BadData("a stated value is not above zero, or a checked one is missing", fix="leave empty checks out")
    several = estimates.groupby(keys)["stated"].nunique() > 1
    if several.any() or estimates.duplicated([*keys, "source"]).any():
        raise BadData("an item is stated twice, or one source checks it twice", fix="one statement, a row per source")
    deviation = (estimates["stated"] - estimates["checked"]) / estimates["stated"]
    rows = estimates.assign(deviation=deviation, agrees=deviation.abs() <= tolerance_share + 1e-12)
    found = rows.groupby(keys, as_index=False, observed=True).agg(
        stated=("stated", "first"), checks_count=("source", "size"), agreeing_count=("agrees", "sum"),
        deviation_share=("deviation", "median"), lower=("checked", "min"),
    )  # fmt: skip
    lower = found[["stated", "lower"]].min(axis="columns")
    return found.assign(lower=lower, is_confirmed=found["agreeing_count"] >= 2)
