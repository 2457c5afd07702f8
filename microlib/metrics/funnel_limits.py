"""How far a rate may lie from the bank's by chance alone: the limits of a funnel plot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import binom

from microlib.errors import BadData

LEVELS = (0.95, 0.998)


def funnel_limits(counts: Sequence[float], *, target: float, levels: Sequence[float] = LEVELS) -> pd.DataFrame:
    r"""Return the limits within which a rate on so many cases lies by chance, if its true rate is the target.

    Answers "is this branch worse than the bank, or merely small?" For each tail probability :math:`p`, with
    :math:`F` the distribution of a binomial of `n` cases at the target:

    .. math::

        r_p = \min\{r : F(r) \ge p\}, \qquad
        y_p = \frac{r_p - \alpha}{n}, \qquad
        \alpha = \frac{F(r_p) - p}{F(r_p) - F(r_p - 1)}

    which interpolates between whole cases, so that the limits are smooth.

    Parameters
    ----------
    counts : sequence of float
        Cases, > 0; an effective number is rounded.
    target : float
        The rate of all, 0 .. 1.
    levels : sequence of float
        Two-sided.

    Returns
    -------
    DataFrame
        A row per count and level: ``cases_count, level, low_share, high_share`` (fractions, cut to 0 .. 1)

    Raises
    ------
    BadData
        If a count is under one or the target is no share.

    References
    ----------
    .. [1] Spiegelhalter, D. J. (2005). Funnel plots for comparing institutional performance. Statistics in Medicine
       24, 1185-1202, appendix A.1.1.

    Examples
    --------
    >>> funnel_limits([100, 1000], target=0.05, levels=[0.95]).round(4)[["low_share", "high_share"]].values.tolist()
    [[0.0061, 0.0919], [0.0364, 0.0634]]
    """
    cases = np.round(np.asarray(counts, dtype="float64"))
    if not (0 <= target <= 1 and (cases >= 1).all()):
        raise BadData("a funnel needs cases and a share", where="funnel_limits", fix="leave out branches without loans")
    parts = [_limits(cases, target, level) for level in levels]
    return pd.concat(parts).sort_values(["level", "cases_count"], kind="stable").reset_index(drop=True)


def _limits(cases: np.ndarray, target: float, level: float) -> pd.DataFrame:
    low, high = (_limit(cases, target, tail) for tail in ((1 - level) / 2, (1 + level) / 2))
    return pd.DataFrame({"cases_count": cases, "level": level, "low_share": low, "high_share": high})


def _limit(cases: np.ndarray, target: float, tail: float) -> np.ndarray:
    whole = binom.ppf(tail, cases, target)
    reached, step = binom.cdf(whole, cases, target), binom.pmf(whole, cases, target)
    part = np.divide(reached - tail, step, out=np.zeros_like(step), where=step > 0)
    return np.clip((whole - part) / cases, 0, 1)
