"""What a bank holds, table by table, what each missing table would unlock, and empty templates to fill."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import xlsxwriter

from microlib.bank.store import Store, open_store
from microlib.contracts.checks import UNLOCKS
from microlib.contracts.columns import Column, Table
from microlib.contracts.tables import TABLES
from microlib.home import Home, find_home

PER_TABLE = (
    "SELECT table_name, sum(rows_count) AS rows_count, min(as_of) AS first_as_of, max(as_of) AS last_as_of,"
    " count(DISTINCT name) AS files_count FROM files"
    " WHERE superseded_by IS NULL AND as_of <= ? GROUP BY table_name"
)


def bank_inventory(home: str | Path | Home, *, as_of: date) -> pd.DataFrame:
    """Return what the bank holds at a date, one row for every table there is a contract for.

    Parameters
    ----------
    home : path
        The folder that holds ``data/bank.duckdb``, or one with a demo bank below it.
    as_of : date
        Files of later dates do not count.

    Returns
    -------
    DataFrame
        In contract order: ``table``, ``table_zh``, ``level`` (0 ledger only … 4
        marketing), ``is_held``, ``rows_count`` (of all snapshots and events together),
        ``files_count``, ``first_as_of``, ``last_as_of`` (dates, missing when not held),
        ``unlocks_zh``, ``unlocks_en``: what the reports can say with it.
    """
    place = home if isinstance(home, Home) else find_home(home)
    with open_store(place) as store:
        held = store.con.con.execute(PER_TABLE, [as_of]).df().set_index("table_name")
        contracts = pd.DataFrame([_line(store, name) for name in store.names])
    counted = contracts.join(held, on="table")
    counts = counted[["rows_count", "files_count"]].fillna(0).astype("int64")
    dates = counted[["first_as_of", "last_as_of"]].astype("datetime64[s]")
    known = counted.assign(is_held=counts["rows_count"] > 0, **counts, **dates)
    return known[[*COLUMNS]]


COLUMNS = (
    "table",
    "table_zh",
    "level",
    "is_held",
    "rows_count",
    "files_count",
    "first_as_of",
    "last_as_of",
    "unlocks_zh",
    "unlocks_en",
)


def _line(store: Store, name: str) -> dict:
    contract, (zh, en) = store.contract(name), UNLOCKS[name]
    return {"table": name, "table_zh": contract.zh, "level": contract.level, "unlocks_zh": zh, "unlocks_en": en}


#: first cell of the row that says units; `data/mappings/own_tables.toml` leaves that row out
UNIT_MARK = "单位/说明"
UNITS = {
    "yuan": "元",
    "fraction": "小数 (4.35% = 0.0435)",
    "date": "YYYY-MM-DD",
    "month": "YYYY-MM",
    "flag": "1/0",
    "moment": "YYYY-MM-DD HH:MM:SS",
    "count": "整数",
    "number": "数字",
    "hash": "原值, 入库时加密",
    "key": "文本",
    "text": "文本",
    "code": "代码",
}
HASH_EXAMPLES = {"phone_hash": "13800138000", "uscc_hash": "91440300MA5EXAMPLE", "id_hash": "11010519491231002X"}
EXAMPLE_NOTE = "示例行: 填写前删除 (example row: delete before filling)"


def write_templates(folder: str | Path) -> list[Path]:
    """Write every table's empty workbook: its headers, a row of units and one example.

    The file of a table is named after it (``loans.xlsx``), the sheet bears its Chinese name. The
    first row holds our names with the Chinese ones as comments, the second the units, the third
    an example. Filled, it is ingested with ``--mapping own_tables``; the row of units may stay.

    Parameters
    ----------
    folder : path
        Where to write; made if it is not there.

    Returns
    -------
    list of Path
        The files, in the order in which they may be ingested.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    return [_write(place / f"{name}.xlsx", table) for name, table in TABLES.items()]


def example_row(table: Table) -> list[str]:
    """Return one row as a file would show it; optional columns without an example stay empty.

    Examples
    --------
    >>> example_row(TABLES["control_totals"])
    ['0755', '12', '100000.00', '100000.00']
    """
    return [column.example or HASH_EXAMPLES.get(column.name, "示例") * column.required for column in table.columns]


def unit_text(column: Column) -> str:
    """Return what the row of units says of a column.

    Examples
    --------
    >>> unit_text(TABLES["loans"].column("yearly_rate")), unit_text(TABLES["loans"].column("rate_type"))
    ('小数 (4.35% = 0.0435) (必填)', 'lpr / fixed')
    """
    said = " / ".join(column.codes) or UNITS[column.unit if column.unit in UNITS else column.kind]
    return f"{said} (必填)" if column.required else said


def _write(path: Path, table: Table) -> Path:
    with xlsxwriter.Workbook(path, {"in_memory": True}) as book:
        sheet, looks = book.add_worksheet(table.zh), _looks(book)
        sheet.freeze_panes(2, 0)
        rows = (table.names, [f"{UNIT_MARK}", *map(unit_text, table.columns[1:])], example_row(table))
        for place, (values, look) in enumerate(zip(rows, looks, strict=True)):
            sheet.write_row(place, 0, values, look)
        for place, column in enumerate(table.columns):
            sheet.write_comment(0, place, f"{column.zh}: {unit_text(column)}")
        sheet.set_column(0, len(table.columns) - 1, 18)
        sheet.write_comment(2, 0, EXAMPLE_NOTE)
    return path


def _looks(book: xlsxwriter.Workbook) -> list:
    """Return the looks of header, units and example; the example is text, so that codes keep their zeros."""
    header = {"bold": True, "bg_color": "#DCE6F1", "border": 1}
    return [book.add_format(look) for look in (header, {"italic": True, "font_color": "#666666"}, {"num_format": "@"})]
