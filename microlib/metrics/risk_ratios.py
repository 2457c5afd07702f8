"""The ratio of two rates with its range: Katz by logarithms, Koopman by the score, which also bears empty cells."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import ndtri

from microlib.errors import BadData
from microlib.metrics.intervals import rate_interval

#: the ratio is looked for between these powers of ten
WIDEST = 12.0
#: a rate of 0 or 1 is taken this far inside
TINY = 1e-12


def risk_ratio(
    first: tuple[float, float], second: tuple[float, float], *, method: str = "koopman", level: float = 0.95
) -> pd.DataFrame:
    r"""Compare two rates by their ratio, with the range that the counts support.

    Answers "do those whom the rule refuses go bad more often than those whom it keeps, or is it chance?" With
    :math:`\hat p_i = k_i / n_i` and :math:`\theta = p_1 / p_2`:

    .. math::

        \text{katz: } \ln\hat\theta \pm z \sqrt{\frac{1}{k_1} - \frac{1}{n_1} + \frac{1}{k_2} - \frac{1}{n_2}}

    .. math::

        \text{koopman: } \sum_i \frac{(k_i - n_i\tilde p_i)^2}{n_i \tilde p_i (1 - \tilde p_i)} \le z^2

    with :math:`\tilde p_i` the likeliest rates whose ratio is :math:`\theta`.

    Parameters
    ----------
    first, second : tuple of (cases, trials)
        0 <= cases <= trials, trials > 0; the ratio is first over second.
    method : {"koopman", "katz"}
        Koopman by default; Katz has no interval where a rate is 0.
    level : float
        Two-sided confidence, 0 .. 1 exclusive.

    Returns
    -------
    DataFrame
        One row: ``first_rate, first_low, first_high, second_rate, second_low, second_high`` (fractions, Jeffreys),
        ``ratio, ratio_low, ratio_high`` (>= 0; the ratio is missing where both rates are 0, infinite where only the
        second is)

    Raises
    ------
    EmptyBook
        If a side has no trial.
    BadData
        If counts are impossible, the method or level unknown, or Katz is asked of an empty cell.

    References
    ----------
    .. [1] Koopman, P. A. R. (1984). Confidence intervals for the ratio of two binomial proportions. Biometrics 40,
       513-517; its example 36/40 over 16/80 is a test.
    .. [2] Katz, D., Baptista, J., Azen, S., Pike, M. (1978). Obtaining confidence intervals for the risk ratio in
       cohort studies. Biometrics 34, 469-474.

    Examples
    --------
    >>> risk_ratio((36, 40), (16, 80))[["ratio", "ratio_low", "ratio_high"]].round(2).iloc[0].tolist()
    [4.5, 2.94, 7.15]
    """
    if method not in METHODS:
        raise BadData(f"no interval is called {method}", fix=f"use one of {', '.join(METHODS)}")
    sides = {"first": rate_interval(*first, level=level), "second": rate_interval(*second, level=level)}
    found = {
        f"{side}_{name}": float(rows[name].iloc[0]) for side, rows in sides.items() for name in ("rate", "low", "high")
    }
    top, bottom = found["first_rate"], found["second_rate"]
    ratio = top / bottom if bottom else (np.inf if top else np.nan)
    low, high = METHODS[method](first, second, float(ndtri(0.5 + level / 2)))
    return pd.DataFrame([{**found, "ratio": ratio, "ratio_low": low, "ratio_high": high}])


def _katz(first: tuple[float, float], second: tuple[float, float], z: float) -> tuple[float, float]:
    (k1, n1), (k2, n2) = first, second
    if not (k1 and k2):
        raise BadData("a rate is 0: its logarithm does not exist", where="katz", fix="use koopman")
    half = z * np.sqrt(1 / k1 - 1 / n1 + 1 / k2 - 1 / n2)
    middle = np.log((k1 / n1) / (k2 / n2))
    return float(np.exp(middle - half)), float(np.exp(middle + half))


def _koopman(first: tuple[float, float], second: tuple[float, float], z: float) -> tuple[float, float]:
    (k1, n1), (k2, n2) = first, second
    gap = partial(_score_gap, first=first, second=second, z=z)
    if not k1 and not k2:
        return 0.0, np.inf
    middle = np.log10((k1 or 0.5) / n1 / ((k2 or 0.5) / n2))
    low = 10.0 ** _root(gap, middle, -WIDEST) if k1 else 0.0
    high = 10.0 ** _root(gap, middle, WIDEST) if k2 else np.inf
    return low, high


def _root(gap: Callable[[float], float], middle: float, end: float) -> float:
    """Find where the score leaves the interval, from a point inside it outwards."""
    inside = next((point for point in np.linspace(middle, end, 400) if gap(point) < 0), middle)
    outside = next((point for point in np.linspace(inside, end, 400) if gap(point) > 0), None)
    return end if outside is None else float(brentq(gap, inside, outside, xtol=1e-12))


def _score_gap(log_ratio: float, *, first: tuple[float, float], second: tuple[float, float], z: float) -> float:
    (k1, n1), (k2, n2) = first, second
    ratio = 10.0**log_ratio
    middle = ratio * (n1 + k2) + k1 + n2
    rate = (middle - np.sqrt(max(middle**2 - 4 * ratio * (n1 + n2) * (k1 + k2), 0.0))) / (2 * (n1 + n2))
    rate = min(rate, 1.0, ratio)
    return _strain(k1, n1, rate) + _strain(k2, n2, rate / ratio) - z * z


def _strain(cases: float, trials: float, rate: float) -> float:
    """Return the squared distance of a count from what a rate leads to expect, in variances."""
    inside = min(max(rate, TINY), 1 - TINY)
    return (cases - trials * inside) ** 2 / (trials * inside * (1 - inside))


METHODS: dict[str, Callable[..., tuple[float, float]]] = {"koopman": _koopman, "katz": _katz}
