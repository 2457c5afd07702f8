"""The Chinese font of figures and pages: Noto Sans SC, from the installed ``zhplot`` wheel; bold, our own cut."""

from __future__ import annotations

import base64
import importlib.util
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from microlib.errors import BadConfig
from microlib.reporting.typefaces import cut_font, glyphs

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
        raise BadConfig("the Chinese font is not installed", where="zhplot", fix="run `pip install zhplot`")
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
