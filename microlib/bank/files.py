"""Files of a bank: CSV, Excel and Parquet told apart by what they hold, each seen as sheets of text."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from microlib.bank.sheets import Sheet, cell_names
from microlib.bank.texts import read_text_sheets
from microlib.bank.workbooks import read_workbook_sheets
from microlib.errors import BadData

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
    raise BadData(f"files of the kind {path.suffix or 'without an ending'} are not read", where=path.name,
                  fix="give .csv, .xlsx or .parquet")  # fmt: skip


def _start(path: Path) -> bytes:
    try:
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
        schema = pq.read_schema(path)
    except (pa.ArrowException, OSError) as error:
        raise BadData("the Parquet file is damaged", where=path.name, fix="write it again") from error

    def load(con: duckdb.DuckDBPyConnection, relation: str, skip: int) -> list[dict]:
        cells = [_cell(kind, name) for kind, name in zip(schema.types, schema.names, strict=True)]
        told = ", ".join(f"{cell} AS {name}" for cell, name in zip(cells, cell_names(len(cells)), strict=True))
        source = "read_parquet(?)"
        con.execute(f"CREATE OR REPLACE TEMP TABLE {relation} AS SELECT {told} FROM {source}", [str(path)])
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
