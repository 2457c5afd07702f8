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
    :math:`h` and by :math:`-c` for one of :math:`g`. A loan of amount :math:`w` that left in month
    :math:`T` moves it by

    .. math::

        I = w\left[\frac{1_{bad}(S - c) - 1_{other}\,c}{Y_T}
        - \sum_{s \le \min(T, t)} \frac{(S - c) h - c g}{Y_s}\right], \qquad V_t = \sum I^2

    the infinitesimal jackknife over loans. It needs only sums of squared amounts, so it may be taken from
    added-up pieces. With equal amounts it is Greenwood's variance.

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
    stays = 1.0 - bad - other
    factor = np.where(stays > 1e-12, 1.0 / np.where(stays > 1e-12, stays, 1.0), 0.0)
    alive = _before(np.cumprod(stays, axis=1))
    share = np.cumsum(alive * bad, axis=1)
    # each influence is linear in the share at the month asked for: (constant, slope)
    lost = np.stack([-share * factor, factor])
    kept = np.stack([alive, np.zeros_like(alive)]) - lost
    drift = np.cumsum((kept * bad - lost * other) / at_risk, axis=2)
    after = np.concatenate([whole[:, 1:], np.zeros((len(whole), 1))], axis=1)
    gone = [(kept / at_risk - drift, hit), (-lost / at_risk - drift, left)]
    gone.append((drift, np.maximum(whole - hit - left - after, 0.0)))
    terms = sum(_square(line) * weight for line, weight in gone)
    flat, linear, squared = np.cumsum(terms, axis=2) + _square(drift) * after
    return np.maximum(flat + linear * share + squared * share**2, 0.0)


def _before(survival: np.ndarray) -> np.ndarray:
    """What is alive at the start of each month."""
    return np.concatenate([np.ones((len(survival), 1)), survival[:, :-1]], axis=1)


def _square(line: np.ndarray) -> np.ndarray:
    """Coefficients of the square of constant + slope x."""
    constant, slope = line
    return np.stack([constant**2, 2.0 * constant * slope, slope**2])


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
