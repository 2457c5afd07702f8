"""Losses of an infinitely fine book driven by one factor (Vasicek; ASRF): quantile, deviation, unexpected loss."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri, owens_t

from microlib.metrics.capital.ranges import Numbers, checked_fractions, checked_level, like


def vasicek_rate(default_rate: Numbers, *, correlation: Numbers, level: float = 0.999) -> Numbers:
    r"""Return the default rate of a fine book in the bad year that only one in 1/(1 - level) exceeds.

    Answers "2 % fail in an average year: how many fail in the worst of a thousand?"

    .. math::

        p_q = \Phi\!\left(\frac{\Phi^{-1}(p) + \sqrt{\rho}\,\Phi^{-1}(q)}{\sqrt{1-\rho}}\right)

    where p is the mean default rate, :math:`\rho` the asset correlation and q the level.

    Parameters
    ----------
    default_rate : float, array or Series
        Mean yearly default rate p (fraction, 0 .. 1). Not modified.
    correlation : float, array or Series
        Asset correlation :math:`\rho` (fraction, 0 <= correlation < 1); 0 gives p itself.
    level : float
        q, strictly between 0 and 1.

    Returns
    -------
    float, array or Series
        ``stressed_rate`` (fraction, 0 .. 1), in the shape of `default_rate`; 0 stays 0 and 1 stays 1.

    Raises
    ------
    BadData
        If a rate, a correlation or the level is missing or out of range.

    Notes
    -----
    The book has no large names and one factor; for large names add `granularities`, for sectors use `simulations`.
    The correlation is assumed, not measured: it is the number to vary.

    References
    ----------
    .. [1] Vasicek, O. (2002). The distribution of loan portfolio value. Risk 15(12), 160-162.
    .. [2] Gordy, M. (2003). A risk-factor model foundation for ratings-based bank capital rules. Journal of
       Financial Intermediation 12, 199-232.

    Examples
    --------
    >>> round(vasicek_rate(0.02, correlation=0.12), 9)
    0.147282497
    """
    rate = checked_fractions(default_rate, name="default_rate")
    rho = checked_fractions(correlation, name="correlation", below_one=True)
    shocked = ndtr((ndtri(rate) + np.sqrt(rho) * ndtri(checked_level(level))) / np.sqrt(1.0 - rho))
    return like(default_rate, shocked, name="stressed_rate")


def vasicek_deviation(default_rate: Numbers, *, correlation: Numbers) -> Numbers:
    r"""Return the standard deviation of a fine book's yearly default rate.

    .. math:: s^2 = \Phi_2\big(\Phi^{-1}(p), \Phi^{-1}(p); \rho\big) - p^2

    where :math:`\Phi_2` is the bivariate normal distribution, taken exactly by Owen's T function.

    Parameters
    ----------
    default_rate, correlation : float, array or Series
        As in `vasicek_rate`, whose refusals hold here too.

    Returns
    -------
    float, array or Series
        ``rate_deviation`` (fraction, 0 .. 1/2), in the shape of `default_rate`; 0 without correlation.

    Examples
    --------
    >>> round(vasicek_deviation(0.01, correlation=0.1), 7)
    0.0096257
    """
    rate = checked_fractions(default_rate, name="default_rate")
    rho = checked_fractions(correlation, name="correlation", below_one=True)
    together = rate - 2.0 * owens_t(ndtri(rate), np.sqrt((1.0 - rho) / (1.0 + rho)))
    certain = (rate == 0.0) | (rate == 1.0)
    variance = np.where(certain, 0.0, together - rate**2)
    return like(default_rate, np.sqrt(np.clip(variance, 0.0, None)), name="rate_deviation")


def vasicek_loss(default_rate: Numbers, *, lgd: Numbers, correlation: Numbers, level: float = 0.999) -> Numbers:
    r"""Return the unexpected loss per yuan of balance: what a bad year costs beyond an average one.

    .. math:: U = \mathit{LGD}\,(p_q - p)

    Parameters
    ----------
    default_rate, correlation, level
        As in `vasicek_rate`.
    lgd : float, array or Series
        Loss given default (fraction, 0 .. 1).

    Returns
    -------
    float, array or Series
        ``unexpected_share`` (fraction of the balance), in the shape of `default_rate`. Below zero where the level
        is under the chance of an average year.

    Raises
    ------
    BadData
        If a number is missing or out of range.

    Examples
    --------
    >>> round(vasicek_loss(0.02, lgd=0.45, correlation=0.12), 6)
    0.057277
    """
    share = checked_fractions(lgd, name="lgd")
    rate = np.asarray(default_rate, dtype="float64")
    stressed = np.asarray(vasicek_rate(default_rate, correlation=correlation, level=level))
    return like(default_rate, share * (stressed - rate), name="unexpected_share")
