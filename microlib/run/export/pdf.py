"""A report as a PDF on A4: set by typst, which comes as a wheel; the font, cut down to the signs used, is inside."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst

from microlib.report.fonts import FAMILY, bold_file, font_file, undrawable
from microlib.run.export.document import Block, Document
from microlib.run.export.html import TEMPLATES

TEMPLATE = "report.typ"
#: stands for a sign that the font lacks (an emoji), as print shops set it
BLIND = "□"
#: headings of a paper that is read through and needs no list of contents
FEW = 8
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
    with tempfile.TemporaryDirectory(prefix="microlib-") as folder:
        blocks = [_told(number, block, Path(folder)) for number, block in enumerate(document.blocks)]
        source = Path(folder) / TEMPLATE
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
        "contents": sum(block.kind == "heading" and block.level == 2 for block in document.blocks) > FEW,
    }


def _told(number: int, block: Block, folder: Path) -> dict[str, Any]:
    """Return a block as data; its picture is put beside the template."""
    name = f"figure{number}.png" if block.png else ""
    if block.png:
        (folder / name).write_bytes(block.png)
    return {**asdict(block), "png": name}


@lru_cache
def _fonts() -> typst.Fonts:
    """Return the Chinese font in both weights and no other, so that a page looks the same everywhere."""
    folders = [str(path.parent) for path in (font_file(), bold_file())]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
