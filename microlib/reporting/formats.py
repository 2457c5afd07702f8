"""How a number looks on the page: 万元, percent, counts, intervals; only here does a fraction become a percent."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import pandas as pd

from microlib.units import YUAN_PER_WAN

BLANK = "—"
#: below this many cases a rate is not printed as a percentage, only its count
FEWEST = 5


class Rate(NamedTuple):
    """A rate as it must be told: with its interval and its count; a part that does not exist is None."""

    value: float
    low: float | None = None
    high: float | None = None
    count: float | None = None


def is_blank(value: Any) -> bool:
    """Return whether `value` is missing: None, NaN, NaT or NA."""
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def plain(value: float, decimals: int = 0) -> str:
    """Write a number with thousands separators; never a negative zero.

    Examples
    --------
    >>> plain(1234567.25, 1), plain(-0.01, 1)
    ('1,234,567.2', '0.0')
    """
    text = f"{float(value):,.{decimals}f}"
    return text.removeprefix("-") if not text.strip("-0.,") else text


def count(value: float) -> str:
    """Write a count; a fraction of one (a mean, an effective number) keeps one decimal.

    Examples
    --------
    >>> count(1200), count(5.128)
    ('1,200', '5.1')
    """
    return plain(value, 0 if float(value).is_integer() else 1)


def wan(yuan: float) -> str:
    """Write an amount of yuan in 万元 with one decimal, without the unit.

    Examples
    --------
    >>> wan(12_345_678)
    '1,234.6'
    """
    return plain(yuan / YUAN_PER_WAN, 1)


def percent(fraction: float, decimals: int = 1) -> str:
    """Write a fraction as percent, without the sign; a tiny one gets a second decimal.

    Examples
    --------
    >>> percent(0.0222), percent(0.0004), percent(0.0455, 2)
    ('2.2', '0.04', '4.55')
    """
    tiny = 0.00005 <= abs(fraction) < 0.001
    return plain(fraction * 100, max(decimals, 2) if tiny else decimals)


def points(fraction: float) -> str:
    """Write a small fraction in basis points with one decimal, its sign always shown.

    Examples
    --------
    >>> points(0.0135), points(-0.00042)
    ('+135.0', '-4.2')
    """
    text = plain(fraction * 10_000, 1)
    return text if text.startswith("-") else f"+{text}"


def figure(value: float) -> str:
    """Write a bare number (an index, a factor) with two decimals.

    Examples
    --------
    >>> figure(1.376)
    '1.38'
    """
    return plain(value, 2)


def day(value: Any) -> str:
    """Write a date as ISO text.

    Examples
    --------
    >>> day(date(2026, 6, 30))
    '2026-06-30'
    """
    return pd.Timestamp(value).date().isoformat()


def interval(rate: Rate, lang: str, decimals: int = 1, unit: str = "%") -> str:
    """Write a rate with its interval and count; below ``FEWEST`` cases only the count.

    A difference of rates is told in `unit`, percentage points; a range that begins below zero is joined by a word.

    Examples
    --------
    >>> interval(Rate(0.022, 0.014, 0.127, 60), "zh")
    '2.2 %（1.4–12.7 %，n=60）'
    >>> interval(Rate(0.5, 0.1, 0.9, 2), "en")
    '— (n=2, too few)'
    >>> interval(Rate(0.027, -0.021, 0.075), "en", unit="points")
    '2.7 points (-2.1 to 7.5 points)'
    """
    few = rate.count is not None and not is_blank(rate.count) and 0 <= rate.count < FEWEST
    head = BLANK if few or is_blank(rate.value) else f"{percent(rate.value, decimals)} {unit}"
    tail = {"zh": "，", "en": ", "}[lang].join(_bounds(rate, few, lang, (decimals, unit)))
    return head if not tail else f"{head}（{tail}）" if lang == "zh" else f"{head} ({tail})"


def _bounds(rate: Rate, few: bool, lang: str, told: tuple[int, str]) -> list[str]:
    decimals, unit = told
    known = not few and not is_blank(rate.low) and not is_blank(rate.high)
    joint = "–" if not known or rate.low >= 0 else {"zh": " 至 ", "en": " to "}[lang]
    span = [f"{percent(rate.low, decimals)}{joint}{percent(rate.high, decimals)} {unit}"] if known else []
    number = [] if is_blank(rate.count) else [f"n={count(rate.count)}"]
    return span + number + ([{"zh": "过少", "en": "too few"}[lang]] if few else [])


def is_date(value: Any) -> bool:
    """Return whether `value` is a calendar date or a moment."""
    return isinstance(value, date | pd.Timestamp)
