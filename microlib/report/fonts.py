"""The Chinese font of figures and pages (Noto Sans SC), and its cut to the few signs that a file uses."""

from __future__ import annotations

import base64
import copy
import importlib.util
import io
import mmap
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from microlib.errors import BadConfig
from microlib.home import install_hint

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont
    from fontTools.ttLib.tables._g_l_y_f import Glyph


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
    return frozenset(_taken_apart(path).font.getBestCmap())


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
    named = source.font.getBestCmap()
    drawn = {sign: named[sign] for sign in sorted(set(signs) & named.keys())}
    outlines = _outlines(source, drawn.values())
    font = _empty_font(source.font, sorted(outlines, key=source.font.getGlyphID))
    font.flavor = flavor
    _fill(font, source, outlines, drawn)
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()


class Source(NamedTuple):
    """A font's file, its small tables, and where each outline and each width stands in it."""

    font: TTFont
    file: mmap.mmap
    starts: np.ndarray
    widths: np.ndarray

    def outline(self, name: str) -> bytes:
        """Return a glyph's outline as it is on disk."""
        place = self.font.getGlyphID(name)
        return self.file[int(self.starts[place]) : int(self.starts[place + 1])]

    def width(self, name: str) -> tuple[int, int]:
        """Return a glyph's advance and left side bearing."""
        advance, bearing = self.widths[self.font.getGlyphID(name)]
        return int(advance), int(bearing)


@lru_cache(maxsize=2)
def _taken_apart(path: Path) -> Source:
    from fontTools.ttLib import TTFont

    with path.open("rb") as opened:
        file = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
    font = TTFont(path, lazy=True)
    places = {tag: font.reader.tables[tag] for tag in ("glyf", "loca", "hmtx")}
    loca = file[places["loca"].offset : places["loca"].offset + places["loca"].length]
    is_long = font["head"].indexToLocFormat
    starts = np.frombuffer(loca, ">u4").astype("u4") if is_long else np.frombuffer(loca, ">u2").astype("u4") * 2
    hmtx = file[places["hmtx"].offset : places["hmtx"].offset + places["hmtx"].length]
    return Source(font, file, starts + places["glyf"].offset, _widths(hmtx, font["hhea"].numberOfHMetrics))


def _widths(table: bytes, full: int) -> np.ndarray:
    """Return advance and bearing of each glyph; those after the `full` ones repeat the last advance."""
    pairs = np.frombuffer(table, ">i2", full * 2).reshape(-1, 2).astype("i4")
    pairs[:, 0] &= 0xFFFF
    bearings = np.frombuffer(table, ">i2", offset=full * 4).astype("i4")
    return np.vstack([pairs, np.column_stack([np.full(len(bearings), pairs[-1, 0]), bearings])])


def _outlines(source: Source, names: Iterable[str]) -> dict[str, Glyph]:
    """Return the glyphs wanted, those they are composed of, and the missing one; a plain outline is not even read."""
    from fontTools.ttLib import newTable
    from fontTools.ttLib.tables._g_l_y_f import Glyph

    whole, fresh = newTable("glyf"), {MISSING, *names}
    whole.glyphs, whole.glyphOrder = {}, source.font.getGlyphOrder()
    while fresh:
        made = {name: Glyph(source.outline(name)) for name in fresh}
        whole.glyphs |= made
        composed = [name for name, glyph in made.items() if glyph.isComposite()]
        fresh = {part for name in composed for part in made[name].getComponentNames(whole)} - whole.glyphs.keys()
    return whole.glyphs


def _empty_font(source: TTFont, order: list[str]) -> TTFont:
    from fontTools.ttLib import TTFont

    font = TTFont(sfntVersion=source.sfntVersion, recalcBBoxes=False, recalcTimestamp=False)
    font.setGlyphOrder(order)
    for tag in WHOLE:
        font[tag] = copy.deepcopy(source[tag])
    font["head"].modified = font["head"].created
    font["name"].names = [entry for entry in font["name"].names if entry.nameID in NAMES]
    return font


def _fill(font: TTFont, source: Source, outlines: dict[str, Glyph], drawn: dict[int, str]) -> None:
    from fontTools.ttLib import newTable

    order = font.getGlyphOrder()
    font["glyf"], font["loca"], font["hmtx"] = (newTable(tag) for tag in ("glyf", "loca", "hmtx"))
    font["glyf"].glyphs = {name: outlines[name] for name in order}
    font["glyf"].glyphOrder = order
    font["hmtx"].metrics = {name: source.width(name) for name in order}
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


FAMILY = "Noto Sans SC"
#: what matplotlib knows it by
FIGURE_FAMILY = f"microlib {FAMILY}"
#: what any page needs whatever it says: ASCII, Chinese punctuation, marks of our tables
ALWAYS = "".join(map(chr, range(0x20, 0x7F))) + "，。；：？！、（）「」《》—–…·％‰￥①②③④⑤×÷±≤≥≠→↑↓△▽▲▼"


@lru_cache
def font_file() -> Path:
    """Return the font's file, found without importing its package (the import would set matplotlib options).

    Raises
    ------
    BadConfig
        If the package is not installed.
    """
    found = importlib.util.find_spec("zhplot")
    file = Path(found.origin).parent / "fonts" / "NotoSansSC-Regular.ttf" if found and found.origin else None
    if file is None or not file.is_file():
        raise BadConfig("the Chinese font is not installed", where="zhplot", fix=install_hint())
    return file


def bold_file() -> Path:
    """Return the file of the bold weight, cut down to common signs (``faces/OFL.txt`` is its licence)."""
    return Path(__file__).parent / "faces" / "NotoSansSC-Bold.ttf"


@lru_cache
def figure_family() -> str:
    """Make the font known to matplotlib and return its family name; no option is set.

    The name is our own: a font of the same name that the system has can never be taken for it, in any weight.
    """
    from matplotlib import font_manager

    found = font_manager.ttfFontProperty(font_manager.get_font(str(font_file())))
    font_manager.fontManager.ttflist.append(replace(found, name=FIGURE_FAMILY))
    return FIGURE_FAMILY


def plots_with_chinese() -> None:
    """Let plots of one's own draw Chinese: our font stands in for signs that the first font lacks.

    For a notebook's kernel, which belongs to whoever works in it: matplotlib's own list of fonts is made longer, and
    nothing else is set. Our figures set all they need by themselves.
    """
    import matplotlib

    family, known = figure_family(), matplotlib.rcParams["font.family"]
    if family not in known:
        matplotlib.rcParams["font.family"] = [*known, family]


def undrawable(text: str) -> str:
    """Return the signs of `text` that the font lacks, each once.

    Examples
    --------
    >>> undrawable("龘镕堃 ok")
    ''
    """
    drawn = glyphs(font_file())
    return "".join(sorted({sign for sign in text if sign.isprintable() and ord(sign) not in drawn}))


def subset(text: str, *, flavor: str | None = "woff") -> bytes:
    """Return the font cut down to the signs of `text`; the same signs give the same bytes.

    Parameters
    ----------
    text : str
    flavor : str, optional
        ``woff`` for pages; None for a plain TrueType file.
    """
    return cut_font(font_file(), {ord(sign) for sign in text + ALWAYS}, flavor=flavor)


def font_face(text: str) -> str:
    """Return a CSS ``@font-face`` that carries the signs of `text`, so that a page opens offline anywhere.

    Only the regular weight is carried; a browser thickens it for bold.
    """
    data = base64.b64encode(subset(text)).decode("ascii")
    source = f"url(data:font/woff;base64,{data}) format('woff')"
    return f"@font-face{{font-family:'{FAMILY}';font-weight:400;font-style:normal;src:{source}}}"
