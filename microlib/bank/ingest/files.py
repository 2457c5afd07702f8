"""Files of a bank: CSV, Excel and Parquet told apart by what they hold, each read as sheets of text.

`read_sheets` is the way in; `dated_files` reads table and date from a file's name. No value is typed here.
"""

from __future__ import annotations

import codecs
import csv
import fnmatch
import itertools
import re
import signal
import stat
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from microlib.bank.ingest.workbooks import OLD_EXCEL, Grid, Merge, note_units, read_grids, within
from microlib.calendars import month_end
from microlib.errors import BadConfig, BadData
from microlib.files import FULL, LIMITS, Limits, plain_path, unnamed_text
from microlib.identifiers import masked_text, visible

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
    remarks : list of dict
        Failures of the file itself, what it loses on the way among them; complete once the rows are loaded.
    numbers : frozenset of int
        The columns in which a workbook holds numbers, not texts.
    is_1904 : bool
        Whether a workbook counts days from 1904.
    written : str
        How a text file is written: encoding and separator.
    limits : Limits
        How much of it is read.
    merged : tuple of Merge
        Cells that a workbook shows as one.
    """

    path: Path
    name: str
    head: list[list[str]] = field(repr=False)
    load: Loader = field(repr=False)
    remarks: list[dict] = field(default_factory=list, repr=False)
    numbers: frozenset[int] = frozenset()
    is_1904: bool = False
    written: str = ""
    limits: Limits = LIMITS
    merged: tuple[Merge, ...] = ()

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


SEPARATORS = ",\t;|\x01^~\x1b\x03\x1e\x1f"
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
    ends: LineEnds


@dataclass(frozen=True)
class Reading:
    """How a file is to be read, beyond what it shows itself.

    Parameters
    ----------
    limits : Limits
        How much of it.
    encoding, separator : str
        Of a text file; empty to find them out.
    most_rows : int
        Rows of each sheet of a workbook that are enough to look at; 0 for all.
    """

    limits: Limits = LIMITS
    encoding: str = ""
    separator: str = ""
    most_rows: int = 0


USUAL = Reading()


class _Late(Exception):
    """Reading takes longer than it may."""


@contextmanager
def timely(path: Path, limits: Limits, engine: duckdb.DuckDBPyConnection | None = None) -> Iterator[None]:
    """Refuse a file whose reading takes longer than the limit; a system without timers, or another thread, waits on.

    An engine that reads is told to stop: its own threads hear of no signal, and would be waited for to the end.

    Raises
    ------
    BadData
        With the limit.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    start, is_late, is_done = time.monotonic(), False, False

    def late(*_: object) -> None:
        nonlocal is_late
        is_late = True
        if engine is not None:
            engine.interrupt()
        if not is_done:
            raise _Late

    former = signal.signal(signal.SIGALRM, late)
    outer, pause = signal.setitimer(signal.ITIMER_REAL, limits.seconds, 1)  # again, where a reader caught it
    try:
        try:
            yield
        finally:
            is_done = True
            if is_late:  # whatever the reader made of the interruption, or of the half that it had
                fix = f"export it in parts, or allow more: --limit seconds={4 * limits.seconds}"
                raise BadData(f"reading it takes longer than {limits.seconds} seconds", where=path.name, fix=fix)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)
        if outer:
            signal.setitimer(signal.ITIMER_REAL, max(outer - (time.monotonic() - start), 0.001), pause)


@contextmanager
def foreign(path: Path, limits: Limits = LIMITS, engine: duckdb.DuckDBPyConnection | None = None) -> Iterator[None]:
    """Turn whatever a foreign reader stumbles over into a refusal: it is the file that is odd.

    Raises
    ------
    BadData
        With the kind of error and its first line, or if it takes longer than the limit.
    BadConfig
        If it is the computer that lacks room or memory for it.
    """
    field_size = csv.field_size_limit(max(limits.signs, csv.field_size_limit()))
    try:
        with timely(path, limits, engine):
            yield
    except (BadData, BadConfig):
        raise
    except Exception as error:
        if any(text in str(error) for text in FULL):
            fix = f"free some space there, or name another folder in TMPDIR: {tempfile.gettempdir()}"
            raise BadConfig("there is no room for a copy of the file", where=path.name, fix=fix) from error
        if isinstance(error, csv.Error) and "field limit" in str(error):
            raise _too_long(path) from error
        if isinstance(error, MemoryError | duckdb.OutOfMemoryException):
            fix = "close other programs, or export the file in parts"
            raise BadConfig("there is not enough memory for the file", where=path.name, fix=fix) from error
        told = visible(masked_text((str(error).splitlines() or [""])[0][:200]))
        fix = f"open it in the program that made it and save it again ({type(error).__name__}: {told})"
        raise BadData("the file cannot be read as what it seems to be", where=path.name, fix=fix) from error
    finally:
        csv.field_size_limit(field_size)


def read_text_sheets(path: Path, how: Reading = USUAL) -> list[Sheet]:
    """Return a text file as its one sheet: its first rows, and how to load the others.

    Raises
    ------
    BadData
        If it is empty, or neither UTF-8 nor GBK.
    """
    encoding, ends = text_shape(path, how.encoding)
    text = TextFile(path, encoding, how.separator or ",", ends)
    lines = list(_lines(text))
    if not any(line.strip() for line in lines):
        raise BadData("the file is empty", where=path.name, fix="export it again; it needs a header row and data")
    text = replace(text, separator=how.separator or find_separator(lines))
    try:
        head = list(itertools.islice(csv.reader(lines, delimiter=text.separator), HEAD_ROWS))
    except csv.Error as error:
        raise _unreadable(text, str(error)) from error
    within(how.limits, path, columns=_width(head))
    remarks: list[dict] = []

    def load(con: duckdb.DuckDBPyConnection, name: str, skip: int) -> list[dict]:
        return _loaded(con, text, name=name, head=head, skip=skip, remarks=remarks)

    return [Sheet(path, "", head, load, remarks, written=f"{encoding}, {text.separator!r}")]


@dataclass(frozen=True)
class LineEnds:
    """How the lines of a text file end: how many there are, whether in one way, whether lines are blank."""

    count: int
    is_even: bool
    has_blank: bool


#: lines of two bytes a sign are not looked at
UNKNOWN_ENDS = LineEnds(0, is_even=True, has_blank=False)


class _Lines:
    """Counts the ends of lines in chunks of a file."""

    def __init__(self) -> None:
        self.both = self.feeds = self.returns = self.blank = 0
        self.last = b""

    def add(self, chunk: bytes) -> None:
        """Count those of the next chunk."""
        whole = self.last + chunk
        returns = chunk.count(b"\r")
        self.feeds += chunk.count(b"\n")
        self.returns += returns
        self.blank += whole.count(b"\n\n")
        if returns or self.last == b"\r":
            self.both += whole.count(b"\r\n")
            self.blank += whole.count(b"\n\r\n")
        self.last = whole[-1:]

    @property
    def ends(self) -> LineEnds:
        """What was found."""
        lone = (self.feeds - self.both, self.returns - self.both)
        is_even = sum(bool(count) for count in (self.both, *lone)) <= 1 and not lone[1]
        count = self.both + sum(lone) + (self.last not in (b"\n", b"\r", b""))
        return LineEnds(count, is_even, bool(self.blank))


def _loaded(
    con: duckdb.DuckDBPyConnection, text: TextFile, *, name: str, head: list[list[str]], skip: int, remarks: list[dict]
) -> list[dict]:
    """Load a text file the quick way, or row by row where its lines or its header are not plain."""
    ends, width = text.ends, _width(head)
    has_breaks = any("\n" in cell or "\r" in cell for row in head[:skip] for cell in row)
    try:
        if ends.is_even and not ends.has_blank and not has_breaks:
            faults = _load(con, text, name=name, shape=(skip, width))
            (rows,) = con.execute(f"SELECT count(*) FROM {name}").fetchone()
            if ends.count not in (0, rows + skip + len(faults)):
                remarks += _swallowed(text, width)
            return faults
    except duckdb.Error:
        remarks.clear()
    remarks += _swallowed(text, width)
    return _load_rows(con, text, name=name, skip=skip, width=width)


def _records(text: TextFile) -> Iterator[list[str]]:
    encoding = "utf-8-sig" if text.encoding == "utf-8" else text.encoding
    with text.path.open(encoding=encoding, newline="") as file:
        try:
            yield from csv.reader(file, delimiter=text.separator)
        except csv.Error as error:
            raise _unreadable(text, str(error)) from error


def _too_long(path: Path) -> BadData:
    most = csv.field_size_limit()
    fix = f"look for a quote that is never closed, or allow more: --limit signs={8 * most}"
    return BadData(f"a cell is longer than {most:,} signs", where=path.name, fix=fix)


def _unreadable(text: TextFile, told: str) -> BadData:
    if "field limit" in told:
        return _too_long(text.path)
    fix = "look for a quote that is never closed, or save it again as CSV UTF-8"
    return BadData(f"the file's rows cannot be told apart: {told}", where=text.path.name, fix=fix)


def _load_rows(con: duckdb.DuckDBPyConnection, text: TextFile, *, name: str, skip: int, width: int) -> list[dict]:
    """Read the rows below the header one by one; blank lines count as rows, so that the others keep their numbers."""
    grid, faults = [], []
    for row, cells in enumerate(_records(text), start=1):
        if row <= skip:
            continue
        if cells and len(cells) != width:
            told = f"Expected Number of Columns: {width} Found: {len(cells)}"
            faults.append({"row": row, "line": text.separator.join(cells), "error": told})
        else:
            grid.append([cell or None for cell in cells])
    _put(con, name, grid, width=width)
    return faults


def _swallowed(text: TextFile, width: int) -> list[dict]:
    """Return a block for each cell in which a lone quote has taken in other rows."""
    marks, found = max(width - 1, 2), []
    for row, cells in enumerate(_records(text), start=1):
        taken = [cell for cell in cells if "\n" in cell and cell.count(text.separator) >= marks]
        found += [
            {
                "severity": "block",
                "rule": "a quote swallows other rows",
                "row": row,
                "value": f"{len(cell.splitlines())} lines of the file in one cell",
                "fix": "take the quote out, or close it in its own line (two lone quotes hide what lies between them)",
            }
            for cell in taken
        ]
    return found


def text_shape(path: Path, said: str = "") -> tuple[str, LineEnds]:
    """Return the encoding in which the whole file can be read, and how its lines end: the one said, if any.

    Raises
    ------
    BadData
        If it is neither UTF-8 nor GBK, or UTF-8 but for some bytes.
    """
    with path.open("rb") as file:
        start = file.read(HEAD_BYTES)
    wide = MARKS.get(start[:2]) or _unmarked(start)
    tried = (said,) if said else (wide,) if wide else ENCODINGS
    for name in tried:
        lines = _Lines()
        if _decodes(path, name, lines):
            if name == "gb18030" and not said:
                _refuse_mixed(path)
                _refuse_other_signs(path)
            is_plain = "\n".encode(name) == b"\n"  # else its line ends are no bytes of ours
            return name, lines.ends if is_plain or name == "utf_8_sig" else UNKNOWN_ENDS
    what = f"the file is no {said or wide} text" if said or wide else "the file is neither UTF-8 nor GBK text"
    raise BadData(what, where=path.name, fix="save it again as CSV UTF-8")


HEAD_BYTES = 1 << 14


def _unmarked(start: bytes) -> str:
    """Return the encoding of a text of two bytes a sign that does not say so: every other byte of digits is nought."""
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if max(even, odd) * 8 < len(start):
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


SIGN_OF_THREE = re.compile(rb"[\xe4-\xe9][\x80-\xbf]{2}")


def _refuse_mixed(path: Path) -> None:
    """Refuse a file that is UTF-8 but for some bytes: read as GBK every Chinese word in it would be another."""
    with path.open("rb") as file:
        start = file.read(4 * CHUNK)
    good, bad = len(SIGN_OF_THREE.findall(start)), start.decode("utf-8", errors="replace").count("\ufffd")
    if good > 4 * bad:
        fix = "save it again as CSV UTF-8; it was put together out of files of two encodings, or cut within a sign"
        raise BadData("the file is UTF-8 but for some bytes", where=path.name, fix=fix)


#: which share of a text's Chinese signs may be none of GB2312's, which hold what is written every day
RARE_SHARE = 0.5


def _refuse_other_signs(path: Path) -> None:
    """Refuse a file that can be read as GBK and makes no sense so: Big5, Shift-JIS and Latin letters are such."""
    with path.open("rb") as file:
        signs = Counter(file.read(CHUNK).decode("gb18030", errors="ignore"))
    written = {sign: count for sign, count in signs.items() if sign >= "\u2e80"}
    rare = sum(count for sign, count in written.items() if not sign.encode("gb2312", errors="ignore"))
    if rare and rare >= RARE_SHARE * sum(written.values()):
        what = "most Chinese words of the file are odd when it is read as GBK: it is in another encoding"
        fix = (
            'say it in the mapping, e.g. encoding = "big5" or "shift_jis" ("gb18030" if it is), or save it as CSV UTF-8'
        )
        raise BadData(what, where=path.name, fix=fix)


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


def _decodes(path: Path, encoding: str, lines: _Lines) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            for chunk in iter(lambda: file.read(CHUNK), b""):
                decoder.decode(chunk)
                lines.add(chunk)
            decoder.decode(b"", final=True)
    except UnicodeError:
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


def read_workbook_sheets(path: Path, how: Reading = USUAL) -> list[Sheet]:
    """Return the sheets of a workbook that hold anything and are shown.

    Raises
    ------
    BadData
        If it is no workbook that can be opened, or if all its sheets are empty or hidden.
    """
    grids = read_grids(path, how.limits, most_rows=how.most_rows)
    shown = [grid for grid in grids if not grid.is_hidden]
    if not shown:
        what = "all sheets of the workbook are hidden" if grids else "the workbook is empty"
        fix = "unhide the sheets that count" if grids else "export it again; it needs a header row and data"
        raise BadData(what, where=path.name, fix=fix)
    sheets = [_sheet(path, grid) for grid in shown]
    sheets[0].remarks.extend(_hidden(grid) for grid in grids if grid.is_hidden)
    return sheets


def _hidden(grid: Grid) -> dict:
    return {
        "severity": "warn",
        "rule": "a hidden sheet holds rows: it was not read",
        "value": f"{grid.name}: {sum(any(row) for row in grid.cells)} rows",
        "fix": "unhide it in Excel if its rows count, or take it out of the workbook",
    }


def _sheet(path: Path, grid: Grid) -> Sheet:
    head = [[cell or "" for cell in row] for row in grid.cells[:HEAD_ROWS]]
    remarks: list[dict] = []

    def load(con: duckdb.DuckDBPyConnection, relation: str, skip: int) -> list[dict]:
        _put(con, relation, grid.cells[skip:], width=max(len(row) for row in grid.cells))
        remarks.extend(_unshown(grid, skip))
        return []

    return Sheet(path, grid.name, head, load, remarks, grid.numbers, grid.is_1904, merged=tuple(grid.merged))


def _unshown(grid: Grid, skip: int) -> list[dict]:
    """Tell what a sheet holds and a table cannot: hidden rows, rows struck through, notes, another day nought."""
    found = []
    if grid.unseen:
        words = {"row": "rows", "col": "columns"}
        value = ", ".join(f"{count} {words[kind]}" for kind, count in sorted(grid.unseen.items()))
        told = {"severity": "warn", "rule": "rows or columns that Excel hides: they were read like the others"}
        found.append({**told, "value": value, "fix": "take out of the file what does not count"})
    found += _struck(grid, skip)
    fix = "save it again in Excel, and check percentages and codes"
    found += [{"severity": "warn", "rule": each, "fix": fix} for each in grid.remarks]
    said = note_units(grid.notes)
    if said:
        mend = (
            "write the unit into the title (单位：…) or the headers, in brackets, or say it under units in the mapping"
        )
        rule = "a comment or a page's head or foot says a unit: it was not applied"
        found.append({"severity": "warn", "rule": rule, "value": said, "fix": mend})
    if grid.is_1904:
        found.append({"severity": "note", "rule": "the workbook counts days from 1904: bare day numbers were read so"})
    return found


def _struck(grid: Grid, skip: int) -> list[dict]:
    """Refuse rows of which most cells are struck through: they count or they do not; tell of single such cells."""
    below = {row: count for row, count in grid.struck.items() if skip < row <= len(grid.cells)}
    whole = [row for row, count in below.items() if 2 * count >= sum(cell is not None for cell in grid.cells[row - 1])]
    cells = {row: count for row, count in below.items() if row not in whole}
    fix = "take out of the file what does not count, and take the stroke off what does"
    found = []
    if whole:
        told = {"severity": "block", "rule": "rows that are struck through: do they count?", "row": min(whole)}
        found.append({**told, "value": f"{len(whole)} rows in all", "fix": fix})
    if cells:
        told = {"severity": "warn", "rule": "cells that are struck through: they were read like the others"}
        found.append({**told, "row": min(cells), "value": f"{sum(cells.values())} cells", "fix": fix})
    return found


def _put(con: duckdb.DuckDBPyConnection, relation: str, grid: list[list[str | None]], *, width: int) -> None:
    arrays = [
        pa.array([row[place] if place < len(row) else None for row in grid], pa.string()) for place in range(width)
    ]
    con.register("arriving_cells", pa.Table.from_arrays(arrays, names=cell_names(width)))
    con.execute(f"CREATE OR REPLACE TEMP TABLE {relation} AS SELECT * FROM arriving_cells")
    con.unregister("arriving_cells")


TEXT_ENDINGS = (".csv", ".txt", ".tsv", ".dat", ".asc", ".del", ".psv", ".tab")


def read_sheets(path: Path, how: Reading = USUAL) -> list[Sheet]:
    """Return the sheets of a file, whatever its kind.

    Parameters
    ----------
    path : Path
        A CSV (UTF-8 or GBK), a workbook of any kind, or a Parquet file.
    how : Reading
        How much of it, and how a text file is written.

    Raises
    ------
    BadData
        If there is no such file, or if it is empty, damaged or of a kind that is not read.
    """
    start = _start(path)
    with foreign(path, how.limits):
        return [replace(sheet, limits=how.limits) for sheet in _read_kind(path, start, how)]


def _read_kind(path: Path, start: bytes, how: Reading) -> list[Sheet]:
    if start == b"PAR1":
        return [_parquet_sheet(path, how.limits)]
    if start == OLD_EXCEL or start[:2] == b"PK" or path.suffix.lower() in (".xlsx", ".xlsm", ".ods"):
        return read_workbook_sheets(path, how)
    if path.suffix.lower() == ".xls":  # many systems name so what is a page, a table in XML or a text
        with path.open("rb") as file:
            is_marked_up = file.read(HEAD_BYTES).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
        return (read_workbook_sheets if is_marked_up else read_text_sheets)(path, how)
    if path.suffix.lower() in TEXT_ENDINGS:
        return read_text_sheets(path, how)
    raise BadData(
        f"files of the kind {path.suffix or 'without an ending'} are not read",
        where=path.name,
        fix="give .csv, .xlsx, .xls, .ods or .parquet",
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


def _parquet_sheet(path: Path, limits: Limits) -> Sheet:
    try:
        with path.open("rb") as file:
            about = pq.read_metadata(file)
            schema = about.schema.to_arrow_schema()
    except Exception as error:  # whatever the foreign reader stumbles over, it is the file that is odd
        raise BadData("the Parquet file is damaged", where=path.name, fix="write it again") from error

    if not schema.names:
        raise BadData("the Parquet file has no columns", where=path.name, fix="write it again with its columns")
    within(limits, path, columns=len(schema.names), records=about.num_rows)
    nested = [name for kind, name in zip(schema.types, schema.names, strict=True) if pa.types.is_nested(kind)]
    told = {"severity": "warn", "rule": "columns of lists or records are not read", "value": ", ".join(nested)}
    remarks = [told] if nested else []

    def load(con: duckdb.DuckDBPyConnection, relation: str, skip: int) -> list[dict]:
        cells = [_cell(kind, name) for kind, name in zip(schema.types, schema.names, strict=True)]
        told = ", ".join(f"{cell} AS {name}" for cell, name in zip(cells, cell_names(len(cells)), strict=True))
        source = "read_parquet(?, hive_partitioning = false)"
        with plain_path(path) as plain:
            con.execute(f"CREATE OR REPLACE TEMP TABLE {relation} AS SELECT {told} FROM {source}", [plain])
        return []

    return Sheet(path, "", [list(schema.names)], load, remarks)


def _cell(kind: pa.DataType, name: str) -> str:
    """Return one Parquet column as text: 13800000000.0 is a phone, so whole floats lose their point."""
    quoted = '"' + name.replace('"', '""') + '"'
    if pa.types.is_floating(kind):
        whole = f"isfinite({quoted}) AND {quoted} = trunc({quoted}) AND abs({quoted}) < 1e15"
        number = f"CASE WHEN {whole} THEN CAST({quoted} AS BIGINT)::VARCHAR ELSE {quoted}::VARCHAR END"
        return f"CASE WHEN isnan({quoted}) THEN NULL ELSE {number} END"
    if pa.types.is_nested(kind):
        return "NULL::VARCHAR"
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return f"decode({quoted})"
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
    >>> [str(file_date(stem)) for stem in ("流水_20260601-20260630", "2026年1-6月台账", "a_20260630_20260705")]
    ['2026-06-30', '2026-06-30', 'None']
    """
    days = list(re.finditer(DAY, stem))
    if days:
        return _last_day(stem, days)
    span = re.search(MONTHS, stem)
    if span:
        return month_end(date(int(span.group(1)), int(span.group(2)), 1))
    months = list(re.finditer(MONTH, stem))
    ends = [month_end(date(*map(int, month.groups()), 1)) for month in months]
    if len(set(ends)) == 2 == len(ends) and ends[0] < ends[1]:
        return ends[1] if SPAN.fullmatch(stem[months[0].end() : months[1].start()]) else None
    return ends[0] if len(set(ends)) == 1 else None


#: a year and the last of several months: 2026年1-6月
MONTHS = r"((?:19|20)\d{2})年(?:0?[1-9]|1[0-2])月?[-~至到—](1[0-2]|0?[1-9])月"
SPAN = re.compile(r"\s*(?:-|~|—|–|至|到|_to_|to)\s*")


def _last_day(stem: str, days: list[re.Match]) -> date | None:
    """Return the day that a name bears, of a span its last one; of several others none, so that it is asked for."""
    found = [_real(*map(int, day.groups())) for day in days]
    if len(set(found)) == 1:
        return found[0]
    first, last = found[0], found[-1]
    if len(found) != 2 or first is None or last is None or first > last:
        return None
    between = stem[days[0].end() : days[1].start()]
    is_month = first.day == 1 and last == month_end(last)
    return last if SPAN.fullmatch(between) or is_month else None


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
