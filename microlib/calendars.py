"""Dates the trade lives by: month ends, public holidays and the Spring Festival (春节)."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from functools import cache

import holidays


def month_end(day: date) -> date:
    """Return the last day of the month that holds `day`.

    Examples
    --------
    >>> month_end(date(2024, 2, 10))
    datetime.date(2024, 2, 29)
    """
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def last_complete_month_end(day: date) -> date:
    """Return the latest month end that is not after `day`.

    Examples
    --------
    >>> last_complete_month_end(date(2026, 7, 30)), last_complete_month_end(date(2026, 6, 30))
    (datetime.date(2026, 6, 30), datetime.date(2026, 6, 30))
    """
    return day if day == month_end(day) else day.replace(day=1) - timedelta(days=1)


@cache
def spring_festival(year: int) -> date:
    """Return the first day of the lunar year (春节, 正月初一) that falls in `year`.

    The dates come from the maintained ``holidays`` library, not from a list here.

    Examples
    --------
    >>> spring_festival(2024), spring_festival(2026)
    (datetime.date(2024, 2, 10), datetime.date(2026, 2, 17))
    """
    days = holidays.country_holidays("CN", years=year, language="en_US")
    return min(day for day, name in days.items() if "Spring Festival" in name and "Eve" not in name and day.month <= 2)


def public_holidays(first: int, last: int) -> list[date]:
    """Return the public holidays (法定节假日) of the years `first` to `last`, ascending; plain weekends are not in it.

    Examples
    --------
    >>> [day.isoformat() for day in public_holidays(2026, 2026)[:1]]
    ['2026-01-01']
    """
    return sorted(holidays.country_holidays("CN", years=range(first, last + 1)))


def is_working_day(day: date) -> bool:
    """Return whether offices work on `day`: holidays and weekends out, weekends worked in exchange (调休上班) in.

    The dates come from the maintained ``holidays`` library, which takes them from the State Council's yearly notice.

    Examples
    --------
    >>> is_working_day(date(2025, 10, 8)), is_working_day(date(2025, 10, 11))
    (False, True)
    """
    return _china().is_working_day(day)


def working_day_after(day: date, count: int) -> date:
    """Return the `count`-th working day after `day`.

    Examples
    --------
    >>> working_day_after(date(2025, 9, 30), 3)
    datetime.date(2025, 10, 11)
    """
    for _ in range(count):
        day += timedelta(days=1)
        while not is_working_day(day):
            day += timedelta(days=1)
    return day


@cache
def _china() -> holidays.HolidayBase:
    """The country's calendar, which fills itself year by year as days are asked for."""
    return holidays.country_holidays("CN")
