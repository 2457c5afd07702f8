"""Workbooks of every kind as grids of text: .xlsx, strict ones among them, .xls, .ods, and what only bears their names.

`read_grids` is the way in. What a number format shows (a percentage, noughts before a code, a unit's sign) stands in
the text, so that no mapping can take it for something else; what a grid cannot show is told beside it.
"""

from __future__ import annotations

import datetime
import functools
import html
import io
import itertools
import re
import warnings
import xml.etree.ElementTree as ET
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import IO, Any, NamedTuple

import openpyxl
import python_calamine
import xlrd
from openpyxl.cell.text import Text
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

from microlib.errors import BadData
from microlib.files import Limits

#: what stands in a cell whose formula was never reckoned, before the formula itself
FORMULA = "formula without a stored value"
MIDNIGHT = datetime.time(0)


def within(limits: Limits, path: Path, **counts: int) -> None:
    """Refuse what is beyond a limit, and say which one."""
    for name, count in counts.items():
        most = getattr(limits, name)
        if count > most:
            fix = f"take out what does not belong to the table, or allow more: --limit {name}={count}"
            what = "a cell has" if name == "signs" else "there are"
            raise BadData(f"{what} {count:,} {name}, more than {most:,}", where=path.name, fix=fix)


def cell_text(value: object, number_format: str = "General") -> str | None:
    """Return what a cell says as text; an empty cell says nothing.

    A number shown as a percentage keeps its sign, so that no mapping can take it for another unit; so do signs
    that only stand there (``0.00"%"``). Of a number beyond 15 digits Excel has kept no more: it is written as such.

    Examples
    --------
    >>> cell_text(13800000000.0), cell_text(0.0435, "0.00%"), cell_text(datetime.datetime(2026, 5, 31))
    ('13800000000', '4.35%', '2026-05-31')
    >>> cell_text("  "), cell_text(True), cell_text(4.85, '0.00"%"'), cell_text(440300123456789000)
    (None, 'TRUE', '4.85%', '4.40300123456789e+17')
    >>> cell_text(755, "0000")
    '0755'
    """
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        shown, stands = _format_signs(number_format)
        if LEADING_ZEROS.fullmatch(number_format) and value >= 0 and float(value).is_integer():
            return _number_text(value).zfill(len(number_format))
        return f"{value * 100:.12g}%" if shown else f"{_number_text(value)}{stands}"
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == MIDNIGHT else value.isoformat(" ", "seconds")
    text = "" if value is None else str(value)
    return text if text.strip() else None


LEADING_ZEROS = re.compile("00+")
LITERAL = re.compile(r'"([^"]*)"|\\(.)|\[[^\]]*\]|_.|\*.')
MEANT = re.compile(r"[%％‰‱]|[十百千万亿]+元?|美元|港元|[kKmM]$|[$€£₩]|USD|HKD|EUR|GBP|JPY|HK|US")
#: the sign of a currency that a format puts before the number by itself: [$€-2], not [$-804] nor a yuan's
CURRENCY_SIGN = re.compile(r"\[\$([^\]¥￥-]+)(?:-[0-9A-Fa-f]+)?\]")
#: formats that Excel knows by number alone: their $ is the sign of whatever country its reader is in
OWN_SIGN = frozenset(BUILTIN_FORMATS.values())
DIGITS = 15


@functools.cache
def _format_signs(number_format: str) -> tuple[bool, str]:
    """Return whether a format shows a percentage, and the signs of a unit that it only puts behind the number."""
    first = number_format.split(";")[0]
    named = CURRENCY_SIGN.search(first)
    if named and named.group(1) not in ("CNY", "RMB", "元"):
        return False, named.group(1)
    literal = "".join(quoted or escaped for quoted, escaped in LITERAL.findall(first))
    if number_format in OWN_SIGN:
        literal = literal.replace("$", "")
    plain = LITERAL.sub("", first)
    found = MEANT.search(literal) or MEANT.search(re.sub(r"[a-zA-Z%]", "", plain))
    return "%" in plain, found.group(0) if found else ""


def _number_text(value: float) -> str:
    if abs(value) >= 10**DIGITS:
        return f"{value:.{DIGITS - 1}e}"
    return str(int(value)) if float(value).is_integer() else repr(value)


STRICT = b"purl.oclc.org/ooxml"
MERGED = re.compile(rb'<(?:\w+:)?mergeCell ref="([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)"')
HAS_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
HIDDEN = re.compile(rb'<(?:\w+:)?(row|col) [^>]*\bhidden="(?:1|true)"')


class Merge(NamedTuple):
    """Cells that a workbook shows as one: only the first of them holds the value.

    Parameters
    ----------
    row, last_row : int
        The first and the last row, counted from 1.
    column, last_column : int
        The first and the last column, counted from 0.

    Examples
    --------
    >>> Merge(2, 7, 0, 27).cells
    'A2:AB7'
    """

    row: int
    last_row: int
    column: int
    last_column: int

    @property
    def cells(self) -> str:
        """Its cells, as a spreadsheet names them."""
        first, last = (get_column_letter(place + 1) for place in (self.column, self.last_column))
        return f"{first}{self.row}:{last}{self.last_row}"


@dataclass(frozen=True)
class Grid:
    """The cells of one sheet of a workbook, with what they do not show.

    Parameters
    ----------
    name : str
        The sheet's name.
    cells : list of list
        Texts, none where a cell is empty.
    is_hidden : bool
        Whether Excel does not show the sheet.
    numbers : frozenset of int
        Columns that hold numbers.
    merged : list of Merge
        Cells merged over several columns or rows.
    unseen : dict
        How many rows and columns Excel does not show.
    is_1904 : bool
        Whether its workbook counts days from 1904.
    remarks : list of str
        What else could not be read.
    notes : str
        What its comments and its pages' heads and feet say.
    struck : mapping
        Row -> how many of its cells are struck through.
    """

    name: str
    cells: list[list[str | None]] = field(repr=False)
    is_hidden: bool
    numbers: frozenset[int]
    merged: list[Merge]
    unseen: dict[str, int]
    is_1904: bool
    remarks: list[str] = field(default_factory=list)
    notes: str = field(default="", repr=False)
    struck: Mapping[int, int] = field(default_factory=dict, repr=False)


def read_grids(path: Path, limits: Limits, *, most_rows: int = 0) -> list[Grid]:
    """Return the grids of a workbook that hold anything, the hidden ones among them.

    Parameters
    ----------
    path : Path
        The workbook.
    limits : Limits
        How much of it may be there.
    most_rows : int
        Rows of each sheet that are enough to look at, where the workbook can be read row by row; 0 for all.

    Raises
    ------
    BadData
        If it is no workbook that can be opened, or larger than the limits.
    """
    try:
        with path.open("rb") as file:
            start = file.read(8)
        readers = {OLD_EXCEL: _old_grids, b"PK": _zipped_grids}
        reader = next((each for mark, each in readers.items() if start.startswith(mark)), _marked_up_grids)
        made = reader(path, limits) if reader is not _zipped_grids else _zipped_grids(path, limits, most_rows)
        grids = list(_counted(made, path, limits))
    except BadData:
        raise
    except Exception as error:  # whatever the foreign reader stumbles over, it is the file that is odd
        fix = "open it in Excel and save it again as .xlsx, without a password"
        raise BadData("the workbook is damaged or protected", where=path.name, fix=fix) from error
    return [grid for grid in grids if any(any(row) for row in grid.cells)]


def _counted(grids: Iterable[Grid], path: Path, limits: Limits) -> Iterator[Grid]:
    """Refuse more cells than the limit before they are made: few bytes may say that a row stands a million times."""
    count = 0
    for grid in grids:
        count += len(grid.cells) * max(map(len, grid.cells), default=1)
        within(limits, path, cells=count)
        yield grid


OLD_EXCEL = b"\xd0\xcf\x11\xe0"


def _zipped_grids(path: Path, limits: Limits, most_rows: int = 0) -> list[Grid]:
    start = _workbook_start(path, limits)
    with zipfile.ZipFile(path) as archive:
        if "content.xml" in archive.namelist():
            return list(_counted(_open_document_grids(path, archive, limits), path, limits))
    source = _plain_names(path) if STRICT in start else path
    try:
        return _grids(source, path, limits, most_rows)
    except BadData:
        raise
    except Exception:
        if STRICT in start or not start:
            raise
        return _grids_without_styles(path, limits)


#: the names of a strict workbook's parts, and those of any other
STRICT_NAMES = (
    (b"http://purl.oclc.org/ooxml/officeDocument/", b"http://schemas.openxmlformats.org/officeDocument/2006/"),
    (b"http://purl.oclc.org/ooxml/spreadsheetml/main", b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"),
    (b"http://purl.oclc.org/ooxml/drawingml/", b"http://schemas.openxmlformats.org/drawingml/2006/"),
    (b' conformance="strict"', b""),
)


def _plain_names(path: Path) -> io.BytesIO:
    """Return a strict workbook (Strict Open XML) with the names that every other one bears."""
    made = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(made, "w") as target:
        for item in source.infolist():
            content = source.read(item)
            for strict, plain in STRICT_NAMES:
                content = content.replace(strict, plain)
            target.writestr(item.filename, content)
    return made


class _Strings:
    """The texts that cells share, read as far as they are asked for: of a large workbook's first rows, few."""

    def __init__(self, source: IO[bytes]) -> None:
        self.known: list[str] = []
        self.more = self._read(source)

    @staticmethod
    def _read(source: IO[bytes]) -> Iterator[str]:
        for _, node in iterparse(source):
            if node.tag == SHARED_TEXT:
                text = Text.from_tree(node).content.replace("x005F_", "")
                node.clear()
                yield text

    def __getitem__(self, place: int) -> str:
        missing = place + 1 - len(self.known)
        self.known += itertools.islice(self.more, max(0, missing))
        return self.known[place]


SHARED_TEXT = f"{{{SHEET_MAIN_NS}}}si"


class _Sheet(ReadOnlyWorksheet):
    """A sheet whose size is not asked for: where it does not say one, all of its rows would be read to find none."""

    def _get_size(self) -> None:
        """Leave the size open, as `reset_dimensions` does."""


class _Book(ExcelReader):
    """Reads of a workbook what is asked for, and no sheet that holds a chart alone."""

    def read_strings(self) -> None:
        """Make the shared texts ready to be read."""
        part = self.package.find(SHARED_STRINGS)
        if part is not None:
            self.shared_strings = _Strings(self.archive.open(part.PartName[1:]))

    def read_worksheets(self) -> None:
        """Make the sheets ready to be read."""
        for told, link in self.parser.find_sheets():
            if link.target in self.valid_files and "chartsheet" not in link.Type:
                sheet = _Sheet(self.wb, told.name, link.target, self.shared_strings)
                sheet.sheet_state = told.state
                self.wb._sheets.append(sheet)


def _opened(source: Path | io.BytesIO, *, data_only: bool) -> openpyxl.Workbook:
    reader = _Book(source, read_only=True, data_only=data_only)
    reader.read()
    return reader.wb


def _grids(source: Path | io.BytesIO, path: Path, limits: Limits, most_rows: int) -> list[Grid]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        book = _opened(source, data_only=True)
        try:
            made = (_grid(source, path, book, sheet, limits, most_rows) for sheet in book.worksheets)
            return list(_counted(made, path, limits))
        finally:
            book.close()


#: a cell with a formula and no value, as a workbook writes it
BARE_FORMULA = re.compile(rb"<(?:\w+:)?c [^>]*><(?:\w+:)?f(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)</(?:\w+:)?c>")
STYLELESS = (
    "the workbook's styles cannot be read: whether a number is shown as a percentage or with noughts is not known"
)


def _grids_without_styles(path: Path, limits: Limits) -> list[Grid]:
    """Read a workbook whose styles or other parts are broken by a reader that needs none of them, and say so."""
    with zipfile.ZipFile(path) as archive:
        parts = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    if any(BARE_FORMULA.search(part) for part in parts):
        fix = "open it in Excel and save it again, so that its formulas have values"
        raise BadData("the workbook is damaged, and formulas in it have no values", where=path.name, fix=fix)
    grids = []
    with python_calamine.CalamineWorkbook.from_path(path) as book:
        for told in book.sheets_metadata:
            if told.typ != python_calamine.SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(told.name)
            within(limits, path, rows=sheet.total_height, columns=sheet.total_width)
            rows = sheet.to_python(skip_empty_area=False)
            is_hidden = told.visible != python_calamine.SheetVisibleEnum.Visible
            grids.append(_plain_grid(told.name, rows, is_hidden=is_hidden, remarks=[STYLELESS]))
    return grids


def _plain_grid(
    name: str,
    rows: list[list],
    *,
    is_hidden: bool = False,
    remarks: list[str] | None = None,
    merged: list[Merge] | None = None,
) -> Grid:
    """Return a grid of plain values; empty rows below the last one that holds anything go."""
    cells = [_trimmed([None if value == "" else cell_text(value) for value in row]) for row in rows]
    while cells and not cells[-1]:
        cells.pop()
    numbers = {at for row in rows for at, value in enumerate(row) if type(value) in (int, float)}
    return Grid(name, cells, is_hidden, frozenset(numbers), merged or [], {}, False, remarks or [])


def _trimmed(texts: list[str | None]) -> list[str | None]:
    while texts and texts[-1] is None:
        texts.pop()
    return texts or NOTHING


def _old_grids(path: Path, limits: Limits) -> list[Grid]:
    """Read a workbook of Excel 97 to 2003 (.xls)."""
    try:
        book = xlrd.open_workbook(path, formatting_info=True, on_demand=True, logfile=io.StringIO())
    except xlrd.XLRDError as error:
        fix = "open it in Excel and save it as .xlsx, without a password"
        raise BadData(
            "this is an old (.xls) or a protected workbook, which cannot be opened", where=path.name, fix=fix
        ) from error
    with book:
        made = (_old_grid(path, book, book.sheet_by_index(place), limits) for place in range(book.nsheets))
        return list(_counted(made, path, limits))


def _old_grid(path: Path, book: xlrd.Book, sheet: xlrd.sheet.Sheet, limits: Limits) -> Grid:
    within(limits, path, rows=sheet.nrows, columns=sheet.ncols)
    cells = [_trimmed([_old_text(book, cell) for cell in sheet.row(row)]) for row in range(sheet.nrows)]
    numbers = {at for row in range(sheet.nrows) for at, kind in enumerate(sheet.row_types(row)) if kind == 2}
    merged = [Merge(low + 1, high, first, last - 1) for low, high, first, last in sheet.merged_cells]
    infos = {"row": sheet.rowinfo_map, "col": sheet.colinfo_map}
    unseen = {kind: sum(bool(info.hidden) for info in found.values()) for kind, found in infos.items()}
    unseen = {kind: count for kind, count in unseen.items() if count}
    return Grid(sheet.name, cells, sheet.visibility != 0, frozenset(numbers), merged, unseen, book.datemode == 1)


def _old_text(book: xlrd.Book, cell: xlrd.sheet.Cell) -> str | None:
    if cell.ctype == xlrd.XL_CELL_DATE and cell.value >= 1:
        return cell_text(xlrd.xldate_as_datetime(cell.value, book.datemode))
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        shown = book.format_map.get(book.xf_list[cell.xf_index].format_key) if cell.xf_index is not None else None
        return cell_text(cell.value, shown.format_str if shown else "")
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return cell_text(bool(cell.value))
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return xlrd.error_text_from_code.get(cell.value, "#N/A")
    return cell_text(cell.value)


OFFICE, TABLE, TEXT, STYLE = (
    f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}" for name in ("office", "table", "text", "style")
)


def _open_document_grids(path: Path, archive: zipfile.ZipFile, limits: Limits) -> Iterator[Grid]:
    """Read a workbook of LibreOffice or WPS (.ods); an empty cell or row may stand for a million of them.

    Its rows are let go one by one: as a tree a document takes ten times its own size.
    """
    hidden: set[str | None] = set()
    opened: list[tuple[ET.Element, dict[str, str], _Rows]] = []
    with archive.open("content.xml") as source:
        for event, element in ET.iterparse(source, events=("start", "end")):
            name = element.tag
            if event == "start":
                if name == f"{TABLE}table":
                    opened.append((element, dict(element.attrib), _Rows(path, limits)))
                continue
            if name == f"{STYLE}style":
                shown = [each.get(f"{TABLE}display") for each in element.iter(f"{STYLE}table-properties")]
                hidden |= {element.get(f"{STYLE}name")} if "false" in shown else set()
            if not opened:
                continue
            table, said, rows = opened[-1]
            if name in (f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
                rows.count_cell()
            elif name == f"{TABLE}table-column":
                rows.unseen["col"] += element.get(f"{TABLE}visibility") in ("collapse", "filter")
            elif name == f"{TABLE}table-row":
                rows.add(element)
                table.clear()
            elif element is table:
                opened.pop()
                seen = {kind: count for kind, count in rows.unseen.items() if count}
                is_hidden = said.get(f"{TABLE}style-name") in hidden
                numbers = frozenset(rows.numbers)
                yield Grid(said.get(f"{TABLE}name", ""), rows.cells, is_hidden, numbers, rows.merged, seen, False)
                table.clear()


class _Rows:
    """The rows of one table of an open document, as they come."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path, self.limits = path, limits
        self.cells: list[list[str | None]] = []
        self.numbers: set[int] = set()
        self.unseen: Counter[str] = Counter()
        self.merged: list[Merge] = []
        self.blank = self.written = 0

    def count_cell(self) -> None:
        """Refuse a row that is written in more cells than a sheet may have columns, before all of it is there."""
        self.written += 1
        within(self.limits, self.path, columns=self.written)

    def add(self, row: ET.Element) -> None:
        """Take a row, as often as it says that it stands there."""
        self.written, gap = 0, 0
        texts: list[str | None] = []
        for cell in row:
            if cell.tag not in (f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
                continue
            times, said = int(cell.get(f"{TABLE}number-columns-repeated", 1)), _open_document_text(cell)
            down, across = (int(cell.get(f"{TABLE}number-{kind}-spanned", 1)) for kind in ("rows", "columns"))
            if max(down, across) > 1:
                first, at = len(self.cells) + self.blank + 1, len(texts) + gap
                self.merged.append(Merge(first, first + down - 1, at, at + across - 1))
            if said is None:
                gap += times
                continue
            within(self.limits, self.path, columns=len(texts) + gap + times)
            if cell.get(f"{OFFICE}value-type") == "float":
                self.numbers.update(range(len(texts) + gap, len(texts) + gap + times))
            texts += [*[None] * gap, *[said] * times]
            gap = 0
        times = int(row.get(f"{TABLE}number-rows-repeated", 1))
        self.unseen["row"] += row.get(f"{TABLE}visibility") in ("collapse", "filter")
        if not texts:
            self.blank += times
            return
        within(self.limits, self.path, rows=len(self.cells) + self.blank + times)
        self.cells += [*[NOTHING] * self.blank, *[texts] * times]
        self.blank = 0


def _open_document_text(cell: ET.Element) -> str | None:
    kind, value = cell.get(f"{OFFICE}value-type"), cell.get(f"{OFFICE}value")
    shown = "\n".join("".join(each.itertext()) for each in cell.findall(f"{TEXT}p"))
    if kind == "date":
        return cell_text(datetime.datetime.fromisoformat(cell.get(f"{OFFICE}date-value", "")))
    if kind == "percentage":
        return cell_text(float(value or "nan"), "0%")
    if kind == "currency" and cell.get(f"{OFFICE}currency", "CNY").upper() not in ("CNY", "RMB", ""):
        return f"{cell_text(float(value or 'nan'))} {cell.get(f'{OFFICE}currency')}"
    if kind in ("float", "currency"):
        number = float(value or "nan")
        whole = shown.isdigit() and shown.startswith("0") and int(shown) == number
        sign = MEANT.search(shown)
        return shown if whole else f"{cell_text(number)}{sign.group(0) if sign else ''}"
    if kind is None and cell.get(f"{TABLE}formula") and not shown:
        return f"{FORMULA} (open the file and save it): {cell.get(f'{TABLE}formula')}"
    return cell_text(shown)


def _marked_up_grids(path: Path, limits: Limits) -> Iterable[Grid]:
    """Read what is named a workbook and is a page (HTML) or a table in XML, as many systems export it.

    Raises
    ------
    BadData
        If it is neither.
    """
    within(limits, path, megabytes=path.stat().st_size >> 20)
    data = path.read_bytes()
    if SPREADSHEET in data[:4096]:
        return _spreadsheet_grids(path, data, limits)
    if PAGE.search(data[:4096]):
        said = re.search(rb"charset=[\"']?([\w-]+)", data[:4096])
        page = _Page(path, limits)
        page.feed(data.decode(_web_encoding(said, data)))
        tables = zip(page.tables, page.merged, strict=True)
        return [
            replace(_plain_grid(f"table {place}", rows, merged=merged), notes=" ".join(page.outside))
            for place, (rows, merged) in enumerate(tables, start=1)
        ]
    fix = "open it in Excel and save it as .xlsx, without a password"
    raise BadData("the workbook is damaged or protected: it is of no kind that is known", where=path.name, fix=fix)


PAGE = re.compile(rb"(?i)<(?:html|table|!doctype html)")
SPREADSHEET = b"urn:schemas-microsoft-com:office:spreadsheet"


def _web_encoding(said: re.Match | None, data: bytes) -> str:
    """Return the encoding of a page: UTF-8 where it is that, else what the page says, GB18030 for all of its kin."""
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        name = said.group(1).decode().lower() if said else "gb18030"
        return "gb18030" if name in ("gb2312", "gbk", "utf-8") else name
    return "utf-8-sig"


class _Page(HTMLParser):
    """Takes the cells of a page's tables; a cell over several columns or rows leaves the others empty."""

    def __init__(self, path: Path, limits: Limits) -> None:
        super().__init__()
        self.path, self.limits = path, limits
        self.tables: list[list[list[str]]] = []
        self.merged: list[list[Merge]] = []
        #: what stands in no cell
        self.outside: list[str] = []
        self.text: list[str] | None = None
        self.span, self.rows, self.count = 1, 1, 0
        #: columns that a cell of a row above stands in, and for how many further rows
        self.taken: set[int] = set()
        self.down: dict[int, int] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a table, a row or a cell."""
        if tag == "table" or (tag == "tr" and not self.tables):
            self.tables.append([])
            self.merged.append([])
            self.down = {}
        if tag == "tr":
            self._end_cell()
            self.taken = {*self.down}
            self.down = {at: left - 1 for at, left in self.down.items() if left > 1}
            self.tables[-1].append([])
            within(self.limits, self.path, rows=len(self.tables[-1]))
        if tag in ("td", "th") and self.tables and self.tables[-1]:
            self._end_cell()
            self.span, self.rows = (_spanned(dict(attrs).get(name) or "") for name in ("colspan", "rowspan"))
            self.text = []
            self.count += self.span
            within(self.limits, self.path, columns=len(self.tables[-1][-1]) + self.span, cells=self.count)
        if tag == "br" and self.text is not None:
            self.text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """End a cell."""
        if tag in ("td", "th", "tr", "table"):
            self._end_cell()

    def handle_data(self, data: str) -> None:
        """Take a cell's text."""
        (self.outside if self.text is None else self.text).append(data)

    def _end_cell(self) -> None:
        if self.text is not None:
            row = self.tables[-1][-1]
            while len(row) in self.taken:
                row.append("")
            if max(self.rows, self.span) > 1:
                place = len(self.tables[-1])
                merge = Merge(place, place + self.rows - 1, len(row), len(row) + self.span - 1)
                self.merged[-1].append(merge)
            if self.rows > 1:
                self.down |= dict.fromkeys(range(len(row), len(row) + self.span), self.rows - 1)
            row += ["".join(self.text).strip(), *[""] * (self.span - 1)]
            self.text = None


def _spanned(said: str) -> int:
    """Return over how many columns or rows a cell of a page goes."""
    return min(int(said[:9]), 100_000) if said.isdecimal() and said.strip("0") else 1


def _spreadsheet_grids(path: Path, data: bytes, limits: Limits) -> Iterator[Grid]:
    """Read a workbook of Excel's XML of 2003; entities are not resolved, and rows are let go one by one."""
    if b"<!DOCTYPE" in data[:4096] or b"<!ENTITY" in data:
        fix = "open it in Excel and save it as .xlsx"
        raise BadData("the workbook declares entities of its own, which are not read", where=path.name, fix=fix)
    names = f"{{{SPREADSHEET.decode()}}}"
    shown: dict[str | None, str] = {}
    cells: list[list[str | None]] = []
    numbers: set[int] = set()
    merged: list[Merge] = []
    is_hidden = False
    for event, element in ET.iterparse(io.BytesIO(data), events=("start", "end")):
        if event == "start":
            if element.tag == f"{names}Worksheet":
                cells, numbers, merged, is_hidden = [], set(), [], False
                title = element.get(f"{names}Name", "")
            elif element.tag == f"{names}Table":
                table = element
        elif element.tag == f"{names}Style":
            for form in element.iter(f"{names}NumberFormat"):
                shown[element.get(f"{names}ID")] = form.get(f"{names}Format", "")
        elif element.tag == f"{names}Row":
            place = int(element.get(f"{names}Index", len(cells) + 1))
            within(limits, path, rows=place)
            cells += [NOTHING] * (place - 1 - len(cells))
            merged += [Merge(place, place + down, *across) for down, *across in _spreadsheet_spans(element, names)]
            cells.append(_spreadsheet_row(path, element, names=names, shown=shown, numbers=numbers, limits=limits))
            table.clear()
        elif element.tag == f"{VIEW}Visible":
            is_hidden = is_hidden or element.text in ("SheetHidden", "SheetVeryHidden")
        elif element.tag == f"{names}Worksheet":
            yield Grid(title, cells, is_hidden, frozenset(numbers), merged, {}, False)
            element.clear()


def _spreadsheet_row(
    path: Path, row: ET.Element, *, names: str, shown: dict[str | None, str], numbers: set[int], limits: Limits
) -> list[str | None]:
    texts: list[str | None] = []
    for cell in row.iter(f"{names}Cell"):
        at = int(cell.get(f"{names}Index", len(texts) + 1)) - 1
        within(limits, path, columns=at + 1)
        texts += [None] * (at - len(texts))
        data = cell.find(f"{names}Data")
        texts.append(_spreadsheet_text(data, names, shown.get(cell.get(f"{names}StyleID"))))
        numbers |= {at} if data is not None and data.get(f"{names}Type") == "Number" else set()
        across = int(cell.get(f"{names}MergeAcross", 0))
        within(limits, path, columns=len(texts) + across)
        texts += [None] * across
    return _trimmed(texts)


def _spreadsheet_spans(row: ET.Element, names: str) -> Iterator[tuple[int, int, int]]:
    """Yield of each merged cell of a row over how many further rows it goes, its first and its last column."""
    following = 0
    for cell in row.iter(f"{names}Cell"):
        at = int(cell.get(f"{names}Index", following + 1)) - 1
        down, across = (int(cell.get(f"{names}{said}", 0)) for said in ("MergeDown", "MergeAcross"))
        following = at + across + 1
        if down or across:
            yield down, at, at + across


VIEW = "{urn:schemas-microsoft-com:office:excel}"
#: named formats of Excel's XML that show a percentage
NAMED_FORMATS = {"Percent": "0.00%"}


def _spreadsheet_text(data: ET.Element | None, names: str, shown: str | None) -> str | None:
    if data is None:
        return None
    kind, text = data.get(f"{names}Type"), "".join(data.itertext())
    if kind == "Number":
        return cell_text(float(text), NAMED_FORMATS.get(shown or "", shown or ""))
    return cell_text(datetime.datetime.fromisoformat(text)) if kind == "DateTime" else cell_text(text)


def _grid(source: Path | io.BytesIO, path: Path, book: Any, sheet: Any, limits: Limits, most_rows: int) -> Grid:
    sheet.reset_dimensions()
    cells: list[list[str | None]] = []
    numbers: set[int] = set()
    filled = 0
    for place, row in enumerate(itertools.islice(sheet.iter_rows(), most_rows or None), start=1):
        within(limits, path, rows=place)
        if not row:
            cells.append(NOTHING)
            continue
        values = [(cell.value, cell) for cell in row]
        texts = [None if value is None else cell_text(value, cell.number_format or "") for value, cell in values]
        while texts and texts[-1] is None:
            texts.pop()
        within(limits, path, columns=len(texts))
        cells.append(texts or NOTHING)
        filled = place if texts else filled
        numbers.update(at for at, (value, _) in enumerate(values) if type(value) in (int, float))
    del cells[filled:]
    with zipfile.ZipFile(source) as archive:
        written = b"" if most_rows else archive.read(sheet._worksheet_path)
        notes = "" if most_rows else _notes(archive, sheet._worksheet_path, written)
        struck = _struck_rows(archive, written) if written else {}
    if HAS_FORMULA.search(written):
        _tell_formulas(source, sheet.title, cells)
    merged = [_merge(*(part.decode() for part in parts)) for parts in MERGED.findall(written)]
    unseen = dict(Counter(kind.decode() for kind in HIDDEN.findall(written)))
    is_1904 = book.epoch.year == 1904
    is_hidden = sheet.sheet_state != "visible"
    return Grid(sheet.title, cells, is_hidden, frozenset(numbers), merged, unseen, is_1904, notes=notes, struck=struck)


def _merge(first: str, row: str, last: str, last_row: str) -> Merge:
    return Merge(int(row), int(last_row), column_index_from_string(first) - 1, column_index_from_string(last) - 1)


#: a cell with a style and something in it: its row, its style
STYLED = re.compile(rb'<(?:\w+:)?c\b(?=[^>]*\br="[A-Z]+([0-9]+)")(?=[^>]*\bs="([0-9]+)")[^>]*[^/]>')
STYLES = "xl/styles.xml"
STRUCK = re.compile(rb"<(?:\w+:)?strike\b")


def _struck_rows(archive: zipfile.ZipFile, written: bytes) -> dict[int, int]:
    """Return how many cells of each row are struck through."""
    data = archive.read(STYLES) if STYLES in archive.namelist() else b""
    if not STRUCK.search(data):
        return {}
    root = ET.fromstring(data)
    fonts = [
        any(each.get("val", "1") not in ("0", "false") for each in font.iterfind("{*}strike"))
        for font in root.iterfind("{*}fonts/{*}font")
    ]
    named = [int(style.get("fontId", 0)) for style in root.iterfind("{*}cellXfs/{*}xf")]
    struck = {place for place, font in enumerate(named) if font < len(fonts) and fonts[font]}
    return Counter(int(row) for row, style in STYLED.findall(written) if int(style) in struck)


#: the parts of a sheet that stand on its pages alone, and what a part is that bears comments
PAGE_WORDS = re.compile(rb"<(?:\w+:)?(?:odd|even|first)(?:Header|Footer)>([^<]*)<")
COMMENTS = re.compile(rb'Target="[^"]*?([^"/]*comment[^"/]*\.xml)"', re.IGNORECASE)
TAGS = re.compile(r"<[^>]*>")


def _notes(archive: zipfile.ZipFile, part: str, written: bytes) -> str:
    """Return what a sheet's comments and its pages' heads and feet say; a drawing's words are not looked at."""
    told = [found.decode("utf-8", errors="replace") for found in PAGE_WORDS.findall(written)]
    folder, _, name = part.rpartition("/")
    links = f"{folder}/_rels/{name}.rels"
    if links in archive.namelist():
        named = {found.decode() for found in COMMENTS.findall(archive.read(links))}
        parts = [each for each in archive.namelist() if each.rpartition("/")[2] in named]
        told += [TAGS.sub(" ", archive.read(each).decode("utf-8", errors="replace")) for each in parts]
    return html.unescape(" ".join(told))


#: a unit of money as a note says it, with the word for a unit or of a currency
NOTED_UNIT = re.compile(r"单位[:：]?\s*(?:人民币)?\s*([百千万亿]+元|万|美元|港元|欧元)|([百千万亿]+元)")


def note_units(notes: str) -> str:
    """Return the units of money that notes say, other than yuan.

    Examples
    --------
    >>> note_units("&R单位：万元 &P"), note_units("2026年6月 单位：元")
    ('万元', '')
    """
    return ", ".join(dict.fromkeys(first or second for first, second in NOTED_UNIT.findall(notes)))


def _tell_formulas(source: Path | io.BytesIO, title: str, cells: list[list[str | None]]) -> None:
    """Put into each empty cell that holds a formula what it is, so that no formula passes for no value."""
    book = _opened(source, data_only=False)
    try:
        sheet = book[title]
        sheet.reset_dimensions()
        for at, row in enumerate(itertools.islice(sheet.iter_rows(), len(cells))):
            unread = [place for place, cell in enumerate(row) if cell.data_type == "f" and not _told(cells[at], place)]
            if unread:
                known = [*cells[at], *[None] * (len(row) - len(cells[at]))]
                for place in unread:
                    known[place] = f"{FORMULA} (open the file in Excel and save it): {row[place].value}"
                cells[at] = known
    finally:
        book.close()


#: the cells of a row that holds none
NOTHING: list[str | None] = []


def _told(row: list[str | None], place: int) -> bool:
    return place < len(row) and row[place] is not None


def _workbook_start(path: Path, limits: Limits) -> bytes:
    with zipfile.ZipFile(path) as archive:
        within(limits, path, megabytes=sum(each.file_size for each in archive.infolist()) >> 20)
        return archive.read("xl/workbook.xml") if "xl/workbook.xml" in archive.namelist() else b""
