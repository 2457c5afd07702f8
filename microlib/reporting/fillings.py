"""Numbers, dates and codes written into a sentence's placeholders: ``{balance_yuan:wan}``, ``{npl_share:interval}``.

Where English needs a form for one and another for more, a placeholder holds both: ``{loans_count:loan|loans}``.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from typing import Any

from microlib.errors import BadConfig
from microlib.reporting import formats
from microlib.reporting.plurals import singular

#: a blank between two Chinese signs, left where a name or a unit was written in
BETWEEN_SIGNS = re.compile(r"(?<=[\u3001-\u9fff\uff01-\uff5e]) (?=[\u3001-\u9fff\uff01-\uff5e])")


def filled(text: str, values: Mapping[str, Any], words: Any) -> str:
    """Return `text` with its placeholders written out in the language of `words`.

    Raises
    ------
    BadConfig
        If a placeholder has no value.

    Examples
    --------
    >>> import pandas as pd
    >>> from types import SimpleNamespace
    >>> words, counts = SimpleNamespace(lang="en"), pd.Series([1, 2])
    >>> [filled("{n:count} old {n:loan|loans}, {n:count} customers", {"n": n}, words) for n in counts]
    ['1 old loan, 1 customer', '2 old loans, 2 customers']
    """
    made = _Filler(words).vformat(text, (), values)
    return singular(made) if words.lang == "en" else made


def close_set(text: str, lang: str) -> str:
    """Return a sentence as it is set: no blank between two Chinese signs, a capital at the beginning of an English one.

    Examples
    --------
    >>> close_set("余额最大的是 示例医院：9 户", "zh"), close_set("win-back: 5 customers.", "en")
    ('余额最大的是示例医院：9 户', 'Win-back: 5 customers.')
    """
    return BETWEEN_SIGNS.sub("", text) if lang == "zh" else text[:1].upper() + text[1:]


class _Filler(string.Formatter):
    """Write the values of a sentence's placeholders."""

    def __init__(self, words: Any) -> None:
        self.words, self.column = words, ""

    def get_field(self, field_name: str, args: Any, kwargs: Mapping[str, Any]) -> tuple[Any, str]:
        if field_name not in kwargs:
            raise BadConfig(f"the sentence wants {field_name}", where="microlib/reporting/words", fix="pass it a value")
        self.column = field_name
        return kwargs[field_name], field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec == "codes":
            return self.words.join(self.words.code(self.column, item) for item in value)
        if "|" in format_spec:
            one, more = format_spec.split("|")
            return one if value == 1 else more
        if formats.is_blank(value):
            return formats.BLANK
        return SPECS[format_spec](value, self)


def _month(value: Any, filler: _Filler) -> str:
    return filler.words.code("month_of_year", int(value))


#: placeholder format -> how its value is written
SPECS = {
    "": lambda value, filler: str(value),
    "wan": lambda value, filler: f"{formats.wan(value)} {filler.words.unit('yuan')}",
    "percent": lambda value, filler: f"{formats.percent(value)} %",
    "pp": lambda value, filler: f"{formats.percent(value)} {filler.words.unit('percentage_points')}",
    "rate": lambda value, filler: f"{formats.percent(value, 2)} %",
    "interval": lambda value, filler: formats.interval(value, filler.words.lang),
    "pp_interval": lambda value, filler: formats.interval(
        value, filler.words.lang, unit=filler.words.unit("percentage_points")
    ),
    "rate_interval": lambda value, filler: formats.interval(value, filler.words.lang, 2),
    "fen": lambda value, filler: f"{formats.plain(value, 2)} {filler.words.unit('exact_yuan')}",
    "points": lambda value, filler: f"{formats.points(value)} {filler.words.unit('points')}",
    "count": lambda value, filler: formats.count(value),
    "whole": lambda value, filler: formats.plain(value),
    "figure": lambda value, filler: formats.figure(value),
    "day": lambda value, filler: formats.day(value),
    "code": lambda value, filler: filler.words.code(filler.column, value),
    "month": _month,
}
