"""Bounds for trials that share one source: the one-factor (Vasicek) model behind a default count."""

from __future__ import annotations

import numpy as np
from scipy.special import betaincinv, ndtr, ndtri

#: half-width of the integration range in standard normal units: the mass left out is below 1e-14
REACH = 7.7
#: widest step of the trapezoid; on a smooth integrand that dies at both ends its error is below 1e-10
STEP = 0.1
#: probits between which a bound is sought, and the halvings that settle it
PROBIT_LOW, PROBIT_HIGH, HALVINGS = -40.0, 40.0, 70


def correlated_upper(bad: np.ndarray, total: np.ndarray, *, level: float, correlation: float) -> np.ndarray:
    r"""Bound a default rate from above when the borrowers live off the same source.

    Answers "none of forty suppliers of one hospital has failed: how bad may they be, given
    that they are not forty trials but closer to one?"

    .. math::

        P(K \le k \mid p) = \int \mathrm{Bin}\!\left(k; n,
        \Phi\!\Big(\frac{\Phi^{-1}(p) - \sqrt\rho\, y}{\sqrt{1-\rho}}\Big)\right)\varphi(y)\,dy = 1 - \gamma

    is solved for :math:`p`; :math:`k` of :math:`n` borrowers failed, :math:`\rho` is the
    asset correlation, :math:`\gamma` the level. A binomial tail is a Beta probability, so the
    integral over the factor is turned into one over :math:`B \sim \mathrm{Beta}(k+1, n-k)`:

    .. math::

        P(K \le k \mid p) = E\left[\Phi\!\Big(
        \frac{\sqrt{1-\rho}\,\Phi^{-1}(B) - \Phi^{-1}(p)}{\sqrt\rho}\Big)\right]

    whose nodes do not depend on :math:`p`. It is taken by the trapezoid on
    :math:`B = F^{-1}(\Phi(t))`, :math:`|t| \le 7.7`, which converges faster than any power
    of the step; the step narrows with :math:`\sqrt\rho`.

    Parameters
    ----------
    bad, total : ndarray
        Failed and all borrowers (counts, 0 <= bad <= total, total > 0), of one length.
    level : float
        One-sided confidence, 0 .. 1 exclusive.
    correlation : float
        Asset correlation :math:`\rho`, 0 .. 1 exclusive.

    Returns
    -------
    ndarray
        Upper bound of the rate (fraction); 1 where every borrower failed.

    Notes
    -----
    One factor, one period, one correlation for all: the history of one source that never
    stopped cannot say what happens when it does. Towards correlation 1 the sample carries no
    more than one trial, and the bound of a clean history goes to the level itself.

    References
    ----------
    .. [1] Vasicek, O. (2002). The distribution of loan portfolio value. Risk 15(12), 160-162.
    .. [2] Pluto, K., Tasche, D. (2005). Estimating probabilities of default for low default
       portfolios. arXiv cond-mat/0411699.

    Examples
    --------
    >>> correlated_upper(np.array([0, 3]), np.array([40, 60]), level=0.95, correlation=0.12).round(3)
    array([0.127, 0.22 ])
    """
    bad, total = np.asarray(bad, dtype=float), np.asarray(total, dtype=float)
    open_ended = bad < total
    bounds = np.ones(bad.shape)
    if open_ended.any():
        probits, weights = _beta_probits(bad[open_ended], total[open_ended], step=min(STEP, 0.5 * np.sqrt(correlation)))
        bounds[open_ended] = ndtr(_solved(probits, weights, tail=1.0 - level, correlation=correlation))
    return bounds


def _beta_probits(bad: np.ndarray, total: np.ndarray, *, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Probits of Beta(bad + 1, total - bad) at the nodes of a trapezoid in normal units, and its weights."""
    half = np.arange(step / 2, REACH, step)
    first, second = bad[:, None] + 1.0, (total - bad)[:, None]
    lower = ndtri(betaincinv(first, second, ndtr(-half)))
    upper = -ndtri(betaincinv(second, first, ndtr(-half)))
    weights = step * np.exp(-0.5 * half**2) / np.sqrt(2.0 * np.pi)
    return np.concatenate([lower, upper], axis=1), np.concatenate([weights, weights])


def _solved(probits: np.ndarray, weights: np.ndarray, *, tail: float, correlation: float) -> np.ndarray:
    """Find the probit at which the chance of so few failures falls to `tail`, by halving."""
    scaled, root = np.sqrt(1.0 - correlation) * probits, np.sqrt(correlation)
    low, high = np.full(len(probits), PROBIT_LOW), np.full(len(probits), PROBIT_HIGH)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        too_likely = ndtr((scaled - middle[:, None]) / root) @ weights > tail
        low, high = np.where(too_likely, middle, low), np.where(too_likely, high, middle)
    return 0.5 * (low + high)
