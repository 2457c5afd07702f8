"""What changed between two readings of the same figure, beyond what chance alone would move it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.errors import BadData

#: of a two-sided interval of 95 %
Z = 1.959964
WANTED = ["before", "before_low", "before_high", "after", "after_low", "after_high"]


def figure_changes(readings: pd.DataFrame, *, tolerance_share: float = 0.05) -> pd.DataFrame:
    r"""Say of each figure whether its second reading differs from its first by more than noise.

    Answers "is this a change, or would the same branch have shown it by chance?" Where both readings carry an
    interval, the interval of their difference is

    .. math::

        d - \sqrt{(a - l_a)^2 + (u_b - b)^2}, \qquad d + \sqrt{(u_a - a)^2 + (b - l_b)^2}, \qquad d = a - b

    with b the reading before, a the one after, l and u their limits; a change is one whose interval leaves out
    zero. Where an interval is missing, it is one of more than `tolerance_share` of the larger reading.

    Parameters
    ----------
    readings : DataFrame
        ``before, before_low, before_high, after, after_low, after_high``: numbers in the figure's own unit, limits
        missing where there are none. Not modified.
    tolerance_share : float
        Fraction, 0 .. 1.

    Returns
    -------
    DataFrame
        Index of `readings`; ``change`` (the figure's unit), ``change_low``, ``change_high`` (missing without
        limits), ``is_beyond`` (bool), ``strength`` (index, >= 0): the change in half-widths of its interval, or in
        tolerances; above 1 is beyond.

    Raises
    ------
    BadData
        If a column is missing, a reading is, or the tolerance is negative.

    Notes
    -----
    Two dates of one branch share most of their loans, so the two readings are not independent and the true interval
    of the difference is narrower: what is called a change here is one, some small ones are passed over.

    References
    ----------
    .. [1] Zou, G. Y. and Donner, A. (2008). Construction of confidence limits about effect measures: a general
       approach. Statistics in Medicine 27, 1693-1702 (method of variance estimates recovery).

    Examples
    --------
    >>> pair = pd.DataFrame([[0.02, 0.01, 0.04, 0.05, 0.03, 0.08]], columns=WANTED)
    >>> figure_changes(pair).round(4).iloc[0].to_dict()
    {'change': 0.03, 'change_low': 0.0017, 'change_high': 0.0616, 'is_beyond': True, 'strength': 1.0607}
    """
    missing = [name for name in WANTED if name not in readings]
    if missing or readings[["before", "after"]].isna().any(axis=None):
        raise BadData("a figure lacks a reading", where=", ".join(missing), fix="leave out what was read only once")
    if tolerance_share < 0:
        raise BadData(f"a tolerance of {tolerance_share} is none", fix="give a fraction, 0 or more")
    b, b_low, b_high, a, a_low, a_high = (readings[name].to_numpy("float64") for name in WANTED)
    change = a - b
    down, up = np.hypot(a - a_low, b_high - b), np.hypot(a_high - a, b - b_low)
    allowed = tolerance_share * np.maximum(np.abs(a), np.abs(b))
    room = np.where(np.isnan(down + up), allowed, np.where(change > 0, down, up))
    strength = np.divide(np.abs(change), room, out=np.where(change == 0, 0.0, np.inf), where=room > 0)
    found = {"change": change, "change_low": change - down, "change_high": change + up}
    return pd.DataFrame({**found, "is_beyond": strength > 1, "strength": strength}, index=readings.index)


def count_limits(counts: pd.Series, *, fewest: int = 100) -> pd.DataFrame:
    r"""Say how far chance alone reaches around a small count.

    Answers "could three cases have been seven?" A count n of independent cases has the score limits

    .. math::

        n + z^2 / 2 \mp z \sqrt{n + z^2 / 4}, \qquad z = 1.96

    Parameters
    ----------
    counts : Series
        Cases, >= 0. Not modified.
    fewest : int
        From so many on a count is taken as what it is: a book of 2,000 loans does not move by chance.

    Returns
    -------
    DataFrame
        ``low, high`` (cases), missing for counts of `fewest` or more and for missing ones.

    Raises
    ------
    BadData
        If a count is negative.

    References
    ----------
    .. [1] Barker, L. (2002). A comparison of nine confidence intervals for a Poisson parameter when the expected
       number of events is <= 5. The American Statistician 56, 85-89 (score interval).

    Examples
    --------
    >>> count_limits(pd.Series([3.0, 150.0])).round(2).to_numpy().tolist()
    [[1.02, 8.82], [nan, nan]]
    """
    if (counts < 0).any():
        raise BadData("a count is negative", fix="give numbers of cases")
    middle, reach = counts + Z * Z / 2, Z * np.sqrt(counts + Z * Z / 4)
    return pd.DataFrame({"low": middle - reach, "high": middle + reach}).where(counts < fewest)
