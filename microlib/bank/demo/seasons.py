"""When groups need money, and when the bank pushes it: two rhythms that a season measure must tell apart.

Need: markets stock up about seven weeks before the Spring Festival (春节), whichever solar date that is; farm
inputs and households follow their crop; building trades follow spring and autumn. Push: the bank's own opening
season (开门红, 1-20 January) and the last ten days of a quarter, for every group alike but of different force.
"""

from __future__ import annotations

import numpy as np

from microlib.bank.demo.worlds import DAYS, MONTHS, World, read_settings
from microlib.calendars import spring_festival

FESTIVAL_LEAD_DAYS = 49
#: peaks in days of the year, height over the quiet level, width in days
CROPS = {
    "rice": (75, 6.0, 14),
    "wheat": (280, 6.0, 14),
    "maize": (105, 6.0, 14),
    "vegetables": (45, 6.0, 14),
}
SEASONS = ("flat", "festival", "building", *CROPS)


def make_seasons(world: World) -> None:
    """Note the daily need of every season and the daily push of every group."""
    need = np.stack([daily_need(name) for name in SEASONS])
    world.notes["daily_need"] = need
    world.notes["monthly_need"] = monthly_means(need)
    strengths = [group["push"] for group in read_settings("groups").values()]
    push = np.stack([daily_push(strength) for strength in strengths])
    world.notes["daily_push"] = push
    together = np.stack([monthly_means(need * one) for one in push])
    world.notes["draw_weight"] = together / monthly_means(push).mean()


def daily_need(season: str) -> np.ndarray:
    """Return the need of one season for every day, about 1 on a quiet day.

    Examples
    --------
    >>> str(DAYS[:365][daily_need("festival")[:365].argmax()])  # 49 days before 2022-02-01
    '2021-12-14'
    """
    years = range(2021, 2028)
    if season == "festival":
        peaks = [np.datetime64(spring_festival(year)) - FESTIVAL_LEAD_DAYS for year in years]
        return _bumps(peaks, height=2.6, width=14)
    if season == "building":
        return _bumps(_each_year(years, 95) + _each_year(years, 262), height=1.3, width=25)
    if season in CROPS:
        day, height, width = CROPS[season]
        return _bumps(_each_year(years, day), height=height, width=width)
    return np.ones(len(DAYS))


def daily_push(strength: float) -> np.ndarray:
    """Return the bank's own rhythm: opening season, quarter ends, hardly anything on days off."""
    months = DAYS.astype("datetime64[M]")
    day = (DAYS - months.astype("datetime64[D]")).astype(int) + 1
    calendar_month = months.astype(int) % 12 + 1
    opening = (calendar_month == 1) & (day <= 20)
    quarter_end = (calendar_month % 3 == 0) & (day > 20)
    push = np.where(opening, strength, np.where(quarter_end, 1 + (strength - 1) * 0.5, 1.0))
    return push * np.where(_days_off(), 0.05, 1.0)


def monthly_means(daily: np.ndarray) -> np.ndarray:
    """Average the days of each of the sixty months, along the last axis."""
    starts = np.searchsorted(DAYS, MONTHS.astype("datetime64[D]"))
    lengths = np.diff(np.append(starts, len(DAYS)))
    return np.add.reduceat(daily, starts, axis=-1) / lengths


def _each_year(years: range, day: int) -> list[np.datetime64]:
    return [np.datetime64(f"{year}-01-01") + (day - 1) for year in years]


def _bumps(peaks: list, *, height: float, width: float) -> np.ndarray:
    distance = (DAYS[:, None] - np.array(peaks, dtype="datetime64[D]")[None, :]).astype(float)
    return 1.0 + height * np.exp(-0.5 * (distance / width) ** 2).sum(axis=1)


def _days_off() -> np.ndarray:
    weekend = (DAYS.astype(int) + 3) % 7 >= 5
    festivals = np.array([spring_festival(year) for year in range(2021, 2028)], dtype="datetime64[D]")
    since = (DAYS[:, None] - festivals[None, :]).astype(int)
    return weekend | ((since >= -1) & (since <= 6)).any(axis=1)
