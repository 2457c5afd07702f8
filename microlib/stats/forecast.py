"""Is a change more than chance: scored forecasts, funnel limits, changes of figures, mix-adjusted shares.

`loan_forecasts` and `score_forecasts` keep a range and hold it against what came; `funnel_limits` and
`figure_changes` tell noise from movement; `expected_shares` standardises a branch for its mix.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import stdtrit
from scipy.stats import binom

from microlib.errors import BadData, EmptyBook, ShortHistory
from microlib.stats.grouping import Day, checked_level
from microlib.stats.intervals import rate_interval

COLUMNS = [
    "figure",
    "made_date",
    "due_date",
    "expected_count",
    "expected_low_count",
    "expected_high_count",
    "level_share",
]
FEWEST = 12


def monthly_new_loans(loans: pd.DataFrame, *, as_of: Day) -> pd.Series:
    """Count new loans by calendar month up to the last complete one; months without any are 0.

    Returns
    -------
    Series
        Counts by monthly period.

    Raises
    ------
    EmptyBook
        If there is no new loan before.
    """
    end = (pd.Timestamp(as_of) + pd.Timedelta(days=1)).to_period("M") - 1
    days = loans.loc[loans["issue_type"].eq("new") if "issue_type" in loans else slice(None), "disbursed_date"]
    months = days.dt.to_period("M")
    counts = months[months <= end].value_counts()
    if counts.empty:
        raise EmptyBook("no new loan has been made")
    return counts.reindex(pd.period_range(counts.index.min(), end, freq="M"), fill_value=0).sort_index()


def loan_forecasts(counts: pd.Series, *, ahead: int = 3, level: float = 0.8) -> pd.DataFrame:
    r"""Forecast the new loans of each of the next months: the last year's mean, its range as wide as months really are.

    With :math:`\bar y` of the last twelve months and :math:`\phi = s^2/\bar y \ge 1` of up to twenty-four: on the
    square-root scale :math:`\sqrt{\bar y} \pm t\sqrt{\phi/4\,(1 + 1/12)}` with Student's t of one less than the months
    that :math:`\phi` is taken from, as it is itself estimated: 80 % hold 82 to 89 % of months whose variance is one to
    four times their mean, after 12 months as after 36 (with the normal quantile 79 to 88 %).

    Parameters
    ----------
    counts : Series
        Of `monthly_new_loans`. Not modified.
    ahead : int
        Months.
    level : float
        Two-sided.

    Returns
    -------
    DataFrame
        `COLUMNS`, one row per month; ``figure`` is ``new_loans``, ``made_date`` the end of the last month counted.

    Raises
    ------
    ShortHistory
        With fewer than twelve months.

    Examples
    --------
    >>> steady = pd.Series(100, index=pd.period_range("2025-01", "2026-06", freq="M"))
    >>> loan_forecasts(steady, ahead=1).iloc[0][["expected_low_count", "expected_high_count"]].astype(int).to_list()
    [86, 114]
    """
    checked_level(level)
    if len(counts) < FEWEST:
        raise ShortHistory(f"{len(counts)} months are too few for a forecast, {FEWEST} are needed")
    mean = float(counts.iloc[-12:].mean())
    recent = counts.iloc[-24:]
    phi = max(1.0, float(recent.var() / recent.mean())) if recent.mean() else 1.0
    reach = float(stdtrit(len(recent) - 1, (1 + level) / 2)) * np.sqrt(phi / 4 * (1 + 1 / 12))
    low, high = max(np.sqrt(mean) - reach, 0.0) ** 2, (np.sqrt(mean) + reach) ** 2
    last = counts.index[-1]
    due = [(last + place).to_timestamp(how="end").normalize() for place in range(1, ahead + 1)]
    return pd.DataFrame(
        {
            "figure": "new_loans",
            "made_date": last.to_timestamp(how="end").normalize(),
            "due_date": due,
            "expected_count": mean,
            "expected_low_count": low,
            "expected_high_count": high,
            "level_share": level,
        }
    )


def score_forecasts(forecasts: pd.DataFrame, counts: pd.Series) -> pd.DataFrame:
    """Set every forecast that has fallen due against what came.

    Parameters
    ----------
    forecasts : DataFrame
        `COLUMNS`, of one or many runs. Not modified.
    counts : Series
        Of `monthly_new_loans`.

    Returns
    -------
    DataFrame
        The rows that have fallen due, with ``actual_count``, ``is_inside``, ``error_count`` (actual less expected),
        ``pinball_count`` (mean pinball loss of both limits; smaller is better).
    """
    period = pd.to_datetime(forecasts["due_date"]).dt.to_period("M")
    actual = period.map(counts).astype(float)
    rows = forecasts.assign(actual_count=actual)[actual.notna()]
    tail = (1 - rows["level_share"]) / 2
    below = rows["actual_count"] - rows["expected_low_count"]
    above = rows["actual_count"] - rows["expected_high_count"]
    loss = np.maximum(tail * below, (tail - 1) * below) + np.maximum((1 - tail) * above, -tail * above)
    return rows.assign(
        is_inside=(below >= 0) & (above <= 0),
        error_count=rows["actual_count"] - rows["expected_count"],
        pinball_count=loss / 2,
    ).reset_index(drop=True)


def replayed_forecasts(counts: pd.Series, *, ahead: int = 1, level: float = 0.8, most: int = 24) -> pd.DataFrame:
    """Make the forecasts of each past month end with nothing known later, and score them as `score_forecasts` does."""
    starts = range(max(FEWEST, len(counts) - most - ahead), len(counts) - ahead + 1)
    made = [loan_forecasts(counts.iloc[:start], ahead=ahead, level=level).tail(1) for start in starts]
    made = [frame for frame in made if len(frame)]
    if not made:
        raise ShortHistory("no forecast of the past can be replayed")
    return score_forecasts(pd.concat(made, ignore_index=True), counts)


def due_forecasts(replayed: pd.DataFrame, kept: pd.DataFrame, counts: pd.Series) -> pd.DataFrame:
    """Return the kept forecasts that have fallen due, scored; where there is none, the replayed ones.

    Parameters
    ----------
    replayed : DataFrame
        Of `replayed_forecasts`. Not modified.
    kept : DataFrame
        `COLUMNS`, as earlier reports kept them; may be empty.
    counts : Series
        Of `monthly_new_loans`.
    """
    if kept.empty:
        return replayed
    scored = score_forecasts(kept[COLUMNS], counts)
    return scored if len(scored) else replayed


def forecast_record(scored: pd.DataFrame) -> pd.DataFrame:
    """Sum up how forecasts have done: how often the range held, against how often it should, and which way they lean.

    Parameters
    ----------
    scored : DataFrame
        Of `score_forecasts`. Not modified.

    Returns
    -------
    DataFrame
        One row: ``forecasts_count, inside_count, inside_share`` with ``inside_low, inside_high`` (Jeffreys 95 %) and
        ``inside_share_count``, ``level_share``, ``mean_error_count``, ``bias_ratio`` (sum of errors over sum of
        forecasts), ``is_honest`` (the range of the coverage holds the level).

    Raises
    ------
    ShortHistory
        If none has fallen due.

    Examples
    --------
    >>> scored = pd.DataFrame({"is_inside": [True] * 8 + [False] * 2, "level_share": 0.8, "error_count": 1.0,
    ...                        "expected_count": 10.0})
    >>> bool(forecast_record(scored).is_honest.item())
    True
    """
    if scored.empty:
        raise ShortHistory("no forecast has fallen due yet")
    inside = int(scored["is_inside"].sum())
    rate = rate_interval(inside, len(scored)).iloc[0]
    level = float(scored["level_share"].mean())
    return pd.DataFrame(
        [
            {
                "forecasts_count": len(scored),
                "inside_count": inside,
                "inside_share": rate["rate"],
                "inside_low": rate["low"],
                "inside_high": rate["high"],
                "inside_share_count": float(len(scored)),
                "level_share": level,
                "mean_error_count": float(scored["error_count"].mean()),
                "bias_ratio": float(scored["error_count"].sum() / scored["expected_count"].sum()),
                "is_honest": bool(rate["low"] <= level <= rate["high"]),
            }
        ]
    )


LEVELS = (0.95, 0.998)


def funnel_limits(counts: Sequence[float], *, target: float, levels: Sequence[float] = LEVELS) -> pd.DataFrame:
    r"""Return the limits within which a rate on so many cases lies by chance, if its true rate is the target.

    Answers "is this branch worse than the bank, or merely small?" For each tail probability :math:`p`, with
    :math:`F` the distribution of a binomial of `n` cases at the target:

    .. math::

        r_p = \min\{r : F(r) \ge p\}, \qquad
        y_{low} = \frac{r_p - \alpha}{n}, \qquad y_{high} = \frac{r_p + 1 - \alpha}{n}, \qquad
        \alpha = \frac{F(r_p) - p}{F(r_p) - F(r_p - 1)}

    which interpolates between whole cases, so that the limits are smooth, and leaves on either side at most the
    nominal tail outside. (Spiegelhalter's upper limit lies a case lower and leaves up to 12 % outside 95 % at n = 20.)

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
    [[0.0061, 0.1019], [0.0364, 0.0644]]
    """
    cases = np.round(np.asarray(counts, dtype="float64"))
    if not (0 <= target <= 1 and (cases >= 1).all()):
        raise BadData("a funnel needs cases and a share", where="funnel_limits", fix="leave out branches without loans")
    parts = [_limits(cases, target, level) for level in levels]
    return pd.concat(parts).sort_values(["level", "cases_count"], kind="stable").reset_index(drop=True)


def _limits(cases: np.ndarray, target: float, level: float) -> pd.DataFrame:
    low = _limit(cases, target, (1 - level) / 2)
    high = _limit(cases, target, (1 + level) / 2, above=1.0)
    return pd.DataFrame({"cases_count": cases, "level": level, "low_share": low, "high_share": high})


def _limit(cases: np.ndarray, target: float, tail: float, *, above: float = 0.0) -> np.ndarray:
    whole = binom.ppf(tail, cases, target)
    reached, step = binom.cdf(whole, cases, target), binom.pmf(whole, cases, target)
    part = np.divide(reached - tail, step, out=np.zeros_like(step), where=step > 0)
    return np.clip((whole + above - part) / cases, 0, 1)


def funnel_standings(rows: pd.DataFrame) -> pd.DataFrame:
    """Say where each branch stands in the funnel around the share of all.

    Answers "is this branch an outlier, or would so few borrowers stray as far by chance?"

    Parameters
    ----------
    rows : DataFrame
        One per branch: ``share, hit_yuan, balance_yuan, base_effective_count``; those without a share, or worth less
        than one borrower, are left out. Not modified.

    Returns
    -------
    DataFrame
        The rows with ``standing``: ``inside``, ``beyond_95`` or ``beyond_998`` (outside the limits that chance leaves
        once in 20, once in 500), and ``target_share``, the share of all of them together.

    Examples
    --------
    >>> rows = pd.DataFrame({"branch_id": ["a", "b"], "share": [0.05, 0.2], "hit_yuan": [50.0, 20.0],
    ...     "balance_yuan": [1000.0, 100.0], "base_effective_count": [900.0, 200.0]})
    >>> funnel_standings(rows)["standing"].tolist()
    ['inside', 'beyond_998']
    """
    known = rows[rows["share"].notna() & (rows["base_effective_count"] >= 1)].reset_index(drop=True)
    if known.empty:
        return known.assign(standing=pd.Series(dtype="str"), target_share=pd.Series(dtype="float64"))
    target = float(known["hit_yuan"].sum() / known["balance_yuan"].sum())
    standing = pd.Series("inside", index=known.index)
    cases = known["base_effective_count"].round()
    limits = funnel_limits(cases.unique(), target=target).set_index(["level", "cases_count"])
    for level, name in zip(LEVELS, ("beyond_95", "beyond_998"), strict=True):
        own = limits.loc[level].reindex(cases).reset_index(drop=True)
        standing[(known["share"] < own["low_share"]) | (known["share"] > own["high_share"])] = name
    return known.assign(standing=standing, target_share=target)


#: of a two-sided interval of 95 %
Z = 1.959964
READING_COLUMNS = ["before", "before_low", "before_high", "after", "after_low", "after_high"]


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
    >>> pair = pd.DataFrame([[0.02, 0.01, 0.04, 0.05, 0.03, 0.08]], columns=READING_COLUMNS)
    >>> figure_changes(pair).round(4).iloc[0].to_dict()
    {'change': 0.03, 'change_low': 0.0017, 'change_high': 0.0616, 'is_beyond': True, 'strength': 1.0607}
    """
    missing = [name for name in READING_COLUMNS if name not in readings]
    if missing or readings[["before", "after"]].isna().any(axis=None):
        raise BadData("a figure lacks a reading", where=", ".join(missing), fix="leave out what was read only once")
    if tolerance_share < 0:
        raise BadData(f"a tolerance of {tolerance_share} is none", fix="give a fraction, 0 or more")
    b, b_low, b_high, a, a_low, a_high = (readings[name].to_numpy("float64") for name in READING_COLUMNS)
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


def expected_shares(pieces: pd.DataFrame, *, within: str, across: str, hit: str, base: str) -> pd.DataFrame:
    r"""Return each branch's expected share by indirect standardisation.

    Answers "is this branch worse, or does it merely lend to worse trades?" With :math:`h_{bs}` the yuan above the line
    and :math:`y_{bs}` the balance of branch `b` in trade `s`:

    .. math::

        r_s = \frac{\sum_b h_{bs}}{\sum_b y_{bs}}, \qquad
        e_b = \frac{\sum_s y_{bs} r_s}{\sum_s y_{bs}}

    Parameters
    ----------
    pieces : DataFrame
        Sums by `within` and `across`; columns `hit` and `base` (yuan >= 0). Not modified.
    within, across : str
        Columns of branches and of trades.
    hit, base : str
        Columns of yuan; a piece whose `hit` is missing is no experience of its trade.

    Returns
    -------
    DataFrame
        Index `within`, ascending: ``expected_share`` (fraction; missing where a branch has no base, or has one in a
        trade that nobody knows)

    Raises
    ------
    EmptyBook
        If there is no base at all.

    Notes
    -----
    A branch is part of the bank it is compared with: one that holds most of a trade expects its own rate there.

    References
    ----------
    .. [1] Breslow, N. E. and Day, N. E. (1987). Statistical Methods in Cancer Research II, ch. 2: indirect
       standardisation.

    Examples
    --------
    >>> pieces = pd.DataFrame({"branch_id": ["a", "a", "b"], "trade": ["x", "y", "x"],
    ...                        "hit_yuan": [10.0, 0.0, 0.0], "balance_yuan": [100.0, 100.0, 300.0]})
    >>> found = expected_shares(pieces, within="branch_id", across="trade", hit="hit_yuan", base="balance_yuan")
    >>> found["expected_share"].to_dict()
    {'a': 0.0125, 'b': 0.025}
    """
    if not (pieces[base].sum() > 0):
        raise EmptyBook("there is no balance", fix="choose a date at which the bank has loans")
    trades = pieces[pieces[hit].notna()].groupby(across)[[hit, base]].sum()
    rates = (trades[hit] / trades[base]).where(trades[base] > 0, 0.0)
    held = pieces[pieces[base] > 0]
    expected = held[base] * held[across].map(rates)
    unknown = expected.isna().groupby(held[within]).any().reindex(pieces[within].unique(), fill_value=False)
    parts = pd.DataFrame({"expected": expected, "base": pieces[base]}).fillna(0.0)
    sums = parts.groupby(pieces[within]).sum()
    sums["expected"] = sums["expected"].mask(unknown.reindex(sums.index))
    return (sums["expected"] / sums["base"]).where(sums["base"] > 0).to_frame("expected_share")
