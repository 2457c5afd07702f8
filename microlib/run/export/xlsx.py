"""A report as an Excel workbook: a sheet of contents and one sheet a table; numbers are numbers, text stays text."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from microlib.report.display import width
from microlib.report.toolkit import Typed
from microlib.run.export.document import Chart, Document, WorkbookSheet, inert, workbook_sheets

FACE = "Microsoft YaHei"
#: nothing in a cell is ever taken for a formula, an address or a number
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
#: what a spreadsheet might read as a formula when the text is typed again
ACTIVE = ("=", "+", "-", "@", "\t", "\r")
HEAD_ROW, NARROWEST, WIDEST, ROOMIEST = 3, 8, 42, 32_000
#: function that draws the figure on the page -> kind of the native chart
NATIVE = {"ranked_bars": "bar", "grouped_bars": "column", "vintage_curves": "line"}
LOOKS: dict[str, dict[str, Any]] = {
    "plain": {"valign": "top", "text_wrap": True},
    "quoted": {"valign": "top", "text_wrap": True, "quote_prefix": True},
    "title": {"bold": True, "font_size": 15},
    "strong": {"bold": True, "valign": "top", "text_wrap": True},
    "soft": {"font_color": "#5a6776", "valign": "top", "text_wrap": True},
    "caption": {"bold": True, "font_size": 12},
    "note": {"font_color": "#5a6776"},
    "banner": {"font_color": "#5f4100", "bg_color": "#fff6e0"},
    "head": {"bold": True, "bg_color": "#eef2f5", "bottom": 1, "valign": "bottom", "text_wrap": True},
    "link": {"font_color": "#1f5a83", "underline": 1, "valign": "top"},
}


def write_workbook(document: Document, path: Path) -> Path:
    """Write a document's tables as a workbook.

    Parameters
    ----------
    document : Document
    path : Path
        The ``.xlsx`` file.

    Returns
    -------
    Path
    """
    leaves = workbook_sheets(document)
    with xlsxwriter.Workbook(str(path), OPTIONS) as book:
        book.set_properties({"title": document.title, "created": datetime.fromisoformat(document.as_of)})
        pen = _Pen(book)
        _write_contents(book.add_worksheet(document.words["contents"]), document, leaves=leaves, pen=pen)
        for leaf in leaves:
            _write_leaf(book, leaf, document=document, pen=pen)
    return path


class _Pen:
    """Writes cells; a look is made once."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.made: dict[tuple[str, str], Any] = {}

    def look(self, name: str, pattern: str = "") -> Any:
        """Return the format of a look, with a number pattern where it has one."""
        if (name, pattern) not in self.made:
            numbers = {"num_format": pattern} if pattern else {}
            self.made[name, pattern] = self.book.add_format(
                {"font_name": FACE, "font_size": 10, **LOOKS[name], **numbers}
            )
        return self.made[name, pattern]

    def text(self, sheet: Worksheet, place: tuple[int, int], said: str, *, look: str = "plain") -> None:
        """Write text as text, whatever it begins with."""
        said = inert(said)
        look = "quoted" if look == "plain" and said.startswith(ACTIVE) else look
        sheet.write_string(*place, said[:ROOMIEST], self.look(look))

    def cell(self, sheet: Worksheet, place: tuple[int, int], typed: Typed) -> None:
        """Write a number as a number, a day as a day, anything else as text."""
        if isinstance(typed.number, date):
            sheet.write_datetime(*place, typed.number, self.look("plain", typed.pattern))
        elif typed.number is not None:
            sheet.write_number(*place, typed.number, self.look("plain", typed.pattern))
        else:
            self.text(sheet, place, typed.text)


def _write_contents(sheet: Worksheet, document: Document, *, leaves: list[WorkbookSheet], pen: _Pen) -> None:
    """Write whose report it is, its headings and sentences in order, and a link to each table where it stood."""
    sheet.set_column(0, 0, 96)
    sheet.hide_gridlines(2)
    lines = [(document.title, "title"), (" · ".join(document.strip), "note"), (document.banner, "banner")]
    waiting = {leaf.caption: leaf for leaf in leaves}
    rows: list[tuple[str, str] | WorkbookSheet] = [line for line in lines if line[0]]
    for block in document.blocks:
        if block.kind == "table" and block.text in waiting:
            rows.append(waiting.pop(block.text))
        elif block.kind == "facts":
            rows += [("  ".join(pair), "plain") for pair in block.rows]
        elif block.kind in ("heading", "paragraph", "item"):
            rows.append((block.text, _look_of(block.kind, block.style)))
    for number, row in enumerate([*rows, *waiting.values()]):
        if isinstance(row, WorkbookSheet):
            sheet.write_url(
                number, 0, f"internal:'{row.sheet}'!A1", pen.look("link"), f"→ {row.sheet}", row.caption[:255]
            )
        else:
            pen.text(sheet, (number, 0), row[0], look=row[1])


def _look_of(kind: str, style: str) -> str:
    return "strong" if kind == "heading" else "soft" if style in ("note", "more") else "plain"


def _write_leaf(book: Workbook, leaf: WorkbookSheet, *, document: Document, pen: _Pen) -> None:
    sheet, table = book.add_worksheet(leaf.sheet), leaf.table
    pen.text(sheet, (0, 0), leaf.caption, look="caption")
    pen.text(sheet, (1, 0), " · ".join((*document.strip, document.banner)).rstrip(" ·"), look="note")
    for column, head in enumerate(table.head):
        pen.text(sheet, (HEAD_ROW, column), head, look="head")
        texts = [row[column].text for row in table.rows[:200]]
        sheet.set_column(column, column, _column_width(head, texts))
        for row, line in enumerate(table.rows, start=HEAD_ROW + 1):
            pen.cell(sheet, (row, column), line[column])
    if table.head:
        sheet.freeze_panes(HEAD_ROW + 1, 1)
        sheet.autofilter(HEAD_ROW, 0, HEAD_ROW + len(table.rows), len(table.head) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEAD_ROW)
    charts = [chart for chart in leaf.charts if chart.draw in NATIVE and table.rows]
    for number, chart in enumerate(charts):
        sheet.insert_chart(HEAD_ROW + len(table.rows) + 2 + 22 * number, 0, _native(book, leaf, chart))


def _column_width(head: str, texts: list[str]) -> float:
    """Return a width that shows the cells whole and lets the head take two lines."""
    return min(WIDEST, max(NARROWEST, width(head) / 2 + 2, *(width(text) + 2 for text in texts or [""])))


def _native(book: Workbook, leaf: WorkbookSheet, chart: Chart) -> Any:
    """Return a chart of the leaf's own cells, the columns' heads its legend."""
    made = book.add_chart({"type": NATIVE[chart.draw]})
    first, last = HEAD_ROW + 1, HEAD_ROW + len(leaf.table.rows)
    for value in chart.values:
        names, numbers = ([leaf.sheet, first, place, last, place] for place in (chart.label, value))
        made.add_series({"name": [leaf.sheet, HEAD_ROW, value], "categories": names, "values": numbers})
    made.set_title({"name": chart.title, "name_font": {"size": 11, "name": FACE}, "overlay": False})
    made.set_legend({"position": "top"})
    if NATIVE[chart.draw] == "bar":
        made.set_y_axis({"reverse": True})
    made.set_size({"width": 860, "height": 400})
    return made
