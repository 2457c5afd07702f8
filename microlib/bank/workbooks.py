"""Excel workbooks: every sheet as a grid of text, percent cells with their sign, dates as dates."""

from __future__ import annotations

import datetime
import warnings
import zipfile
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import duckdb
import openpyxl
import pyarrow as pa
from openpyxl.utils.exceptions import InvalidFileException

from microlib.bank.sheets import HEAD_ROWS, Sheet, cell_names
from microlib.errors import BadData

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


def cell_text(value: Any, number_format: str = "General") -> str | None:
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
    return [[cell_text(cell.value, cell.number_format or "") if cell.value is not None else None for cell in row]
            for row in sheet.iter_rows()]  # fmt: skip


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
