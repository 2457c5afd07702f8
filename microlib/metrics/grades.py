"""Default rates of ordered grades with few or no defaults: the most prudent estimate (Pluto-Tasche)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.errors import BadData, EmptyBook
from microlib.metrics.intervals import upper_bound


def prudent_rates(grades: pd.DataFrame, *, level: float = 0.75, correlation: float = 0.0) -> pd.DataFrame:
    r"""Bound the default rate of every grade from above, the best grade first.

    Answers "grade A has never defaulted: what rate may we still owe it?" Grade :math:`i` is
    pooled with all worse ones, which can only overstate it, and the pool is bounded:

    .. math::

        n_i^* = \sum_{j \ge i} n_j, \quad d_i^* = \sum_{j \ge i} d_j, \qquad
        P(K \le d_i^* \mid n_i^*, p_i) = 1 - \gamma

    with :math:`K` binomial, or correlated through one factor. Where a better grade had the worse
    history the bounds can dip; the last column pools such neighbours, weighted by their counts,
    until the rates rise (pool adjacent violators).

    Parameters
    ----------
    grades : DataFrame
        One row per grade, **best first**; ``bad_count``, ``total_count`` (0 <= bad <= total). Not modified.
    level : float
        Confidence :math:`\gamma` of each bound, 0 .. 1 exclusive.
    correlation : float
        Asset correlation, 0 <= correlation < 1.

    Returns
    -------
    DataFrame
        Index of `grades`; columns

        - ``bad_count``, ``total_count``, ``pooled_bad_count``, ``pooled_total_count`` (count)
        - ``upper_rate`` (fraction): :math:`p_i`; 1 where the whole pool defaulted
        - ``monotone_rate`` (fraction): never falling from a grade to the next worse one

    Raises
    ------
    EmptyBook
        If there is no grade, or the worst grades hold nobody at all.
    BadData
        If a column is missing, or for what `upper_bound` refuses.

    Notes
    -----
    The bound is the price of ignorance, not a forecast; say the level beside it. The order of
    grades is believed, not tested.

    References
    ----------
    .. [1] Pluto, K., Tasche, D. (2005). Estimating probabilities of default for low default
       portfolios. arXiv cond-mat/0411699: its tables for n = 100, 400, 300 are tested.

    Examples
    --------
    >>> grades = pd.DataFrame({"bad_count": [0, 0, 0], "total_count": [100, 400, 300]}, index=["A", "B", "C"])
    >>> prudent_rates(grades, level=0.9).upper_rate.mul(100).round(2).to_dict()
    {'A': 0.29, 'B': 0.33, 'C': 0.76}
    """
    missing = {"bad_count", "total_count"} - set(grades.columns)
    if missing:
        raise BadData(f"no column {', '.join(sorted(missing))}", fix="count cases and trials by grade first")
    if grades.empty:
        raise EmptyBook("no grade to bound", fix="give one row per grade, best first")
    counts = grades[["bad_count", "total_count"]]
    if (counts["bad_count"] > counts["total_count"]).any():
        raise BadData("a grade has more cases than trials", fix="check which column is which")
    pooled = counts[::-1].cumsum()[::-1]
    upper = upper_bound(pooled["bad_count"], pooled["total_count"], level=level, correlation=correlation)
    return counts.assign(
        pooled_bad_count=pooled["bad_count"],
        pooled_total_count=pooled["total_count"],
        upper_rate=upper,
        monotone_rate=rising(upper.to_numpy(), weights=counts["total_count"].to_numpy()),
    )


def rising(values: np.ndarray, *, weights: np.ndarray) -> np.ndarray:
    """Return the never-falling sequence nearest to `values` in weighted squares.

    Parameters
    ----------
    values, weights : ndarray
        Of one length; weights >= 0, and a weight of zero counts as very little.

    Examples
    --------
    >>> rising(np.array([1.0, 3.0, 2.0]), weights=np.array([1.0, 1.0, 1.0]))
    array([1. , 2.5, 2.5])
    """
    blocks: list[list[float]] = []
    for value, weight in zip(values, np.maximum(weights, 1e-9), strict=True):
        blocks.append([float(value), float(weight), 1.0])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, mass, length = blocks.pop()
            before = blocks[-1]
            total = before[1] + mass
            blocks[-1] = [(before[0] * before[1] + mean * mass) / total, total, before[2] + length]
    return np.repeat([block[0] for block in blocks], [int(block[2]) for block in blocks])
