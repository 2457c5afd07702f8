"""Where the Spring Festival (春节) falls in each month: a holiday that moves between January and February."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from microlib.calendars import month_end, spring_festival
from microlib.units import MONTHS_PER_YEAR

#: months before (negative) and after the festival's month
POSITIONS = tuple(range(-6, 6))


def month_number(month: str) -> int:
    """Count months since year 0, so that months can be subtracted.

    Examples
    --------
    >>> month_number("2026-02") - month_number("2025-12")
    2
    """
    year, name = month.split("-")
    return int(year) * MONTHS_PER_YEAR + int(name) - 1


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
    festivals = np.array(sorted(month_number(f"{spring_festival(year):%Y-%m}") for year in years))
    numbers = np.array([month_number(month) for month in months])
    away = numbers[:, None] - festivals[None, :]
    nearest = away[np.arange(len(numbers)), np.abs(away + 0.5).argmin(axis=1)]
    return np.where(nearest > POSITIONS[-1], POSITIONS[0], np.maximum(nearest, POSITIONS[0]))
