"""Files of a bank: CSV, Excel and Parquet told apart by what they hold, each read as sheets of text.

`read_sheets` is the way in; `dated_files` reads table and date from a file's name. No value is typed here.
"""

from __future__ import annotations

import codecs
import csv
import datetime
import fnmatch
import itertools
import re
import stat
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl.utils.exceptions import InvalidFileException

from microlib.calendars import month_end
from microlib.errors import BadConfig, BadData
from microlib.files import plain_path, unnamed_text

#: how many first rows are looked at for a header
HEAD_ROWS = 30
#: puts the rows after the first `skip` ones into a temporary table of that name, cells c0, c1 … as text;
#: returns the rows that could not be read: row, line, error
Loader = Callable[[duckdb.DuckDBPyConnection, str, int], list[dict]]


@dataclass(frozen=True)
class Sheet:
    """One grid of cells.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        The sheet's name in a workbook; empty elsewhere.
    head : list of list of str
        Its first rows as text, an empty text where a cell is empty.
    load : callable
        Puts the rows below the header into the engine.
    """

    path: Path
    name: str
    head: list[list[str]] = field(repr=False)
    load: Loader = field(repr=False)

    @property
    def origin(self) -> str:
        """What an error calls it: the file, and the sheet where there are several."""
        return f"{self.path.name}[{self.name}]" if self.name else self.path.name


def cell_names(width: int) -> list[str]:
    """Return the names of a raw table's columns.

    Examples
    --------
    >>> cell_names(3)
    ['c0', 'c1', 'c2']
    """
    return [f"c{place}" for place in range(width)]


SEPARATORS = ",\t;|\x01"
CHUNK = 1 << 20
#: encodings tried in turn; GB18030 holds all of GBK and GB2312
ENCODINGS = ("utf-8", "gb18030")
MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@dataclass(frozen=True)
class TextFile:
    """How one text file is written."""

    path: Path
    encoding: str
    separator: str


def read_text_sheets(path: Path) -> list[Sheet]:
    """Return a text file as its one sheet: its first rows, and how to load the others.

    Raises
    ------
    BadData
        If it is empty, or neither UTF-8 nor GBK.
    """
    text = TextFile(path, find_encoding(path), ",")
    lines = list(_lines(text))
    if not any(line.strip() for line in lines):
        raise BadData("the file is empty", where=path.name, fix="export it again; it needs a header row and data")
    text = TextFile(path, text.encoding, find_separator(lines))
    head = list(itertools.islice(csv.reader(lines, delimiter=text.separator), HEAD_ROWS))
    return [Sheet(path, "", head, lambda con, name, skip: _load(con, text, name=name, shape=(skip, _width(head))))]


def find_encoding(path: Path) -> str:
    """Return the encoding in which the whole file can be read.

    Raises
    ------
    BadData
        If it is neither UTF-8 nor GBK.
    """
    with path.open("rb") as file:
        start = file.read(2)
    if start in MARKS:
        return MARKS[start]
    fitting = (name for name in ENCODINGS if _decodes(path, name))
    found = next(fitting, "")
    if not found:
        raise BadData("the file is neither UTF-8 nor GBK text", where=path.name, fix="save it again as CSV UTF-8")
    return found


def find_separator(lines: list[str]) -> str:
    r"""Return the separator that cuts most of the lines into the same number of cells, the most cells if equal.

    Examples
    --------
    >>> find_separator(["a;b;c", "1,5;2;3"]), find_separator(["a", "b"])
    (';', ',')
    """
    return max(SEPARATORS, key=lambda mark: _evenness(lines, mark))


def _evenness(lines: list[str], mark: str) -> tuple[int, int]:
    widths = Counter(len(row) for row in csv.reader(lines, delimiter=mark) if len(row) > 1)
    return max(((rows, width) for width, rows in widths.items()), default=(0, 0))


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            for chunk in iter(lambda: file.read(CHUNK), b""):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _lines(text: TextFile) -> Iterator[str]:
    """Yield the first lines, unbroken for a quoted line break to stay within its cell."""
    encoding = "utf-8-sig" if text.encoding == "utf-8" else text.encoding
    with text.path.open(encoding=encoding, newline="") as file:
        yield from itertools.islice(file, 2 * HEAD_ROWS)


def _width(head: list[list[str]]) -> int:
    """Return how many cells a row has: as many as the most frequent width among rows of several cells."""
    widths = Counter(len(row) for row in head if len(row) > 1)
    return max(widths, key=lambda width: (widths[width], width)) if widths else 1


def _load(con: duckdb.DuckDBPyConnection, text: TextFile, *, name: str, shape: tuple[int, int]) -> list[dict]:
    """Read the rows below the header into a temporary table, all as text; return the rows that do not fit."""
    source = _source(text.separator, skip=shape[0], width=shape[1])
    if text.encoding == "utf-8":
        with plain_path(text.path) as told:
            return _read(con, told, name=name, source=source)
    with text.path.open(encoding=text.encoding, newline="") as old, unnamed_text() as (copy, told):
        for chunk in iter(lambda: old.read(CHUNK), ""):
            copy.write(chunk)
        copy.flush()
        return _read(con, told, name=name, source=source)


def _source(separator: str, *, skip: int, width: int) -> str:
    """Return the engine's reader of a text file, its path left open."""
    options = {
        "columns": dict.fromkeys(cell_names(width), "VARCHAR"),
        "skip": skip,
        "header": False,
        "auto_detect": False,
        "quote": '"',
        "escape": '"',
        "compression": "none",
        "hive_partitioning": False,
    }
    told = ", ".join(f"{key} = {value!r}" for key, value in options.items())
    return f"read_csv(?, delim = '{separator}', {told})"


def _read(con: duckdb.DuckDBPyConnection, path: str, *, name: str, source: str) -> list[dict]:
    try:
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM {source}", [path])
    except duckdb.InvalidInputException:
        return _read_uneven(con, path, name=name, source=source)
    return []


def _read_uneven(con: duckdb.DuckDBPyConnection, path: str, *, name: str, source: str) -> list[dict]:
    """Read again, keeping aside every row with too few or too many cells."""
    rejects = f"{name}_rejects"
    keeping = f"ignore_errors = true, store_rejects = true, rejects_table = '{rejects}', rejects_scan = '{name}_scans'"
    aside = source.removesuffix(")") + f", {keeping})"
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM {aside}", [path])
    told = con.execute(f"SELECT DISTINCT ON (line) line, csv_line, error_message FROM {rejects} ORDER BY line")
    found = [dict(zip(("row", "line", "error"), row, strict=True)) for row in told.fetchall()]
    con.execute(f"DROP TABLE {rejects}; DROP TABLE {name}_scans")
    return found


BROKEN = (zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, OSError, EOFError)
MIDNIGHT = datetime.time(0)


def read_workbook_sheets(path: Path) -> list[Sheet]:
    """Return the sheets of an Excel workbook that hold anything.

    Raises
    ------
    BadData
        If it is no workbook that can be opened, or if all its sheets are empty.
    """
    try:
        grids = _grids(path)
    except BROKEN as error:
        fix = "open it in Excel and save it again as .xlsx, without a password"
        raise BadData("the Excel workbook is damaged or protected", where=path.name, fix=fix) from error
    if not grids:
        raise BadData("the workbook is empty", where=path.name, fix="export it again; it needs a header row and data")
    return [_sheet(path, name, grid) for name, grid in grids.items()]


def cell_text(value: object, number_format: str = "General") -> str | None:
    """Return what a cell says as text; an empty cell says nothing.

    A number shown as a percentage keeps its sign, so that no mapping can take it for another unit.

    Examples
    --------
    >>> cell_text(13800000000.0), cell_text(0.0435, "0.00%"), cell_text(datetime.datetime(2026, 5, 31))
    ('13800000000', '4.35%', '2026-05-31')
    >>> cell_text("  "), cell_text(True)
    (None, '1')
    """
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int | float):
        return f"{value * 100:.12g}%" if "%" in number_format else _number_text(value)
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == MIDNIGHT else value.isoformat(" ", "seconds")
    text = "" if value is None else str(value)
    return text if text.strip() else None


def _number_text(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(value)


def _grids(path: Path) -> dict[str, list[list[str | None]]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        grids = {sheet.title: _grid(sheet) for sheet in book.worksheets if sheet.sheet_state == "visible"}
    finally:
        book.close()
    return {name: grid for name, grid in grids.items() if any(any(row) for row in grid)}


def _grid(sheet: Any) -> list[list[str | None]]:
    sheet.reset_dimensions()
    return [
        [cell_text(cell.value, cell.number_format or "") if cell.value is not None else None for cell in row]
        for row in sheet.iter_rows()
    ]


def _sheet(path: Path, name: str, grid: list[list[str | None]]) -> Sheet:
    head = [[cell or "" for cell in row] for row in grid[:HEAD_ROWS]]

    def load(con: duckdb.DuckDBPyConnection, relation: str, skip: int) -> list[dict]:
        _put(con, relation, grid[skip:], width=max(len(row) for row in grid))
        return []

    return Sheet(path, name, head, load)


def _put(con: duckdb.DuckDBPyConnection, relation: str, grid: list[list[str | None]], *, width: int) -> None:
    cells = [[row[place] if place < len(row) else None for row in grid] for place in range(width)]
    arrays = [pa.array(column, pa.string()) for column in cells]
    con.register("arriving_cells", pa.Table.from_arrays(arrays, names=cell_names(width)))
    con.execute(f"CREATE OR REPLACE TEMP TABLE {relation} AS SELECT * FROM arriving_cells")
    con.unregister("arriving_cells")


TEXT_ENDINGS = (".csv", ".txt", ".tsv", ".dat")
OLD_EXCEL = b"\xd0\xcf\x11\xe0"


def read_sheets(path: Path) -> list[Sheet]:
    """Return the sheets of a file, whatever its kind.

    Parameters
    ----------
    path : Path
        A CSV (UTF-8 or GBK), Excel or Parquet file.

    Raises
    ------
    BadData
        If there is no such file, or if it is empty, damaged or of a kind that is not read.
    """
    start = _start(path)
    if start == b"PAR1":
        return [_parquet_sheet(path)]
    if start == OLD_EXCEL:
        fix = "open it in Excel and save it as .xlsx, without a password"
        raise BadData("this is an old (.xls) or a protected workbook", where=path.name, fix=fix)
    if start[:2] == b"PK" or path.suffix.lower() in (".xlsx", ".xlsm"):
        return read_workbook_sheets(path)
    if path.suffix.lower() in TEXT_ENDINGS:
        return read_text_sheets(path)
    raise BadData(
        f"files of the kind {path.suffix or 'without an ending'} are not read",
        where=path.name,
        fix="give .csv, .xlsx or .parquet",
    )


def _start(path: Path) -> bytes:
    try:
        if path.exists() and not stat.S_ISREG(path.stat().st_mode):
            raise BadData("this is no file", where=str(path), fix="name a regular file: no folder, pipe or device")
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        fix = "check the path" if isinstance(error, FileNotFoundError) else error.strerror or str(error)
        raise BadData("the file cannot be read", where=str(path), fix=fix) from error
    if not start:
        raise BadData("the file is empty", where=path.name, fix="export it again; it needs a header row and data")
    return start


def _parquet_sheet(path: Path) -> Sheet:
    try:
        with path.open("rb") as file:
            schema = pq.read_schema(file)
    except (pa.ArrowException, OSError) as error:
        raise BadData("the Parquet file is damaged", where=path.name, fix="write it again") from error

    def load(con: duckdb.DuckDBPyConnection, relation: str, skip: int) -> list[dict]:
        cells = [_cell(kind, name) for kind, name in zip(schema.types, schema.names, strict=True)]
        told = ", ".join(f"{cell} AS {name}" for cell, name in zip(cells, cell_names(len(cells)), strict=True))
        source = "read_parquet(?, hive_partitioning = false)"
        with plain_path(path) as plain:
            con.execute(f"CREATE OR REPLACE TEMP TABLE {relation} AS SELECT {told} FROM {source}", [plain])
        return []

    return Sheet(path, "", [list(schema.names)], load)


def _cell(kind: pa.DataType, name: str) -> str:
    """Return one Parquet column as text: 13800000000.0 is a phone, so whole floats lose their point."""
    quoted = '"' + name.replace('"', '""') + '"'
    if pa.types.is_floating(kind):
        whole = f"isfinite({quoted}) AND {quoted} = trunc({quoted}) AND abs({quoted}) < 1e15"
        number = f"CASE WHEN {whole} THEN CAST({quoted} AS BIGINT)::VARCHAR ELSE {quoted}::VARCHAR END"
        return f"CASE WHEN isnan({quoted}) THEN NULL ELSE {number} END"
    return f"{quoted}::VARCHAR"


DAY = r"((?:19|20)\d{2})[-_.年]?(0[1-9]|1[0-2]|[1-9](?=[-_.月]))[-_.月]?(0[1-9]|[12]\d|3[01]|[1-9](?=日))(?!\d)"
MONTH = r"((?:19|20)\d{2})[-_.年]?(1[0-2]|0?[1-9])(?!\d)"


def plain_name(text: str) -> str:
    """Return a file's or sheet's name without its date, numbers and separators.

    Examples
    --------
    >>> plain_name("invoices_202605"), plain_name("发票 2026年5月")
    ('invoices', '发票')
    """
    return re.sub(r"[\s_\-]*[0-9][0-9\s_\-年月日]*$", "", text.strip()).lower()


def file_date(stem: str) -> date | None:
    """Return the date that a file's name says; a month means its end, and no date is ``None``.

    Examples
    --------
    >>> [str(file_date(stem)) for stem in ("台账202605", "2026年5月", "EAST_503_20260531", "2026-05-31借据", "台账")]
    ['2026-05-31', '2026-05-31', '2026-05-31', '2026-05-31', 'None']
    """
    day = re.search(DAY, stem)
    if day:
        return _real(*map(int, day.groups()))
    month = re.search(MONTH, stem)
    return month_end(date(int(month.group(1)), int(month.group(2)), 1)) if month else None


def _real(year: int, month: int, day: int) -> date | None:
    return date(year, month, day) if day <= month_end(date(year, month, 1)).day else None


def fits(name: str, pattern: str) -> bool:
    """Return whether a file's or sheet's name is one that a mapping means: its pattern, or that very name.

    Examples
    --------
    >>> fits("EAST_[1]20260630.csv", "EAST_[1]*"), fits("台账[1].csv", "台账[1].csv"), fits("台账1.csv", "台账*.csv")
    (False, True, True)
    """
    return name == pattern or fnmatch.fnmatchcase(name, pattern)


def dated_files(paths: Sequence[Path], *, as_of: date | None = None) -> list[tuple[Path, date]]:
    """Return each file with its date: the one said, else the one its name bears.

    Raises
    ------
    BadConfig
        If nothing says the date.
    BadData
        If there is no file, or if two files have one name, by which the bank would mix them up.
    """
    if not paths:
        raise BadData("no file was given", fix="name at least one file")
    twice = [name for name, count in Counter(path.name for path in paths).items() if count > 1]
    if twice:
        raise BadData(f"several files are called {twice[0]}", where=twice[0], fix="rename one, or ingest one by one")
    dated = [(path, as_of or file_date(path.stem)) for path in paths]
    undated = [path.name for path, day in dated if day is None]
    if undated:
        fix = "say it: --as-of 2026-06-30, or write it in the file's name (ledger_202606.xlsx)"
        raise BadConfig("nothing says of which date the file is", where=", ".join(undated), fix=fix)
    return dated
