"""A narrower range by what was known before: the part of the outcome that history explains is taken out (CUPED)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri


def adjusted_difference(
    values: pd.Series, history: pd.Series, is_treated: pd.Series, *, level: float = 0.95
) -> pd.DataFrame:
    r"""Compare two arms after taking out what a trait from before the launch explains (CUPED).

    .. math:: \theta = \mathrm{cov}(X, Y)/\mathrm{var}(X), \quad Y^* = Y - \theta(X - \bar X)

    The variance falls to :math:`1 - \rho^2` of what it was. Only a trait from before the launch may be used.

    Parameters
    ----------
    values : Series
        Outcome of each member, 0/1 or any number. Not modified.
    history : Series
        The trait from before; the same index.
    is_treated : Series
        Flag; the same index.
    level : float
        Two-sided confidence of the normal range (Welch's standard error).

    Returns
    -------
    DataFrame
        One row: ``theta_ratio, raw_difference, adjusted_difference, adjusted_low, adjusted_high``,
        ``variance_ratio`` (1 - squared correlation), ``members_count``. Theta is 0 where the trait does not vary.

    References
    ----------
    .. [1] Deng, A., Xu, Y., Kohavi, R., Walker, T. (2013). WSDM '13, 123-132.

    Examples
    --------
    >>> x = pd.Series([10, 12, 8, 15, 9, 11, 14, 7, 13, 10])
    >>> y = pd.Series([11, 14, 9, 17, 10, 13, 17, 9, 15, 12])
    >>> adjusted_difference(y, x, pd.Series([False] * 5 + [True] * 5)).adjusted_difference.round(6).item()
    0.7711
    """
    y, x, treated = values.to_numpy(dtype=float), history.to_numpy(dtype=float), is_treated.to_numpy(dtype=bool)
    spread = np.var(x, ddof=1)
    theta = float(np.cov(x, y)[0, 1] / spread) if spread > 0 else 0.0
    rest = y - theta * (x - x.mean())
    one, two = rest[treated], rest[~treated]
    gap = float(one.mean() - two.mean())
    reach = float(ndtri((1 + level) / 2) * np.sqrt(one.var(ddof=1) / len(one) + two.var(ddof=1) / len(two)))
    whole = np.var(y, ddof=1)
    return pd.DataFrame([{
        "theta_ratio": theta, "raw_difference": float(y[treated].mean() - y[~treated].mean()),
        "adjusted_difference": gap, "adjusted_low": gap - reach, "adjusted_high": gap + reach,
        "variance_ratio": float(np.var(rest, ddof=1) / whole) if whole > 0 else 1.0, "members_count": len(y),
    }])  # fmt: skip


def adjusted_effects(history: pd.DataFrame, *, trait: str = "past_loans_count", level: float = 0.95) -> pd.DataFrame:
    """Adjust the lift of every campaign with two arms by one trait of its members' history.

    Parameters
    ----------
    history : DataFrame
        Of `balances.member_history`. Not modified.
    trait : str
        Column known before the launch; members without it are left out.

    Returns
    -------
    DataFrame
        One row per campaign with at least two members in each arm: ``campaign_id, trait`` and the columns of
        `adjusted_difference`.

    Examples
    --------
    >>> rows = pd.DataFrame({"campaign_id": "M", "arm": ["treated", "control"] * 2, "past_loans_count": [0, 0, 1, 1],
    ...                      "has_borrowed": [True, False, True, False]})
    >>> adjusted_effects(rows).adjusted_difference.item()
    1.0
    """
    rows = []
    for campaign, part in history.dropna(subset=[trait]).groupby("campaign_id", sort=False):
        treated = part["arm"].eq("treated")
        if min(treated.sum(), (~treated).sum()) >= 2:
            found = adjusted_difference(part["has_borrowed"].astype(float), part[trait], treated, level=level)
            rows.append(found.assign(campaign_id=campaign, trait=trait))
    columns = ["campaign_id", "trait", "theta_ratio", "raw_difference", "adjusted_difference", "adjusted_low",
               "adjusted_high", "variance_ratio", "members_count"]  # fmt: skip
    return pd.concat(rows, ignore_index=True)[columns] if rows else pd.DataFrame(columns=columns)
