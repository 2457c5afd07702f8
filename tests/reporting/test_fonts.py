"""The font: found without side effects, complete for every word of the catalogues, cut to what is used."""

import subprocess
import sys

import pytest

from microlib.reporting import catalogues, fonts

KINDS = ("columns", "codes", "units", "captions", "notes", "sentences", "marks")


@pytest.mark.parametrize("kind", KINDS)
def test_the_font_draws_every_sign_of_the_catalogue(kind):
    words = "".join(text for entry in catalogues.entries(kind).values() for text in entry.values())
    assert fonts.undrawable(words) == ""


def test_the_font_draws_rare_signs_of_names():
    assert fonts.undrawable("龘镕堃①￥‰") == ""


def test_finding_the_font_sets_no_option_of_matplotlib():
    code = (
        "import sys, matplotlib as m; seen = lambda: {k: m.rcParams[k] for k in m.rcParams if k != 'backend'}\n"
        "before = seen(); from microlib.reporting import fonts, pictures; fonts.figure_family()\n"
        "assert seen() == before and not {'zhplot', 'matplotlib.pyplot'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_figures_take_the_font_that_is_shipped_though_the_system_has_one_of_that_name(monkeypatch, weight):
    from matplotlib import font_manager

    known, alike = font_manager.fontManager, {"name": fonts.FAMILY, "fname": "/usr/share/fonts/other.ttf"}
    monkeypatch.setattr(known, "ttflist", [font_manager.FontEntry(**alike, weight=weight), *known.ttflist])
    fonts.figure_family.cache_clear()
    wanted = font_manager.FontProperties(family=[fonts.figure_family()], weight=weight)
    assert known.findfont(wanted, fallback_to_default=False) == str(fonts.font_file())
    fonts.figure_family.cache_clear()


def test_a_subset_is_small_and_the_same_every_time():
    once = fonts.subset("当地非标客群分析")
    assert len(once) < 40_000 and once == fonts.subset("当地非标客群分析")


def test_a_subset_is_a_font_that_holds_its_signs(tmp_path):
    from fontTools.ttLib import TTFont

    (tmp_path / "cut.woff").write_bytes(fonts.subset("客群"))
    assert {ord("客"), ord("群"), ord("a")} <= set(TTFont(tmp_path / "cut.woff").getBestCmap())


def test_the_font_face_needs_no_network():
    assert fonts.font_face("客").count("url(") == 1 and "data:font/woff;base64," in fonts.font_face("客")
