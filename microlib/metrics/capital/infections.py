"""Defaults that infect others (Davis-Lo): a guarantee circle, suppliers of one buyer."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import gammaln, xlog1py, xlogy

from microlib.errors import BadData
from microlib.metrics.capital.ranges import checked_fractions, checked_level

#: above so many names the table of who infects whom no longer fits; such a book is no circle
MOST_NAMES = 2_000


def infected_counts(names_count: int, *, default_rate: float, infection: float) -> pd.Series:
    r"""Return the chance of each number of defaults when every direct default may infect every other name.

    Answers "forty members stand for one another: what does one failure drag along?"

    .. math::

        P(N = k) = \binom{n}{k} \sum_{i=1}^{k} \binom{k}{i} p^i (1-p)^{n-i}
        \big(1 - (1-q)^i\big)^{k-i} (1-q)^{i(n-k)}, \qquad P(N = 0) = (1-p)^n

    where n is the number of names, p the chance that one fails by itself, q that one failure infects another, and i
    of the k failed by themselves; the infected infect nobody further.

    Parameters
    ----------
    names_count : int
        n, 1 .. 2,000.
    default_rate : float
        p (fraction, 0 .. 1).
    infection : float
        q (fraction, 0 .. 1); 0 is the binomial.

    Returns
    -------
    Series
        ``chance_share`` indexed by the number of defaults 0 .. n; sums to 1.

    Raises
    ------
    BadData
        If a number is missing or out of range.

    References
    ----------
    .. [1] Davis, M. and Lo, V. (2001). Infectious defaults. Quantitative Finance 1, 382-387.

    Examples
    --------
    >>> infected_counts(10, default_rate=0.02, infection=0.10).round(6).head(1).tolist()
    [0.817073]
    """
    if not 1 <= names_count <= MOST_NAMES or names_count != int(names_count):
        raise BadData(f"{names_count} names", fix=f"a circle has 1 .. {MOST_NAMES:,} names")
    p = float(checked_fractions(default_rate, name="default_rate"))
    q = float(checked_fractions(infection, name="infection"))
    n = int(names_count)
    failed, own = np.arange(n + 1)[:, None], np.arange(n + 1)[None, :]
    ways = gammaln(n + 1) - gammaln(n - failed + 1) - gammaln(own + 1)
    spared = xlog1py(own, -q)
    with np.errstate(divide="ignore", invalid="ignore"):
        ways = ways - gammaln(np.maximum(failed - own, 0) + 1)
        logs = ways + xlogy(own, p) + xlog1py(n - own, -p) + xlog1py(own * (n - failed), -q)
        logs = logs + xlogy(failed - own, -np.expm1(spared))
        possible = (own <= failed) & ((own >= 1) | (failed == 0))
        chances = np.where(possible, np.exp(np.where(possible, logs, -np.inf)), 0.0).sum(axis=1)
    return pd.Series(chances, index=pd.RangeIndex(n + 1, name="defaults_count"), name="chance_share")


def infection_losses(
    circles: pd.DataFrame, *, default_rate: float, infection: float, level: float = 0.99
) -> pd.DataFrame:
    r"""Summarise the defaults of each circle with and without infection, one row per circle.

    .. math:: E[N] = n\,\big[1 - (1-p)(1 - pq)^{n-1}\big]

    Parameters
    ----------
    circles : DataFrame
        ``members_count`` (1 .. 2,000), e.g. of `connections.guarantee_circles`. Not modified.
    default_rate, infection : float
        As in `infected_counts`.
    level : float
        Of the quantile.

    Returns
    -------
    DataFrame
        `circles` with ``expected_count``, ``deviation_count``, ``none_share`` (the chance of no default),
        ``quantile_count`` (fewest defaults not exceeded with chance `level`), and ``alone_expected_count``,
        ``alone_quantile_count``, the same without infection.

    Raises
    ------
    BadData
        If a number is missing or out of range.

    Examples
    --------
    >>> found = infection_losses(pd.DataFrame({"members_count": [10]}), default_rate=0.02, infection=0.10)
    >>> found[["expected_count", "quantile_count", "alone_quantile_count"]].round(4).iloc[0].tolist()
    [0.375, 4.0, 2.0]
    """
    checked_level(level)
    rows = [_summary(int(n), (default_rate, infection), level) for n in circles["members_count"]]
    columns = ["expected_count", "deviation_count", "none_share", "quantile_count"]
    columns += ["alone_expected_count", "alone_quantile_count"]
    return circles.join(pd.DataFrame(rows, columns=columns, index=circles.index))


def _summary(n: int, chances: tuple[float, float], level: float) -> tuple:
    rate, infection = chances
    counts = infected_counts(n, default_rate=rate, infection=infection)
    alone = infected_counts(n, default_rate=rate, infection=0.0)
    number = counts.index.to_numpy("float64")
    mean = n * (1.0 - (1.0 - rate) * (1.0 - rate * infection) ** (n - 1))
    variance = float((number**2 * counts).sum() - (number * counts).sum() ** 2)
    return (
        mean,
        max(variance, 0.0) ** 0.5,
        float(counts[0]),
        _quantile(counts, level),
        n * rate,
        _quantile(alone, level),
    )


def _quantile(counts: pd.Series, level: float) -> int:
    return int(min(np.searchsorted(counts.cumsum().to_numpy(), level - 1e-12), len(counts) - 1))
