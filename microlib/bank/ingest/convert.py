"""From text to typed values: columns bound to their source, texts converted, duplicates and odd units told.

Every `..._sql` maker takes the expression of a stripped text and returns that of the value, missing where
the text cannot be read; the common writing is tried first (2026年5月31日, ￥1,234.50, Excel day numbers after
it). `cast_rows` casts a raw sheet into one table and tells every value that could not be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import duckdb

from microlib.bank.ingest.files import timely
from microlib.bank.ingest.headers import BLANKS, COUNTED, UNITS_OF, RawSheet, fits_unit, quoted
from microlib.bank.ingest.workbooks import FORMULA
from microlib.bank.pseudonyms import holds_identifier_sql, key_pseudonym_sql, pseudonym_sql, register_identifiers
from microlib.contracts.checks import RESERVED_CODES
from microlib.contracts.columns import Column, Table
from microlib.contracts.failures import LISTED_ROWS
from microlib.contracts.mapping import (
    DAY_NUMBERS,
    SourceMapping,
    TableMapping,
    half_width,
    plain_header,
    said_unit,
    strptime_form,
)
from microlib.errors import BadConfig, BadData
from microlib.files import Limits
from microlib.identifiers import told_value
from microlib.units import FACTORS, factor_of

#: years that a date may bear; 9999 says that an end is open
YEARS = (1900, 2200)
OPEN_END = "9999"
EXCEL_EPOCH = "1899-12-30"
#: day nought of a workbook that counts from 1904
EPOCH_1904 = "1904-01-01"
#: Excel's day numbers that are taken for dates: those of 1970 to 2099
SERIALS = (25569, 73050)
WRITTEN_DATE = (
    r"\s*((?:19|20|21|99)[0-9]{2})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*日?"
    r"(?:[T\s]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?\s*(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?\s*"
)
#: a moment with its distance from Greenwich: hours, minutes, sign and hours of the distance, its minutes
ZONED = (
    r"\s*((?:19|20)[0-9]{2}[-/][0-9]{1,2}[-/][0-9]{1,2})[T\s]+([0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)(?:\.[0-9]+)?"
    r"\s*(?:Z|([+-][0-9]{2}):?([0-9]{2}))\s*"
)
#: China's own distance from Greenwich, by which a bank's days are counted
OWN_HOURS = 8
#: days that programs write where there is none: the first ones that they can count, and all noughts
STAND_IN = (
    r"^(?:1900[-/.]?0?1[-/.]?0?[01]|1899[-/.]?12[-/.]?3[01]|000[01][-/.]?0?[01][-/.]?0?[01]|0+(?:[-/.]0+){0,2})"
    r"(?:[T ].*)?$"
)
#: the first day of Unix, which is a true one where firms are founded and people born
UNIX_DAY = r"^1970[-/.]?0?1[-/.]?0?1(?:[T ].*)?$"
#: dates of a loan's life, which no loan had in 1970
RECENT_DATES = frozenset({"first_overdue_date", "closed_date", "maturity_date", "disbursed_date", "paid_date"})
#: signs of a number in full width, and what they are in half width
WIDE_NUMBER = "０１２３４５６７８９．，－＋（）％\u00a0\u3000\u202f\u2009\u2212"
NARROW_NUMBER = "0123456789.,-+()%    -"
#: full-width signs and their half-width ones, the wide blank included
WIDE = "".join(map(chr, range(0xFF01, 0xFF5F))) + "\u3000\u00a0"
NARROW = "".join(map(chr, range(0x21, 0x7F))) + "  "
GROUPED = r"^[-+]?[0-9]{1,3}(?:(?:,[0-9]{3})+|(?: [0-9]{3})+)(?:\.[0-9]*)?$"
UNGROUPED = r"^[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)$"
#: signs that nobody sees: controls, blanks of another width, marks of direction and of width nought
INVISIBLE = (
    r"[\x{00}-\x{1f}\x{7f}-\x{a0}\x{ad}\x{61c}\x{115f}\x{1160}\x{180e}\x{2000}-\x{200f}\x{2028}-\x{202f}"
    r"\x{205f}-\x{206f}\x{3164}\x{fe00}-\x{fe0f}\x{feff}\x{ffa0}\x{fff9}-\x{fffb}]"
)
_TEXT_MARK = "_x00[0-9A-Fa-f]{2}_"
#: marks by which programs say that a number is a text
_APOSTROPHES, _QUOTES = r"\x{27}\x{60}\x{2018}\x{2019}", r"\x{22}\x{201c}\x{201d}"
_WHOLE_FLOAT = r"^[0-9]+\.0+$"
#: what must not stay in a value of each kind
UNSEEN = {
    "key": rf"{INVISIBLE}|[\x{{3000}}\x{{ff01}}-\x{{ff5e}}]|{_TEXT_MARK}|^[{_APOSTROPHES}{_QUOTES}]|^=\s*\x22"
    rf"|[{_APOSTROPHES}{_QUOTES}]$"
    rf"|{_WHOLE_FLOAT}",
    "text": rf"{INVISIBLE}|{_TEXT_MARK}",
    "code": rf"{INVISIBLE}|{_TEXT_MARK}",
}
#: the bytes without any of which a text holds nothing of that: controls, first bytes of odd signs, marks
_ODD_BYTES = bytes((*range(0x20), 0x7F, 0xC2, 0xCC, 0xD8, 0xE1, 0xE2, 0xE3, 0xEF)) + b"_"
UNSEEN_BYTES = {"key": _ODD_BYTES + b"'`\"=.", "text": _ODD_BYTES, "code": _ODD_BYTES}
#: a word that is none: a number that a program has rounded, grouped or made a day (3-1: 1-Mar), a formula, an error
BROKEN_WORD = (
    r"^[-+]?[0-9](?:\.[0-9]+)?[eE]\+[0-9]+$|^[0-9]\.[0-9]+[eE][0-9]+$|^[0-9]{1,3}(?:,[0-9]{3})+$"
    r"|^(?:[0-9]{1,2}-)?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)(?:-[0-9]{2})?$|^[0-9]{1,2}月[0-9]{1,2}日$"
    r"|^=|^#(?:REF|DIV/0|VALUE|NAME|NUM|NULL|SPILL|CALC|N/A)[!?]?$|^" + FORMULA
)
BROKEN_BYTES = b"+.,=#(-\xe6"
KEEP_TEXT = "export it again with this column as text: a number of more than 15 digits is rounded, a formula no value"
YES = ("是", "有", "y", "yes", "1", "true", "t", "√", "1.0")
NO = ("否", "无", "没有", "n", "no", "0", "false", "f", "×", "x", "0.0")
#: what a refused value should have looked like, by kind
EXPECTED = {
    "date": "write YYYY-MM-DD, YYYYMMDD, YYYY/M/D or 2026年5月31日, or say under formats how it is: DD/MM/YYYY",
    "moment": "write YYYY-MM-DD HH:MM:SS",
    "month": "write YYYY-MM, YYYYMM or 2026年5月",
    "flag": "write 是 or 否, Y or N, 1 or 0",
    "yuan": "write a plain number; its unit belongs in the mapping",
    "share": "write a plain number; its unit belongs in the mapping",
    "number": "write a plain number",
    "count": "write a whole number",
}


@dataclass(frozen=True)
class DayCount:
    """How a source writes its dates, where that is not plain.

    Parameters
    ----------
    epoch : str
        Day nought of its workbook.
    form : str
        How the mapping says that dates are written, e.g. ``DD-MON-YY``; empty for any usual way.
    """

    epoch: str = EXCEL_EPOCH
    form: str = ""


USUAL_DAYS = DayCount()


def value_sql(
    text: str,
    column: Column,
    *,
    unit: str = "",
    codes: Mapping[str, str] | None = None,
    days: DayCount = USUAL_DAYS,
    is_bare: bool = False,
    permille: float = FACTORS["permille"],
) -> str:
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
    days : DayCount
        How dates are written.
    is_bare : bool
        Whether the texts are known to hold no sign but `BARE`, so that no other writing need be looked for.
    permille : float
        Factor of a cell that bears a ‰ of its own.
    """
    if column.kind == "code" or (codes and column.kind != "flag"):
        return code_sql(text, column, codes=codes or {})
    if column.kind == "flag":
        return flag_sql(text, codes=codes or {})
    if column.kind == "count":
        return count_sql(text, unit=unit, is_bare=is_bare, words=own_words(column.name))
    if column.kind == "date":
        return date_sql(text, days=days, is_bare=is_bare)
    makers = {"moment": moment_sql, "month": month_sql}
    if column.kind in makers:
        return makers[column.kind](text, days=days)
    if column.engine_type != "float64":
        return text
    return number_sql(text, unit=unit, kind=column.kind, is_bare=is_bare, permille=permille)


#: the signs of plain numbers and dates
BARE = b"0123456789.-+eE"


def number_sql(
    text: str,
    *,
    unit: str = "",
    kind: str = "number",
    is_bare: bool = False,
    permille: float = FACTORS["permille"],
) -> str:
    """Return a number: thousands separators, ￥ and 元 taken off, (1,234) below zero, 4.35% as a fraction.

    A cell that bears its own % or ‰ needs no declared unit; any other is multiplied by its unit's factor.
    A separator that does not stand before each three digits is none: ``1.234,56`` and ``100000 200000`` are
    no numbers.
    """
    number = _plain_number_sql(text, is_bare=is_bare)
    factor, digits = factor_of(unit or "yuan"), 2 if kind == "yuan" else 12
    value = number if factor == 1 else f"round({number} * {factor!r}, {digits})"
    finite = f"CASE WHEN isfinite({value}) THEN {value} END"
    return finite if kind == "yuan" or is_bare else f"coalesce({finite}, {_signed_share(text, permille, unit)})"


#: words of a unit that a cell of days, of months or of another count may bear behind its number
DAY_WORDS, MONTH_WORDS, PIECE_WORDS = "天|日|days?", "个?月|期|months?", "户|人|次|笔|个"


def own_words(name: str) -> str:
    """Return which words of a unit may stand behind a number of one column: 3个月 are no three days.

    Examples
    --------
    >>> own_words("overdue_days"), own_words("extensions_count")
    ('天|日|days?', '户|人|次|笔|个')
    """
    known = {"days": DAY_WORDS, "months": MONTH_WORDS, "count": PIECE_WORDS}
    return known.get(name.rpartition("_")[2], f"{DAY_WORDS}|{MONTH_WORDS}|{PIECE_WORDS}")


def count_sql(
    text: str,
    *,
    unit: str = "",
    is_bare: bool = False,
    words: str = f"{DAY_WORDS}|{MONTH_WORDS}|{PIECE_WORDS}",
) -> str:
    """Return a whole number; 12个月, 3户 and 12.0 are whole numbers too, and 3 in a column of years 36 months.

    A cell that bears its own word for a unit (12个月) is not multiplied; what bears a word that is not among `words`
    is no number.
    """
    factor = factor_of(unit or "count")
    word = rf"(?i)\s*({words})$"
    plain = _plain_number_sql(text, is_bare=is_bare)
    number = f"{plain}{'' if factor == 1 else f' * {factor!r}'}"
    if not is_bare:
        own = f"regexp_replace({text}, '{word}', '')"
        number = f"coalesce({number}, {_plain_number_sql(own)})"
    return f"CASE WHEN isfinite({number}) AND {number} = trunc({number}) THEN try_cast({number} AS BIGINT) END"


def _plain_number_sql(text: str, *, is_bare: bool = False) -> str:
    """Return the number that a text writes, in half or full width, separators before each three digits."""
    if is_bare:
        behind = f"CASE WHEN ends_with({text}, '-') THEN -try_cast(left({text}, length({text}) - 1) AS DOUBLE) END"
        return f"coalesce(try_cast({text} AS DOUBLE), {behind})"
    half = f"translate({text}, '{WIDE_NUMBER}', '{NARROW_NUMBER}')"
    bare = rf"regexp_replace(regexp_replace({half}, '^([-+(]?)\s*(?:[¥￥]|RMB|CNY)\s*', '\1'), '\s*元?(\)?)$', '\1')"
    signed = rf"regexp_replace(regexp_replace({bare}, '^\((.*)\)$', '-\1'), '^([0-9.,]+)-$', '-\1')"
    grouped = rf"regexp_replace(regexp_extract({signed}, '{GROUPED}'), '[, ]', '', 'g')"
    ungrouped = rf"regexp_extract({signed}, '{UNGROUPED}')"
    first = f"CASE WHEN NOT contains({text}, '_') THEN try_cast({text} AS DOUBLE) END"
    return f"coalesce({first}, try_cast({grouped} AS DOUBLE), try_cast({ungrouped} AS DOUBLE))"


def date_sql(text: str, *, days: DayCount = USUAL_DAYS, is_bare: bool = False) -> str:
    """Return a date out of any usual writing, Excel's day numbers of 1970 to 2099 among them; an open end has none.

    Day numbers before 1970 are rather those of another program that counts from another day. A workbook that counts
    from 1904 says so itself. Where a mapping says the form, no other is read.
    """
    if days.form:
        day = _formed_day(text, days.form)
        return f"CASE WHEN year({day}) BETWEEN {YEARS[0]} AND {YEARS[1]} THEN {day} END"
    half = text if is_bare else f"translate({text}, '{WIDE_NUMBER}／', '{NARROW_NUMBER}/')"
    eight = f"try_strptime(left({half}, 8), '%Y%m%d')::DATE"
    number = f"try_cast(floor(try_cast({half} AS DOUBLE)) AS INTEGER)"
    later = (date.fromisoformat(days.epoch) - date.fromisoformat(EXCEL_EPOCH)).days
    first, last = (bound - later for bound in SERIALS)
    serial = f"CASE WHEN {number} BETWEEN {first} AND {last} THEN DATE '{days.epoch}' + {number} END"
    written = rf"regexp_replace({half}, '^{WRITTEN_DATE}$', '\1-\2-\3')"
    day = (
        f"coalesce(CASE WHEN {text} LIKE '____-__-__' THEN try_cast({text} AS DATE) END, CASE{_own_day(half, is_bare)}"
        rf" WHEN regexp_full_match({half}, '[0-9]{{8}}(\.0|[0-9]{{6}})?') THEN {eight}"
        rf" WHEN regexp_full_match({half}, '[0-9]{{5}}(\.[0-9]+)?') THEN {serial}"
        f" WHEN regexp_full_match({half}, '{WRITTEN_DATE}') THEN try_cast({written} AS DATE) END)"
    )
    usual = f"{text} LIKE '____-__-__' AND {text} >= '{YEARS[0]}' AND {text} < '{YEARS[1]}'"
    other = f"CASE WHEN year({day}) BETWEEN {YEARS[0]} AND {YEARS[1]} THEN {day} END"
    return f"coalesce(CASE WHEN {usual} THEN try_cast({text} AS DATE) END, {other})"


def _own_day(text: str, is_bare: bool) -> str:
    """Return the case of a moment that says its distance from Greenwich: its day here; midnight there is a mere day."""
    if is_bare:
        return ""
    midnight = f"regexp_matches({text}, '[T ]0?0:00')"
    return f" WHEN regexp_full_match({text}, '{ZONED}') AND NOT {midnight} THEN {_own_time(text)}::DATE"


def _own_time(text: str) -> str:
    """Return the time of China of a moment that says its distance from Greenwich."""
    moment = f"try_cast(regexp_replace(replace({text}, '/', '-'), '^{ZONED}$', '\\1 \\2') AS TIMESTAMP)"
    hours, minutes = (f"coalesce(try_cast(regexp_extract({text}, '{ZONED}', {part}) AS INTEGER), 0)" for part in (3, 4))
    sign = f"CASE WHEN starts_with(regexp_extract({text}, '{ZONED}', 3), '-') THEN -1 ELSE 1 END"
    return f"({moment} + to_hours({OWN_HOURS} - {hours}) - to_minutes({sign} * {minutes}))"


def _formed_day(text: str, form: str) -> str:
    """Return the day that a text writes in one form; a month alone is its first day."""
    if form in DAY_NUMBERS:
        whole = f"CASE WHEN regexp_full_match({text}, '-?[0-9]{{1,6}}(\\.0+)?') THEN floor({text}::DOUBLE)::INTEGER END"
        return f"(DATE '{DAY_NUMBERS[form]}' + {whole})"
    digits = len(form)
    cut = f"CASE WHEN regexp_full_match({text}, '[0-9]{{{digits - 1},{digits}}}') THEN lpad({text}, {digits}, '0') END"
    word = cut if form.isalpha() and "MON" not in form else text
    return f"try_strptime({word}, {quoted(strptime_form(form))})::DATE"


def moment_sql(text: str, *, days: DayCount = USUAL_DAYS) -> str:
    """Return a moment; a bare date is its midnight."""
    fourteen = f"try_strptime({text}, '%Y%m%d%H%M%S')"
    seconds = f"to_seconds(try_cast(round(try_cast({text} AS DOUBLE) * 86400) AS BIGINT))"
    serial = rf"CASE WHEN regexp_full_match({text}, '[0-9]{{5}}\.[0-9]+') THEN TIMESTAMP '{days.epoch}' + {seconds} END"
    whole = f"try_cast(replace({text}, '/', '-') AS TIMESTAMP)"
    zoned = f"CASE WHEN regexp_full_match({text}, '{ZONED}') THEN {_own_time(text)} END"
    moment = f"coalesce({zoned}, {whole}, {fourteen}, {serial}, {date_sql(text, days=days)}::TIMESTAMP)"
    return f"CASE WHEN year({moment}) BETWEEN {YEARS[0]} AND {YEARS[1]} THEN {moment} END"


def month_sql(text: str, *, days: DayCount = USUAL_DAYS) -> str:
    """Return a month as ``YYYY-MM``, out of a month or of any date in it."""
    if days.form:
        return f"strftime({date_sql(text, days=days)}, '%Y-%m')"
    first = rf"regexp_replace({text}, '^((?:19|20)[0-9]{{2}})\s*[-./年]?\s*([0-9]{{1,2}})\s*月?(?:份)?$', '\1-\2-01')"
    own = f"regexp_full_match({text}, '(19|20)[0-9]{{2}}-(0[1-9]|1[0-2])')"
    return f"CASE WHEN {own} THEN {text} ELSE strftime({date_sql(first, days=days)}, '%Y-%m') END"


def flag_sql(text: str, *, codes: Mapping[str, str]) -> str:
    """Return a yes or no; missing stays missing."""
    yes = [*YES, *(source.lower() for source, ours in codes.items() if ours == "true")]
    no = [*NO, *(source.lower() for source, ours in codes.items() if ours == "false")]
    said = f"lower({text})"
    return f"CASE WHEN {said} IN ({quoted(*yes)}) THEN TRUE WHEN {said} IN ({quoted(*no)}) THEN FALSE END"


def code_sql(text: str, column: Column, *, codes: Mapping[str, str]) -> str:
    """Return our code; our own codes stand for themselves, and so does any word where there is no list."""
    known = {**{code: code for code in column.codes}, **codes}
    word = f"coalesce({text}, '')" if "" in known else text
    arms = " ".join(f"WHEN {quoted(source)} THEN {quoted(ours)}" for source, ours in known.items())
    rest = "NULL" if column.codes else text
    return f"CASE {word} {arms} ELSE {rest} END"


def is_stand_in_sql(text: str, *, name: str = "") -> str:
    """Return the condition that a date is one that programs write where there is none, e.g. 1900-01-01."""
    unix = f" OR regexp_matches({text}, '{UNIX_DAY}')" if name in RECENT_DATES else ""
    return f"({text} < '2' AND (regexp_matches({text}, '{STAND_IN}'){unix}))"


def is_open_sql(text: str, column: Column) -> str:
    """Return the condition that a date says it never ends."""
    return f"starts_with({text}, '{OPEN_END}')" if column.kind in ("date", "moment") else "FALSE"


def plain_word_sql(text: str, *, is_key: bool) -> str:
    """Return a word without signs that nobody sees; a key also in half width and without Excel's marks of a text."""
    seen = f"regexp_replace(regexp_replace({text}, '_x00[0-9A-Fa-f]{{2}}_', '', 'g'), '{INVISIBLE}', '', 'g')"
    if not is_key:
        return f"nullif(trim({seen}), '')"
    half = f"trim(translate({seen}, {quoted(WIDE)}, {quoted(NARROW)}))"
    bare = rf"regexp_replace({half}, '^=?\s*[{_QUOTES}{_APOSTROPHES}](.*)[{_QUOTES}{_APOSTROPHES}]$', '\1')"
    bare = rf"regexp_replace({bare}, '^[{_APOSTROPHES}]|[{_APOSTROPHES}{_QUOTES}]$', '', 'g')"
    return rf"nullif(trim(regexp_replace({bare}, '^([0-9]+)\.0+$', '\1')), '')"


def branch_code_sql(text: str) -> str:
    """Return a code that can name a folder, out of whatever a source calls a branch; what is one stays itself.

    Of another text its letters and digits are taken, and part of its digest, so that no two branches become one.
    """
    slug = f"upper(left(trim(regexp_replace({text}, '[^A-Za-z0-9]+', '-', 'g'), '-'), 24))"
    made = f"concat(coalesce(nullif({slug}, ''), 'B'), '-', left(md5({text}), 6))"
    reserved = quoted(*RESERVED_CODES)
    is_code = f"regexp_full_match({text}, '[A-Za-z0-9_][A-Za-z0-9_-]{{0,63}}') AND lower({text}) NOT IN ({reserved})"
    return f"CASE WHEN {text} IS NULL OR ({is_code}) THEN {text} ELSE {made} END"


def meaningful(column: Column, codes: Mapping[str, str]) -> set[str]:
    """Return the words that mean something in this column, though elsewhere they mean no value."""
    return {*codes, *(NO if column.kind == "flag" else ())}


def _signed_share(text: str, permille: float, unit: str) -> str:
    """Return the share of a cell that bears its own % or ‰; by the month or day where its column is."""
    period = next((each for each in ("_per_month", "_per_day") if unit.endswith(each)), "")
    half = f"translate({text}, '{WIDE_NUMBER}', '{NARROW_NUMBER}')"

    def part(sign: str, factor: float) -> str:
        number = f"try_cast(regexp_replace({half}, '[\\s%％‰]', '', 'g') AS DOUBLE)"
        return f"WHEN regexp_matches({text}, '^[^%％‰]*{sign}$') THEN round({number} * {factor!r}, 12)"

    return f"CASE {part('[%％]', FACTORS[f'percent{period}'])} {part('‰', permille)} END"


ALREADY = "'^[0-9a-fA-F]{32,128}$'"


@dataclass(frozen=True)
class ConversionContext:
    """What one conversion needs to know beside the sheet.

    Parameters
    ----------
    as_of : date
        The date of the file.
    key : bytes
        The bank's pseudonym key.
    mapping : Mapping
        How the source writes.
    beside : tuple of Path
        Second files, for the mapping's joins.
    """

    as_of: date
    key: bytes = field(repr=False)
    mapping: SourceMapping = field(repr=False)
    beside: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Binding:
    """One of our columns, bound to a sheet; every pattern is an expression over its text, named ``{t}``.

    Parameters
    ----------
    column, kind : str
        Name and kind of the column.
    text : str
        Expression of its text over the raw relation.
    value : str
        Pattern of its value.
    bad : str
        Pattern of the condition under which it cannot become a value.
    fix : str
        What to do about such a value.
    place : int, optional
        The cell column it comes from, where it is one.
    others : tuple of int
        Further ones.
    empty : str
        Pattern of the condition that the text only stands in for no value.
    raw : str
        Expression of the text as it stands in the file, where it is taken without some of its signs.
    cells, values : mapping
        Where several cells make the text: expressions of the cells by name, and of their values over those names.
        Each is worked out once a row; written into the text they would stand there many times over.
    """

    column: str
    kind: str
    text: str
    value: str
    bad: str = "FALSE"
    fix: str = ""
    place: int | None = None
    others: tuple[int, ...] = ()
    empty: str = "FALSE"
    raw: str = ""
    cells: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name under which its text stands in the view."""
        return f"t_{self.column}"

    @property
    def places(self) -> tuple[int, ...]:
        """The cell columns that it comes from."""
        return (*(() if self.place is None else (self.place,)), *self.others)

    @property
    def told(self) -> str:
        """The expression over the view of what the file holds, signs that were taken off included."""
        return f"r_{self.column}" if self.raw else self.name

    @property
    def texts(self) -> list[str]:
        """What the view has of it."""
        return [f"{self.text} AS {self.name}", *([f"{self.raw} AS {self.told}"] if self.raw else [])]

    @property
    def is_hashed_here(self) -> bool:
        """Whether its values become pseudonyms on the way in, each distinct one once."""
        return self.kind == "hash" and "sha256" in self.value

    @property
    def embeds(self) -> str:
        """Pattern of the condition that a key holds or is an identifier of a person."""
        return holds_identifier_sql("{t}", column=self.column)

    def hidden(self, key: bytes) -> str:
        """Return the pattern of what stands for such a key."""
        return key_pseudonym_sql("{t}", key=key)

    def over(self, pattern: str, *, word: str = "") -> str:
        """Return a pattern as an expression over the view, or over another name for the text."""
        return pattern.replace("{t}", word or self.name)


def bind_columns(
    raw: RawSheet, entry: TableMapping, *, found: dict[str, int], intake: ConversionContext
) -> list[Binding]:
    """Bind every column that the sheet, the file's name or the mapping can fill, in the contract's order."""
    bound = {name: binding for name, binding in _stated(raw, entry)}
    bound |= {name: _counted_days(raw, entry, name, intake) for name in entry.days_since}
    bound |= {name: _summed(raw, entry, name) for name in entry.sums}
    bound |= {name: _months_after(raw, entry, name) for name in entry.months_after}
    for name in found.keys() - bound.keys():
        text = raw.text_sql(found[name], missing=_missing(entry, name))
        bound[name] = _bound(entry, name, text, raw=raw, place=found[name])
        others = raw.all_columns(entry, name)
        if name in entry.first_filled and len(others) > 1:
            texts = [raw.text_sql(place, missing=_missing(entry, name)) for place in others]
            rest = tuple(place for place in others if place != found[name])
            bound[name] = replace(bound[name], text=f"coalesce({', '.join(texts)})", others=rest)
        if name in entry.greatest and len(others) > 1:
            bound[name] = _greatest(raw, entry, name, others)
    for name, value in entry.assumed.items():
        if name in bound:
            bound[name] = replace(bound[name], text=f"coalesce({bound[name].text}, {_literal(value)})")
        else:
            bound[name] = _bound(entry, name, f"{_literal(value)}::VARCHAR", raw=raw)
    if entry.table == "branches" and "name" not in bound and "branch_id" in bound:
        bound["name"] = _bound(entry, "name", bound["branch_id"].text, raw=raw)
    return [_private(bound[name], entry, intake) for name in entry.contract.names if name in bound]


def unit_of(raw: RawSheet, entry: TableMapping, name: str, place: int) -> str:
    """Return the unit of a column: as the mapping says, else as its header does, else ours."""
    kind = entry.contract.column(name).kind
    if kind not in ("yuan", "share", "count", "number"):
        return entry.units.get(name, "")
    return entry.units.get(name) or raw.header.unit(place, is_money=kind == "yuan")


def permille_factor(raw: RawSheet, entry: TableMapping, name: str, place: int | None) -> float:
    """Return the factor of a cell that bears a ‰: as the mapping says, else a month's of a loan's rate, else 0.001."""
    declared = entry.units.get(name, "")
    if declared.startswith("permille"):
        return factor_of(declared)
    if declared.endswith(("_per_month", "_per_day")):
        return factor_of(f"permille_per_{declared.rpartition('_')[2]}")
    is_monthly = place is not None and "利率" in raw.header.labels[place] and "年" not in raw.header.labels[place]
    return FACTORS["permille_per_month" if is_monthly else "permille"]


def filter_sql(raw: RawSheet, entry: TableMapping) -> str:
    """Return the condition under which a mapping takes a row."""
    kept = [f"{_cell(raw, word)} IN ({quoted(*values)})" for word, values in entry.keep.items()]
    left = [f"coalesce({_cell(raw, word)}, '') NOT IN ({quoted(*values)})" for word, values in entry.drop.items()]
    return " AND ".join([*kept, *left]) or "TRUE"


_BARE = frozenset(BARE)


def day_count(raw: RawSheet, entry: TableMapping, name: str) -> DayCount:
    """Return how a column's dates are written: as the mapping says, counted as the workbook counts."""
    return DayCount(EPOCH_1904 if raw.sheet.is_1904 else EXCEL_EPOCH, entry.formats.get(name, ""))


def _bound(entry: TableMapping, name: str, text: str, *, raw: RawSheet, place: int | None = None) -> Binding:
    column, codes = entry.contract.column(name), entry.codes.get(name, {})
    unit = "" if place is None else unit_of(raw, entry, name, place)
    days = USUAL_DAYS if place is None else day_count(raw, entry, name)
    is_bare = place is not None and raw.signs[place] <= _BARE
    permille = permille_factor(raw, entry, name, place)
    value = value_sql("{t}", column, unit=unit, codes=codes, days=days, is_bare=is_bare, permille=permille)
    if column.kind == "key" and (column.refers == "branches" or name == "branch_id"):
        odd = bytes(set(range(256)) - set(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-"))
        is_coded = place is None or raw.may_hold(place, odd)
        value = branch_code_sql("{t}") if is_coded or name == "branch_id" else value
        return Binding(name, column.kind, text, value, _broken_word(raw, place), KEEP_TEXT, place)
    bad = "FALSE" if value == "{t}" else f"{{t}} IS NOT NULL AND ({value}) IS NULL"
    if value == "{t}" and place is not None:
        return Binding(name, column.kind, text, value, _broken_word(raw, place), KEEP_TEXT, place)
    empty = is_stand_in_sql("{t}", name=name) if column.kind in ("date", "moment") else "FALSE"
    if column.kind in ("date", "moment"):
        bad += f" AND NOT {is_open_sql('{t}', column)} AND NOT {empty}"
        value = f"CASE WHEN NOT {empty} THEN {value} END"
    fix = f"map it under codes.{name} to one of {', '.join(column.codes)}" if column.kind == "code" else ""
    told = fix or (days.form and f"the mapping says {days.form} under formats.{name}") or EXPECTED.get(column.kind, "")
    return Binding(name, column.kind, text, value, bad, told, place, empty=empty)


def _broken_word(raw: RawSheet, place: int | None) -> str:
    """Return the pattern of a word that is none; columns that cannot hold one are not looked at."""
    is_possible = place is not None and raw.may_hold(place, BROKEN_BYTES)
    return f"regexp_matches({{t}}, '{BROKEN_WORD}')" if is_possible else "FALSE"


def _private(binding: Binding, entry: TableMapping, intake: ConversionContext) -> Binding:
    """Turn the text of a personal identifier into the value that may be kept."""
    if binding.kind != "hash":
        return binding
    if binding.column in entry.already_hashed:
        bad = f"{{t}} IS NOT NULL AND NOT regexp_matches({{t}}, {ALREADY})"
        fix = "take it out of already_hashed, or have the source pseudonymise it"
        binding = replace(binding, bad=bad, fix=fix)  # a digest without a key is undone by listing all mobiles
    return replace(binding, value=pseudonym_sql("{t}", key=intake.key))


def _stated(raw: RawSheet, entry: TableMapping) -> Iterator[tuple[str, Binding]]:
    """Yield the columns whose one value the mapping or the file's name says."""
    said = {name: _literal(value) for name, value in entry.constants.items()}
    matches = {name: _searched(pattern, raw.sheet.path) for name, pattern in entry.from_file_name.items()}
    said |= {name: _literal(match.group(1)) if match else "NULL" for name, match in matches.items()}
    for name, text in said.items():
        yield name, _bound(entry, name, f"{text}::VARCHAR", raw=raw)


#: a name is read at once; only a repetition within a repetition takes longer
NAME_SECONDS = 5


def _searched(pattern: str, path: Path) -> re.Match[str] | None:
    try:
        with timely(path, Limits(seconds=NAME_SECONDS)):
            return re.search(pattern, path.stem)
    except BadData as error:
        fix = "write it without a repetition within a repetition, as in (a+)+"
        raise BadConfig(f"the pattern {pattern!r} takes too long over this name", where=path.name, fix=fix) from error


def _literal(value: object) -> str:
    return quoted(str(int(value)) if isinstance(value, bool) else str(value))


def _counted_days(raw: RawSheet, entry: TableMapping, name: str, intake: ConversionContext) -> Binding:
    cells = [_cell(raw, word, entry) for word in entry.days_since[name]]
    parts, how = _parts(name, cells), day_count(raw, entry, name)
    empty = [is_stand_in_sql(part, name="first_overdue_date") for part in parts]
    values = [
        f"CASE WHEN NOT {none} THEN {date_sql(part, days=how)} END" for part, none in zip(parts, empty, strict=True)
    ]
    days = ", ".join(map(_value_name, parts))
    first = f"least({days})" if len(parts) > 1 else days
    since = f"coalesce(greatest(0, DATE '{intake.as_of}' - {first}), 0)"
    none = [f"{each} OR starts_with({part}, '{OPEN_END}')" for part, each in zip(parts, empty, strict=True)]
    return _joined(entry, name, since, cells=cells, values=values, none=none)


def _summed(raw: RawSheet, entry: TableMapping, name: str) -> Binding:
    words, kind = entry.sums[name], entry.contract.column(name).kind
    cells = [_cell(raw, word, entry) for word in words]
    units = [unit_of(raw, entry, name, raw.header.place([plain_header(word)])) for word in words]
    parts = _parts(name, cells)
    values = [number_sql(part, unit=unit, kind=kind) for part, unit in zip(parts, units, strict=True)]
    total = " + ".join(f"coalesce({_value_name(part)}, 0)" for part in parts)
    return _joined(entry, name, total, cells=cells, values=values)


def _months_after(raw: RawSheet, entry: TableMapping, name: str) -> Binding:
    """Bind a date to another one and a term: in months, or in the unit of the term's header."""
    words = entry.months_after[name]
    begun, term = (_cell(raw, word, entry) for word in words)
    unit = raw.header.unit(raw.header.place([plain_header(words[1])]), is_money=False)
    source = next((column for column, heads in entry.claims.items() if words[0] in heads), name)
    parts = _parts(name, [begun, term])
    values = [date_sql(parts[0], days=day_count(raw, entry, source)), _term_sql(parts[1], unit)]
    start, count = (_value_name(part) for part in parts)
    after = f"{start} + {count}::INTEGER" if unit == "days" else f"({start} + to_months({count}::INTEGER))::DATE"
    return _joined(entry, name, f"({after})", cells=[begun, term], values=values)


def _term_sql(text: str, unit: str) -> str:
    own = DAY_WORDS if unit == "days" else MONTH_WORDS
    return count_sql(text, unit="years" if unit == "years" else "", words=own)


def _greatest(raw: RawSheet, entry: TableMapping, name: str, places: list[int]) -> Binding:
    """Bind a column to the largest of several cells; an empty one does not count."""
    column = entry.contract.column(name)
    cells = [raw.text_sql(place, missing=_missing(entry, name)) for place in places]
    units = [unit_of(raw, entry, name, place) for place in places]
    parts = _parts(name, cells)
    values = [
        value_sql(part, column, unit=unit, days=day_count(raw, entry, name))
        for part, unit in zip(parts, units, strict=True)
    ]
    largest = f"greatest({', '.join(map(_value_name, parts))})"
    return _joined(entry, name, largest, cells=cells, values=values)


def _parts(name: str, cells: Sequence[str]) -> list[str]:
    """Return the names under which the cells of one column stand."""
    return [f"{name}_part_{place}" for place in range(len(cells))]


def _value_name(part: str) -> str:
    return f"{part}_value"


def _joined(
    entry: TableMapping, name: str, value: str, *, cells: list[str], values: list[str], none: Sequence[str] = ()
) -> Binding:
    """Bind a column to several cells; a cell that cannot be read stands in the text, so that it is told.

    `value` is an expression over the names of the values; `none` are conditions under which a cell needs no value.
    """
    column, parts = entry.contract.column(name), _parts(name, cells)
    refused = " ".join(
        f"WHEN {part} IS NOT NULL AND {_value_name(part)} IS NULL AND NOT ({is_none}) THEN '? ' || {part}"
        for part, is_none in zip(parts, none or ["FALSE"] * len(parts), strict=True)
    )
    text = f"CASE {refused} ELSE ({value})::VARCHAR END"
    fix = "write dates and numbers in the columns that are counted or added up"
    kinds = {"count": "BIGINT", "date": "DATE"}
    cast = f"try_cast({{t}} AS {kinds.get(column.kind, 'DOUBLE')})"
    bad = f"{{t}} IS NOT NULL AND {cast} IS NULL"
    told = dict(zip(parts, cells, strict=True))
    made = dict(zip(map(_value_name, parts), values, strict=True))
    return Binding(name, column.kind, text, cast, bad, fix, cells=told, values=made)


def _with_parts(raw: RawSheet, bound: Sequence[Binding]) -> str:
    """Return the relation of a sheet's cells, with those beside them of which several make one text."""
    cells = [f"{said} AS {name}" for binding in bound for name, said in binding.cells.items()]
    values = [f"{said} AS {name}" for binding in bound for name, said in binding.values.items()]
    if not cells:
        return raw.relation
    inner, outer = ", ".join(cells), ", ".join(values)
    return f"(SELECT *, {outer} FROM (SELECT *, rowid, {inner} FROM {raw.relation}))"


def _missing(entry: TableMapping, name: str) -> tuple[str, ...]:
    kept = meaningful(entry.contract.column(name), entry.codes.get(name, {}))
    return tuple(word for word in entry.missing if word not in kept)


def _cell(raw: RawSheet, word: str, entry: TableMapping | None = None) -> str:
    place = raw.header.place([plain_header(word)])
    return raw.text_sql(place, missing=entry.missing if entry else ())


UNREADABLE = "unreadable value"
DAY_OF_NONE = "a day that stands for none where one is needed"
STOOD_IN = "a day that stands for none: taken as none"
PLAINED = "invisible, full-width or text signs in the value: taken without them"
UNKNOWN_CODE = "unknown code"
#: temporary table of what stood behind pseudonyms, where the mapping wants it kept
SOURCES_TABLE = "told_sources"
EMBEDDED = "a person's number stands in the key: replaced by a pseudonym"


VOID = "words that mean no value: taken as none"
DOTTED = "dots before three digits: thousands or decimals?"
TWO_FILLED = "two columns are filled and differ: the first was taken"
RIVALS = "two columns may be this one, and they differ"
#: how many rows are shown before and after, and how many signs of each value
EXAMPLES, SHOWN_SIGNS = 3, 40


@dataclass(frozen=True)
class CastResult:
    """What a casting made: the columns it filled, the failures it found, and how each column was read."""

    columns: list[str]
    problems: list[dict]
    reading: list[dict]


@dataclass(frozen=True)
class Tally:
    """How a column's texts fared: how many there are, how many could not be read, how many stand for none."""

    held: int = 0
    refused: int = 0
    stood_in: int = 0


def cast_rows(
    con: duckdb.DuckDBPyConnection, raw: RawSheet, entry: TableMapping, *, intake: ConversionContext, relation: str
) -> CastResult:
    """Convert a raw sheet into one table's staged relation.

    Parameters
    ----------
    con : connection
        The store's session.
    raw : Raw
        The rows as text.
    entry : TableMapping
        What they are to become.
    intake : Intake
        Date, key and mapping.
    relation : str
        The temporary relation to make: contract columns and ``row_number``.
    """
    register_identifiers(con)
    bound = bind_columns(raw, entry, found=raw.columns(entry), intake=intake)
    bound, plained = _plained(con, raw, bound)
    view, where = f"{relation}_text", filter_sql(raw, entry)
    texts = ", ".join(text for binding in bound for text in binding.texts)
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT {raw.row_sql} AS row_number, {texts} "
        f"FROM {_with_parts(raw, bound)} WHERE {where}"
    )
    embedding, problems, tallies = _probed(con, view, bound)
    problems += _days_of_none(con, view, entry.contract, bound, tallies)
    columns = ", ".join(f"{_value(binding, embedding, intake)} AS {binding.column}" for binding in bound)
    joins = " ".join(_dictionary(binding, view) for binding in bound if binding.is_hashed_here)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {relation} AS SELECT row_number, {columns} FROM {view} {joins}")
    key = next((binding for binding in bound if entry.contract.key == (binding.column,)), None)
    if intake.mapping.keep_lookup and key:
        _remember(con, view, [key, *bound], said=_value(key, embedding, intake), table=entry.contract)
    odd = [*_dotted(con, raw, entry, bound), *_two_filled(con, raw, entry, bound), *_voided(raw, bound)]
    hidden = embedding | {binding.column for binding in bound if binding.kind == "hash"}
    shown = _shown_rows(con, view, relation, bound, hidden=hidden)
    reading = [
        _reading(raw, entry, binding, tallies, examples)
        | {"plain": next((fault["count"] for fault in plained if fault["column"] == binding.column), 0)}
        for binding, examples in zip(bound, shown, strict=True)
    ]
    told = [{name: said for name, said in fault.items() if name != "count"} for fault in plained]
    coded = [*_coded(con, view, bound), *_short_codes(con, view, bound)]
    con.execute(f"DROP VIEW {view}")
    problems = [*_left_out(con, raw, where), *told, *problems, *odd, *_assumed(con, raw, entry, where), *coded]
    return CastResult([binding.column for binding in bound], problems, reading)


SHORT_CODES = "branch codes of fewer than four digits: were noughts before them lost?"
ASSUMED = "not said by the file: assumed by the mapping"
CODED = "branch names that are no codes: made into codes, the names kept with the branches"


def _assumed(con: duckdb.DuckDBPyConnection, raw: RawSheet, entry: TableMapping, where: str) -> list[dict]:
    """Warn of every value that the mapping assumes, with the count of rows."""
    found, told = raw.columns(entry), []
    for name, value in entry.assumed.items():
        text = raw.text_sql(found[name], missing=_missing(entry, name)) if name in found else "NULL"
        (count,) = con.execute(f"SELECT count(*) FROM {raw.relation} WHERE ({where}) AND {text} IS NULL").fetchone()
        if count:
            fault = {"column": name, "severity": "warn", "rule": ASSUMED}
            told.append({**fault, "value": f"{told_value(str(value))}: {count} rows in all"})
    return told


def _short_codes(con: duckdb.DuckDBPyConnection, view: str, bound: Sequence[Binding]) -> list[dict]:
    """Warn of branch codes of one to three digits: a nought that stood before them may be lost."""
    told = []
    for binding in (each for each in bound if each.column == "branch_id" and each.place is not None):
        is_short = f"regexp_full_match({binding.name}, '[1-9][0-9]{{0,2}}')"
        count, row, first = con.execute(
            f"SELECT count(DISTINCT {binding.name}), min(row_number), min({binding.name}) FROM {view} WHERE {is_short}"
        ).fetchone()
        if count:
            fault = {"column": binding.column, "severity": "warn", "rule": SHORT_CODES, "row": row}
            fix = "where codes have four digits, export them as text (0755)"
            told.append({**fault, "value": f"{count} codes, the first: {first}", "fix": fix})
    return told


def _coded(con: duckdb.DuckDBPyConnection, view: str, bound: Sequence[Binding]) -> list[dict]:
    """Note which branches got a code in the place of their name."""
    told = []
    for binding in (each for each in bound if "md5(" in each.value):
        value = binding.over(binding.value)
        names = con.execute(
            f"SELECT DISTINCT {binding.name}, {value} FROM {view} WHERE {binding.name} <> {value} ORDER BY ALL"
        ).fetchall()
        if names:
            shown = ", ".join(f"{told_value(name)} = {code}" for name, code in names[:EXAMPLES])
            fault = {"column": binding.column, "severity": "note", "rule": CODED}
            told.append({**fault, "value": f"{len(names)} branches: {shown}"})
    return told


def _reading(
    raw: RawSheet, entry: TableMapping, binding: Binding, tallies: Mapping[str, Tally], examples: list[list[str]]
) -> dict:
    """Return how one column was read, in words and counts that may be kept."""
    name, tally, rows_count = binding.column, tallies[binding.column], tallies[""].held
    column, places = entry.contract.column(name), list(binding.places)
    place = binding.place
    return {
        "column": name,
        "zh": column.zh,
        "head": " + ".join(raw.header.labels[each] for each in places) or _how_given(entry, name),
        "places": [each + 1 for each in places],
        "unit": "" if place is None else unit_of(raw, entry, name, place),
        "unit_from": "" if place is None else unit_source(raw, entry, name, place),
        "written": entry.formats.get(name, ""),
        "read": rows_count,
        "empty": rows_count - tally.held,
        "void": sum(raw.voided[each] for each in places),
        "padded": sum(raw.padded[each] for each in places),
        "converted": tally.held - tally.refused - tally.stood_in,
        "stood_in": tally.stood_in,
        "refused": tally.refused,
        "examples": examples,
    }


def _how_given(entry: TableMapping, name: str) -> str:
    """Return from where a column comes that no one header holds."""
    groups = {"sum of": entry.sums, "days since": entry.days_since, "after": entry.months_after}
    told = [f"{how} {' + '.join(words[name])}" for how, words in groups.items() if name in words]
    told += ["the largest of its headers"] * (name in entry.greatest)
    told += ["the file's name"] * (name in entry.from_file_name) + ["the mapping itself"] * (name in entry.constants)
    told += ["assumed by the mapping"] * (name in entry.assumed)
    return told[0] if told else ""


def unit_source(raw: RawSheet, entry: TableMapping, name: str, place: int) -> str:
    """Return what says a column's unit: mapping, header or title; empty where nothing does and it is ours."""
    kind = entry.contract.column(name).kind
    if kind not in ("yuan", "share", "count", "number"):
        return ""
    if name in entry.units:
        return "mapping"
    if said_unit(raw.header.labels[place]):
        return "header"
    return "title" if kind == "yuan" and raw.header.title_unit else ""


def _shown_rows(
    con: duckdb.DuckDBPyConnection, view: str, relation: str, bound: Sequence[Binding], *, hidden: set[str]
) -> list[list[list[str]]]:
    """Return a few values of each column before and after, identifiers never."""
    texts = ", ".join(binding.told for binding in bound)
    before = con.execute(f"SELECT row_number, {texts} FROM {view} LIMIT {EXAMPLES}").fetchall()
    rows = [row for row, *_ in before]
    names = ", ".join(binding.column for binding in bound)
    found = con.execute(f"SELECT row_number, {names} FROM {relation} WHERE row_number IN (SELECT unnest(?))", [rows])
    after = {row: values for row, *values in found.fetchall()}
    return [
        [
            [
                "(not shown)" if binding.column in hidden else _shown(values[place]),
                _shown(str(after[row][place])[:8] + "…") if binding.column in hidden else _shown(after[row][place]),
            ]
            for row, *values in before
            if row in after
        ]
        for place, binding in enumerate(bound)
    ]


def _shown(value: object) -> str:
    return "" if value is None else told_value(str(value))[:SHOWN_SIGNS]


def _voided(raw: RawSheet, bound: Sequence[Binding]) -> list[dict]:
    """Note the words that were taken for no value."""
    counts = {binding.column: sum(raw.voided[place] for place in binding.places) for binding in bound}
    kinds = {binding.column: binding.kind for binding in bound}
    return [
        {"column": name, "severity": "note", "rule": VOID, "value": f"{count} rows in all"}
        for name, count in counts.items()
        if count and kinds[name] not in ("flag", "code")
    ]


def _dotted(
    con: duckdb.DuckDBPyConnection, raw: RawSheet, entry: TableMapping, bound: Sequence[Binding]
) -> Iterator[dict]:
    """Refuse amounts of which every one with a dot has three digits behind it and at most three before it."""
    for binding in bound:
        if binding.kind != "yuan" or binding.place is None or not raw.may_hold(binding.place, b"."):
            continue
        if factor_of(unit_of(raw, entry, binding.column, binding.place) or "yuan") != 1:
            continue
        dotted = f"SELECT {binding.text} AS t FROM {raw.relation} WHERE contains({binding.text}, '.')"
        odd = "regexp_full_match(t, '[-+]?[0-9]{1,3}[.][0-9]{3}')"
        for few in (f" LIMIT {EXAMPLES}", ""):
            count, three = con.execute(
                f"SELECT count(*), count(*) FILTER (WHERE {odd}) FROM ({dotted}{few})"
            ).fetchone()
            if three < count or not count:
                break
        else:
            fix = "write 310000 or 310000.00; where dots part thousands, take them out"
            value = f"{count} rows in all"
            yield {"column": binding.column, "severity": "block", "rule": DOTTED, "value": value, "fix": fix}


def _two_filled(
    con: duckdb.DuckDBPyConnection, raw: RawSheet, entry: TableMapping, bound: Sequence[Binding]
) -> Iterator[dict]:
    """Warn where of two headers for one column both hold a value, and not the same."""
    for binding in (each for each in bound if each.others):
        cells = [raw.text_sql(place, missing=_missing(entry, binding.column)) for place in binding.places]
        differ = " OR ".join(f"{cells[0]} <> {cell}" for cell in cells[1:])
        count = con.execute(f"SELECT count(*) FROM {raw.relation} WHERE {differ}").fetchone()[0]
        if count:
            told = {"column": binding.column, "severity": "warn", "rule": TWO_FILLED}
            yield {**told, "value": f"{count} rows in all", "fix": "name under columns the one that counts"}


def rival_problems(
    con: duckdb.DuckDBPyConnection, raw: RawSheet, entry: TableMapping, *, found: dict[str, int]
) -> list[dict]:
    """Refuse a number or a date that two columns could be, where they differ; the mapping may say which counts."""
    faults = []
    for name, place in found.items():
        column = entry.contract.column(name)
        exempt = {*entry.greatest, *entry.first_filled, *entry.in_order}
        if column.kind not in ("yuan", "share", "count", "number", "date", "month") or name in exempt:
            continue
        for other in (each for each in raw.all_columns(entry, name) if each not in found.values()):
            texts = [raw.text_sql(each, missing=_missing(entry, name)) for each in (place, other)]
            values = [
                value_sql(text, column, unit=unit_of(raw, entry, name, each), days=day_count(raw, entry, name))
                for text, each in zip(texts, (place, other), strict=True)
                if not (unit := unit_of(raw, entry, name, each)) or fits_unit(column, unit)
            ]
            differ = f"({values[0]}) IS DISTINCT FROM ({values[1]})" if len(values) == 2 else "TRUE"
            count, row = con.execute(
                f"SELECT count(*), min({raw.row_sql}) FROM {raw.relation} WHERE {texts[1]} IS NOT NULL AND {differ}"
            ).fetchone()
            if count:
                labels = raw.header.labels[place], raw.header.labels[other]
                fix = f'write under columns.{name} the one that counts ("{labels[0]}"), or in_order = ["{name}"]'
                told = {"severity": "block", "rule": RIVALS, "column": name, "row": row, "fix": fix}
                faults.append({**told, "value": f"{' / '.join(labels)}: {count} rows"})
    return faults


def _plained(
    con: duckdb.DuckDBPyConnection, raw: RawSheet, bound: Sequence[Binding]
) -> tuple[list[Binding], list[dict]]:
    """Take from keys and words the signs that nobody sees and Excel's marks of a text; say where, and how many."""
    words = [
        binding
        for binding in bound
        if binding.kind in UNSEEN
        and binding.place is not None
        and any(raw.may_hold(place, UNSEEN_BYTES[binding.kind]) for place in binding.places)
    ]
    if not words:
        return list(bound), []
    pieces = ", ".join(
        f"count(*) FILTER (WHERE {met}), min({raw.row_sql}) FILTER (WHERE {met})"
        for met in (f"regexp_matches({binding.text}, '{UNSEEN[binding.kind]}')" for binding in words)
    )
    found = con.execute(f"SELECT {pieces} FROM {raw.relation}").fetchone()
    met = {
        binding.column: (count, row)
        for binding, count, row in zip(words, found[0::2], found[1::2], strict=True)
        if count
    }
    plain = [
        replace(binding, text=plain_word_sql(binding.text, is_key=binding.kind == "key"), raw=binding.text)
        if binding.column in met
        else binding
        for binding in bound
    ]
    return plain, [
        {
            "column": name,
            "severity": "warn",
            "rule": PLAINED,
            "row": row,
            "value": f"{count} rows in all",
            "count": count,
        }
        for name, (count, row) in met.items()
    ]


def _probed(
    con: duckdb.DuckDBPyConnection, view: str, bound: Sequence[Binding]
) -> tuple[set[str], list[dict], dict[str, Tally]]:
    """Count in one pass what is there, what cannot be converted, which keys hold a person's number; list the second."""
    keys = [binding for binding in bound if binding.kind == "key" and binding.place is not None]
    dates = [binding for binding in bound if binding.empty != "FALSE"]
    conditions = [binding.over(binding.bad) for binding in bound] + [binding.over(binding.embeds) for binding in keys]
    conditions += [binding.over(binding.empty) for binding in dates]
    pieces = [f"count(*) FILTER (WHERE {condition})" for condition in conditions]
    pieces += ["count(*)", *(f"count({binding.name})" for binding in bound)]
    found = con.execute(f"SELECT {', '.join(pieces)} FROM {view}").fetchone()
    counts, (rows_count, *held) = found[: len(conditions)], found[len(conditions) :]
    broken = [(binding, count) for binding, count in zip(bound, counts, strict=False) if count]
    listed = [fault for binding, count in broken for fault in _listed(con, view, binding, count=count)]
    embedding = {key.column: count for key, count in zip(keys, counts[len(bound) :], strict=False) if count}
    empty = list(zip(dates, counts[len(bound) + len(keys) :], strict=True))
    none = {each.column: count for each, count in empty}
    tallies = {
        binding.column: Tally(texts, bad, none.get(binding.column, 0))
        for binding, texts, bad in zip(bound, held, counts, strict=False)
    }
    tallies[""] = Tally(rows_count)
    stood_in = [
        {"column": each.column, "severity": "note", "rule": STOOD_IN, "value": f"{count} rows in all"}
        for each, count in empty
        if count
    ]
    notes = [
        {"column": name, "severity": "note", "rule": EMBEDDED, "value": f"{count} rows in all"}
        for name, count in embedding.items()
    ]
    return set(embedding), [*listed, *notes, *stood_in], tallies


def _days_of_none(
    con: duckdb.DuckDBPyConnection, view: str, contract: Table, bound: Sequence[Binding], tallies: Mapping[str, Tally]
) -> list[dict]:
    """Tell where a day that is needed is one that stands for none, as 9999-12-31, though other rows hold true ones."""
    found = []
    for binding in bound:
        column = contract.column(binding.column)
        if binding.kind not in ("date", "moment") or not column.required or binding.place is None:
            continue
        none = f"({binding.over(binding.empty)} OR {is_open_sql(binding.name, column)})"
        (count,) = con.execute(f"SELECT count(*) FILTER (WHERE {none}) FROM {view}").fetchone()
        tally = tallies[binding.column]
        if 0 < count < tally.held - tally.refused:
            fix = f"give every row its day ({column.zh}), or leave the column out where no row has one"
            found += _listed(con, view, replace(binding, bad=none, fix=fix), count=count, rule=DAY_OF_NONE)
    return found


def _listed(con: duckdb.DuckDBPyConnection, view: str, binding: Binding, *, count: int, rule: str = "") -> list[dict]:
    """List the rows whose value cannot be converted; what may name a person is not shown."""
    rule = rule or (UNKNOWN_CODE if binding.kind == "code" else UNREADABLE)
    shown = "'(not shown)'" if binding.kind == "hash" else _masked(binding.told)
    rows = con.execute(
        f"SELECT row_number, {shown} FROM {view} WHERE {binding.over(binding.bad)} "
        f"ORDER BY row_number LIMIT {LISTED_ROWS}"
    ).fetchall()
    common = {"column": binding.column, "severity": "block", "rule": rule, "fix": binding.fix}
    more = [{**common, "value": f"{count} rows in all, the first {len(rows)} listed"}] if count > len(rows) else []
    return [*({**common, "row": row, "value": value} for row, value in rows), *more]


def _masked(text: str) -> str:
    """Return a text whose long numbers are cut, in case a phone stands in the wrong column."""
    return rf"regexp_replace({text}, '([0-9]{{3}})[0-9]{{8,}}[Xx]?', '\1…', 'g')"


def _dictionary(binding: Binding, view: str) -> str:
    """Return the join to the pseudonym of each distinct identifier."""
    word, name = binding.name, f"d_{binding.column}"
    said = binding.over(binding.value, word="word")
    distinct = f"SELECT DISTINCT {word} AS word FROM {view}"
    return f"LEFT JOIN (SELECT word, {said} AS mark FROM ({distinct})) AS {name} ON {word} = {name}.word"


def _value(binding: Binding, embedding: set[str], intake: ConversionContext) -> str:
    if binding.is_hashed_here:
        return f"d_{binding.column}.mark"
    value = binding.over(binding.value)
    if binding.column not in embedding:
        return value
    hidden, test = binding.over(binding.hidden(intake.key)), binding.over(binding.embeds)
    return f"CASE WHEN {test} THEN {hidden} ELSE {value} END"


def _remember(con: duckdb.DuckDBPyConnection, view: str, bound: Sequence[Binding], *, said: str, table: Table) -> None:
    """Set aside, for this session only, what stood in the place of each pseudonym; the first binding is the key."""
    con.execute(f"CREATE TEMP TABLE IF NOT EXISTS {SOURCES_TABLE} (key VARCHAR, name VARCHAR, source VARCHAR)")
    hidden = [(binding, f"{binding.name} IS NOT NULL") for binding in bound if binding.is_hashed_here]
    for binding, condition in [(bound[0], f"{bound[0].name} <> {said}"), *hidden]:
        label = table.column(binding.column).zh
        con.execute(
            f"INSERT INTO {SOURCES_TABLE} SELECT DISTINCT {said}, '{label}', {binding.name} FROM {view} "
            f"WHERE {condition}"
        )


def _left_out(con: duckdb.DuckDBPyConnection, raw: RawSheet, where: str) -> list[dict]:
    """Note how many rows were no data, and how many the mapping's filter left out."""
    filtered = con.execute(f"SELECT count(*) FROM {raw.relation} WHERE NOT coalesce({where}, FALSE)").fetchone()[0]
    counts = {**raw.dropped, "filtered": filtered}
    return [
        {"severity": "note", "rule": f"left out: {reason}", "value": f"{count} rows in all"}
        for reason, count in counts.items()
        if count
    ]


DUPLICATED = "exact duplicates of another row: kept"
PADDED = "blanks around the value: taken without them"
CONFLICTING_ROWS = "several rows of one key say different things: the first was taken"
FALLBACK = "unit taken from the header"
#: what a header says of a rate by the month or by the day
TIMED = r"(?i)月利率|日利率|月息|日息|\b(?:day|daily|month|monthly)[_ ]?rate|rate[_ ]?per[_ ]?(?:day|month)"
TIMELESS = "the header says a rate by the month or day, and its unit says by the year"
BY_FACTOR = "the mapping's factor stands for the header's unit"
PERMILLE = "cells bear ‰ of their own, which the trade quotes by the month"
NO_FACTOR = "the header's unit is none of this column's"
CONTRADICTION = "the mapping's unit is not the header's"


def refined(con: duckdb.DuckDBPyConnection, relation: str, *, entry: TableMapping, names: list[str]) -> list[dict]:
    """Give staged rows what their key still lacks, in place.

    Parameters
    ----------
    con : connection
        The store's session.
    relation : str
        The staged relation; a column that counts within the key is added, rows beyond the first of a key go.
    entry : TableMapping
        The mapping of its table.
    names : list of str
        The contract columns that it has.

    Returns
    -------
    list of dict
        Warnings and notes.
    """
    counted = [name for name in entry.contract.key if name in COUNTED and name not in names]
    if counted:
        return _numbered(con, relation, entry, names=names, counted=counted[0])
    return _reduced(con, relation, entry, names=names) if entry.one_row_per_key else []


def unit_problems(raw: RawSheet, entry: TableMapping, *, found: dict[str, int]) -> list[dict]:
    """Tell where a header's unit contradicts the mapping's (a block), or stands in for it (a note)."""
    faults = []
    for name, place in found.items():
        column = entry.contract.column(name)
        kind = column.kind
        has_unit = kind in ("yuan", "share", "count", "number")
        said = raw.header.unit(place, is_money=kind == "yuan") if has_unit else ""
        declared = entry.units.get(name, "")
        if said and declared.startswith("×"):
            faults.append({"severity": "note", "rule": BY_FACTOR, "column": name, "value": f"{said} {declared}"})
        elif said and not fits_unit(column, said):
            fix = f"say under units.{name} the unit ({', '.join(_units(column))}), or mend header or title"
            fix += "; of another currency say how many yuan one is, e.g. 7.18" * (kind == "yuan")
            faults.append({"severity": "block", "rule": NO_FACTOR, "column": name, "value": said, "fix": fix})
        elif said and declared and said != declared:
            fix = f"write {said} under units.{name}, or mend the header"
            fault = {"severity": "block", "rule": CONTRADICTION, "fix": fix}
            faults.append({**fault, "column": name, "value": f"{declared} in the mapping, {said} in the header"})
        elif said and FACTORS[said] != 1 and not declared:
            unit = unit_of(raw, entry, name, place)
            is_doubtful = unit == "permille_per_month" and "月" not in raw.header.labels[place]
            severity = "warn" if is_doubtful else "note"
            faults.append({"severity": severity, "rule": FALLBACK, "column": name, "value": unit})
        if kind == "share" and name.endswith("rate") and raw.signs[place].issuperset("‰".encode()) and not declared:
            label = raw.header.labels[place]
            is_yearly = "年" in label
            fix = f"say under units.{name} permille_per_month or permille"
            told = {"severity": "block" if is_yearly else "warn", "rule": PERMILLE, "column": name, "value": label}
            if is_yearly or "利率" in label:
                faults.append({**told, "fix": fix})
        if kind == "share" and _is_timeless(raw, entry, name, place):
            value = raw.header.labels[place]
            fix = f"say the unit under units.{name}, e.g. permille_per_month, basis_point_per_day or fraction_per_day"
            faults.append({"severity": "block", "rule": TIMELESS, "column": name, "value": value, "fix": fix})
    return faults


def _is_timeless(raw: RawSheet, entry: TableMapping, name: str, place: int) -> bool:
    """Return whether a header says a rate by the month or the day, and the unit says by the year."""
    label, unit = half_width(raw.header.labels[place]), unit_of(raw, entry, name, place)
    by_time = bool(re.search(TIMED, label))
    return by_time and not unit.endswith(("_per_month", "_per_day"))


def _units(column: Column) -> tuple[str, ...]:
    return UNITS_OF.get(column.kind, ("months", "years") if column.name.endswith("months") else ("count", "days"))


def padded_problems(
    con: duckdb.DuckDBPyConnection, raw: RawSheet, entry: TableMapping, *, found: dict[str, int]
) -> list[dict]:
    """Warn of values surrounded by blanks, in the columns where the mapping wants to know."""
    faults = []
    for name in entry.notice_blanks:
        count = raw.padded[found[name]] if name in found else 0
        if count:
            cell = f"c{found[name]}"
            row, value = con.execute(
                f"SELECT {raw.row_sql} AS row_number, {cell} FROM {raw.relation}"
                f" WHERE {cell} <> trim({cell}, '{BLANKS}') ORDER BY row_number LIMIT 1"
            ).fetchone()
            told = f"{count} rows in all, the first: '{value}'"
            faults.append({"severity": "warn", "rule": PADDED, "column": name, "row": row, "value": told})
    return faults


def _numbered(
    con: duckdb.DuckDBPyConnection, relation: str, entry: TableMapping, *, names: list[str], counted: str
) -> list[dict]:
    """Number the rows of each key, the earliest first; almost all are the only one and cost nothing."""
    key = ", ".join(name for name in entry.contract.key if name != counted)
    days = [column.name for column in entry.contract.columns if column.kind in ("date", "moment", "month")]
    order = [name for name in names if name in days] + [name for name in names if name not in days]
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {relation}_many AS SELECT {key} FROM {relation} GROUP BY ALL HAVING count(*) > 1"
    )
    con.execute(f"ALTER TABLE {relation} ADD COLUMN {counted} BIGINT DEFAULT 1")
    con.execute(
        f"UPDATE {relation} SET {counted} = n.place FROM (SELECT row_number, row_number() OVER (PARTITION BY {key}"
        f" ORDER BY {', '.join(order)}, row_number) AS place FROM {relation} SEMI JOIN {relation}_many"
        f" USING ({key})) AS n WHERE {relation}.row_number = n.row_number AND n.place > 1"
    )
    is_invoice = counted == "occurrence_number"  # the checks tell of repeated invoices themselves
    return [] if is_invoice else _duplicates(con, relation, names=names, key=key)


def _duplicates(con: duckdb.DuckDBPyConnection, relation: str, *, names: list[str], key: str) -> list[dict]:
    """Count rows that repeat another one in every column; only rows of repeated keys can."""
    column, same = key.split(", ")[-1], f"SELECT {', '.join(names)}, min(row_number) AS first, count(*) AS copies"
    count, row = con.execute(
        f"SELECT sum(copies - 1), min(first) FROM ({same} FROM {relation} SEMI JOIN {relation}_many USING ({key})"
        " GROUP BY ALL) WHERE copies > 1"
    ).fetchone()
    told = {"severity": "warn", "rule": DUPLICATED, "column": column, "row": row, "value": f"{count} rows in all"}
    return [told] if count else []


def _reduced(con: duckdb.DuckDBPyConnection, relation: str, entry: TableMapping, *, names: list[str]) -> list[dict]:
    """Keep the first row of each key, none without a key, and say how many keys had rows that differ."""
    key = ", ".join(entry.contract.key)
    known = " AND ".join(f"{name} IS NOT NULL" for name in entry.contract.key)
    whole = ", ".join(names)
    differing = con.execute(
        f"SELECT count(*) FROM (SELECT {key} FROM (SELECT DISTINCT {whole} FROM {relation}) GROUP BY {key}"
        " HAVING count(*) > 1)"
    ).fetchone()[0]
    first = f"SELECT min(row_number) FROM {relation} GROUP BY {key}"
    con.execute(f"DELETE FROM {relation} WHERE NOT ({known}) OR row_number NOT IN ({first})")
    if not differing:
        return []
    return [
        {"severity": "warn", "rule": CONFLICTING_ROWS, "column": entry.contract.key[0], "value": f"{differing} keys"}
    ]
