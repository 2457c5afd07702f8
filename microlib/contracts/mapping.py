"""A mapping: what a source calls our columns, in which units and codes it writes them. Data, never code."""

from __future__ import annotations

import codecs
import re
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints, model_validator

from microlib.contracts.columns import Table
from microlib.contracts.documents import nearest
from microlib.contracts.tables import TABLES
from microlib.units import FACTORS

#: first words of a row that adds up the rows above it
TOTAL_WORDS = (
    *("合计", "小计", "总计", "总合计", "本页合计", "汇总", "累计", "总额", "均值", "平均"),
    *("承前页", "承上页", "接前页", "接上页", "过次页", "转次页", "过下页", "转下页"),
    *("sum", "total", "subtotal", "grand total", "average", "carried forward", "brought forward"),
)
#: written by a source where it has no value
MISSING_WORDS = ("-", "--", "—", "——", "/", "无", "空", "NULL", "null", "None", "N/A", "#N/A", "nan", "NaN", "NaT")
#: how a header or a title writes a unit, and what we call it; a ‰ alone may be a year's or a month's
UNIT_WORDS = {
    "亿元": "yi_yuan",
    "亿": "yi_yuan",
    "千万元": "qianwan_yuan",
    "百万元": "baiwan_yuan",
    "百万": "baiwan_yuan",
    "万元": "wan_yuan",
    "万": "wan_yuan",
    "千元": "qian_yuan",
    "千": "qian_yuan",
    "'000": "qian_yuan",
    "百元": "bai_yuan",
    "万元人民币": "wan_yuan",
    "w元": "wan_yuan",
    "w": "wan_yuan",
    "10000元": "wan_yuan",
    "10k": "wan_yuan",
    "1000元": "qian_yuan",
    "角": "jiao",
    "分": "fen",
    "cent": "fen",
    "cents": "fen",
    "元": "yuan",
    "圆": "yuan",
    "yuan": "yuan",
    "rmb": "yuan",
    "cny": "yuan",
    "人民币": "yuan",
    "‰/月": "permille_per_month",
    "月‰": "permille_per_month",
    "‰/年": "permille",
    "年‰": "permille",
    "‰": "permille",
    "千分比": "permille",
    "%/月": "percent_per_month",
    "月%": "percent_per_month",
    "%/年": "percent",
    "年%": "percent",
    "%": "percent",
    "百分比": "percent",
    "%/日": "percent_per_day",
    "日%": "percent_per_day",
    "‰/日": "permille_per_day",
    "日‰": "permille_per_day",
    "‱/日": "basis_point_per_day",
    "日‱": "basis_point_per_day",
    "bp": "basis_point",
    "bps": "basis_point",
    "基点": "basis_point",
    "‱": "basis_point",
    "年": "years",
    "月": "months",
    "个月": "months",
    "天": "days",
    "日": "days",
    "个": "count",
    "户": "count",
    "笔": "count",
    "人": "count",
}
#: signs of a unit in traditional writing or as on a cheque, and the usual ones
OTHER_SIGNS = str.maketrans("單萬億仟佰幣圓圆", "单万亿千百币元元")
_WORD = "|".join(map(re.escape, sorted(UNIT_WORDS, key=len, reverse=True)))
#: what a header may say in brackets without being another header
UNIT_IN_BRACKETS = (
    rf"[(\[【〔](?:(?:金额)?单位:?)?(?:折合?)?(?:人民币|rmb|cny|为)?[:,、]?({_WORD})"
    r"(?:[,、](?:人民币|rmb|cny))?[)\]】〕]"
)
#: what it may say at its end without any: 余额_万元, 余额万元, 利率%, amount_cent; not 单户1000万元
UNIT_AT_END = (
    r"(?<=[^\d零一二三四五六七八九十百千万亿几数为以:(])[_/:\-]?"
    r"((?:百|千|万|百万|千万|亿)元|[%‰‱]|(?<=[_/:\-])(?:元|角|分|万|cents?))$"
)
#: parts of a table mapping whose keys are our columns
KEYED = (
    *(
        "columns",
        "optional",
        "units",
        "codes",
        "constants",
        "assumed",
        "days_since",
        "months_after",
        "sums",
        "from_file_name",
    ),
    "formats",
)
#: how a mapping may say that dates are counted in days, and day nought
DAY_NUMBERS = {"EXCEL": "1899-12-30", "EXCEL1904": "1904-01-01", "SAS": "1960-01-01", "UNIX": "1970-01-01"}
#: the parts of a written date, the longer first
DAY_PARTS = {"YYYY": "%Y", "YY": "%y", "MON": "%b", "MM": "%m", "M": "%m", "DD": "%d", "D": "%d"}
Words = Annotated[tuple[str, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)]
#: a unit by its name, or a number of yuan in one of the source's: another currency, as ``×7.18``, a minus, as ``×-1``
Unit = Annotated[
    Literal[tuple(FACTORS)] | Annotated[str, StringConstraints(pattern=r"^×-?[0-9]+(\.[0-9]+)?(e-?[0-9]+)?$")],
    BeforeValidator(lambda value: f"×{value}" if type(value) in (int, float, Decimal) and value else value),
]


@lru_cache(maxsize=8192)
def plain_header(text: str) -> str:
    r"""Reduce a header to what is compared: no blanks, breaks or units in brackets, half-width, lower case.

    Examples
    --------
    >>> plain_header(" 贷款余额\n（万元）"), plain_header("LOAN_ID"), plain_header("利率(%)")
    ('贷款余额', 'loan_id', '利率')
    """
    bare = re.sub(r"[\s*\u200b-\u200f\u2060\ufeff]+", "", half_width(text)).lower()
    return re.sub(UNIT_AT_END, "", re.sub(UNIT_IN_BRACKETS, "", bare))


def strptime_form(form: str) -> str:
    """Return a form of dates (``DD-MON-YY``) as the engine's own pattern.

    Raises
    ------
    ValueError
        If it is none: year and month must stand in it, once.

    Examples
    --------
    >>> strptime_form("DD-MON-YY"), strptime_form("M/D/YYYY"), strptime_form("YYMMDD")
    ('%d-%b-%y', '%m/%d/%Y', '%y%m%d')
    """
    parts = re.findall("|".join(DAY_PARTS), form)
    meant = sorted(DAY_PARTS[part][-1].lower().replace("b", "m") for part in parts)
    if meant not in (["d", "m", "y"], ["m", "y"]) or re.sub("|".join(DAY_PARTS), "", form).strip("-/. ,年月日"):
        raise ValueError(f"{form!r} is no form of dates: write e.g. DD-MON-YY, M/D/YYYY, YYMMDD, MON-YYYY or SAS")
    return re.sub("|".join(DAY_PARTS), lambda part: DAY_PARTS[part[0]], form)


def said_unit(label: str) -> str:
    """Return the unit that a header says in brackets or at its end; empty when it says none.

    Examples
    --------
    >>> said_unit("贷款余额（人民币万元）"), said_unit("最长期限(年)"), said_unit("余额_千元"), said_unit("余额")
    ('wan_yuan', 'years', 'qian_yuan', '')
    """
    word = re.sub(r"[\s*]+", "", half_width(label)).lower()
    found = re.search(UNIT_IN_BRACKETS, word) or re.search(UNIT_AT_END, word)
    return UNIT_WORDS[found.group(1)] if found else ""


def half_width(text: str) -> str:
    """Return a text with its full-width signs as half-width ones, and the signs of units as they are usually written.

    Examples
    --------
    >>> half_width("（万元）：％"), half_width("單位：萬元"), half_width("（仟元）")
    ('(万元):%', '单位:万元', '(千元)')
    """
    plain = text.translate(OTHER_SIGNS)
    return "".join(chr(ord(mark) - 0xFEE0) if 0xFF01 <= ord(mark) <= 0xFF5E else mark for mark in plain)


class TableMapping(BaseModel, extra="forbid", frozen=True):
    """How one kind of sheet becomes rows of one of our tables."""

    table: str = Field(description="our table, e.g. loans")
    files: Words = Field(("*",), description="patterns of the names of its files, e.g. *台账*.xlsx")
    sheets: Words = Field(("*",), description="patterns of the names of its sheets")
    names: Words = Field((), description="when given, the file or the sheet must be called so, digits apart")
    columns: dict[str, Words] = Field({}, description="our column = headers of the source, one of which must be there")
    optional: dict[str, Words] = Field({}, description="our column = headers of the source, taken when there")
    units: dict[str, Unit] = Field(
        {}, description="our column = unit in which the source writes it, or how many yuan one of its units is"
    )
    codes: dict[str, dict[str, str]] = Field({}, description="our column = source value to our code")
    constants: dict[str, str | bool | int | float | date] = Field({}, description="our column = the same in every row")
    assumed: dict[str, str | bool | int | float | date] = Field(
        {}, description="our column = what is taken where the source says nothing; counted and told"
    )
    days_since: dict[str, Words] = Field({}, description="our column = dates, from the first of which days are counted")
    months_after: dict[str, Words] = Field({}, description="our date = header of a date, header of a term in months")
    formats: dict[str, str] = Field({}, description="our date = how it is written: DD-MON-YY, M/D/YYYY, YYMMDD, SAS")
    sums: dict[str, Words] = Field({}, description="our column = headers of amounts that are added up")
    from_file_name: dict[str, str] = Field({}, description="our column = regular expression with one group")
    keep: dict[str, Words] = Field({}, description="source header = values whose rows are taken")
    drop: dict[str, Words] = Field({}, description="source header = values whose rows are left out")
    greatest: Words = Field((), description="our columns that take the largest of all their headers' values")
    first_filled: Words = Field((), description="our columns that take the first of their headers that holds a value")
    in_order: Words = Field((), description="our columns of whose headers the first is meant where several stand")
    one_row_per_key: bool = Field(False, description="take the first row of each key: customers out of a loan list")
    only_if_there: bool = Field(False, description="pass over the table when a sheet lacks its columns")
    partial: bool = Field(False, description="required columns need not be there: a list that only names rows")
    unless_known: bool = Field(False, description="leave the table out when the bank knows all its keys already")
    already_hashed: Words = Field((), description="hash columns that the source has hashed itself; hashed once more")
    notice_blanks: Words = Field((), description="our columns whose values are reported when blanks surround them")
    missing: Words = Field((), description="further words that mean no value")

    @property
    def contract(self) -> Table:
        """The contract of the table it fills."""
        return TABLES[self.table]

    @property
    def claims(self) -> dict[str, Words]:
        """Every column for which the mapping itself names headers."""
        return {**self.optional, **self.columns}

    @property
    def given(self) -> set[str]:
        """Every column that does not come straight out of one header."""
        return {*self.constants, *self.assumed, *self.from_file_name, *self.days_since, *self.months_after, *self.sums}

    @property
    def sources(self) -> list[str]:
        """Every further header that must be there: of filters, of sums, of dates counted from."""
        groups = (*self.days_since.values(), *self.months_after.values(), *self.sums.values())
        return list(dict.fromkeys([*self.keep, *self.drop, *(word for words in groups for word in words)]))

    def synonyms(self, column: str) -> list[str]:
        """Return the headers that mean `column`, the mapping's before the contract's, ready to compare."""
        claimed, own = self.claims.get(column, ()), (self.contract.column(column).zh, column)
        if self.one_row_per_key and column == "name":
            own = own[:1]  # a column called Name in a list of loans is the borrower's
        return [plain_header(name) for name in (*claimed, *own)]

    @model_validator(mode="after")
    def _knows_its_columns(self) -> TableMapping:
        if self.table not in TABLES:
            raise ValueError(f"there is no table {self.table}{_meant(self.table, TABLES)}")
        for part in KEYED:
            for name in getattr(self, part):
                self._known(name, part)
        for part in ("already_hashed", "notice_blanks", "greatest", "first_filled", "in_order"):
            for name in getattr(self, part):
                self._known(name, part)
        return self

    def _known(self, name: str, part: str) -> None:
        if name not in self.contract.names:
            meant = _meant(name, self.contract.names)
            raise ValueError(f"{part}.{name}: table {self.table} has no such column{meant}")

    @model_validator(mode="after")
    def _maps_to_our_codes(self) -> TableMapping:
        for column, words in self.codes.items():
            legal = _legal(self.contract, column)
            for source, ours in words.items():
                if legal and ours not in legal:
                    raise ValueError(f"codes.{column}.{source} = {ours!r}: our codes are {', '.join(legal)}")
        return self

    @model_validator(mode="after")
    def _writes_dates_in_known_forms(self) -> TableMapping:
        for form in self.formats.values():
            if form not in DAY_NUMBERS:
                strptime_form(form)
        for column, words in self.months_after.items():
            if len(words) != 2:
                raise ValueError(f"months_after.{column}: name two headers, that of a date and that of a term")
        return self

    @model_validator(mode="after")
    def _matches_file_names_with_one_group(self) -> TableMapping:
        for column, pattern in self.from_file_name.items():
            if _groups(pattern) != 1:
                raise ValueError(f"from_file_name.{column}: {pattern!r} needs exactly one group in brackets")
        return self


class ExitList(BaseModel, extra="forbid", frozen=True):
    """A list of loans that left the ledger, and as what."""

    status: Literal["settled", "written_off", "transferred"]
    files: Words = Field(description="patterns of the names of its files")
    loan_id: Words = Field(description="headers of the loan's number")
    date: Words = Field((), description="headers of the day on which it left")


class Join(BaseModel, extra="forbid", frozen=True):
    """A second file or sheet, whose columns stand beside those of each row of the first that bears the same key."""

    files: Words = Field(("*",), description="patterns of the names of the second file")
    sheets: Words = Field(
        ("*",), description="patterns of the names of its sheets, or of other sheets of the same file"
    )
    on: Words = Field(min_length=1, max_length=2, description="header of the key; two where it differs in the second")

    @model_validator(mode="after")
    def _means_some_file(self) -> Join:
        if self.files == ("*",) and self.sheets == ("*",):
            raise ValueError("joins: name the second file under files, or the second sheet under sheets")
        return self


#: what Python calls encodings of text and no file of a bank is written in
NO_FILE = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"})


def text_encoding(name: str) -> str:
    """Return an encoding of text files by the name that Python knows it by.

    Raises
    ------
    ValueError
        If Python knows no such encoding, or it is none of text files.

    Examples
    --------
    >>> text_encoding("Shift-JIS"), text_encoding("GBK"), text_encoding("")
    ('shift_jis', 'gbk', '')
    >>> text_encoding("klingon")
    Traceback (most recent call last):
    ValueError: 'klingon' is no encoding of text: write e.g. gb18030, big5, shift_jis, euc_kr, cp1252 or utf-16
    """
    if not name:
        return ""
    try:
        found = codecs.lookup(name).name.replace("-", "_")
        is_text = found not in NO_FILE and "a,1\n".encode(name).decode(name) == "a,1\n"
    except (LookupError, UnicodeError, ValueError):
        is_text = False
    if not is_text:
        meant = "write e.g. gb18030, big5, shift_jis, euc_kr, cp1252 or utf-16"
        raise ValueError(f"{name!r} is no encoding of text: {meant}")
    return {"utf_8": "utf-8", "utf_16": "utf-16"}.get(found, found)


Encoding = Annotated[str, AfterValidator(text_encoding)]


class SourceMapping(BaseModel, extra="forbid", frozen=True):
    """One mapping file: a source, and the tables that come out of it.

    Examples
    --------
    >>> mapping = SourceMapping(title="ledger", source="our branch", tables=[{"table": "loans"}])
    >>> mapping.tables[0].synonyms("loan_id")
    ['借据号', 'loan_id']
    """

    title: str = Field(description="what the source is")
    source: str = Field(description="where its headers and codes are known from")
    status: Literal["verified", "unverified"] = "unverified"
    keep_lookup: bool = Field(
        False, description="keep outside bank and reports, readable by its owner only, who stands behind each key"
    )
    own_tables: bool = Field(False, description="also take every table of ours from the file or sheet of its name")
    total_words: Words = TOTAL_WORDS
    missing: Words = MISSING_WORDS
    skip_values: Words = Field((), description="first cells of rows that are not data, e.g. the unit row of a template")
    delimiter: str = Field("", max_length=1, description="of its text files, where they do not show it, e.g. |")
    encoding: Encoding = Field("", description="of its text files, where they do not show it: any that Python knows")
    codes: dict[str, dict[str, str]] = Field({}, description="codes for a column wherever it occurs")
    tables: tuple[TableMapping, ...] = ()
    joins: tuple[Join, ...] = Field((), description="second files, whose columns stand beside those of the first")
    exits: tuple[ExitList, ...] = Field((), description="lists that say why a loan left a folder of ledgers")

    @model_validator(mode="after")
    def _maps_something(self) -> SourceMapping:
        if not self.tables and not self.own_tables:
            raise ValueError("no [[tables]] and not own_tables: nothing would be read")
        return self

    @property
    def entries(self) -> tuple[TableMapping, ...]:
        """Every table mapping, with what the whole file says for all of them."""
        written = {entry.table for entry in self.tables}
        own = [TableMapping(table=name, names=(name, table.zh)) for name, table in TABLES.items()]
        added = [entry for entry in own if self.own_tables and entry.table not in written]
        return tuple(self._completed(entry) for entry in (*self.tables, *added))

    def _completed(self, entry: TableMapping) -> TableMapping:
        shared = {name: words for name, words in self.codes.items() if _takes(entry.contract, name, words)}
        both = {name: {**shared.get(name, {}), **entry.codes.get(name, {})} for name in {**shared, **entry.codes}}
        return entry.model_copy(update={"codes": both, "missing": (*self.missing, *entry.missing)})


def _groups(pattern: str) -> int:
    """Count the groups of a regular expression; one that is none has no group."""
    try:
        return re.compile(pattern).groups
    except (re.error, OverflowError, RecursionError):
        return -1


def _takes(table: Table, column: str, words: dict[str, str]) -> bool:
    """Say whether shared codes are meant for this table: it has the column, and knows every code."""
    return column in table.names and set(words.values()) <= set(_legal(table, column) or words.values())


def _legal(table: Table, column: str) -> tuple[str, ...]:
    found = table.column(column)
    return ("true", "false") if found.kind == "flag" else found.codes


def _meant(word: str, words: object) -> str:
    near = nearest(word, words)
    return f"; did you mean {near}?" if near else ""
