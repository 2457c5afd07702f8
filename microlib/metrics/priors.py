"""Three ways to find the mean and the strength of a Beta prior from counts of many cells."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import betaln, expit, logit

#: grid of log-strengths searched first, and the golden-section halvings that follow
GRID, GOLDEN_STEPS = 24, 42
#: the weakest prior considered, in borrowers
WEAKEST = 0.02


def moments(bad: np.ndarray, total: np.ndarray, *, strongest: float) -> tuple[float, float]:
    r"""Match mean and variance (n - 1) of the raw rates: strength = m(1 - m)/v - 1.

    Parameters
    ----------
    bad, total : ndarray
        Counts per cell; the same for the other two ways.
    strongest : float
        Cap of the strength, in borrowers.

    Returns
    -------
    tuple of float
        Mean (fraction) and strength (borrowers).

    Examples
    --------
    >>> mean, strength = moments(np.array([1.0, 2.0, 3.0]), np.array([10.0, 10.0, 10.0]), strongest=1e4)
    >>> round(mean, 6), round(strength, 6)
    (0.2, 15.0)
    """
    rates = bad / total
    mean, variance = rates.mean(), rates.var(ddof=1)
    return float(mean), _bounded(mean * (1 - mean) / variance - 1 if variance > 0 else strongest, strongest)


def kleinman(bad: np.ndarray, total: np.ndarray, *, strongest: float) -> tuple[float, float]:
    r"""Match the pooled mean and the between-cell variance with weights n (Kleinman 1973).

    With :math:`w_i = n_i`, :math:`W = \sum w_i`, pooled :math:`p`, :math:`S = \sum w_i (p_i - p)^2`,
    :math:`c = \sum (w_i/n_i)(1 - w_i/W)`:

    .. math::

        \hat\gamma = \frac{S - p(1-p)\,c}{p(1-p)\left(\sum w_i(1 - w_i/W) - c\right)}, \qquad
        a + b = 1/\hat\gamma - 1

    Examples
    --------
    >>> kleinman(np.array([1.0, 2.0, 9.0]), np.array([10.0, 10.0, 10.0]), strongest=1e4)
    (0.4, 0.3012...)
    """
    pooled, share = bad.sum() / total.sum(), total / total.sum()
    spread = (total * (bad / total - pooled) ** 2).sum()
    noise, room = (1 - share).sum(), (total * (1 - share)).sum()
    gamma = (spread - pooled * (1 - pooled) * noise) / (pooled * (1 - pooled) * max(room - noise, 1e-12))
    return float(pooled), _bounded(1 / gamma - 1 if gamma > 0 else strongest, strongest)


def marginal_likelihood(bad: np.ndarray, total: np.ndarray, *, strongest: float) -> tuple[float, float]:
    """Maximise the beta-binomial likelihood: the mean within, the strength without.

    Examples
    --------
    >>> mean, strength = marginal_likelihood(np.array([1.0, 2.0, 9.0]), np.array([10.0, 10.0, 10.0]), strongest=1e4)
    >>> 0.3 < mean < 0.5, 0.5 < strength < 3
    (True, True)
    """
    grid = np.linspace(np.log(WEAKEST), np.log(strongest), GRID)
    heights = [_height(point, bad, total) for point in grid]
    best = int(np.argmax(heights))
    if best == GRID - 1:
        return _best_mean(strongest, bad, total), strongest
    peak = _golden(lambda point: -_height(point, bad, total), grid[max(best - 1, 0)], grid[best + 1])
    return _best_mean(np.exp(peak), bad, total), float(np.exp(peak))


def _height(log_strength: float, bad: np.ndarray, total: np.ndarray) -> float:
    strength = np.exp(log_strength)
    return -_loss(logit(_best_mean(strength, bad, total)), strength, bad, total)


def _best_mean(strength: float, bad: np.ndarray, total: np.ndarray) -> float:
    """The mean of highest likelihood at a given strength: the likelihood has one peak in it."""
    return float(expit(_golden(lambda point: _loss(point, strength, bad, total), -12.0, 12.0)))


def _loss(log_odds: float, strength: float, bad: np.ndarray, total: np.ndarray) -> float:
    first, second = expit(log_odds) * strength, expit(-log_odds) * strength
    return -float((betaln(first + bad, second + total - bad) - betaln(first, second)).sum())


def _golden(loss: Callable[[float], float], low: float, high: float) -> float:
    """Minimise a function of one peak between two points by golden sections."""
    ratio = (np.sqrt(5.0) - 1.0) / 2.0
    left, right = high - ratio * (high - low), low + ratio * (high - low)
    at_left, at_right = loss(left), loss(right)
    for _ in range(GOLDEN_STEPS):
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - ratio * (high - low)
            at_left = loss(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + ratio * (high - low)
            at_right = loss(right)
    return float((low + high) / 2.0)


def _bounded(strength: float, strongest: float) -> float:
    return float(np.clip(strength, WEAKEST, strongest))
