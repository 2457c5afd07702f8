r"""Conversions: how a source's text becomes a value of ours, as expressions that the engine runs.

Every maker takes the expression of a stripped text and returns the expression of the value, missing
where the text cannot be read. The common writing is tried first and costs one cast; the others
(2026年5月31日, ￥1,234.50, Excel's day numbers) are tried on what is left.
"""

from __future__ import annotations

from collections.abc import Mapping

from microlib.bank.raws import quoted
from microlib.contracts.columns import Column
from microlib.units import FACTORS

#: years that a date may bear; 9999 says that an end is open
YEARS = (1900, 2200)
OPEN_END = "9999"
EXCEL_EPOCH = "1899-12-30"
YES = ("是", "有", "y", "yes", "1", "true", "t", "√", "1.0")
NO = ("否", "无", "没有", "n", "no", "0", "false", "f", "×", "x", "0.0")
#: what a refused value should have looked like, by kind
EXPECTED = {
    "date": "write YYYY-MM-DD, YYYYMMDD, YYYY/M/D or 2026年5月31日",
    "moment": "write YYYY-MM-DD HH:MM:SS",
    "month": "write YYYY-MM, YYYYMM or 2026年5月",
    "flag": "write 是 or 否, Y or N, 1 or 0",
    "yuan": "write a plain number; its unit belongs in the mapping",
    "share": "write a plain number; its unit belongs in the mapping",
    "number": "write a plain number",
    "count": "write a whole number",
}


def value_sql(text: str, column: Column, *, unit: str = "", codes: Mapping[str, str] | None = None) -> str:
    """Return the expression of one column's value out of the expression of its text.

    Parameters
    ----------
    text : str
        Expression of the stripped text.
    column : Column
        What it is to become.
    unit : str
        The unit in which the source writes it; empty when it is ours already.
    codes : mapping, optional
        Source value to our code.
    """
    if column.kind == "code" or (codes and column.kind != "flag"):
        return code_sql(text, column, codes=codes or {})
    if column.kind == "flag":
        return flag_sql(text, codes=codes or {})
    makers = {"date": date_sql, "moment": moment_sql, "month": month_sql, "count": count_sql}
    if column.kind in makers:
        return makers[column.kind](text)
    return number_sql(text, unit=unit, kind=column.kind) if column.engine_type == "float64" else text


def number_sql(text: str, *, unit: str = "", kind: str = "number") -> str:
    """Return a number: thousands separators, ￥ and 元 taken off, (1,234) below zero, 4.35% as a fraction.

    A cell that bears its own % or ‰ needs no declared unit; any other is multiplied by its unit's factor.
    """
    bare = rf"regexp_replace(replace({text}, '，', ','), '[,\s¥￥元]', '', 'g')"
    signed = rf"regexp_replace({bare}, '^[(（](.*)[)）]$', '-\1')"
    number = f"coalesce(try_cast({text} AS DOUBLE), try_cast({signed} AS DOUBLE))"
    factor, digits = FACTORS[unit or "yuan"], 2 if kind == "yuan" else 12
    value = number if factor == 1 else f"round({number} * {factor!r}, {digits})"
    finite = f"CASE WHEN isfinite({value}) THEN {value} END"
    return finite if kind == "yuan" else f"coalesce({finite}, {_signed_share(text)})"


def count_sql(text: str) -> str:
    """Return a whole number; 12个月, 3户 and 12.0 are whole numbers too."""
    bare = rf"regexp_replace({text}, '[,，\s]|(个?月|天|日|期|户|人|次|笔|个)$', '', 'g')"
    number = f"coalesce(try_cast({text} AS DOUBLE), try_cast({bare} AS DOUBLE))"
    return f"CASE WHEN isfinite({number}) AND {number} = trunc({number}) THEN try_cast({number} AS BIGINT) END"


def date_sql(text: str) -> str:
    """Return a date out of any usual writing, Excel's day numbers among them; an open end has none."""
    eight = f"try_strptime(left({text}, 8), '%Y%m%d')::DATE"
    serial = f"DATE '{EXCEL_EPOCH}' + try_cast(floor(try_cast({text} AS DOUBLE)) AS INTEGER)"
    written = rf"regexp_replace(regexp_replace({text}, '[年月./]', '-', 'g'), '日.*$', '')"
    day = (
        f"coalesce(try_cast({text} AS DATE), CASE"
        rf" WHEN regexp_full_match({text}, '[0-9]{{8}}(\.0|[0-9]{{6}})?') THEN {eight}"
        rf" WHEN regexp_full_match({text}, '[0-9]{{5}}(\.[0-9]+)?') THEN {serial}"
        f" ELSE try_cast({written} AS DATE) END)"
    )
    return f"CASE WHEN year({day}) BETWEEN {YEARS[0]} AND {YEARS[1]} THEN {day} END"


def moment_sql(text: str) -> str:
    """Return a moment; a bare date is its midnight."""
    fourteen = f"try_strptime({text}, '%Y%m%d%H%M%S')"
    seconds = f"to_seconds(try_cast(round(try_cast({text} AS DOUBLE) * 86400) AS BIGINT))"
    serial = (
        rf"CASE WHEN regexp_full_match({text}, '[0-9]{{5}}\.[0-9]+') THEN TIMESTAMP '{EXCEL_EPOCH}' + {seconds} END"
    )
    whole = f"try_cast(replace({text}, '/', '-') AS TIMESTAMP)"
    moment = f"coalesce({whole}, {fourteen}, {serial}, {date_sql(text)}::TIMESTAMP)"
    return f"CASE WHEN year({moment}) BETWEEN {YEARS[0]} AND {YEARS[1]} THEN {moment} END"


def month_sql(text: str) -> str:
    """Return a month as ``YYYY-MM``, out of a month or of any date in it."""
    first = rf"regexp_replace({text}, '^((?:19|20)[0-9]{{2}})\s*[-./年]?\s*([0-9]{{1,2}})\s*月?(?:份)?$', '\1-\2-01')"
    own = f"regexp_full_match({text}, '(19|20)[0-9]{{2}}-(0[1-9]|1[0-2])')"
    return f"CASE WHEN {own} THEN {text} ELSE strftime({date_sql(first)}, '%Y-%m') END"


def flag_sql(text: str, *, codes: Mapping[str, str]) -> str:
    """Return a yes or no; missing stays missing."""
    yes = [*YES, *(source.lower() for source, ours in codes.items() if ours == "true")]
    no = [*NO, *(source.lower() for source, ours in codes.items() if ours == "false")]
    said = f"lower({text})"
    return f"CASE WHEN {said} IN ({quoted(*yes)}) THEN TRUE WHEN {said} IN ({quoted(*no)}) THEN FALSE END"


def code_sql(text: str, column: Column, *, codes: Mapping[str, str]) -> str:
    """Return our code; our own codes stand for themselves, and so does any word where there is no list."""
    known = {**{code: code for code in column.codes}, **codes}
    arms = " ".join(f"WHEN {quoted(source)} THEN {quoted(ours)}" for source, ours in known.items())
    rest = "NULL" if column.codes else text
    return f"CASE {text} {arms} ELSE {rest} END"


def is_open_sql(text: str, column: Column) -> str:
    """Return the condition that a date says it never ends."""
    return f"starts_with({text}, '{OPEN_END}')" if column.kind in ("date", "moment") else "FALSE"


def meaningful(column: Column, codes: Mapping[str, str]) -> set[str]:
    """Return the words that mean something in this column, though elsewhere they mean no value."""
    return {*codes, *(NO if column.kind == "flag" else ())}


def _signed_share(text: str) -> str:
    def part(sign: str, factor: float) -> str:
        number = f"try_cast(regexp_replace({text}, '[\\s%％‰]', '', 'g') AS DOUBLE)"
        return f"WHEN regexp_matches({text}, '^[^%％‰]*{sign}$') THEN round({number} * {factor!r}, 12)"

    return f"CASE {part('[%％]', FACTORS['percent'])} {part('‰', FACTORS['permille'])} END"
