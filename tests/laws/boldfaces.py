"""Cuts the bold font that the installation carries: ``python tests/laws/boldfaces.py NotoSansSC-Bold.ttf``.

Its signs are GB 2312's first level, those of every page, and those of our words, terms and notebooks.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

from microlib.report.fonts import ALWAYS, bold_file

ROOT = Path(__file__).parents[2]
WRITTEN = ("microlib/report/words/**/*.toml", "data/*/*.toml", "notebooks/**/*.ipynb")


def signs_wanted() -> set[str]:
    """Return the signs that must be there in bold."""
    lines = [bytes([row]) for row in range(0xB0, 0xD8)]
    level = {
        sign for line in lines for place in range(0xA1, 0xFF)
        for sign in (line + bytes([place])).decode("gb2312", "ignore")
    }  # fmt: skip
    return level | set(ALWAYS) | signs_written()


def signs_written() -> set[str]:
    """Return the signs of words, terms and notebooks."""
    paths = [path for pattern in WRITTEN for path in ROOT.glob(pattern)]
    return {sign for path in paths for sign in path.read_text("utf-8") if sign.isprintable()}


def cut(path: Path) -> None:
    """Write the signs wanted of a whole font; names stay, hints and layout go."""
    options = subset.Options(layout_features=[], hinting=False, notdef_outline=True, name_IDs=["*"])
    options.drop_tables += ["GPOS", "GSUB", "GDEF", "BASE", "VORG", "vhea", "vmtx", "DSIG", "STAT"]
    font = TTFont(path, recalcTimestamp=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=map(ord, signs_wanted()))
    cutter.subset(font)
    font.save(bold_file())


if __name__ == "__main__":
    cut(Path(sys.argv[1]))
