"""The leaves of a workbook: every table that a report showed, with typed cells and what is drawn of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from microlib.reporting.catalogues import Words
from microlib.reporting.spreadsheets import Spread, Typed, header, spread, typed
from microlib.running.exporting.blocks import Block
from microlib.running.exporting.documents import Document, read_listing, read_result

#: signs that a sheet's name may not hold, and how long it may be
FORBIDDEN, LONGEST = re.compile(r"[\[\]:*?/\\']"), 31
NUMBER = re.compile(r"-?\d{1,3}(?:,\d{3})*(?:\.\d+)?")


@dataclass(frozen=True)
class Chart:
    """A native chart of a leaf's own cells.

    Parameters
    ----------
    draw : str
        The function that draws the figure on the page.
    title : str
    label : int
        Place of the column that names the points.
    values : tuple of int
        Places of the columns drawn.
    """

    draw: str
    title: str
    label: int
    values: tuple[int, ...]


@dataclass(frozen=True)
class Leaf:
    """One sheet: its name, the caption above its table, the table, and its charts."""

    sheet: str
    caption: str
    table: Spread
    charts: tuple[Chart, ...] = ()


def leaves_of(document: Document) -> list[Leaf]:
    """Return a leaf for each recorded table that was shown or drawn, and for each table the page alone holds.

    A table shown twice has one leaf; the figures drawn of it stand on it.
    """
    listing = read_listing(document.results)
    found: dict[str, dict[str, Any]] = {}
    for entry in listing["shown"]:
        if entry["kind"] == "table" or entry["table"] not in found:
            found[entry.get("table", entry["name"])] = {"columns": None, **entry}
    drawn = [entry for entry in listing["shown"] if entry["kind"] == "chart"]
    words = Words(document.lang, names=listing["names"])
    parts = [_recorded(document, words.of(name), entry, drawn) for name, entry in found.items()]
    captions = {caption for caption, _, _ in parts}
    parts += [
        (block.text, _told(block), ())
        for block in document.blocks
        if block.kind == "table" and block.text not in captions
    ]
    return [Leaf(_sheet(number, caption), caption, *rest) for number, (caption, *rest) in enumerate(parts, start=1)]


def _recorded(document: Document, words: Words, entry: dict[str, Any], drawn: list[dict[str, Any]]) -> tuple:
    """Return caption, typed table and charts of one recorded table."""
    frame = read_result(document.results, words.table)
    kept = frame[entry["columns"]] if entry["columns"] else frame
    table = spread(kept, words)
    charts = [_chart(each, table, words) for each in drawn if each["table"] == words.table]
    return words.entry("captions", entry["name"]), table, tuple(chart for chart in charts if chart)


def _chart(entry: dict[str, Any], table: Spread, words: Words) -> Chart | None:
    """Return the native chart of what was drawn; None where its columns are not on the leaf, or another way is none."""
    options = entry["options"]
    label, values = options.get("label", options.get("age")), options.get("values")
    heads = dict(zip(table.head, range(len(table.head)), strict=True))
    if not isinstance(label, str) or not values:
        return None
    places = [heads.get(header(name, words)) for name in (label, *values)]
    if None in places:
        return None
    return Chart(entry["draw"], words.entry("captions", entry["name"]), places[0], tuple(places[1:]))


def _told(block: Block) -> Spread:
    """Return a table that only the page holds: a cell that is a number and nothing else becomes one."""
    head, *rows = block.rows or ((),)
    return Spread(list(head), [[_cell(text) for text in row] for row in rows])


def _cell(text: str) -> Typed:
    is_number = NUMBER.fullmatch(text) is not None
    return typed(float(text.replace(",", "")), text) if is_number else Typed(text)


def _sheet(number: int, caption: str) -> str:
    """Return a sheet's name: its number, and as much of the caption as may stand there.

    Examples
    --------
    >>> _sheet(3, "本行[全部]/客群")
    '3 本行 全部 客群'
    """
    plain = " ".join(FORBIDDEN.sub(" ", caption).split())
    return f"{number} {plain}"[:LONGEST].strip()
