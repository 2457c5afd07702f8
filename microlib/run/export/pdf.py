"""A report as a PDF on A4: set by typst, which comes as a wheel; the font, cut down to the signs used, is inside."""

from __future__ import annotations

import json
import struct
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst

from microlib.files import owned_folder
from microlib.report.display import width
from microlib.report.fonts import FAMILY, bold_file, font_file, undrawable
from microlib.run.export.document import Block, Document
from microlib.run.export.html import TEMPLATES

TEMPLATE = "report.typ"
#: stands for a sign that the font lacks (an emoji), as print shops set it
BLIND = "□"
#: of a table's column, in half signs: as wide as its longest cell but no wider than a line of prose, and never crushed;
#: and how wide a head may make it where there is room
WIDEST, NARROWEST, HEAD = 44, 8, 18
#: of the page's width: how wide a figure stands, and how high at most
FIGURE_WIDTH, FIGURE_HEIGHT = 0.7, 0.36
REGIONS = {"zh": "cn", "en": "gb"}


def write_print(document: Document, path: Path) -> Path:
    """Write a document as PDF.

    Every word of it reaches the typesetter as data, none as markup; the same document makes the same bytes.

    Parameters
    ----------
    document : Document
    path : Path
        The ``.pdf`` file.

    Returns
    -------
    Path
    """
    with owned_folder(Path(tempfile.gettempdir())) as folder:
        blocks = [_told(number, block, folder) for number, block in enumerate(document.blocks)]
        source = folder / TEMPLATE
        source.write_bytes((TEMPLATES / TEMPLATE).read_bytes())
        told = drawable(json.dumps({**_frame(document), "blocks": blocks}, ensure_ascii=False))
        typst.compile(str(source), output=str(path), font_paths=_fonts(), sys_inputs={"report": told}, timestamp=0)
    return path


def drawable(text: str) -> str:
    """Return a text with a hollow square for every sign that the font lacks.

    Examples
    --------
    >>> drawable("铺子😀")
    '铺子□'
    """
    return text.translate({ord(sign): BLIND for sign in undrawable(text)})


def _frame(document: Document) -> dict[str, Any]:
    strip = " · ".join(document.strip)
    return {
        "title": document.title,
        "strip": strip,
        "banner": document.banner,
        "footer": document.footer,
        "foot": f"{strip} · {document.banner}".rstrip(" ·"),
        "font": FAMILY,
        "lang": document.lang,
        "region": REGIONS[document.lang],
    }


def _told(number: int, block: Block, folder: Path) -> dict[str, Any]:
    """Return a block as data; its picture is put beside the template."""
    name = f"figure{number}.png" if block.png else ""
    if block.png:
        (folder / name).write_bytes(block.png)
    widths = {"widths": column_widths(block.rows), "roomy_widths": column_widths(block.rows, head=HEAD)}
    return {**asdict(block), "png": name, "scale": figure_scale(block.png), "rigid": rigid(block.rows), **widths}


def figure_scale(png: bytes) -> float:
    """Return how much of the page's width a figure takes: a tall one less, so that it keeps its place.

    Examples
    --------
    >>> figure_scale(b"")
    0.7
    """
    if not png:
        return FIGURE_WIDTH
    across, down = struct.unpack(">II", png[16:24])  # a PNG says its size at once
    return min(FIGURE_WIDTH, FIGURE_HEIGHT * across / down)


def rigid(rows: Sequence[Sequence[str]]) -> list[bool]:
    """Return which columns hold keys, dates or numbers: a line can break in none of them.

    Examples
    --------
    >>> rigid([("任务", "说明"), ("M260B_0755_05", "先打电话")])
    [True, False]
    """
    return [all(cell.isascii() and " " not in cell for cell in column[1:]) for column in zip(*rows, strict=True)]


def column_widths(rows: Sequence[Sequence[str]], *, head: int = NARROWEST) -> list[int]:
    """Return how wide each column of a table wants to be, in half signs.

    A column is as wide as its longest cell; beyond `head` half signs a head breaks, prose beyond a line does.

    Examples
    --------
    >>> rows = [("客户", "余额（万元）"), ("C000001", "12.5")]
    >>> column_widths(rows), column_widths(rows, head=18)
    ([8, 8], [8, 12])
    """
    columns = list(zip(*rows, strict=True))
    cells = [max((width(cell) for cell in column[1:]), default=0) for column in columns]
    heads = [min(width(column[0]), head) for column in columns]
    return [max(NARROWEST, min(WIDEST, max(pair))) for pair in zip(cells, heads, strict=True)]


@lru_cache
def _fonts() -> typst.Fonts:
    """Return the Chinese font in both weights and no other, so that a page looks the same everywhere."""
    folders = [str(path.parent) for path in (font_file(), bold_file())]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
