"""Text files (CSV): their encoding, their separator, and their rows read by the engine as text."""

from __future__ import annotations

import codecs
import csv
import itertools
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from microlib.bank.sheets import HEAD_ROWS, Sheet, cell_names
from microlib.errors import BadData

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
    if text.encoding == "utf-8":
        return _read(con, text, name=name, shape=shape)
    with tempfile.TemporaryDirectory() as folder:
        copy = TextFile(Path(folder) / "utf8.csv", "utf-8", text.separator)
        with text.path.open(encoding=text.encoding, newline="") as old, copy.path.open("x", newline="") as new:
            for chunk in iter(lambda: old.read(CHUNK), ""):
                new.write(chunk)
        return _read(con, copy, name=name, shape=shape)


def _read(con: duckdb.DuckDBPyConnection, text: TextFile, *, name: str, shape: tuple[int, int]) -> list[dict]:
    skip, width = shape
    options = {
        "columns": dict.fromkeys(cell_names(width), "VARCHAR"),
        "skip": skip, "header": False, "auto_detect": False,
        "quote": '"', "escape": '"',
    }  # fmt: skip
    told = ", ".join(f"{key} = {value!r}" for key, value in options.items())
    source = f"read_csv(?, delim = '{text.separator}', {told})"
    try:
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM {source}", [str(text.path)])
    except duckdb.InvalidInputException:
        return _read_uneven(con, text, name=name, source=source)
    return []


def _read_uneven(con: duckdb.DuckDBPyConnection, text: TextFile, *, name: str, source: str) -> list[dict]:
    """Read again, keeping aside every row with too few or too many cells."""
    rejects = f"{name}_rejects"
    keeping = f"ignore_errors = true, store_rejects = true, rejects_table = '{rejects}', rejects_scan = '{name}_scans'"
    aside = source.removesuffix(")") + f", {keeping})"
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM {aside}", [str(text.path)])
    told = con.execute(f"SELECT DISTINCT ON (line) line, csv_line, error_message FROM {rejects} ORDER BY line")
    found = [dict(zip(("row", "line", "error"), row, strict=True)) for row in told.fetchall()]
    con.execute(f"DROP TABLE {rejects}; DROP TABLE {name}_scans")
    return found
