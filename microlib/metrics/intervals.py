"""Intervals for a rate from counts: Wilson, Jeffreys, Clopper-Pearson, Newcombe, and bounds for one source."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import betaincinv, ndtri

from microlib.errors import BadData, EmptyBook
from microlib.metrics.correlations import correlated_upper

#: a count, or a column of them
Counts = int | float | np.ndarray | pd.Series


def rate_interval(bad: Counts, total: Counts, *, method: str = "jeffreys", level: float = 0.95) -> pd.DataFrame:
    r"""Give a rate with the range that its count supports, one row per pair of counts.

    Answers "three of sixty went bad: what may the rate be?" With :math:`k` of :math:`n`,
    :math:`\hat p = k/n`, :math:`\alpha = 1 -` level, :math:`z = \Phi^{-1}(1-\alpha/2)` and
    :math:`q_u(a, b)` the :math:`u` quantile of Beta(a, b):

    .. math::

        \text{wilson: } \frac{\hat p + z^2/2n \pm z\sqrt{\hat p(1-\hat p)/n + z^2/4n^2}}{1 + z^2/n}, \quad
        \text{jeffreys: } q_{\alpha/2,\,1-\alpha/2}(k+\tfrac12, n-k+\tfrac12)

    .. math::

        \text{clopper\_pearson: } q_{\alpha/2}(k, n-k+1),\; q_{1-\alpha/2}(k+1, n-k)

    Parameters
    ----------
    bad : int, float, array or Series
        Cases, 0 <= bad <= total. A fraction is accepted as an effective count. Not modified.
    total : int, float, array or Series
        Trials, > 0.
    method : {"jeffreys", "wilson", "clopper_pearson"}
        Jeffreys for reading, Clopper-Pearson where too narrow would be dangerous.
    level : float
        Two-sided confidence, 0 .. 1 exclusive.

    Returns
    -------
    DataFrame
        Index of the Series given (else 0 ..); columns

        - ``bad_count``, ``total_count`` (count)
        - ``rate``, ``low``, ``high`` (fraction, 0 <= low <= rate <= high <= 1)

    Raises
    ------
    EmptyBook
        If a total is zero: no trial, no rate.
    BadData
        If a count is missing, infinite, negative, or more cases than trials; if the method or
        the level is unknown.

    Notes
    -----
    Trials are taken as independent: for members of one source use `upper_bound` with a
    correlation. Over p 0.5-8 %, n 20-400 Clopper-Pearson covers at least 95 % everywhere,
    Wilson and Jeffreys 95 % on average, in the worst cell 84 % and 87 %.

    References
    ----------
    .. [1] Newcombe, R. G. (1998). Two-sided confidence intervals for the single proportion.
       Statistics in Medicine 17, 857-872: its four cases are tested.
    .. [2] Brown, L., Cai, T., DasGupta, A. (2001). Interval estimation for a binomial
       proportion. Statistical Science 16(2), 101-133.

    Examples
    --------
    >>> rate_interval(3, 60).round(4).iloc[0].to_dict()
    {'bad_count': 3.0, 'total_count': 60.0, 'rate': 0.05, 'low': 0.0143, 'high': 0.1274}
    """
    cases, trials, index = _checked(bad, total, level=level)
    if method not in METHODS:
        raise BadData(f"no interval is called {method}", fix=f"use one of {', '.join(METHODS)}")
    low, high = METHODS[method](cases, trials, 1.0 - level)
    low, high = np.where(cases == 0, 0.0, low), np.where(cases == trials, 1.0, high)
    counts = {"bad_count": cases, "total_count": trials}
    return pd.DataFrame({**counts, "rate": cases / trials, "low": low, "high": high}, index=index)


def upper_bound(bad: Counts, total: Counts, *, level: float = 0.95, correlation: float = 0.0) -> pd.Series:
    r"""Bound a rate from above, one-sided, as one source or as independent trials.

    Answers "nothing went bad yet: how bad may it still be?" Without correlation the
    Clopper-Pearson bound :math:`p` solves :math:`P(\mathrm{Bin}(n, p) \le k) = 1 - \gamma`;
    with one, the same equation under a common factor (`correlations.correlated_upper`).

    Parameters
    ----------
    bad, total : int, float, array or Series
        Cases and trials, 0 <= bad <= total, total > 0. Not modified.
    level : float
        One-sided confidence :math:`\gamma`, 0 .. 1 exclusive.
    correlation : float
        Asset correlation of members of one source, 0 <= correlation < 1, from policy.

    Returns
    -------
    Series
        ``high`` (fraction), indexed as the Series given (else 0 ..); 1 where all cases are bad.

    Raises
    ------
    EmptyBook
        If a total is zero.
    BadData
        If a count is missing, infinite, negative, or more cases than trials; if the level or
        the correlation is out of range.

    References
    ----------
    .. [1] Clopper, C., Pearson, E. (1934). The use of confidence or fiducial limits.
       Biometrika 26(4), 404-413.
    .. [2] Pluto, K., Tasche, D. (2005). arXiv cond-mat/0411699.

    Examples
    --------
    >>> [round(upper_bound(0, 40, correlation=rho).item(), 3) for rho in (0.0, 0.12, 0.20)]
    [0.072, 0.127, 0.171]
    """
    cases, trials, index = _checked(bad, total, level=level)
    if not 0.0 <= correlation < 1.0:
        raise BadData(f"correlation {correlation} is not in 0 .. 1", fix="give a fraction below 1, as policy says")
    if correlation == 0.0:
        high = np.where(cases == trials, 1.0, _beta_quantile(level, cases + 1.0, trials - cases))
    else:
        high = correlated_upper(cases, trials, level=level, correlation=correlation)
    return pd.Series(high, index=index, name="high")


def lower_bound(bad: Counts, total: Counts, *, level: float = 0.95) -> pd.Series:
    """Bound a rate from below, one-sided (Clopper-Pearson): the upper bound of the good, mirrored.

    Parameters
    ----------
    bad, total : int, float, array or Series
        Cases and trials, as for `upper_bound`, whose refusals hold here too.
    level : float
        One-sided confidence.

    Returns
    -------
    Series
        ``low`` (fraction), 0 where no case is bad.

    Examples
    --------
    >>> lower_bound(3, 60).round(4).item()
    0.0138
    """
    cases, trials, index = _checked(bad, total, level=level)
    mirrored = upper_bound(trials - cases, trials, level=level)
    return pd.Series(1.0 - mirrored.to_numpy(), index=index, name="low")


def rate_difference(first: pd.DataFrame, second: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    r"""Give the difference of two independent rates with Newcombe's interval, row by row.

    Answers "is the first group really worse than the second?" From the Wilson limits
    :math:`(l_i, u_i)` of both rates:

    .. math::

        \hat p_1 - \hat p_2 - \sqrt{(\hat p_1 - l_1)^2 + (u_2 - \hat p_2)^2}, \quad
        \hat p_1 - \hat p_2 + \sqrt{(u_1 - \hat p_1)^2 + (\hat p_2 - l_2)^2}

    Parameters
    ----------
    first, second : DataFrame
        Columns ``bad_count, total_count``, as many rows in each. Not modified.
    level : float
        Two-sided confidence.

    Returns
    -------
    DataFrame
        Index of `first`; ``difference, low, high`` (fraction, -1 .. 1), ``first_count, second_count``.

    Raises
    ------
    BadData
        If the two have different numbers of rows, or for what `rate_interval` refuses.

    References
    ----------
    .. [1] Newcombe, R. G. (1998). Interval estimation for the difference between independent
       proportions. Statistics in Medicine 17, 873-890, method 10.

    Examples
    --------
    >>> calls = lambda bad: pd.DataFrame({"bad_count": [bad], "total_count": [2000]})
    >>> rate_difference(calls(120), calls(90)).round(5).iloc[0].to_dict()
    {'difference': 0.015, 'low': 0.00115, 'high': 0.02897, 'first_count': 2000.0, 'second_count': 2000.0}
    """
    if len(first) != len(second):
        raise BadData(f"{len(first)} rates against {len(second)}", fix="give one row of each per comparison")
    one, two = (
        rate_interval(frame["bad_count"], frame["total_count"], method="wilson", level=level).to_numpy().T
        for frame in (first, second)
    )
    gap = one[2] - two[2]
    return pd.DataFrame(
        {
            "difference": gap,
            "low": gap - np.hypot(one[2] - one[3], two[4] - two[2]),
            "high": gap + np.hypot(one[4] - one[2], two[2] - two[3]),
            "first_count": one[1],
            "second_count": two[1],
        },
        index=first.index,
    )


def _wilson(bad: np.ndarray, total: np.ndarray, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    rate, z = bad / total, ndtri(1.0 - alpha / 2.0)
    centre = rate + z**2 / (2.0 * total)
    reach = z * np.sqrt(rate * (1.0 - rate) / total + z**2 / (4.0 * total**2))
    scale = 1.0 + z**2 / total
    return (centre - reach) / scale, (centre + reach) / scale


def _jeffreys(bad: np.ndarray, total: np.ndarray, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    first, second = bad + 0.5, total - bad + 0.5
    return betaincinv(first, second, alpha / 2.0), betaincinv(first, second, 1.0 - alpha / 2.0)


def _clopper_pearson(bad: np.ndarray, total: np.ndarray, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    low = _beta_quantile(alpha / 2.0, bad, total - bad + 1.0)
    return low, _beta_quantile(1.0 - alpha / 2.0, bad + 1.0, total - bad)


METHODS = {"jeffreys": _jeffreys, "wilson": _wilson, "clopper_pearson": _clopper_pearson}


def _beta_quantile(level: float, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Quantile of Beta(first, second); where one of the two is zero the caller sets the limit itself."""
    return betaincinv(np.maximum(first, 1e-12), np.maximum(second, 1e-12), level)


def _checked(bad: Counts, total: Counts, *, level: float) -> tuple[np.ndarray, np.ndarray, pd.Index]:
    """Return both counts as arrays of one length and the index they came with, or refuse."""
    if not 0.0 < level < 1.0:
        raise BadData(f"level {level} is not between 0 and 1", fix="write 95 % as 0.95")
    index = next((side.index for side in (bad, total) if isinstance(side, pd.Series)), None)
    cases, trials = np.broadcast_arrays(np.atleast_1d(np.asarray(bad, float)), np.atleast_1d(np.asarray(total, float)))
    if not (np.isfinite(cases).all() and np.isfinite(trials).all()):
        raise BadData("a count is missing or infinite", fix="drop or complete those rows first")
    if (cases < 0).any() or (cases > trials).any():
        raise BadData("a count is negative, or has more cases than trials", fix="check which column is which")
    if (trials == 0).any():
        raise EmptyBook("no trial, so no rate", fix="drop the empty groups first")
    return cases, trials, pd.RangeIndex(len(cases)) if index is None else index
