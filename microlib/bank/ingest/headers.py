"""Where a sheet's header stands and which column is which: mappings matched, totals and blank rows left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa

from microlib.bank.ingest.files import Reading, Sheet, cell_names, fits, foreign, plain_name, read_sheets
from microlib.bank.ingest.workbooks import within
from microlib.contracts.columns import Column
from microlib.contracts.documents import nearest, read_document
from microlib.contracts.mapping import (
    UNIT_WORDS,
    Join,
    SourceMapping,
    TableMapping,
    half_width,
    plain_header,
    said_unit,
)
from microlib.errors import BadConfig, BadData
from microlib.files import LIMITS, Limits, file_hash
from microlib.home import Home
from microlib.identifiers import told_value

#: how a title says the unit of money of a whole sheet
TITLE_UNIT = r"单位:?为?(?:人民币|rmb|cny)?:?([^\s,;:()/\d]{0,4}(?:元|圆|角|分|usd|hkd|eur|美金|英镑))"
#: the same without its last sign (货币单位：万), not the name of a firm (单位：万达公司)
SHORT_UNIT = (
    r"单位:?为?(?:人民币|rmb|cny)?:?(10?,?000元|10k|w元?|[百千]?万|[千百亿])"
    r"(?=$|[\s,;:()/]|数据|统计|日期|报表|截|制表|币)"
)
#: a unit that a title, a sheet or a file bears without the word for it: 台账（万元）, not 100万元以下
BARE_UNIT = r"(?<![\d零一二三四五六七八九十百千万亿几数])(百元|千元|万元|百万元|千万元|亿元)(?!以|及|内)"
#: how an English title says it, the larger first: RMB'000, in millions; not loans under 1 million
ENGLISH_UNITS = (
    (r"(?<!\d)millions?(?:of|rmb|cny|yuan|(?![a-z]))|(?:rmb|cny|yuan)mn(?![a-z])|[\x27\u2019]000,000", "baiwan_yuan"),
    (r"(?<![\d,])10,?000(?:yuan|rmb|cny)|(?:rmb|cny|yuan)10(?:k|,?000)(?!\d)|tenthousand|[\x27\u2019]0000", "wan_yuan"),
    (r"(?<!\d)thousands?(?:of|rmb|cny|yuan|(?![a-z]))|[\x27\u2019]000(?![\d,])", "qian_yuan"),
)
CURRENCY = r"币[种别]:?([^\s,;:()/\d]{1,4}?)(?=单位|金额|[\s,;:()/]|$)"
OWN_CURRENCY = ("人民币", "rmb", "cny", "本币", "本位币", "元")
#: units that each kind of column can be written in
UNITS_OF = {
    "yuan": ("yuan", "fen", "jiao", "bai_yuan", "qian_yuan", "wan_yuan", "baiwan_yuan", "qianwan_yuan", "yi_yuan"),
    "share": (
        *("fraction", "percent", "permille", "basis_point", "percent_per_month", "permille_per_month"),
        *("percent_per_day", "permille_per_day", "basis_point_per_day", "fraction_per_month", "fraction_per_day"),
    ),
}
#: columns that are counted within their key when a file does not number them
COUNTED = ("occurrence_number", "sequence_number")


@dataclass(frozen=True)
class Header:
    """One sheet's header.

    Parameters
    ----------
    rows : int
        How many rows stand above the data, header included.
    labels : tuple of str
        What stands over each column, merged labels joined.
    names : tuple of tuple of str
        Under which names each column may be looked for, ready to compare.
    title_unit : str
        The unit of money that a title says for the whole sheet (单位：万元), or empty.
    titles : str
        What stands above it.
    """

    rows: int
    labels: tuple[str, ...]
    names: tuple[tuple[str, ...], ...] = field(repr=False)
    title_unit: str = ""
    titles: str = field(default="", repr=False)

    def place(self, synonyms: Sequence[str], *, taken: frozenset[int] = frozenset()) -> int | None:
        """Return the column that bears the first of `synonyms` found, leaving out those already taken."""
        for word in synonyms:
            for place, names in enumerate(self.names):
                if word in names and place not in taken:
                    return place
        return None

    def unit(self, place: int, *, is_money: bool) -> str:
        """Return the unit that the label, or for money the title, says; empty when neither does."""
        label = self.labels[place]
        found = said_unit(label)
        if found in ("percent", "permille", "basis_point"):
            return f"{found}{_period(found, label)}"
        if is_money:
            return found or self.title_unit
        return "" if found == "fen" else found  # 分 are points where no money is


def _period(unit: str, label: str) -> str:
    """Return by what time a rate is quoted, as its label says or as the trade quotes it: ‰ by month, ‱ by day."""
    for words, period in ((("年",), ""), (("日利率", "日息"), "_per_day"), (("月利率", "月息"), "_per_month")):
        if any(word in label for word in words):
            return period
    if unit == "permille" and ("月" in label or "利率" in label):
        return "_per_month"
    return "_per_day" if unit == "basis_point" and "利率" in label and "‱" in label else ""


def find_header(sheet: Sheet, entries: Sequence[TableMapping]) -> Header:
    """Find the header among a sheet's first rows: where most of a mapping's columns are recognised.

    One row or two rows are tried, since a merged header has its words in two; of equals the
    first and simplest is taken.

    Raises
    ------
    BadData
        If no row bears any header that the mapping knows.
    """
    tried = [(sheet.head[:start], start, depth) for depth in (1, 2) for start in range(len(sheet.head) - depth + 1)]
    headers = [_header(sheet.head[start : start + depth], above) for above, start, depth in tried]
    scores = [max((_score(header, entry) for entry in entries), default=0) for header in headers]
    if not scores or max(scores) < min(2, max(len(row) for row in sheet.head)):
        raise _unrecognised(sheet, entries)
    return _with_units(headers[scores.index(max(scores))], sheet, tried[scores.index(max(scores))][1])


def guessed_header(sheet: Sheet, known: Collection[str], *, bare: Callable[[str], str]) -> Header:
    """Return what is most like a header among a sheet's first rows: known words, else texts above other things.

    Parameters
    ----------
    sheet : Sheet
        The sheet.
    known : collection of str
        Words that headers go by, as `bare` reduces them.
    bare : callable
        Reduces a header to what is compared.
    """
    best, first, score = None, 0, float("-inf")
    for depth in (1, 2):
        for start in range(max(1, len(sheet.head) - depth + 1)):
            rows = sheet.head[start : start + depth]
            header = _header(rows, sheet.head[:start])
            filled = [label for label in header.labels if label.strip()]
            hits = sum(any(bare(name) in known for name in names) for names in header.names)
            numbers = sum(bool(re.fullmatch(r"[\d.,%/\-:￥ ]+", cell)) for row in rows for cell in row if cell)
            points = 4 * hits + 2 * len(set(filled)) / max(1, len(header.labels)) - 3 * numbers - depth / 2 - start / 20
            if points > score:
                best, first, score = header, start, points
    return _with_units(best, sheet, first)


def _with_units(header: Header, sheet: Sheet, titles_count: int) -> Header:
    """Take in what titles and names say of the unit, and a row of units below the header, each behind its label."""
    titles = " ".join(cell for row in sheet.head[:titles_count] for cell in row if cell)
    header = replace(header, title_unit=_title_unit(titles, f"{sheet.name} {sheet.path.stem}"), titles=titles)
    row = sheet.head[header.rows] if header.rows < len(sheet.head) else []
    words = [re.sub(r"[\s()]+", "", half_width(cell)).lower() for cell in row[: len(header.labels)]]
    if not any(words) or any(word and word not in UNIT_WORDS for word in words):
        return header
    padded = [*words, *[""] * (len(header.labels) - len(words))]
    labels = [f"{label}({word})" if word else label for label, word in zip(header.labels, padded, strict=True)]
    return replace(header, rows=header.rows + 1, labels=tuple(labels))


def find_columns(header: Header, entry: TableMapping) -> dict[str, int]:
    """Return where each of our columns stands: the mapping's own headers first, then what contracts call them.

    A header that the mapping gives to one column is not given to another by its mere name.

    Examples
    --------
    >>> entry = TableMapping(table="branches", columns={"name": "支行"})
    >>> find_columns(_header([["机构号", "支行", "机构名称"]], []), entry)
    {'name': 1, 'branch_id': 0}
    """
    own = {name: header.place([plain_header(word) for word in words]) for name, words in entry.claims.items()}
    found = {name: place for name, place in own.items() if place is not None}
    given = {*entry.claims, *({*entry.given} - {*entry.assumed})}
    for column in entry.contract.names:
        if column not in given:
            place = header.place(entry.synonyms(column), taken=frozenset(found.values()))
            found.update({} if place is None else {column: place})
    return found


def column_problems(header: Header, entry: TableMapping, *, origin: str) -> list[dict]:
    """Return a failure for every column that must be there and is not, and for every header that stands twice."""
    found = find_columns(header, entry)
    given = {*found, *entry.given, *COUNTED, *({"name"} if entry.table == "branches" else ())}
    named = [(name, "the mapping names a column that is not there") for name in entry.columns if name not in found]
    needed = [
        (name, "required column missing") for name in entry.contract.required if not (name in given or entry.partial)
    ]
    faults = dict([*needed, *named])
    missing = [_missing(header, entry, column=name) | {"rule": rule} for name, rule in faults.items()]
    absent = [_absent(header, word) for word in entry.sources if _lacks(header, word)]
    alike = {name: _alike(header, entry, name, place) for name, place in found.items()}
    twice = [_twice(header, name, places) for name, places in alike.items() if len(places) > 1]
    common = {"file": origin, "table": entry.table, "severity": "block"}
    return [common | fault for fault in (*missing, *absent, *twice)]


def _header(rows: list[list[str]], above: list[list[str]]) -> Header:
    width = max((len(row) for row in rows), default=0)
    padded = [[*row, *[""] * (width - len(row))] for row in rows]
    upper, lower = padded[0], padded[-1]
    if len(rows) == 2:
        upper = [
            word if word or not below else before
            for word, below, before in zip(upper, lower, _filled(upper), strict=True)
        ]
    labels = tuple(high if low == high else (high + low) for high, low in zip(upper, lower, strict=True))
    parts = zip(labels, upper, lower, strict=True)
    names = tuple(tuple(filter(None, map(plain_header, (whole, low or high)))) for whole, high, low in parts)
    return Header(len(above) + len(rows), labels, names)


def _filled(row: list[str]) -> list[str]:
    """Carry the words of merged cells to the right."""
    carried, last = [], ""
    for word in row:
        last = word or last
        carried.append(last)
    return carried


def _title_unit(titles: str, named: str = "") -> str:
    """Return the unit of money that titles or names say: ours, or the words themselves where no factor is known."""
    title, name = (re.sub(r"[ \t]+", "", half_width(text)).lower() for text in (titles, named))
    currency = re.search(CURRENCY, title)
    if currency and not currency.group(1).startswith(OWN_CURRENCY):
        return currency.group(1)
    said = re.search(TITLE_UNIT, title) or re.search(SHORT_UNIT, title) or re.search(BARE_UNIT, title)
    found = [match.group(1) for match in (said, re.search(BARE_UNIT, name)) if match]
    found += [unit for pattern, unit in ENGLISH_UNITS if re.search(pattern, title)][:1]
    units = list(dict.fromkeys(UNIT_WORDS.get(plain, plain) for plain in (word.replace(",", "") for word in found)))
    return " / ".join(units)


def fits_unit(column: Column, unit: str) -> bool:
    """Return whether a column's values can be written in a unit.

    Examples
    --------
    >>> from microlib.contracts.tables import TABLES
    >>> loans = TABLES["loans"]
    >>> fits_unit(loans.column("balance_yuan"), "wan_yuan"), fits_unit(loans.column("overdue_days"), "years")
    (True, False)
    """
    if column.kind in UNITS_OF:
        return unit in UNITS_OF[column.kind]
    if column.kind not in ("count", "number"):
        return True
    if column.name.endswith("months"):
        return unit in ("months", "years")
    return unit == "days" if column.name.endswith("days") else unit in ("count", "days", "months", "years")


def _score(header: Header, entry: TableMapping) -> int:
    return len(set(find_columns(header, entry).values()))


def _unrecognised(sheet: Sheet, entries: Sequence[TableMapping]) -> BadData:
    wanted = {word for entry in entries for column in entry.contract.names for word in entry.synonyms(column)}
    cells = [cell for row in sheet.head[:5] for cell in row if cell]
    near = [f"{cell} (like {word})" for cell in cells if (word := nearest(plain_header(cell), wanted))]
    seen = f"nearest: {', '.join(near[:5])}" if near else f"first cells: {', '.join(map(told_value, cells[:8]))}"
    what = "no header row was found: none of the first rows bears headers that the mapping knows"
    if sheet.written and max(map(len, sheet.head), default=0) == 1:
        one = "every row is one cell: say the sign between values under delimiter in the mapping, where it is one sign"
        return BadData(what, where=sheet.origin, fix=f"{one}; else export it again with commas; {seen}")
    return BadData(what, where=sheet.origin, fix=f"add the file's headers to the mapping; {seen}")


def _missing(header: Header, entry: TableMapping, *, column: str) -> dict:
    words = entry.claims.get(column, (entry.contract.column(column).zh, column))
    near = nearest(plain_header(words[0]), [name for names in header.names for name in names])
    hint = f"nearest header: {near}" if near else f"headers there: {', '.join(filter(None, header.labels[:12]))}"
    return {"column": column, "value": " / ".join(words), "fix": f"name its header in the mapping; {hint}"}


def _lacks(header: Header, word: str) -> bool:
    return header.place([plain_header(word)]) is None


def _absent(header: Header, word: str) -> dict:
    near = nearest(plain_header(word), [name for names in header.names for name in names])
    fix = f"nearest header: {near}" if near else "take it out of the mapping"
    return {"column": "", "value": word, "rule": "the mapping names a column that is not there", "fix": fix}


def _alike(header: Header, entry: TableMapping, name: str, place: int) -> list[int]:
    """Return every column that bears the very word by which one of them was found."""
    word = next((word for word in entry.synonyms(name) if word in header.names[place]), "")
    return [at for at, names in enumerate(header.names) if word in names]


def _twice(header: Header, name: str, places: list[int]) -> dict:
    labels = list(dict.fromkeys(header.labels[place] for place in places))
    stands = f"it stands in columns {' and '.join(str(place + 1) for place in places)}"
    named = f'write under columns.{name} the whole of the one that counts ("{labels[-1]}")'
    fix = f"{stands}: {'rename one in the file' if len(labels) == 1 else named}"
    return {"column": name, "value": " / ".join(labels), "rule": "the header stands twice", "fix": fix}


#: how many rows are looked at together
BATCH_ROWS = 100_000
#: how many bytes of a column are looked at together: few at first, by which nearly all of its signs are known
FIRST_BYTES, BATCH_BYTES = 4_096, 1 << 20
BLANKS = " \t\r\n\u00a0\u3000"
#: how many first columns may say that a row is a total: branch, manager, customer, loan, each with its name
TOTAL_COLUMNS = 8
REMARKS = (
    *("制表", "制单", "审核", "复核", "填表", "打印", "经办", "备注:", "备注：", "说明:", "说明：", "注:", "注："),
    *("以上数据", "数据来源", "*** ", "附:", "附：", "-- ", "共", "第"),
)
REMARK_CELLS = 4
#: how a cell that stands alone in its row begins where it is a remark and no part of a loan
ALONE = (
    r"^[\s*＊※（(【\[]*(?:注|备注|说明|(?:金额|货币|计量)?单位|金额|币种|以上|上述|本表|数据|来源|制表|填表|统计|截至|截止"
    r"|打印|查询|导出|报送|报表|负责人|主管|经办|审核|复核|(?i:end\b|unit|note))"
)
#: the first cell of a line that a core system's print draws between pages
DRAWN = "^[-=_*─━]{5,}$"
DRAWING = frozenset("-=_*─━".encode())


@dataclass(frozen=True)
class RawSheet:
    """One sheet's rows in the engine.

    Parameters
    ----------
    relation : str
        A temporary table of text cells ``c0, c1 …``.
    sheet : Sheet
        Where they come from.
    header : Header
        What stands over them.
    padded : tuple of int
        How many values of each column are surrounded by blanks.
    wordy : tuple of int
        How many words of each column may mean "no value".
    voided : tuple of int
        How many words of each column are such words, empty texts apart.
    signs : tuple of frozenset of int
        The bytes of which each column's texts are made: what holds no odd sign need not be looked at.
    dropped : dict
        Rows left out, counted by reason.
    uneven : list of dict
        Rows with too few or too many cells: row, line, error.
    """

    relation: str
    sheet: Sheet
    header: Header
    padded: tuple[int, ...]
    wordy: tuple[int, ...]
    voided: tuple[int, ...]
    signs: tuple[frozenset[int], ...] = field(repr=False)
    dropped: dict[str, int]
    uneven: list[dict] = field(repr=False)

    @property
    def row_sql(self) -> str:
        """The row of the file in which a row of the relation stands; rows that could not be read leave gaps."""
        plain = f"(rowid + {self.header.rows + 1})"
        gaps = [fault["row"] - place for place, fault in enumerate(self.uneven)]
        return f"({plain} + len(list_filter({gaps}, lambda gap: gap <= {plain})))" if gaps else plain

    @property
    def width(self) -> int:
        """How many columns the relation has, those without a header among them."""
        return len(self.signs)

    def may_hold(self, place: int, signs: bytes) -> bool:
        """Return whether any of these bytes stands in a column."""
        return not self.signs[place].isdisjoint(signs)

    def all_columns(self, entry: TableMapping, name: str) -> list[int]:
        """Return every cell column that bears one of a column's headers, in the order in which they are named."""
        found = [self.header.place([word]) for word in entry.synonyms(name)]
        return list(dict.fromkeys(place for place in found if place is not None))

    def columns(self, entry: TableMapping) -> dict[str, int]:
        """Return the cell column of each of our columns that the header names."""
        return find_columns(self.header, entry)

    def problems(self, entry: TableMapping) -> list[dict]:
        """Return a failure for every column that must be there and is not."""
        return column_problems(self.header, entry, origin=self.sheet.path.name)

    def text_sql(self, place: int, *, missing: tuple[str, ...]) -> str:
        """Return one cell column's text: stripped, empty where a word says that there is no value."""
        cell = f"c{place}"
        text = f"trim({cell}, '{BLANKS}')" if self.padded[place] else cell
        if not (self.wordy[place] or self.padded[place]):
            return text
        return f"CASE WHEN {text} IN ({quoted('', *missing)}) THEN NULL ELSE {text} END"


def load_raw_sheet(
    con: duckdb.DuckDBPyConnection, sheet: Sheet, header: Header, *, mapping: SourceMapping, relation: str
) -> RawSheet:
    """Load the rows below a header and look at every column once.

    Totals (合计), blank rows and remarks below the table are left out and counted.
    """
    with foreign(sheet.path, sheet.limits, con):
        uneven = sheet.load(con, relation, header.rows)
        texts = column_texts(con, relation)
        _refuse_long_cells(con, relation, sheet, texts)
        _refuse_wide_header(sheet, header, len(texts))
    signs = tuple(column.signs for column in texts)
    unwanted = _unwanted(mapping, signs) | {"header again": _repeats_header(header, signs)}
    remarks = [*_told_remarks(con, relation, header, unwanted["remarks"]), *_told_cut(con, relation, header)]
    dropped = _left_out(con, relation, unwanted)
    totals = [fault for fault in uneven if _is_total(fault["line"], mapping)]
    dropped["totals"] += len(totals)
    sheet.remarks.extend(remarks)
    padded, wordy, voided = _looked_at(con, relation, mapping, texts)
    kept = [fault for fault in uneven if fault not in totals and fault["line"].strip(BLANKS + ",;|")]
    return RawSheet(relation, sheet, header, padded, wordy, voided, signs, dropped, kept)


def _refuse_long_cells(
    con: duckdb.DuckDBPyConnection, relation: str, sheet: Sheet, texts: Sequence[ColumnTexts]
) -> None:
    """Refuse a cell of more signs than a file may have; signs are counted only where there are bytes for so many."""
    if max((column.longest for column in texts), default=0) > sheet.limits.signs:
        told = con.execute(f"SELECT max(length(COLUMNS(*))) FROM {relation}").fetchone()
        within(sheet.limits, sheet.path, signs=max(filter(None, told), default=0))


def _refuse_wide_header(sheet: Sheet, header: Header, width: int) -> None:
    """Refuse a header with more words than most rows have cells: under which of them a cell stands nobody can say."""
    named = max((place for place, label in enumerate(header.labels, start=1) if label.strip()), default=0)
    if named > width:
        what = f"the header names {named} columns, most rows have {width} cells"
        fix = "look for a second table below the first, or a separator that is missing in the rows, and export it again"
        raise BadData(what, where=sheet.origin, fix=fix)


class ColumnTexts(NamedTuple):
    """What the texts of one column are like.

    Parameters
    ----------
    signs : frozenset of int
        Of which bytes they are made.
    longest : int
        How many bytes the longest has.
    has_empty : bool
        Whether one is an empty text, which is another thing than no text.
    """

    signs: frozenset[int]
    longest: int
    has_empty: bool


def column_texts(con: duckdb.DuckDBPyConnection, relation: str) -> list[ColumnTexts]:
    """Return of which bytes the texts of each column are made, how long they are, and whether one is empty.

    Examples
    --------
    >>> con = duckdb.connect()
    >>> _ = con.execute("CREATE TABLE t AS SELECT 'b1' AS c0, NULL::VARCHAR AS c1 UNION ALL SELECT 'a', ''")
    >>> [(bytes(sorted(column.signs)), column.longest, column.has_empty) for column in column_texts(con, "t")]
    [(b'1ab', 2, False), (b'', 0, True)]
    """
    reader = con.execute(f"SELECT * FROM {relation}").to_arrow_reader(BATCH_ROWS)
    count = len(reader.schema)
    signs, longest, has_empty = [b""] * count, [0] * count, [False] * count
    for batch in reader:
        for place, column in enumerate(batch.columns):
            words = column.cast(pa.large_string())
            if words.null_count == len(words):
                continue
            _, offsets, told = words.buffers()
            ends = np.frombuffer(offsets, dtype=np.int64)[words.offset : words.offset + len(words) + 1]
            lengths = np.diff(ends)
            longest[place] = max(longest[place], int(lengths.max()))
            has_empty[place] |= len(words) - int(np.count_nonzero(lengths)) > words.null_count
            signs[place] = _more_signs(signs[place], memoryview(told or b"")[ends[0] : ends[-1]])
    return [ColumnTexts(frozenset(made), *rest) for made, *rest in zip(signs, longest, has_empty, strict=True)]


def _more_signs(known: bytes, text: memoryview) -> bytes:
    """Return the bytes known already and those that a text holds beside them; what is known is taken out at once."""
    for start in [0, *range(FIRST_BYTES, len(text), BATCH_BYTES)]:
        piece = bytes(text[start : FIRST_BYTES if start == 0 else start + BATCH_BYTES])
        known += bytes(set(piece.translate(None, known)))
    return known


def _told_remarks(con: duckdb.DuckDBPyConnection, relation: str, header: Header, where: str) -> list[dict]:
    """Return a block for a remark below the rows that says a unit of money which nothing above them says."""
    if where == "FALSE":
        return []
    cells = con.execute(f"SELECT * FROM {relation} WHERE {where}").fetchall()
    unit = _title_unit(" ".join(cell for row in cells for cell in row if cell))
    if not unit or unit in ("yuan", header.title_unit):
        return []
    fix = "write the unit into the title (单位：…) or into the headers, in brackets"
    return [{"severity": "block", "rule": "a remark below the rows says a unit", "value": unit, "fix": fix}]


#: how many rows a sheet of .xls and of .xlsx holds: an export of just so many has lost the others
SHEET_ROWS = (65_536, 1_048_576)


def _told_cut(con: duckdb.DuckDBPyConnection, relation: str, header: Header) -> list[dict]:
    """Return a warning of a table that ends where a sheet of Excel does."""
    rows_count = con.execute(f"SELECT count(*) FROM {relation}").fetchone()[0] + header.rows
    if rows_count not in SHEET_ROWS:
        return []
    fix = "look whether the source holds more rows: export it as CSV, or in parts"
    rule = "the table ends at the last row of an Excel sheet: the rest may be cut off"
    return [{"severity": "warn", "rule": rule, "row": rows_count, "value": f"{rows_count} rows", "fix": fix}]


def quoted(*words: str) -> str:
    """Return words as a list of engine texts.

    Examples
    --------
    >>> quoted("a", "o'clock")
    "'a', 'o''clock'"
    """
    return ", ".join("'" + word.replace("'", "''") + "'" for word in words)


def total_pattern(words: tuple[str, ...]) -> str:
    """Return what the first cell of a total looks like: the word at its end, blanks within allowed.

    Examples
    --------
    >>> [bool(re.search(total_pattern(("合计", "total")), cell)) for cell in ("深圳 合 计：", "Total", "total loss")]
    [True, True, False]
    """
    native = "|".join(r"\s*".join(map(re.escape, word)) for word in words if not word.isascii())
    ascii_words = "|".join(re.escape(word) for word in words if word.isascii())
    ends = [f"(?:{native})" if native else "", rf"^\s*(?:{ascii_words})" if ascii_words else ""]
    count = r"(?:共?\s*\d+\s*[笔户条个]?)?"
    return rf"(?i)(?:{'|'.join(filter(None, ends))})\s*数?\s*[:：]?\s*{count}\s*$"


def _unwanted(mapping: SourceMapping, signs: Sequence[frozenset[int]]) -> dict[str, str]:
    """Return the condition of each kind of row that is no data; columns whose signs rule it out are not looked at."""
    cells = cell_names(len(signs))
    skipped = quoted(*mapping.skip_values) if mapping.skip_values else "NULL"
    filled = " + ".join(f"({cell} IS NOT NULL)::INT" for cell in cells)
    begins = [word for word in REMARKS if any(_may_say(each, word) for each in signs)]
    remark = " OR ".join(f"starts_with(trim(coalesce({', '.join(cells)})), {quoted(word)})" for word in begins)
    is_alone = f"{filled} = 1 AND regexp_matches(coalesce({', '.join(cells)}), {quoted(ALONE)})"
    is_remark = f"({is_alone})" if len(cells) > REMARK_CELLS else "FALSE"
    if begins:
        is_remark += f" OR ({cells[-1]} IS NULL AND ({remark}) AND {filled} <= {REMARK_CELLS})"
    totals = [_totals(mapping, place, signs) for place in range(min(TOTAL_COLUMNS, len(cells)))]
    return {
        "blank": " AND ".join(f"{cell} IS NULL" for cell in cells),
        "totals": " OR ".join(filter(None, totals)) or "FALSE",
        "units": f"c0 IN ({skipped})",
        "remarks": is_remark.removeprefix("FALSE OR ") if len(cells) > 2 else "FALSE",
        "drawn lines": f"regexp_matches(c0, {quoted(DRAWN)})" if cells and signs[0] & DRAWING else "FALSE",
    }


def _totals(mapping: SourceMapping, place: int, signs: Sequence[frozenset[int]]) -> str:
    """Return the condition that a cell says its row is a total: by that word alone, or at its end in a row of gaps."""
    words = tuple(word for word in mapping.total_words if _may_say(signs[place], word))
    if not words:
        return ""
    cell, filled = f"c{place}", [f"({name} IS NOT NULL)::INT" for name in cell_names(len(signs))]
    alone = rf"(?i)^[\s\d.、(（]*{total_pattern(words).removeprefix('(?i)')}"
    gaps = f"3 * ({' + '.join(filled)}) <= {2 * len([each for each in signs if each])}"
    return (
        f"(regexp_matches({cell}, {quoted(total_pattern(words))})"
        f" AND ({gaps} OR regexp_matches({cell}, {quoted(alone)})))"
    )


def _may_say(signs: frozenset[int], word: str) -> bool:
    """Return whether a column is made of signs that a word could be written with, in whatever case."""
    return all(set(letter.lower().encode()) <= signs or set(letter.upper().encode()) <= signs for letter in word)


def _repeats_header(header: Header, signs: Sequence[frozenset[int]]) -> str:
    """Return the condition that a row says the header again: all its words, at least three of them."""
    whole = zip(cell_names(len(signs)), header.labels, header.names, signs, strict=False)
    told = [(cell, {label, names[-1]}, each) for cell, label, names, each in whole if label and names]
    if len(told) < 3 or not all(any(_may_say(each, word) for word in words) for _, words, each in told):
        return "FALSE"
    return " AND ".join(f"{cell} IN ({quoted(*sorted(words))})" for cell, words, _ in told)


def _left_out(con: duckdb.DuckDBPyConnection, relation: str, unwanted: dict[str, str]) -> dict[str, int]:
    """Take out the rows that are no data, each kind counted; a kind that cannot be there is not looked for."""
    left_out = dict.fromkeys(unwanted, 0)
    for reason, where in unwanted.items():
        if where != "FALSE":
            counted = con.execute(f"DELETE FROM {relation} WHERE {where}").fetchone()
            left_out[reason] = counted[0] if counted else 0  # of a table without rows nothing is counted
    return left_out


def _is_total(line: str, mapping: SourceMapping) -> bool:
    cells = re.split(r"[,;|\t]", line)[:TOTAL_COLUMNS]
    return any(re.search(total_pattern(mapping.total_words), cell) for cell in cells)


def _looked_at(
    con: duckdb.DuckDBPyConnection, relation: str, mapping: SourceMapping, texts: Sequence[ColumnTexts]
) -> tuple[tuple, tuple, tuple]:
    """Count padded values and short words in one pass, so that clean columns need no cleaning."""
    words = {word for entry in mapping.entries for word in entry.missing}
    pieces = []
    for cell, (each, _, has_empty) in zip(cell_names(len(texts)), texts, strict=True):
        blanks = [blank for blank in BLANKS if set(blank.encode()) <= each]
        edges = [f"{cell} LIKE '{blank}%' OR {cell} LIKE '%{blank}'" for blank in blanks]
        here = sorted(word for word in words if word and set(word.encode()) <= each)
        longest = max((len(word.encode()) for word in here), default=0)
        pieces += [
            f"count(*) FILTER (WHERE {' OR '.join(edges)})" if edges else "0",
            f"count(*) FILTER (WHERE {cell} = '')" if has_empty else "0",
            f"count(*) FILTER (WHERE strlen({cell}) <= {longest} AND {cell} IN ({quoted(*here)}))" if here else "0",
        ]
    found = con.execute(f"SELECT count(*), {', '.join(pieces)} FROM {relation}").fetchone()[1:]
    wordy = tuple(map(sum, zip(found[1::3], found[2::3], strict=True)))
    return found[0::3], wordy, found[2::3]


@dataclass(frozen=True)
class Match:
    """A sheet with what it may become.

    Parameters
    ----------
    sheet : Sheet
        The sheet.
    entries : list of TableMapping
        The parts of the mapping that are for it.
    header : Header
        What stands over its rows.
    """

    sheet: Sheet
    entries: list[TableMapping]
    header: Header


def match_file(path: Path, mapping: SourceMapping, *, limits: Limits = LIMITS) -> list[Match]:
    """Read a file and match its sheets to a mapping; of several, those without a header are passed over.

    Raises
    ------
    BadConfig
        If no part of the mapping is for the file.
    BadData
        If it cannot be read, if no sheet bears a header that the mapping knows, or if of two sheets of a list one alone
        says a unit of money.
    """
    sheets = read_sheets(path, Reading(limits, mapping.encoding, mapping.delimiter))
    sheets = [sheet for sheet in sheets if not any(is_second(sheet, join) for join in mapping.joins)]
    meant = [(sheet, entries) for sheet in sheets if (entries := _entries(mapping, sheet))]
    if not meant:
        raise _unmatched(mapping, sheets)
    found, errors, passed = [], [], [sheet for sheet in sheets if not _entries(mapping, sheet)]
    for sheet, entries in meant:
        try:
            found.append(Match(sheet, entries, find_header(sheet, entries)))
        except BadData as error:
            errors.append(error)
            passed.append(sheet)
    if not found:
        raise errors[0]
    found, slight = _without_slight(found)
    passed += [match.sheet for match in slight]
    told = {"severity": "note", "rule": "a sheet was passed over: no part of the mapping knows it"}
    found[0].sheet.remarks.extend({**told, "value": sheet.name} for sheet in passed)
    found[0].sheet.remarks.extend(_headless(passed, found))
    found[0].sheet.remarks.extend(_passed_units(passed, found))
    _refuse_unsaid_units(found)
    return found


def _without_slight(found: list[Match]) -> tuple[list[Match], list[Match]]:
    """Take out sheets that lack a key of every table that a fuller sheet bears all keys of: a summary beside a list."""

    def keyed(match: Match) -> set[str]:
        known = ((entry, find_columns(match.header, entry)) for entry in match.entries)
        return {entry.table for entry, at in known if {*entry.contract.key} <= {*at, *entry.given, *COUNTED, "as_of"}}

    whole = [(match, keyed(match), max(_score(match.header, entry) for entry in match.entries)) for match in found]
    best = max(score for _, _, score in whole)
    full = next(tables for _, tables, score in whole if score == best)
    slight = [match for match, tables, score in whole if 2 * score < best and full and not {*tables} & _own(full)]
    return [match for match in found if match not in slight], slight


def _own(tables: set[str]) -> set[str]:
    """Return the tables that a list is of, apart from those that are derived out of it."""
    return tables - {"branches", "customers", "rms"} or tables


def _headless(passed: Sequence[Sheet], found: Sequence[Match]) -> list[dict]:
    """Refuse a sheet that begins at once with rows as wide as those of a list: the list goes on there, unread."""
    widths = {sum(bool(label.strip()) for label in match.header.labels) for match in found}
    rows = [(sheet, next((row for row in sheet.head if any(cell.strip() for cell in row)), [])) for sheet in passed]
    fix = "write the list's header over its rows, or take the sheet out of the workbook"
    told = {"severity": "block", "rule": "a sheet without a header holds rows as wide as the list: none was read"}
    return [
        {**told, "value": sheet.name, "fix": fix}
        for sheet, row in rows
        if sum(map(bool, row)) >= HEADLESS_CELLS
        and any(abs(len([cell for cell in row if cell.strip()]) - width) <= 1 for width in widths)
        and sum(bool(re.search(r"\d", cell)) for cell in row) * 2 >= len(row)
    ]


#: how many cells a row without a header has at least, of which half hold digits, to be taken for one of a list
HEADLESS_CELLS = 5


def _refuse_unsaid_units(found: Sequence[Match]) -> None:
    """Refuse a list that goes on in a sheet which says no unit of money where the sheet before it does."""
    said = {entry.table: match for match in found if match.header.title_unit for entry in match.entries}
    for each in found:
        other = next((said[entry.table] for entry in each.entries if entry.table in said), None)
        is_silent = not each.header.title_unit and not any(map(said_unit, each.header.labels))
        if other and is_silent and other.header.title_unit != "yuan" and not any(e.units for e in each.entries):
            what = f"{each.sheet.name} says no unit of money, {other.sheet.name} says {other.header.title_unit}"
            fix = "write the same title (单位：…) over every sheet, or say the unit under units in the mapping"
            raise BadData(what, where=each.sheet.origin, fix=fix)


def _passed_units(passed: Sequence[Sheet], found: Sequence[Match]) -> list[dict]:
    """Tell of sheets without rows of ours, as a cover, that say a unit of money which the sheets with rows do not."""
    said = {match.header.title_unit for match in found} | {"", "yuan"}
    units = {sheet.name: _title_unit(" ".join(cell for row in sheet.head for cell in row if cell)) for sheet in passed}
    fix = "write the unit into the title (单位：…) or the headers, in brackets, or say it under units in the mapping"
    told = {"severity": "warn", "rule": "a sheet that was passed over says a unit: it was not applied", "fix": fix}
    return [{**told, "value": f"{name}: {unit}"} for name, unit in units.items() if unit not in said]


def is_second(sheet: Sheet, join: Join) -> bool:
    """Return whether a sheet is the second one of a join: by its file's name, and by its own."""
    by_file = any(fits(sheet.path.name.lower(), pattern.lower()) for pattern in join.files)
    return by_file and (not sheet.name or any(fits(sheet.name, pattern) for pattern in join.sheets))


def _entries(mapping: SourceMapping, sheet: Sheet) -> list[TableMapping]:
    return [entry for entry in mapping.entries if _is_for(entry, sheet)]


def _is_for(entry: TableMapping, sheet: Sheet) -> bool:
    by_file = any(fits(sheet.path.name.lower(), pattern.lower()) for pattern in entry.files)
    by_sheet = not sheet.name or any(fits(sheet.name, pattern) for pattern in entry.sheets)
    called = {plain_name(sheet.name), plain_name(sheet.path.stem)}
    return by_file and by_sheet and (not entry.names or bool(called & {name.lower() for name in entry.names}))


def _unmatched(mapping: SourceMapping, sheets: Sequence[Sheet]) -> BadConfig:
    wanted = [f"{entry.table}: {', '.join(entry.names or entry.files)}" for entry in mapping.entries]
    what = f"no part of the mapping is for this file; it takes {'; '.join(wanted)}"
    fix = "rename the file or its sheets, or add its name to the mapping"
    return BadConfig(what, where=", ".join(sheet.origin for sheet in sheets), fix=fix)


@dataclass(frozen=True)
class Source:
    """A mapping, and by what its revision is known.

    Parameters
    ----------
    mapping : Mapping
        How the source writes.
    name : str
        The file's stem.
    revision : str
        First digits of the hash of its text.
    """

    mapping: SourceMapping = field(repr=False)
    name: str
    revision: str

    @property
    def mark(self) -> str:
        """What the store remembers of it."""
        return f"{self.name}@{self.revision}"


def read_source(home: str | Path, mapping: str | Path) -> Source:
    """Read a mapping: a path, or a name in the home's own folder of mappings or among those shipped.

    Raises
    ------
    BadConfig
        If there is no such mapping, or if it breaks its model.

    Examples
    --------
    >>> read_source(".", "vat_invoices").mapping.title
    'VAT invoice lists'
    """
    name = Path(mapping).name if Path(mapping).suffix == ".toml" else f"{mapping}.toml"
    known = Home(Path(home)).config("mappings") / name
    is_path = Path(mapping).is_file() or (len(Path(mapping).parts) > 1 and not known.is_file())
    path = Path(mapping) if is_path else known
    content = read_document(path, SourceMapping)
    return Source(content, path.stem, file_hash(path)[:12])
