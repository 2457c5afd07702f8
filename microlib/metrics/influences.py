"""How sure a cumulative share is: Greenwood's variance with amounts as weights, for many cohorts at once."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from microlib.metrics.intervals import rate_interval


def weighted_variance(
    squares: tuple[np.ndarray, np.ndarray, np.ndarray], at_risk: np.ndarray, *, bad: np.ndarray, other: np.ndarray
) -> np.ndarray:
    r"""Variance of a cumulative incidence at every month, from each loan's squared influence.

    With hazards :math:`h` (bad) and :math:`g` (other exits) of month :math:`s`, :math:`S` what is alive before it and
    :math:`c = (F_t - F_s)/(1 - h - g)`, the share of month :math:`t` moves by :math:`S - c` for a unit more of
    :math:`h` and by :math:`-c` for one of :math:`g`. Each loan at risk enters both with its amount; in squares:

    .. math::

        V_t = \sum_{s \le t} \frac{1}{Y_s^2}\left[(S - c - m)^2 Q^{bad}_s + (c + m)^2 Q^{other}_s
        + m^2 (Q_s - Q^{bad}_s - Q^{other}_s)\right], \quad m = (S - c) h - c g

    where :math:`Q` are sums of squared amounts. With equal amounts and no other exit it is Greenwood's.

    Parameters
    ----------
    squares : tuple of ndarray
        Sums of squared amounts at risk, going bad, leaving otherwise; cohorts x months.
    at_risk : ndarray
        Amounts at risk, > 0.
    bad, other : ndarray
        Hazards.

    Returns
    -------
    ndarray
        Variance, cohorts x months.

    Examples
    --------
    >>> ones = np.array([[10.0, 9.0]])
    >>> bad = np.array([[1.0, 1.0]])
    >>> weighted_variance((ones, bad, 0 * bad), ones, bad=bad / ones, other=0 * bad).round(4).tolist()
    [[0.009, 0.016]]
    """
    whole, hit, left = squares
    survival = np.cumprod(1.0 - bad - other, axis=1)
    alive = np.concatenate([np.ones((len(bad), 1)), survival[:, :-1]], axis=1)
    share = np.cumsum(alive * bad, axis=1)
    stays = 1.0 - bad - other
    factor = np.where(stays > 1e-12, 1.0 / np.where(stays > 1e-12, stays, 1.0), 0.0)
    # every bracket is linear in F_t: constant + slope * F_t
    lost = (-share * factor, factor)
    kept = (alive - lost[0], -lost[1])
    mean = tuple(one * bad - two * other for one, two in zip(kept, lost, strict=True))
    terms = [
        (tuple(one - two for one, two in zip(kept, mean, strict=True)), hit),
        (tuple(one + two for one, two in zip(lost, mean, strict=True)), left),
        (mean, np.maximum(whole - hit - left, 0.0)),
    ]
    sums = [np.zeros_like(share) for _ in range(3)]
    for (constant, slope), weight in terms:
        scaled = weight / at_risk**2
        for place, value in enumerate((constant**2, 2.0 * constant * slope, slope**2)):
            sums[place] = sums[place] + value * scaled
    flat, linear, squared = (np.cumsum(value, axis=1) for value in sums)
    return np.maximum(flat + linear * share + squared * share**2, 0.0)


def share_limits(
    share: np.ndarray, variance: np.ndarray, *, effective: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Limits of a cumulative share on the log(-log) scale; Clopper-Pearson on a count where it is 0 or 1.

    Parameters
    ----------
    share, variance : ndarray
        The share (fraction) and its variance.
    effective : ndarray
        Effective number of loans still at risk, used where the share is 0 or 1.
    level : float
        Two-sided confidence.

    Returns
    -------
    tuple of ndarray
        Low and high, 0 <= low <= share <= high <= 1.

    Examples
    --------
    >>> share, variance, still = np.array([0.0, 0.05]), np.array([0.0, 4e-4]), np.array([40.0, 40.0])
    >>> low, high = share_limits(share, variance, effective=still, level=0.95)
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.0, 0.023], [0.088, 0.108])
    """
    inside = (share > 1e-12) & (share < 1 - 1e-12)
    safe = np.where(inside, share, 0.5)
    log_alive = np.log1p(-safe)
    reach = ndtri((1 + level) / 2) * np.sqrt(variance) / np.abs((1.0 - safe) * log_alive)
    low, high = (1.0 - np.exp(log_alive * np.exp(sign * reach)) for sign in (-1.0, 1.0))
    count = np.maximum(effective, 1.0)
    rounded = np.where(share > 0.5, count, 0.0)
    exact = rate_interval(rounded.ravel(), count.ravel(), method="clopper_pearson", level=level)
    outer = [exact[side].to_numpy().reshape(share.shape) for side in ("low", "high")]
    return np.where(inside, low, outer[0]), np.where(inside, high, outer[1])
