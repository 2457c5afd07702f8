"""Is there a season, when is its peak, how strong is it: monthly index, STL strength, permutation test.

`seasonal_index` and `credit_seasons` answer for a series or a group; `fitted_season` fits trend, twelve
effects and the Spring Festival (春节), which `festival_weights` places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtrit

from microlib.calendars import month_end, spring_festival
from microlib.errors import BadData, EmptyBook
from microlib.stats.grouping import checked_level, month_numbers
from microlib.units import MONTHS_PER_YEAR

#: months before (negative) and after the festival's month
POSITIONS = tuple(range(-6, 6))


def festival_weights(months: Sequence[str], *, days: int = 30) -> np.ndarray:
    """Return the part of the days before each Spring Festival that falls in each month.

    Parameters
    ----------
    months : sequence of str
        Months, YYYY-MM.
    days : int
        Length of the time before the festival in which trade swells.

    Returns
    -------
    ndarray
        Fractions; those of December, January and February of one winter add up to one.

    Examples
    --------
    >>> festival_weights(["2024-01", "2024-02", "2024-03"]).round(2).tolist()
    [0.7, 0.3, 0.0]
    """
    return np.array([_weight(month, days) for month in months])


def _weight(month: str, days: int) -> float:
    first = date.fromisoformat(f"{month}-01")
    last = month_end(first)
    year = first.year + (first.month > MONTHS_PER_YEAR // 2)
    festival = spring_festival(year)
    start, end = festival - timedelta(days=days), festival - timedelta(days=1)
    shared = (min(last, end) - max(first, start)).days + 1
    return max(0, shared) / days


def lunar_positions(months: Sequence[str]) -> np.ndarray:
    """Return how many months each month lies before (negative) or after the nearest Spring Festival.

    Returns
    -------
    ndarray of int
        -6 .. 5; the month of the festival is 0. In a lunar year of thirteen months the sixth after counts as
        the sixth before the next.

    Examples
    --------
    >>> lunar_positions(["2024-12", "2025-01", "2025-02", "2025-07", "2025-08"]).tolist()
    [-1, 0, 1, -6, -6]
    """
    years = {int(month[:4]) + shift for month in months for shift in (0, 1)}
    festivals = np.sort(month_numbers(pd.Series([f"{spring_festival(year):%Y-%m}" for year in sorted(years)])))
    numbers = month_numbers(pd.Series(months, dtype="str"))
    away = numbers[:, None] - festivals[None, :]
    nearest = away[np.arange(len(numbers)), np.abs(away + 0.5).argmin(axis=1)]
    return np.where(nearest > POSITIONS[-1], POSITIONS[0], np.maximum(nearest, POSITIONS[0]))


#: fewer months than this say nothing about a year
SHORT = 24
ALIGNMENTS = ("calendar", "lunar")
SEED = 20260630


class TooShort(BadData):
    """A season was asked of a series too short to show one."""


@dataclass(frozen=True)
class Fit:
    """A season fitted to several series at once.

    Parameters
    ----------
    names : list of str
        Segments, one per column of the arrays.
    months : list of str
    slots : tuple of int
        Calendar months 1 .. 12, or months from the festival -6 .. 5.
    values : ndarray
        Months x segments, each segment relative to its own mean.
    effects : ndarray
        Slots x segments, adding up to zero; the index is one plus the effect.
    reader : ndarray
        Slots x months: what turns a series into effects.
    trend : ndarray
        Months x segments: the fit without season, for the test of no season.
    fitted : ndarray
        Months x segments: the whole fit.
    width : int
        Parameters of the whole fit.
    left_out : str
        Edge months that are only partly on file (`partial_edges`), with blanks between.
    """

    names: list[str]
    months: list[str]
    slots: tuple[int, ...]
    values: np.ndarray
    effects: np.ndarray
    reader: np.ndarray
    trend: np.ndarray
    fitted: np.ndarray
    width: int
    left_out: str


#: an edge month is partly filled when it holds less than this part of the least of the others
EDGE_SHARE = 0.5
#: fewer months than this show no usual month to hold an edge against
LEAST_MONTHS = 13
#: fewer customers than this do not tell a gap in the file from a month in which they did little
LEAST_CUSTOMERS = 10


def partial_edges(totals: pd.Series) -> list:
    r"""Return the first and the last month where they are only partly on file, read from the data themselves.

    Files are cut by the day, so the first or the last month may hold a few days only: taken as whole months they
    would look like the deepest low of the year.

    .. math:: y_{edge} < \tfrac12 \min_{t \in N(edge)} y_t

    with N the twelve months next to the edge, of which it is none: in a book that grows, those of long ago are no
    measure.

    Parameters
    ----------
    totals : Series
        What all together did (count or yuan), by month without holes, ascending. Not modified.

    Returns
    -------
    list
        None, one or two labels of `totals`; none under thirteen months, where no year shows how low a month may be.

    Notes
    -----
    A month half filled is not told from a weak one by its level: where the rows bear days, ask `cut_months` too. Give
    the sum over all, never one firm's series: its collapse in the last month is news, not a gap in the file.

    Examples
    --------
    >>> partial_edges(pd.Series([5.0, *[100.0] * 12, 60.0], index=range(14)))
    [0]
    """
    if len(totals) < LEAST_MONTHS:
        return []
    near = {0: totals.iloc[1:LEAST_MONTHS], -1: totals.iloc[-LEAST_MONTHS:-1]}
    return [totals.index[place] for place, others in near.items() if totals.iloc[place] < EDGE_SHARE * others.min()]


def cut_edges(who: pd.Series, months: pd.Series, amounts: pd.Series, *, until: int | None = None) -> list[int]:
    """Return the edge months of a table by customer and month that are not, or only partly, on file.

    Parameters
    ----------
    who, months, amounts : Series
        Customer, month as an integer (`grouping.month_numbers`) and yuan, of one index. Not modified.
    until : int, optional
        The last month asked for: where the table ends before it, the months between are not on file.

    Returns
    -------
    list of int
        Those of which all together show only a part (`partial_edges`), and those after the last; none where fewer
        than ten customers have a row: of so few nobody can tell a gap in the file from a month without business.

    Examples
    --------
    >>> who, months = pd.Series([*range(10)] * 14), pd.Series(range(14)).repeat(10).reset_index(drop=True)
    >>> cut_edges(who, months, months.eq(13).map({True: 3, False: 9}), until=15)
    [13, 14, 15]
    """
    if who.nunique() < LEAST_CUSTOMERS:
        return []
    totals = amounts.groupby(months).sum()
    first, last = int(totals.index.min()), int(totals.index.max())
    after = [] if until is None else list(range(last + 1, until + 1))
    return partial_edges(totals.reindex(range(first, last + 1), fill_value=0.0)) + after


def cut_months(days: pd.Series) -> list[str]:
    r"""Return the first and the last month where the file that holds these days begins or ends within them.

    .. math:: d_1 - a > \max_k (d_{k+1} - d_k), \qquad z - d_n > \max_k (d_{k+1} - d_k)

    with :math:`d_1 < \dots < d_n` the days on file, a the day before the first month and z the last of the last: a
    file is cut where it is silent for longer than it ever was in between.

    Parameters
    ----------
    days : Series of datetime
        Days of all rows of the file; missing ones are left out. Not modified.

    Returns
    -------
    list of str
        None, one or two months (YYYY-MM); none of a file with fewer than thirteen months.

    Examples
    --------
    >>> cut_months(pd.Series(pd.date_range("2025-01-01", "2026-02-21")))
    ['2026-02']
    """
    known = np.sort(days.dropna().dt.normalize().unique()).astype("datetime64[D]")
    first, last = (known[[0, -1]] if len(known) else np.array(["1970-01-01"] * 2)).astype("datetime64[M]")
    if (last - first).astype(int) + 1 < LEAST_MONTHS:
        return []
    longest = np.diff(known).max()
    before, after = first.astype("datetime64[D]") - 1, (last + 1).astype("datetime64[D]") - 1
    silent = {first: known[0] - before, last: after - known[-1]}
    return [str(month) for month, quiet in silent.items() if quiet > longest]


def month_table(monthly: pd.DataFrame) -> pd.DataFrame:
    """Turn the long series into months x segments, refusing holes and nothing; a part of a month at an edge goes.

    Months that the series marks as cut (``is_cut``, of `rhythm.monthly_sales`) go too.
    """
    if monthly.duplicated(["segment", "month"]).any():
        raise BadData("a month stands twice in a segment", fix="add rows of one month up first")
    table = monthly.pivot(index="month", columns="segment", values="amount_yuan").sort_index()
    if table.empty:
        raise EmptyBook("there is no month to read a season from", fix="leave the season out")
    numbers = month_numbers(table.index.to_series()).tolist()
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))) or not np.isfinite(table.to_numpy()).all():
        raise BadData("months or amounts are missing", fix="take the series from monthly_amounts: it has no holes")
    cut = set(monthly.loc[monthly["is_cut"], "month"]) if "is_cut" in monthly else set()
    table = table.drop(index=[month for month in table.index if month in cut])
    table = table.drop(index=partial_edges(table.sum(axis="columns")))
    empty = table.columns[table.sum() <= 0]
    if len(empty):
        raise EmptyBook(f"no amount in {', '.join(map(str, empty))}", fix="leave segments without amounts out")
    return table


def fitted_season(monthly: pd.DataFrame, align: str) -> Fit:
    """Fit trend, moving festival and twelve effects to every segment at once (see `seasonal_index`)."""
    if align not in ALIGNMENTS:
        raise BadData(f"alignment is {align!r}", fix="use calendar or lunar")
    table = month_table(monthly)
    if len(table) < SHORT:
        raise TooShort(f"{len(table)} months are too few for a season", fix=f"load {SHORT} months or more")
    months, values = list(table.index), (table / table.mean()).to_numpy()
    slots = tuple(range(1, MONTHS_PER_YEAR + 1)) if align == "calendar" else POSITIONS
    where = np.array([int(month[5:]) for month in months]) if align == "calendar" else lunar_positions(months)
    season = (where[:, None] == np.array(slots)[None, :]).astype("float64")
    plain = [np.ones(len(months)), np.arange(len(months)) / MONTHS_PER_YEAR]
    moving = _moving(months, season) if align == "calendar" else None
    base = np.column_stack(plain if moving is None else [*plain, moving])
    design = np.column_stack([base, season[:, 1:] - season[:, :1]])
    reader = np.linalg.pinv(design)
    reader = np.vstack([-reader[base.shape[1] :].sum(axis=0), reader[base.shape[1] :]])
    return Fit(
        names=list(table.columns),
        months=months,
        slots=slots,
        values=values,
        effects=reader @ values,
        reader=reader,
        trend=base @ np.linalg.pinv(base) @ values,
        fitted=design @ np.linalg.pinv(design) @ values,
        width=design.shape[1],
        left_out=" ".join(sorted(set(monthly["month"]) - set(months))),
    )


def _moving(months: list[str], season: np.ndarray) -> np.ndarray | None:
    """Return the festival's weight less its mean in each calendar month; nothing if it never moved."""
    weight = festival_weights(months)
    centred = weight - season @ ((season.T @ weight) / season.sum(axis=0))
    return centred if np.abs(centred).max() > 0.05 else None


def redrawn(fit: Fit, draws: int) -> np.ndarray:
    """Return draws x slots x segments of effects, the residuals of whole months redrawn with replacement.

    Residuals are parts of their month's level (a large month varies by more yuan than a small one). Draws know nothing
    of how little so few months say of the noise itself: bands are widened for that.
    """
    if draws < 100:
        raise BadData(f"{draws} draws say nothing about tails", fix="ask for at least 100")
    count = len(fit.months)
    level = np.maximum(fit.fitted, LEAST_LEVEL)
    rest = (fit.values - fit.fitted) / level * np.sqrt(count / (count - fit.width))
    picked = np.random.default_rng(SEED).integers(0, count, size=(draws, count))
    return fit.effects + np.einsum("mt,dts->dms", fit.reader, rest[picked] * level)


def _widened(limits: np.ndarray, effects: np.ndarray, *, fit: Fit, level: float) -> np.ndarray:
    r"""Move the limits of redrawn effects away from the effects by Student's t over the normal quantile.

    .. math:: \frac{t_{n - p}(1 - \alpha/2)}{z_{1 - \alpha/2}}

    with n months and p effects fitted: 1.10 with 24 months, 1.04 with 36, 1.02 with 60. Simulated with a January of
    1.5, noise of 20 % of the level, normal or lognormal: a band of 90 % holds 89 to 91 %, without it 87 to 90 %.

    Returns
    -------
    ndarray
        Of the shape of `limits`.
    """
    upper = (1 + level) / 2
    return effects + (limits - effects) * stdtrit(len(fit.months) - fit.width, upper) / ndtri(upper)


def permuted(fit: Fit, draws: int) -> np.ndarray:
    """Return each segment's share of permutations of the months whose effects vary at least as much."""
    rest = fit.values - fit.trend
    observed = ((fit.reader @ rest) ** 2).sum(axis=0)
    rng = np.random.default_rng(SEED)
    order = rng.permuted(np.tile(np.arange(len(rest)), (draws, 1)), axis=1)
    varied = (np.einsum("mt,dts->dms", fit.reader, rest[order]) ** 2).sum(axis=1)
    return (1 + (varied >= observed * (1 - 1e-12)).sum(axis=0)) / (1 + draws)


#: from here on the strength of a season may be stated
LONG = 48
#: least level of a month (1 is the mean of all) that its noise is taken as a part of
LEAST_LEVEL = 0.2
#: what varies less than this, relative to the squared level, does not vary: it is rounding
NOISE = 1e-20


def seasonal_index(
    monthly: pd.DataFrame, *, align: str = "calendar", draws: int = 499, level: float = 0.90
) -> pd.DataFrame:
    r"""Measure each segment's monthly index with a bootstrap band, trend and the moving festival taken out.

    Answers "in which months does this group need money, and how sure is that?"

    .. math:: \frac{y_t}{\bar y} = a + b\,t + s_{m(t)} + \beta\, f_t + e_t, \qquad \sum_m s_m = 0, \qquad i_m = 1 + s_m

    where :math:`m(t)` is the calendar month of t, :math:`f_t` the part of the 30 days before the Spring Festival that
    falls in t less its mean for that calendar month (so that :math:`i_m` is an average year's month), and e the rest,
    redrawn with replacement for the band, whose limits are moved out by Student's t over the normal quantile: with 24
    months by 10 %, with 60 by 2. Aligned by the lunar year, m counts months from the festival and there is no f.

    Parameters
    ----------
    monthly : DataFrame
        ``segment, month, amount_yuan`` without holes. Take new lending only, with the bank's push removed
        (`rhythm.without_push`), or better flows or sales. Not modified.
    align : {"calendar", "lunar"}
    draws : int
        Bootstrap draws, at least 100.
    level : float
        Of the two-sided band of each month.

    Returns
    -------
    DataFrame
        One row per segment and month of the year: ``segment``; ``calendar_month`` (1 .. 12), or ``festival_month``
        (-6 .. 5, 0 is the festival's) when aligned by the lunar year; ``index_ratio, index_low, index_high`` (1 is an
        average month; below zero only by noise); ``months_count`` (whole months); ``left_out_months`` (YYYY-MM, blanks
        between): edge months that are only partly on file (`partial_edges`).

    Raises
    ------
    TooShort
        Under 24 months: no month has come round often enough.
    EmptyBook
        If a segment's amounts sum to zero.
    BadData
        If months are missing or an amount is not a number, the alignment is unknown, or draws are too few.

    Notes
    -----
    Repeatable: the seed is fixed. The band is for each month by itself; of twelve months one stands out by chance
    now and then, so read the p-value of `credit_seasons` first.

    Examples
    --------
    >>> months = [str(month) for month in pd.period_range("2023-07", "2026-06", freq="M")]
    >>> monthly = pd.DataFrame({"segment": "farm", "month": months})
    >>> monthly["amount_yuan"] = [300.0 if month.endswith("-03") else 100.0 for month in months]
    >>> found = seasonal_index(monthly)
    >>> found.loc[found["index_ratio"].idxmax(), ["calendar_month", "index_ratio"]].round(2).tolist()
    [3.0, 2.57]
    """
    checked_level(level)
    fit = fitted_season(monthly, align)
    drawn = redrawn(fit, draws)
    limits = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    low, high = _widened(limits, fit.effects, fit=fit, level=level)
    label = "calendar_month" if align == "calendar" else "festival_month"
    pieces = [
        pd.DataFrame(
            {
                "segment": name,
                label: fit.slots,
                "index_ratio": 1 + fit.effects[:, column],
                "index_low": 1 + low[:, column],
                "index_high": 1 + high[:, column],
                "months_count": len(fit.months),
                "left_out_months": fit.left_out,
            }
        )
        for column, name in enumerate(fit.names)
    ]
    return pd.concat(pieces, ignore_index=True)


def credit_seasons(monthly: pd.DataFrame, *, align: str = "calendar", draws: int = 499) -> pd.DataFrame:
    r"""Say for each segment whether there is a season, when it peaks, and how firmly.

    The p-value permutes the months of what the trend (and the moving festival) leaves: the share of permutations
    whose effects vary as much, :math:`p = (1 + \#\{v^* \ge v\}) / (1 + draws)` with :math:`v = \sum_m s_m^2`.
    Stability is the share of bootstrap draws that peak in the same month.

    Parameters
    ----------
    monthly : DataFrame
        As for `seasonal_index`. Not modified.
    align : {"calendar", "lunar"}
    draws : int
        Draws of the bootstrap and of the permutation, at least 100.

    Returns
    -------
    DataFrame
        One row per segment: ``segment, months_count`` (whole months), ``left_out_months`` (as `seasonal_index`),
        ``method`` (month_shares under 48 months, stl from 48),
        ``peak_month`` (1 .. 12, or -6 .. 5 by the lunar year), ``peak_ratio, peak_low, peak_high`` (90 % band),
        ``stability_share`` (fraction), ``p_value`` (fraction), ``season_strength`` (0 .. 1, missing under 48 months,
        where it would be near one for pure noise).

    Raises
    ------
    TooShort
        Under 24 months.
    EmptyBook, BadData
        As `seasonal_index`.

    Notes
    -----
    The strength of STL is biased upward: pure noise of 48 months gives .60 on average. It is no test; the p-value is.

    Examples
    --------
    >>> months = [str(month) for month in pd.period_range("2023-07", "2026-06", freq="M")]
    >>> monthly = pd.DataFrame({"segment": "farm", "month": months})
    >>> monthly["amount_yuan"] = [300.0 if month.endswith("-03") else 100.0 for month in months]
    >>> credit_seasons(monthly)[["peak_month", "stability_share", "p_value"]].iloc[0].tolist()
    [3.0, 1.0, 0.002]
    """
    fit = fitted_season(monthly, align)
    drawn = redrawn(fit, draws)
    peaks = fit.effects.argmax(axis=0)
    columns = np.arange(len(fit.names))
    height = fit.effects[peaks, columns]
    low, high = 1 + _widened(np.quantile(drawn[:, peaks, columns], [0.05, 0.95], axis=0), height, fit=fit, level=0.90)
    is_long = len(fit.months) >= LONG
    return pd.DataFrame(
        {
            "segment": fit.names,
            "months_count": len(fit.months),
            "left_out_months": fit.left_out,
            "method": "stl" if is_long else "month_shares",
            "peak_month": np.array(fit.slots)[peaks],
            "peak_ratio": 1 + height,
            "peak_low": low,
            "peak_high": high,
            "stability_share": (drawn.argmax(axis=1) == peaks).mean(axis=0),
            "p_value": permuted(fit, draws),
            "season_strength": [season_strength(each)[1] if is_long else np.nan for each in fit.values.T],
        }
    )


def season_strength(values: Sequence[float] | np.ndarray) -> tuple[float, float]:
    r"""Return the strengths of trend and season by STL (period 12, seasonal window 7).

    .. math::

        F_T = \max\Big(0, 1 - \frac{Var(R)}{Var(T+R)}\Big), \quad
        F_S = \max\Big(0, 1 - \frac{Var(R)}{Var(S+R)}\Big)

    Parameters
    ----------
    values : sequence of float
        Monthly, at least 48.

    Returns
    -------
    tuple of float
        Strength of trend and of season, 0 .. 1.

    Raises
    ------
    TooShort
        Under 48 months: at 24 the strength of pure noise is 1.00.
    BadData
        If a month is missing or infinite.

    References
    ----------
    .. [1] Cleveland, R. et al. (1990). STL. Journal of Official Statistics 6, 3-73.
    .. [2] Hyndman, R., Athanasopoulos, G. Forecasting: Principles and Practice, 4.3.

    Examples
    --------
    >>> season_strength([100 + 10 * np.sin(2 * np.pi * t / 12) for t in range(60)])[1] > 0.999
    True
    """
    if len(values) < LONG:
        raise TooShort(f"{len(values)} months show no strength of a season", fix=f"give {LONG} months or more")
    from statsmodels.tsa.seasonal import STL

    series = np.asarray(values, dtype="float64")
    if not np.isfinite(series).all():
        raise BadData("a month is missing or infinite", fix="give every month its amount")
    parts = STL(series, period=MONTHS_PER_YEAR, seasonal=7).fit()
    rest = parts.resid.var()
    whole = [(part + parts.resid).var() for part in (parts.trend, parts.seasonal)]
    still = NOISE * np.square(series).max()
    trend, season = (max(0.0, 1.0 - rest / each) if each > still else 0.0 for each in whole)
    return float(trend), float(season)
