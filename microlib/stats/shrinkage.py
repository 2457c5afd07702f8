"""Rates of small cells drawn towards the others: beta-binomial prior and posterior (empirical Bayes).

`fit_prior` finds mean and strength of the prior by moments, Kleinman or marginal likelihood; `shrink_rates`
applies it. Unknown cells stay unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import betaincinv, betaln, expit, logit

from microlib.errors import BadData, EmptyBook
from microlib.stats.intervals import rate_interval

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


#: a cell with fewer trials or fewer cases than this is shown, never ranked
RANKED_TRIALS, RANKED_CASES = 30, 5
#: below this many cells, or without one case, there is nothing to learn a prior from
FEWEST_CELLS = 3
#: cells that hardly differ ask for an endless prior: the strength stops here
STRONGEST = 10_000.0
#: how a prior is found, the first being the default
METHODS = {
    "marginal_likelihood": marginal_likelihood,
    "kleinman": kleinman,
    "moments": moments,
}


@dataclass(frozen=True)
class Prior:
    """A Beta prior of a rate and how it was found.

    Parameters
    ----------
    bad, good : float
        Its two weights, in borrowers: it weighs as much as ``bad + good`` of them.
    method : str
        ``marginal_likelihood``, ``kleinman``, ``moments``; ``jeffreys`` where the cells could not
        say (fewer than three, or no case, or nothing but cases); ``given`` for one set by hand.
    cells_count : int
        Cells it was learnt from.
    is_capped : bool
        Whether the cells differed so little that the strength stopped at its cap.
    """

    bad: float
    good: float
    method: str = "given"
    cells_count: int = 0
    is_capped: bool = False

    @property
    def mean(self) -> float:
        """The rate the prior expects."""
        return self.bad / (self.bad + self.good)


def fit_prior(cells: pd.DataFrame, *, method: str = "marginal_likelihood") -> Prior:
    r"""Learn from many cells how far their true rates lie apart.

    Answers "how much should a small cell listen to the others?" With :math:`d_i` cases among
    :math:`n_i`, each cell's rate drawn from Beta(a, b):

    - ``marginal_likelihood`` maximises
      :math:`\sum_i \log B(a + d_i, b + n_i - d_i) - \log B(a, b)`; the default, because cell sizes
      differ widely and it weighs each by what it knows;
    - ``kleinman`` matches mean and between-cell variance with weights :math:`n_i`;
    - ``moments`` matches mean and variance of the raw rates, every cell alike, and so takes the
      noise of small cells for real difference: kept to compare.

    Parameters
    ----------
    cells : DataFrame
        ``bad_count``, ``total_count`` (0 <= bad <= total); cells without trials are left out. Not modified.
    method : {"marginal_likelihood", "kleinman", "moments"}
        How; the choice is returned with the prior.

    Returns
    -------
    Prior
        Falls back to Jeffreys' Beta(1/2, 1/2), and says so, where the cells cannot tell.

    Raises
    ------
    EmptyBook
        If no cell has a trial.
    BadData
        If a count is missing, negative or infinite, has more cases than trials, or the method is unknown.

    References
    ----------
    .. [1] Kleinman, J. (1973). Proportions with extraneous variance. JASA 68(341), 46-54.
    .. [2] Gelman et al., Bayesian Data Analysis, section 5.1: its rat tumours are tested.

    Examples
    --------
    >>> cells = pd.DataFrame({"bad_count": [0, 1, 2, 9, 30], "total_count": [40, 45, 60, 400, 700]})
    >>> prior = fit_prior(cells)
    >>> prior.method, round(prior.mean, 3)
    ('marginal_likelihood', 0.032)
    """
    if method not in METHODS:
        raise BadData(f"no prior is found by {method}", fix=f"use one of {', '.join(METHODS)}")
    held = cells[cells["total_count"] != 0]
    if held.empty:
        raise EmptyBook("no cell has a borrower", fix="give cells with counts")
    counts = rate_interval(held["bad_count"], held["total_count"])
    bad, total = counts["bad_count"].to_numpy(), counts["total_count"].to_numpy()
    if len(bad) < FEWEST_CELLS or bad.sum() in (0, total.sum()):
        return Prior(0.5, 0.5, "jeffreys", len(bad))
    mean, strength = METHODS[method](bad, total, strongest=STRONGEST)
    return Prior(mean * strength, (1 - mean) * strength, method, len(bad), bool(strength >= STRONGEST * 0.999))


def shrink_rates(
    cells: pd.DataFrame, *, prior: Prior | str = "marginal_likelihood", level: float = 0.90, upper: float = 0.80
) -> pd.DataFrame:
    r"""Draw each cell's rate towards the bank's, as far as its own count leaves room.

    Answers "none of forty, in this group: is it better than the branch, or just small?"

    .. math::

        E(p_i) = \frac{a + d_i}{a + b + n_i} = (1 - w_i)\frac{d_i}{n_i} + w_i\frac{a}{a+b},
        \qquad w_i = \frac{a + b}{a + b + n_i}

    Parameters
    ----------
    cells : DataFrame
        ``bad_count``, ``total_count`` and any other columns, which are kept. Not modified.
    prior : Prior or str
        A prior, or the method by which `fit_prior` learns it from these cells.
    level : float
        Two-sided credibility of ``shrunk_low`` and ``shrunk_high``.
    upper : float
        One-sided credibility of ``shrunk_upper``.

    Returns
    -------
    DataFrame
        `cells` with

        - ``rate`` (fraction; missing where the cell holds nobody), ``shrunk_rate``, ``shrunk_low``,
          ``shrunk_high``, ``shrunk_upper`` (fraction)
        - ``prior_weight_share`` (fraction): :math:`w_i`
        - ``prior_bad_count``, ``prior_good_count`` (borrowers), ``prior_method`` (code),
          ``prior_is_capped`` (flag)
        - ``is_rankable`` (flag): at least 30 trials and 5 cases

    Raises
    ------
    EmptyBook, BadData
        As `fit_prior`.

    Notes
    -----
    The prior's own uncertainty is left out: with few cells the ranges are somewhat short.
    Shrinkage moves a truly odd cell towards the rest; look at its raw interval too.

    Examples
    --------
    >>> cells = pd.DataFrame({"bad_count": [0, 3, 9], "total_count": [40, 60, 400]})
    >>> shrink_rates(cells, prior=Prior(2.7, 147.3)).shrunk_rate.round(4).to_list()
    [0.0142, 0.0271, 0.0213]
    """
    held = cells["total_count"] != 0
    found = prior if isinstance(prior, Prior) else fit_prior(cells, method=prior)
    counts = rate_interval(cells.loc[held, "bad_count"], cells.loc[held, "total_count"]) if held.any() else None
    bad, total = cells["bad_count"].to_numpy(float), cells["total_count"].to_numpy(float)
    first, second = found.bad + bad, found.good + total - bad
    strength = found.bad + found.good
    return cells.assign(
        rate=None if counts is None else counts["rate"].reindex(cells.index),
        shrunk_rate=first / (first + second),
        shrunk_low=betaincinv(first, second, (1 - level) / 2),
        shrunk_high=betaincinv(first, second, (1 + level) / 2),
        shrunk_upper=betaincinv(first, second, upper),
        prior_weight_share=strength / (strength + total),
        prior_bad_count=found.bad,
        prior_good_count=found.good,
        prior_method=found.method,
        prior_is_capped=found.is_capped,
        is_rankable=(total >= RANKED_TRIALS) & (bad >= RANKED_CASES),
    )
