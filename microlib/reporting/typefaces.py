"""A TrueType font cut down to a few signs: the file is taken apart once a process, a cut only picks from the parts."""

from __future__ import annotations

import copy
import io
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

#: tables that stay; the outlines, widths and signs are picked one by one
WHOLE = ("head", "hhea", "maxp", "OS/2", "name", "post")
#: entries of the name table that stay: copyright, family, style, licence and its address
NAMES = (0, 1, 2, 13, 14)
#: the glyph that stands for a sign that is not there
MISSING = ".notdef"
#: signs beyond this need the wider of the two tables of signs
LAST_OF_PLANE = 0xFFFF


@lru_cache
def glyphs(path: Path) -> frozenset[int]:
    """Return the code points that a font can draw."""
    from fontTools.ttLib import TTFont

    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap())


def cut_font(path: Path, signs: Iterable[int], *, flavor: str | None = None) -> bytes:
    """Return a font that draws the signs given, as a file; the same signs give the same bytes.

    Outlines and widths are those of the font; layout tables, hints and vertical metrics are left out.

    Parameters
    ----------
    path : Path
        A TrueType file.
    signs : iterable of int
        Code points; one that the font lacks is passed over.
    flavor : str, optional
        ``woff`` or ``woff2``; None for a plain TrueType file.
    """
    source = _taken_apart(path)
    named, chosen = source.getBestCmap(), glyphs(path) & set(signs)
    drawn = {sign: named[sign] for sign in sorted(chosen)}
    font = _empty_font(source, _order(source, drawn.values()))
    font.flavor = flavor
    _fill(font, source, drawn)
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()


@lru_cache(maxsize=2)
def _taken_apart(path: Path) -> TTFont:
    from fontTools.ttLib import TTFont

    return TTFont(io.BytesIO(path.read_bytes()), lazy=True)


def _order(source: TTFont, names: Iterable[str]) -> list[str]:
    """Return the glyphs wanted and those they are composed of, in the font's order, the missing one first."""
    outlines, wanted, fresh = source["glyf"], set(), {MISSING, *names}
    while fresh:
        wanted |= fresh
        fresh = {part for name in fresh for part in _parts(outlines, name)} - wanted
    return sorted(wanted, key=source.getGlyphID)


def _parts(outlines: Any, name: str) -> list[str]:
    """Name the glyphs that one is composed of; a plain outline stays as it is on disk, not even read."""
    glyph = outlines.glyphs[name]
    return outlines[name].getComponentNames(outlines) if glyph.isComposite() else []


def _empty_font(source: TTFont, order: list[str]) -> TTFont:
    from fontTools.ttLib import TTFont

    font = TTFont(sfntVersion=source.sfntVersion, recalcBBoxes=False, recalcTimestamp=False)
    font.setGlyphOrder(order)
    for tag in WHOLE:
        font[tag] = copy.deepcopy(source[tag])
    font["head"].modified = font["head"].created
    font["name"].names = [entry for entry in font["name"].names if entry.nameID in NAMES]
    return font


def _fill(font: TTFont, source: TTFont, drawn: dict[int, str]) -> None:
    from fontTools.ttLib import newTable

    order = font.getGlyphOrder()
    font["glyf"], font["loca"], font["hmtx"] = (newTable(tag) for tag in ("glyf", "loca", "hmtx"))
    font["glyf"].glyphs = {name: source["glyf"].glyphs[name] for name in order}
    font["glyf"].glyphOrder = order
    font["hmtx"].metrics = {name: source["hmtx"][name] for name in order}
    font["cmap"] = newTable("cmap")
    font["cmap"].tableVersion = 0
    near = {sign: name for sign, name in drawn.items() if sign <= LAST_OF_PLANE}
    font["cmap"].tables = [_signs(4, 1, near), _signs(12, 10, drawn)]
    font["OS/2"].updateFirstAndLastCharIndex(font)
    font["OS/2"].recalcUnicodeRanges(font)


def _signs(form: int, encoding: int, drawn: dict[int, str]) -> object:
    from fontTools.ttLib.tables._c_m_a_p import CmapSubtable

    table = CmapSubtable.newSubtable(form)
    table.platformID, table.platEncID, table.language, table.cmap = 3, encoding, 0, drawn
    return table
