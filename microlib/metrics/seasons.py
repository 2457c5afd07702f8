"""When a group needs money (信贷旺季): monthly index with a band, its peak, and whether there is a season at all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from microlib.metrics.season_fits import TooShort, fitted_season, month_table, permuted, redrawn
from microlib.units import MONTHS_PER_YEAR

#: from here on the strength of a season may be stated
LONG = 48


def month_shares(monthly: pd.DataFrame) -> pd.DataFrame:
    r"""Describe how each segment's amounts are spread over the twelve calendar months, without claiming a season.

    .. math:: i_m = \frac{\bar y_m}{\bar y}, \qquad s_m = \frac{i_m}{12}, \qquad H = 12 \sum_m s_m^2 - 1

    Parameters
    ----------
    monthly : DataFrame
        ``segment, month, amount_yuan`` without holes, e.g. from `monthly_amounts.monthly_lending`. Not modified.

    Returns
    -------
    DataFrame
        One row per segment and calendar month: ``segment, calendar_month`` (1 .. 12), ``index_ratio`` (1 is an
        average month), ``month_share`` (fraction of a year), ``month_hhi`` (0 even .. 11 all in one month; the same
        for all rows of a segment).

    Raises
    ------
    TooShort
        If a calendar month is missing.
    EmptyBook
        If a segment's amounts sum to zero.

    Examples
    --------
    >>> months = [f"2025-{month:02}" for month in range(1, 13)]
    >>> year = pd.DataFrame({"segment": "all", "month": months, "amount_yuan": [14, 6, 10, 8, 8, 9, 7, 7, 8, 8, 7, 8]})
    >>> month_shares(year)[["index_ratio", "month_share", "month_hhi"]].round(3).iloc[0].tolist()
    [1.68, 0.14, 0.056]
    """
    table = month_table(monthly)
    calendar_month = pd.Index([int(month[5:]) for month in table.index], name="calendar_month")
    means = table.groupby(calendar_month).mean()
    if len(means) < MONTHS_PER_YEAR:
        raise TooShort(f"{len(means)} of 12 calendar months are there", fix="a whole year is needed")
    index = means / means.mean()
    hhi = MONTHS_PER_YEAR * ((index / MONTHS_PER_YEAR) ** 2).sum() - 1
    found = index.melt(ignore_index=False, var_name="segment", value_name="index_ratio").reset_index()
    found["month_share"] = found["index_ratio"] / MONTHS_PER_YEAR
    found["month_hhi"] = found["segment"].map(hhi)
    return found[["segment", "calendar_month", "index_ratio", "month_share", "month_hhi"]]


def seasonal_index(
    monthly: pd.DataFrame, *, align: str = "calendar", draws: int = 499, level: float = 0.90
) -> pd.DataFrame:
    r"""Measure each segment's monthly index with a bootstrap band, trend and the moving festival taken out.

    Answers "in which months does this group need money, and how sure is that?"

    .. math:: \frac{y_t}{\bar y} = a + b\,t + s_{m(t)} + \beta\, f_t + e_t, \qquad \sum_m s_m = 0, \qquad i_m = 1 + s_m

    where :math:`m(t)` is the calendar month of t, :math:`f_t` the part of the 30 days before the Spring Festival that
    falls in t less its mean for that calendar month (so that :math:`i_m` is an average year's month), and e the rest,
    redrawn with replacement for the band. Aligned by the lunar year, m counts months from the festival and there is
    no f.

    Parameters
    ----------
    monthly : DataFrame
        ``segment, month, amount_yuan`` without holes. Take new lending only, with the bank's push removed
        (`rhythms.without_push`), or better flows or sales. Not modified.
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
        average month; below zero only by noise); ``months_count`` (length of the series).

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
    fit = fitted_season(monthly, align)
    drawn = redrawn(fit, draws)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    label = "calendar_month" if align == "calendar" else "festival_month"
    pieces = [
        pd.DataFrame({
            "segment": name, label: fit.slots, "index_ratio": 1 + fit.effects[:, column],
            "index_low": 1 + low[:, column], "index_high": 1 + high[:, column], "months_count": len(fit.months),
        })
        for column, name in enumerate(fit.names)
    ]  # fmt: skip
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
        One row per segment: ``segment, months_count, method`` (month_shares under 48 months, stl from 48),
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
    at_peak = 1 + drawn[:, peaks, columns]
    is_long = len(fit.months) >= LONG
    return pd.DataFrame({
        "segment": fit.names,
        "months_count": len(fit.months),
        "method": "stl" if is_long else "month_shares",
        "peak_month": np.array(fit.slots)[peaks],
        "peak_ratio": 1 + fit.effects[peaks, columns],
        "peak_low": np.quantile(at_peak, 0.05, axis=0),
        "peak_high": np.quantile(at_peak, 0.95, axis=0),
        "stability_share": (drawn.argmax(axis=1) == peaks).mean(axis=0),
        "p_value": permuted(fit, draws),
        "season_strength": [season_strength(each)[1] if is_long else np.nan for each in fit.values.T],
    })  # fmt: skip


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

    parts = STL(np.asarray(values, dtype="float64"), period=MONTHS_PER_YEAR, seasonal=7).fit()
    rest = parts.resid.var()
    whole = [(part + parts.resid).var() for part in (parts.trend, parts.seasonal)]
    trend, season = (max(0.0, 1.0 - rest / each) if each > 0 else 0.0 for each in whole)
    return float(trend), float(season)
