"""The font: found without side effects, complete for every word of the catalogues, cut to what is used.

A font cut down: the same outlines and widths as the whole one, also of glyphs that are composed of others.
"""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont

from microlib.report.fonts import FAMILY, cut_font, figure_family, font_face, font_file, glyphs, subset, undrawable
from microlib.report.words import entries

KINDS = ("columns", "codes", "units", "captions", "notes", "sentences", "marks")


@pytest.mark.parametrize("kind", KINDS)
def test_the_font_draws_every_sign_of_the_catalogue(kind):
    words = "".join(text for entry in entries(kind).values() for text in entry.values())
    assert undrawable(words) == ""


def test_the_font_draws_rare_signs_of_names():
    assert undrawable("龘镕堃①￥‰") == ""


def test_finding_the_font_sets_no_option_of_matplotlib():
    code = (
        "import sys, matplotlib as m; seen = lambda: {k: m.rcParams[k] for k in m.rcParams if k != 'backend'}\n"
        "before = seen(); from microlib.report import figures, fonts; fonts.figure_family()\n"
        "assert seen() == before and not {'zhplot', 'matplotlib.pyplot'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_figures_take_the_font_that_is_shipped_though_the_system_has_one_of_that_name(monkeypatch, weight):
    from matplotlib import font_manager

    known, alike = font_manager.fontManager, {"name": FAMILY, "fname": "/usr/share/fonts/other.ttf"}
    monkeypatch.setattr(known, "ttflist", [font_manager.FontEntry(**alike, weight=weight), *known.ttflist])
    figure_family.cache_clear()
    wanted = font_manager.FontProperties(family=[figure_family()], weight=weight)
    assert known.findfont(wanted, fallback_to_default=False) == str(font_file())
    figure_family.cache_clear()


def test_a_subset_is_small_and_the_same_every_time():
    once = subset("当地非标客群分析")
    assert len(once) < 40_000 and once == subset("当地非标客群分析")


def test_a_subset_is_a_font_that_holds_its_signs(tmp_path):
    from fontTools.ttLib import TTFont

    (tmp_path / "cut.woff").write_bytes(subset("客群"))
    assert {ord("客"), ord("群"), ord("a")} <= set(TTFont(tmp_path / "cut.woff").getBestCmap())


def test_the_font_face_needs_no_network():
    assert font_face("客").count("url(") == 1 and "data:font/woff;base64," in font_face("客")


def drawn(font: TTFont, sign: str) -> tuple:
    """What a pen does for a sign, and how far it moves on."""
    name = font.getBestCmap()[ord(sign)]
    pen = DecomposingRecordingPen(font.getGlyphSet())
    font.getGlyphSet()[name].draw(pen)
    return pen.value, font["hmtx"][name]


@pytest.fixture(scope="module")
def whole() -> TTFont:
    """The font as it is installed."""
    return TTFont(font_file(), lazy=True)


@pytest.mark.parametrize("flavor", [None, "woff"])
def test_every_sign_is_drawn_as_in_the_whole_font(whole, flavor):
    signs = "当地非标客群分析龘镕堃𬭎①￥‰ 4.35%Äé"
    cut = TTFont(io.BytesIO(cut_font(font_file(), map(ord, signs), flavor=flavor)))
    assert set(cut.getBestCmap()) == set(map(ord, signs)) & glyphs(font_file())
    assert [drawn(cut, sign) for sign in signs] == [drawn(whole, sign) for sign in signs]


def test_an_earlier_cut_does_not_show_in_a_later_one():
    once = cut_font(font_file(), map(ord, "éa"))
    cut_font(font_file(), map(ord, "éÄ客群"))
    assert cut_font(font_file(), map(ord, "éa")) == once


def test_signs_that_the_font_lacks_are_passed_over():
    assert cut_font(font_file(), [0x10FFFD]) == cut_font(font_file(), [])


def test_names_and_licence_stay_and_the_line_height_is_the_same(whole):
    cut = TTFont(io.BytesIO(cut_font(font_file(), [ord("客")])))
    assert cut["name"].getDebugName(1) == whole["name"].getDebugName(1) and cut["name"].getDebugName(13)
    assert [cut["hhea"].ascent, cut["OS/2"].sTypoDescender] == [whole["hhea"].ascent, whole["OS/2"].sTypoDescender]


def test_a_file_that_is_no_font_is_not_cut(tmp_path: Path):
    (tmp_path / "x.ttf").write_text("no font")
    with pytest.raises(Exception, match="Not a TrueType"):
        cut_font(tmp_path / "x.ttf", [ord("a")])
