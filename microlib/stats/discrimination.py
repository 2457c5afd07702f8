"""Does an indicator tell the bad from the good? AUC with its range and direction, KS, and the shift of a score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from microlib.errors import BadData, EmptyBook
from microlib.stats.grouping import paired

#: two scores are a tie when they differ by less than this part of themselves, or than this part of the largest: two
#: shares that differ by rounding are one
NEAR, NOISE = 1e-10, 1e-15


def discrimination(outcome: pd.Series, score: pd.Series, *, level: float = 0.95) -> pd.DataFrame:
    r"""Measure how well a score orders the bad before the good, with the range that the counts support.

    .. math::

        AUC = P(s_{bad} > s_{good}) + \tfrac12 P(s_{bad} = s_{good}), \qquad
        KS = \max_s |F_{bad}(s) - F_{good}(s)|

    The range is DeLong's on the log-odds scale, with Student's t of one less than the smaller class; a perfect ordering
    gets the exact one-sided bound of the smaller class instead of none.

    Parameters
    ----------
    outcome : Series of bool
        True for bad. Rows missing in either series are left out and counted. Not modified.
    score : Series of float
        Paired with `outcome` by the labels of both (lists: by place). Only its order counts: any positive multiple
        gives the same.
    level : float
        Two-sided, between 0 and 1.

    Returns
    -------
    DataFrame
        One row: ``bad_count, good_count, missing_count, auc`` (0 .. 1, above 0.5 means higher is worse),
        ``auc_low, auc_high, direction`` (higher_is_worse, lower_is_worse, or unclear when the range holds 0.5),
        ``gini`` (2 AUC - 1), ``ks`` (0 .. 1).

    Raises
    ------
    EmptyBook
        If one class is empty: there is nothing to tell apart.
    BadData
        If the two have other labels, or the level is no fraction.

    References
    ----------
    .. [1] DeLong, E., DeLong, D., Clarke-Pearson, D. (1988). Biometrics 44, 837-845.

    Examples
    --------
    >>> found = discrimination(pd.Series([False, False, True, True]), pd.Series([0.1, 0.4, 0.35, 0.8]))
    >>> found[["auc", "ks"]].iloc[0].tolist()
    [0.75, 0.5]
    """
    if not 0.0 < level < 1.0:
        raise BadData(f"level {level} is not between 0 and 1", fix="write 95 % as 0.95")
    outcome, score = (each if isinstance(each, pd.Series) else pd.Series(each) for each in (outcome, score))
    scores = paired(outcome, score).to_numpy(dtype="float64", na_value=np.nan)
    known = outcome.notna().to_numpy() & np.isfinite(scores)
    bad = outcome.to_numpy()[known].astype(bool)
    values = _ranked(scores[known])
    if bad.all() or not bad.any():
        raise EmptyBook("all outcomes with a score are alike", fix="a back-test needs bad and good cases")
    placed_bad, placed_good = _placements(values[bad], values[~bad])
    auc = float(placed_bad.mean())
    low, high = _interval(auc, placed_bad, placed_good, level=level)
    direction = "unclear" if low <= 0.5 <= high else ("higher_is_worse" if auc > 0.5 else "lower_is_worse")
    return pd.DataFrame(
        [
            {
                "bad_count": int(bad.sum()),
                "good_count": int((~bad).sum()),
                "missing_count": int((~known).sum()),
                "auc": auc,
                "auc_low": low,
                "auc_high": high,
                "direction": direction,
                "gini": 2 * auc - 1,
                "ks": _ks(values[bad], values[~bad]),
            }
        ]
    )


def _ranked(scores: np.ndarray) -> np.ndarray:
    """Return the rank of each score, those that differ by rounding alike."""
    values, place = np.unique(scores, return_inverse=True)
    size = np.abs(values)
    near = np.maximum(NEAR * np.maximum(size[1:], size[:-1]), NOISE * size.max(initial=0.0))
    return np.r_[0, np.cumsum(np.diff(values) > near)][place].astype("float64")


def _placements(bad: np.ndarray, good: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of the other class that each case stands above, ties counting half."""
    first, second = np.sort(good), np.sort(bad)
    of_bad = (np.searchsorted(first, bad, "left") + np.searchsorted(first, bad, "right")) / (2 * len(good))
    of_good = (np.searchsorted(second, good, "left") + np.searchsorted(second, good, "right")) / (2 * len(bad))
    return of_bad, 1.0 - of_good


def _interval(auc: float, of_bad: np.ndarray, of_good: np.ndarray, *, level: float) -> tuple[float, float]:
    fewest = min(len(of_bad), len(of_good))
    edge = ((1 - level) / 2) ** (1 / fewest)
    if auc in (0.0, 1.0):
        return (edge, 1.0) if auc == 1.0 else (0.0, 1.0 - edge)
    if fewest < 2:
        return 0.0, 1.0
    variance = of_bad.var(ddof=1) / len(of_bad) + of_good.var(ddof=1) / len(of_good)
    centre = np.log(auc / (1 - auc))
    reach = stdtrit(fewest - 1, (1 + level) / 2) * np.sqrt(variance) / (auc * (1 - auc))
    low, high = 1 / (1 + np.exp(-np.array([centre - reach, centre + reach])))
    return float(low), float(high)


def _ks(bad: np.ndarray, good: np.ndarray) -> float:
    cuts = np.unique(np.r_[bad, good])
    below = [np.searchsorted(np.sort(side), cuts, "right") / len(side) for side in (bad, good)]
    return float(np.abs(below[0] - below[1]).max())


def back_test(indicators: pd.DataFrame, customers: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Test every number of a table of firms against default, so that no threshold is taken on faith.

    Parameters
    ----------
    indicators : DataFrame
        ``customer_id`` and any number of numeric columns. Not modified.
    customers : DataFrame[customers]
        Uses ``customer_id, is_defaulted``; unknown outcomes are left out.
    level : float

    Returns
    -------
    DataFrame
        One row per numeric column, in order: ``indicator`` and the columns of `discrimination`. Limits of
        intervals (``_low, _high``) and columns with fewer than two different values are left out.

    Raises
    ------
    EmptyBook
        If all known outcomes are alike.

    Notes
    -----
    Several indicators on few defaults: one in twenty will look good by chance. Where the date of default is not
    known, sums and counts of months may look ahead.

    Examples
    --------
    >>> indicators = pd.DataFrame({"customer_id": ["C1", "C2", "C3"], "void_share": [0.3, 0.1, 0.0]})
    >>> customers = pd.DataFrame({"customer_id": ["C1", "C2", "C3"], "is_defaulted": [True, False, False]})
    >>> back_test(indicators, customers)[["indicator", "auc"]].to_numpy().tolist()
    [['void_share', 1.0]]
    """
    outcomes = customers.drop_duplicates("customer_id").set_index("customer_id")["is_defaulted"]
    outcome = indicators["customer_id"].map(outcomes)
    numbers = [name for name in indicators.select_dtypes("number") if not name.endswith(("_low", "_high"))]
    numbers = [name for name in numbers if indicators[name].nunique() > 1]
    rows = [discrimination(outcome, indicators[name], level=level).assign(indicator=name) for name in numbers]
    if not rows:
        raise EmptyBook("there is no indicator to test", fix="give a table with numbers that differ")
    found = pd.concat(rows, ignore_index=True)
    return found[["indicator", *[name for name in found if name != "indicator"]]]


def stability_index(expected: Sequence[float], actual: Sequence[float], *, floor: float = 1e-4) -> pd.DataFrame:
    r"""Measure how far a distribution over bins has moved (PSI), beside the level that chance alone reaches.

    .. math:: PSI = \sum_k (a_k - e_k) \ln \frac{a_k}{e_k}, \qquad noise = (K - 1)\Big(\frac1N + \frac1M\Big)

    Parameters
    ----------
    expected, actual : sequence of float
        Counts (or shares) per bin, >= 0, equally many bins.
    floor : float
        Least share of a bin: an empty one would make the index infinite.

    Returns
    -------
    DataFrame
        One row: ``psi`` (>= 0), ``noise_psi`` (what equal populations of N and M cases show on average; missing when
        shares are given, whose totals say nothing of cases), ``bins_count``.

    Raises
    ------
    BadData
        If the bins differ in number or an amount is negative or missing.
    EmptyBook
        If one side sums to zero.

    Examples
    --------
    >>> stability_index([10, 20, 30, 40], [15, 25, 30, 30])["psi"].round(6).tolist()
    [0.060199]
    """
    before, after = np.asarray(expected, dtype="float64"), np.asarray(actual, dtype="float64")
    if before.shape != after.shape or not (np.r_[before, after] >= 0).all():
        raise BadData("bins differ in number, or a bin is negative or missing", fix="count both sides over one cut")
    if not before.sum() > 0 or not after.sum() > 0:
        raise EmptyBook("one side has no case", fix="leave the comparison out")
    old, new = (np.maximum(side / side.sum(), floor) for side in (before, after))
    counted = min(before.sum(), after.sum()) > 1.0 + 1e-9
    noise = (len(before) - 1) * (1 / before.sum() + 1 / after.sum()) if counted else np.nan
    psi = float(((new - old) * np.log(new / old)).sum())
    return pd.DataFrame([{"psi": psi, "noise_psi": noise, "bins_count": len(before)}])
