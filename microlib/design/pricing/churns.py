"""Prices that know that customers leave: churn by rate made monotone, and the rate that leaves most (流失率定价)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import isotonic_regression

from microlib.errors import BadData

COLUMNS = ("grade", "yearly_rate", "churn_share")


def smooth_churn(churns: pd.DataFrame) -> pd.DataFrame:
    r"""Make churn rise, or stay, with the rate: the nearest monotone curve to each grade's table (isotonic).

    Answers "how many would leave at this rate?" A table counted from people dips by chance; a price that sits in a dip
    is an artefact.

    .. math:: \hat c = \arg\min_{c_1 \le c_2 \le \dots} \sum_k (c_k - y_k)^2

    Parameters
    ----------
    churns : DataFrame
        ``grade``, ``yearly_rate``, ``churn_share`` (both fractions), one row per grade and rate. Not modified.

    Returns
    -------
    DataFrame
        By ``grade`` and ``yearly_rate``: ``churn_share`` (monotone), ``observed_share`` (as given),
        ``moved_share`` (the difference)

    Raises
    ------
    BadData
        If a column is absent, a share lies outside 0 to 1, or a grade has one rate twice.

    Examples
    --------
    >>> table = pd.DataFrame({"grade": "A", "yearly_rate": [0.04, 0.05, 0.06], "churn_share": [0.0, 0.4, 0.2]})
    >>> smooth_churn(table).churn_share.round(2).to_list()
    [0.0, 0.3, 0.3]
    """
    _check(churns)
    rows = churns.sort_values(["grade", "yearly_rate"], ignore_index=True)
    fitted = rows.groupby("grade")["churn_share"].transform(lambda seen: isotonic_regression(seen.to_numpy()).x)
    observed = rows["churn_share"]
    found = rows[["grade", "yearly_rate"]].assign(churn_share=fitted, observed_share=observed)
    return found.assign(moved_share=fitted - observed)


def priced_rates(churns: pd.DataFrame, *, default_rates: pd.DataFrame, cost_rate: float = 0.0) -> pd.DataFrame:
    r"""Reckon the expected yearly profit of a yuan offered, at every rate of a churn table.

    .. math:: \pi_g(r) = \left(1 - c_g(r)\right) \left((1 - p_g) r - p_g \ell_g - k\right)

    with :math:`c` churn, :math:`p` the default rate, :math:`\ell` the loss given default and :math:`k` funds and opex.

    Parameters
    ----------
    churns : DataFrame
        ``grade, yearly_rate, churn_share``, e.g. of `smooth_churn`. Not modified.
    default_rates : DataFrame
        ``grade``, ``pd_rate``, and ``lgd_share`` (1 where the column is absent). Not modified.
    cost_rate : float
        Funds, opex and capital, fraction of the balance a year.

    Returns
    -------
    DataFrame
        One row per grade and rate: ``grade, yearly_rate, churn_share, pd_rate, lgd_share, margin_rate`` (of a loan
        taken), ``profit_rate`` (of a loan offered)

    Raises
    ------
    BadData
        If a grade has no default rate.
    """
    _check(churns)
    rows = churns[list(COLUMNS)].sort_values(["grade", "yearly_rate"], ignore_index=True)
    rates = default_rates.set_index("grade")
    pd_rate = rows["grade"].map(rates["pd_rate"]).astype("float64")
    if pd_rate.isna().any():
        missing = ", ".join(sorted(rows.loc[pd_rate.isna(), "grade"].astype("str").unique()))
        raise BadData(f"no default rate for grade {missing}", where="default_rates", fix="give every grade its rate")
    lgd = (
        rows["grade"].map(rates["lgd_share"]).astype("float64") if "lgd_share" in rates else pd.Series(1.0, rows.index)
    )
    margin = (1 - pd_rate) * rows["yearly_rate"] - pd_rate * lgd - cost_rate
    return rows.assign(
        pd_rate=pd_rate, lgd_share=lgd, margin_rate=margin, profit_rate=(1 - rows["churn_share"]) * margin
    )


def best_rates(
    churns: pd.DataFrame,
    *,
    default_rates: pd.DataFrame,
    cost_rate: float = 0.0,
    low_rate: float = 0.0,
    high_rate: float = 1.0,
) -> pd.DataFrame:
    """Choose, for each grade, the rate of the table that leaves the most expected profit.

    Answers "which rate pays best, once those who would leave at it are gone?"

    Parameters
    ----------
    churns, default_rates, cost_rate
        As for `priced_rates`. No frame is modified.
    low_rate, high_rate : float
        The corridor; rates outside it are not considered.

    Returns
    -------
    DataFrame
        One row per grade

        - ``grade, yearly_rate, churn_share, pd_rate, lgd_share, margin_rate, profit_rate`` at the best rate; of two
          equally good the lower
        - ``near_low_rate, near_high_rate``: rates whose profit is within 5 percent of the best: the table cannot tell
          them apart
        - ``bound_by``: ``profit`` (an inner best), ``low_end`` or ``high_end`` of the rates looked at
        - ``is_lent``: the best profit is positive; else nobody should be offered a loan at these rates

    Raises
    ------
    BadData
        If no rate lies in the corridor, or a grade has no default rate.

    Examples
    --------
    >>> rates = np.linspace(0.04, 0.15, 111)
    >>> table = pd.DataFrame({"grade": "A", "yearly_rate": rates, "churn_share": (rates - 0.04) / 0.11})
    >>> best = best_rates(table, default_rates=pd.DataFrame({"grade": ["A"], "pd_rate": [0.0]}), cost_rate=0.02)
    >>> round(best.yearly_rate.item(), 3)
    0.085
    """
    inside = churns[churns["yearly_rate"].between(low_rate - 1e-12, high_rate + 1e-12)]
    if inside.empty:
        what = f"no rate of the table lies between {low_rate:.4f} and {high_rate:.4f}"
        raise BadData(what, where="churns", fix="widen the corridor, or ask for churn at such rates")
    priced = priced_rates(inside, default_rates=default_rates, cost_rate=cost_rate)
    best = priced.loc[priced.groupby("grade")["profit_rate"].idxmax()].reset_index(drop=True)
    peak = priced["grade"].map(best.set_index("grade")["profit_rate"])
    near = priced[priced["profit_rate"] >= peak - 0.05 * peak.abs()].groupby("grade")["yearly_rate"]
    ends = priced.groupby("grade")["yearly_rate"]
    keys = best["grade"]
    at_end = [best["yearly_rate"] == keys.map(ends.min()), best["yearly_rate"] == keys.map(ends.max())]
    return best.assign(
        near_low_rate=keys.map(near.min()),
        near_high_rate=keys.map(near.max()),
        bound_by=np.select(at_end, ["low_end", "high_end"], "profit"),
        is_lent=best["profit_rate"] > 0,
    )


def _check(churns: pd.DataFrame) -> None:
    absent = [name for name in COLUMNS if name not in churns]
    if absent:
        raise BadData(f"no column {', '.join(absent)}", where="churns", fix="give grade, yearly_rate and churn_share")
    if not (churns["churn_share"].between(0, 1) & churns["yearly_rate"].between(0, 1)).all():
        raise BadData(
            "a rate or churn is outside 0 to 1", where="churns", fix="write fractions: 0.0465 is 4.65 percent"
        )
    if churns.duplicated(["grade", "yearly_rate"]).any():
        raise BadData("a grade has one rate twice", where="churns", fix="keep one row per grade and rate")
