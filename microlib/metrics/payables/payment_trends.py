"""Does a core pay later than a year ago? Medians of two years of deliveries, and the range of their difference."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from microlib.metrics.payables.lives import year_before
from microlib.metrics.payables.payment_days import days_to_pay
from microlib.units import MONTHS_PER_YEAR

COLUMNS = ["core_id", "before_days", "median_days", "change_days", "change_low_days", "change_high_days", "trend"]


def payment_trends(lives: pd.DataFrame, *, as_of: date, notable_days: int) -> pd.DataFrame:
    r"""Set the median days of the last twelve months' deliveries beside those of the twelve months before.

    .. math:: \Delta = m_1 - m_0, \qquad
        [\Delta] = \Delta \mp \sqrt{(m_1 - l_1)^2 + (u_0 - m_0)^2},\ \ \Delta + \sqrt{(u_1 - m_1)^2 + (m_0 - l_0)^2}

    with l and u the limits of each median (`payment_days.days_to_pay`).

    Parameters
    ----------
    lives : DataFrame
        Result of `lives.payable_lives`, of two years at least. Not modified.
    as_of : date
    notable_days : int
        A change that may be smaller than this is no trend (policy).

    Returns
    -------
    DataFrame
        One row per core: ``before_days, median_days, change_days, change_low_days, change_high_days``; ``trend``:
        ``later`` where the whole range is above `notable_days`, ``earlier`` where below minus that, ``steady`` where
        within, ``unclear`` otherwise or where one year is missing.

    Examples
    --------
    >>> months = [f"{year}-{month:02d}" for year in (2025, 2026) for month in range(1, 7)]
    >>> lives = pd.DataFrame({"core_id": "H1", "month": months, "days": [40] * 6 + [75] * 6, "is_paid": True,
    ...                       "net_yuan": 1.0})
    >>> payment_trends(lives, as_of=date(2026, 6, 30), notable_days=10)[["change_days", "trend"]].to_numpy().tolist()
    [[35.0, 'later']]
    """
    spans = days_to_pay(year_before(lives, as_of=as_of), within=["core_id", "span"])
    pairs = spans.pivot(index="core_id", columns="span", values=["median_days", "median_low", "median_high"])
    wanted = pd.MultiIndex.from_product([["median_days", "median_low", "median_high"], ["before", "last"]])
    pairs = pairs.reindex(columns=wanted)
    (m0, m1), (l0, l1), (u0, u1) = (
        (pairs[name, "before"], pairs[name, "last"]) for name in wanted.levels[0][[0, 2, 1]]
    )
    change = m1 - m0
    found = pd.DataFrame({
        "before_days": m0, "median_days": m1, "change_days": change,
        "change_low_days": change - np.hypot(m1 - l1, u0 - m0), "change_high_days": change + np.hypot(u1 - m1, m0 - l0),
    })  # fmt: skip
    sides = [found["change_low_days"] > notable_days, found["change_high_days"] < -notable_days,
             (found["change_low_days"] >= -notable_days) & (found["change_high_days"] <= notable_days)]  # fmt: skip
    found["trend"] = np.select(sides, ["later", "earlier", "steady"], "unclear")
    return found.reset_index()[COLUMNS]


def half_years(lives: pd.DataFrame, *, as_of: date, years: int = 3) -> pd.DataFrame:
    """Find the median days of deliveries by half-years counted back from `as_of`, for a figure.

    Returns
    -------
    DataFrame
        ``core_id, period`` (first month of the half-year), ``median_days, median_low, median_high, payables_count``; a
        half-year of which not half is paid yet is left out.
    """
    month = lives["month"].str[:4].astype(int) * MONTHS_PER_YEAR + lives["month"].str[5:].astype(int) - 1
    last = as_of.year * MONTHS_PER_YEAR + as_of.month - 1
    half = MONTHS_PER_YEAR // 2
    back = (last - month) // half
    first = last - (back + 1) * half + 1
    period = (first // MONTHS_PER_YEAR).astype(str) + "-" + (first % MONTHS_PER_YEAR + 1).astype(str).str.zfill(2)
    kept = lives.assign(period=period)[back < years * 2]
    found = days_to_pay(kept, within=["core_id", "period"])
    return found.dropna(subset=["median_days"])[
        ["core_id", "period", "median_days", "median_low", "median_high", "payables_count"]
    ].reset_index(drop=True)
