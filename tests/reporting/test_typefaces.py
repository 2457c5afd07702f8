"""A font cut down: the same outlines and widths as the whole one, also of glyphs that are composed of others."""

import io
from pathlib import Path

import pytest
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont

from microlib.reporting import fonts
from microlib.reporting.typefaces import cut_font, glyphs


def drawn(font: TTFont, sign: str) -> tuple:
    """What a pen does for a sign, and how far it moves on."""
    name = font.getBestCmap()[ord(sign)]
    pen = DecomposingRecordingPen(font.getGlyphSet())
    font.getGlyphSet()[name].draw(pen)
    return pen.value, font["hmtx"][name]


@pytest.fixture(scope="module")
def whole() -> TTFont:
    """The font as it is installed."""
    return TTFont(fonts.font_file(), lazy=True)


@pytest.mark.parametrize("flavor", [None, "woff"])
def test_every_sign_is_drawn_as_in_the_whole_font(whole, flavor):
    signs = "当地非标客群分析龘镕堃𬭎①￥‰ 4.35%Äé"
    cut = TTFont(io.BytesIO(cut_font(fonts.font_file(), map(ord, signs), flavor=flavor)))
    assert set(cut.getBestCmap()) == set(map(ord, signs)) & glyphs(fonts.font_file())
    assert [drawn(cut, sign) for sign in signs] == [drawn(whole, sign) for sign in signs]


def test_an_earlier_cut_does_not_show_in_a_later_one():
    once = cut_font(fonts.font_file(), map(ord, "éa"))
    cut_font(fonts.font_file(), map(ord, "éÄ客群"))
    assert cut_font(fonts.font_file(), map(ord, "éa")) == once


def test_signs_that_the_font_lacks_are_passed_over():
    assert cut_font(fonts.font_file(), [0x10FFFD]) == cut_font(fonts.font_file(), [])


def test_names_and_licence_stay_and_the_line_height_is_the_same(whole):
    cut = TTFont(io.BytesIO(cut_font(fonts.font_file(), [ord("客")])))
    assert cut["name"].getDebugName(1) == whole["name"].getDebugName(1) and cut["name"].getDebugName(13)
    assert [cut["hhea"].ascent, cut["OS/2"].sTypoDescender] == [whole["hhea"].ascent, whole["OS/2"].sTypoDescender]


def test_a_file_that_is_no_font_is_not_cut(tmp_path: Path):
    (tmp_path / "x.ttf").write_text("no font")
    with pytest.raises(Exception, match="Not a TrueType"):
        cut_font(tmp_path / "x.ttf", [ord("a")])
