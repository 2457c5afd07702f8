"""What a household has left each month (月可支配资金), and the loan that a part of it repays."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.errors import BadData
from microlib.metrics.capacity.annuities import loan_capacity

EARNED = ("profit_month_yuan", "other_income_month_yuan")
SPENT = ("family_month_yuan", "tax_month_yuan", "debt_month_yuan")


def disposable_income(households: pd.DataFrame) -> pd.Series:
    r"""Return what is left a month when business, family, tax and other lenders are paid.

    .. math:: F = profit + other\ income - family - tax - instalments\ elsewhere

    Parameters
    ----------
    households : DataFrame
        ``profit_month_yuan`` and ``family_month_yuan`` (a household always spends), and, where there are any,
        ``other_income_month_yuan, tax_month_yuan, debt_month_yuan`` (absent columns count 0). Not modified.

    Returns
    -------
    Series
        ``disposable_month_yuan``, may be negative; missing where a given value is.

    Raises
    ------
    BadData
        If profit or family spending is absent, or a spending is negative.

    Examples
    --------
    >>> disposable_income(pd.DataFrame({"profit_month_yuan": [20_000.0], "family_month_yuan": [8_000.0]})).tolist()
    [12000.0]
    """
    absent = [name for name in ("profit_month_yuan", "family_month_yuan") if name not in households]
    spent = [name for name in SPENT if name in households]
    if absent or (households[spent] < 0).any(axis=None):
        what = f"no column {', '.join(absent)}" if absent else "a spending is negative"
        raise BadData(what, where="households", fix="give what the family lives on as a positive amount")
    earned = [name for name in EARNED if name in households]
    left = households[earned].sum(axis="columns", skipna=False) - households[spent].sum(axis="columns", skipna=False)
    return left.astype("float64").rename("disposable_month_yuan")


def disposable_capacity(
    disposable_month_yuan: pd.Series, *, service_share: float, yearly_rate: float, months: int
) -> pd.DataFrame:
    r"""Size the loan whose instalment is at most a part of what is left.

    .. math:: A = r \max(0, F), \qquad L = A\,\frac{1 - (1 + i)^{-n}}{i}

    Parameters
    ----------
    disposable_month_yuan : Series
        Of `disposable_income`. Not modified.
    service_share : float
        r, practice 0.5 to 0.7 (fraction).
    yearly_rate : float
    months : int

    Returns
    -------
    DataFrame
        Index of the series: ``payment_cap_yuan`` (a month), ``capacity_yuan``; missing where the income is.

    Raises
    ------
    BadData
        If the share is not in 0 .. 1.

    Examples
    --------
    >>> disposable_capacity(pd.Series([12_000.0]), service_share=0.7, yearly_rate=0.084, months=36).round(2).values
    array([[  8400.  , 266487.14]])
    """
    if not 0 < service_share <= 1:
        raise BadData(f"a share of {service_share} cannot go to debt service", fix="write 70 % as 0.70")
    cap = np.maximum(disposable_month_yuan, 0.0) * service_share
    worth = loan_capacity(cap, yearly_rate=yearly_rate, months=months)
    return pd.DataFrame({"payment_cap_yuan": cap, "capacity_yuan": worth})
