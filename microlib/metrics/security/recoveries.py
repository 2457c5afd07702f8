"""What a sale would bring (处置回收) and what is lost (LGD), by haircut, cost and time; realised over appraised."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from microlib.errors import BadData, EmptyBook
from microlib.units import MONTHS_PER_YEAR


def recovery(
    claims: pd.DataFrame, *, fall_share: float, cost_share: float, months: float, yearly_rate: float
) -> pd.DataFrame:
    r"""Reckon what each claim gets back from its collateral, in today's money, and what is lost.

    Answers "if we must sell: how much comes back, and when?"

    .. math:: R = \frac{V (1 - f)(1 - c)}{(1 + r)^{n/12}}, \qquad LGD = \max\Big(0, 1 - \frac{R}{B}\Big)

    Parameters
    ----------
    claims : DataFrame
        ``balance_yuan`` (> 0), ``value_yuan`` (its part of the appraised value, >= 0). Not modified.
    fall_share : float
        f, fall from the appraisal to the sale (fraction).
    cost_share : float
        c, court, tax, agent and prior claims, part of the price (fraction).
    months : float
        n, from default to money.
    yearly_rate : float
        r at which waiting costs, compound.

    Returns
    -------
    DataFrame
        Index of `claims`: ``proceeds_yuan`` (price after cost, when it comes), ``recovery_yuan`` (today; not capped by
        the claim: what is above belongs to the owner), ``recovery_share`` (of the claim, at most 1), ``lgd_share``

    Raises
    ------
    BadData
        If a balance is not above zero, a value is missing or negative, or a parameter is out of range.

    Notes
    -----
    Price falls and defaults come together: the haircut of bad times belongs here, not that of an ordinary year.

    References
    ----------
    .. [1] Answer key of the course: LTV 70, fall 20 %, cost 12 %, 18 months at 4.35 %: LGD 5.65 %; fall 30 %: 17.44 %.

    Examples
    --------
    >>> claims = pd.DataFrame({"balance_yuan": [140.0], "value_yuan": [200.0]})
    >>> found = recovery(claims, fall_share=0.2, cost_share=0.12, months=18, yearly_rate=0.0435)
    >>> found[["recovery_yuan", "lgd_share"]].round(4).iloc[0].tolist()
    [132.0882, 0.0565]
    """
    if not (0 <= fall_share < 1 and 0 <= cost_share < 1 and months >= 0 and yearly_rate >= 0):
        raise BadData("a fall, cost, time or rate is out of range", fix="write 20 % as 0.20, and months of 0 or more")
    if not ((claims["balance_yuan"] > 0) & (claims["value_yuan"] >= 0)).all():
        raise BadData("a balance is not above zero, or a value is missing or negative", fix="keep live secured loans")
    proceeds = claims["value_yuan"].astype("float64") * (1 - fall_share) * (1 - cost_share)
    today = proceeds / (1 + yearly_rate) ** (months / MONTHS_PER_YEAR)
    share = (today / claims["balance_yuan"]).clip(upper=1.0)
    return pd.DataFrame({
        "proceeds_yuan": proceeds, "recovery_yuan": today, "recovery_share": share, "lgd_share": 1.0 - share
    })  # fmt: skip


def realised_values(
    sales: pd.DataFrame, *, within: str | list[str] | None = "kind", level: float = 0.95
) -> pd.DataFrame:
    r"""Compare what sold collateral brought with what it had been appraised at (变现率).

    Answers "by how much should an appraisal of this kind be cut, by our own experience?"

    .. math:: r = \frac{\sum_i P_i}{\sum_i V_i}, \qquad r \pm t_{n-1}\, s, \quad
        s^2 = \frac{n}{n - 1} \frac{\sum_i (P_i - r V_i)^2}{(\sum_i V_i)^2}

    Parameters
    ----------
    sales : DataFrame
        One row per item sold: ``value_yuan`` (appraised, > 0), ``realised_yuan`` (price after cost, >= 0) and the
        columns of `within`. Not modified.
    within : str, list of str or None
        Groups; None for all items.
    level : float
        Two-sided confidence.

    Returns
    -------
    DataFrame
        One row per group, ascending: ``items_count, value_yuan, realised_yuan, realised_share, realised_low,
        realised_high`` (range missing for a single item; never below zero), ``lowest_share`` (of one item)

    Raises
    ------
    EmptyBook
        If nothing was sold.
    BadData
        If an appraisal is not above zero or a price is missing or negative.

    Notes
    -----
    What sold is not what is still unsold: the hard items come last, so an early average flatters. Under about ten
    items the range rests on the normal shape of prices.

    Examples
    --------
    >>> sales = pd.DataFrame({"kind": "home", "value_yuan": [100.0, 100.0], "realised_yuan": [70.0, 80.0]})
    >>> realised_values(sales)[["realised_share", "items_count"]].values.tolist()
    [[0.75, 2.0]]
    """
    if sales.empty:
        raise EmptyBook("nothing was sold yet", where="sales", fix="take the haircuts of policy")
    if not ((sales["value_yuan"] > 0) & (sales["realised_yuan"] >= 0) & np.isfinite(sales["realised_yuan"])).all():
        raise BadData("an appraisal is not above zero, or a price is missing or negative", fix="complete the sales")
    names = [within] if isinstance(within, str) else list(within or [])
    groups = sales.groupby(names, observed=True) if names else [((), sales)]
    rows = [dict(zip(names, key, strict=True)) | _ratio(group, level) for key, group in groups]
    return pd.DataFrame(rows)


def _ratio(group: pd.DataFrame, level: float) -> dict[str, float]:
    value, price = group["value_yuan"].to_numpy(float), group["realised_yuan"].to_numpy(float)
    count, share = len(value), price.sum() / value.sum()
    rest = float(((price - share * value) ** 2).sum()) / value.sum() ** 2
    reach = stdtrit(count - 1, (1 + level) / 2) * np.sqrt(rest * count / (count - 1)) if count > 1 else np.nan
    return {
        "items_count": count, "value_yuan": value.sum(), "realised_yuan": price.sum(), "realised_share": share,
        "realised_low": max(0.0, share - reach) if count > 1 else np.nan, "realised_high": share + reach,
        "lowest_share": (price / value).min(),
    }  # fmt: skip
