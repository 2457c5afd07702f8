"""The PDF: set from data that is never markup, with the font cut down and kept inside."""

from dataclasses import replace

import pypdf
import pytest

from microlib.report.fonts import bold_file, font_file, glyphs
from microlib.run.export.pdf import write_print


@pytest.fixture(scope="module")
def made(small, tmp_path_factory):
    """The small report, and its PDF."""
    report = small()
    return report, write_print(report.document, tmp_path_factory.mktemp("p") / "r.pdf")


def _fonts(path):
    return {
        font["/BaseFont"]: font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        for page in pypdf.PdfReader(path).pages
        for font in (each.get_object() for each in page["/Resources"]["/Font"].values())
    }


def test_the_only_fonts_are_ours_in_both_weights_cut_down_and_inside(made):
    fonts = _fonts(made[1])
    assert {name.partition("+")[2] for name in fonts} == {"NotoSansSC-Regular", "NotoSansSC-Bold"}
    assert all({"/FontFile2", "/FontFile3"} & set(kept) for kept in fonts.values())


def test_values_are_set_as_they_are(made, read, tmp_path):
    tables = tuple(block for block in made[0].document.blocks if block.kind == "table")
    alone = write_print(replace(made[0].document, blocks=tables), tmp_path / "tables.pdf")
    text = "".join(read.text(alone).split())
    for name in ("formula", "script", "path", "markup", "long"):
        assert "".join(read.nasty[name].split()) in text, name


def test_paper_is_a4_and_the_language_is_said(made):
    reader = pypdf.PdfReader(made[1])
    assert [round(float(side)) for side in reader.pages[0].mediabox[2:]] == [595, 842]
    assert reader.trailer["/Root"]["/Lang"] == "zh-CN"


def test_it_says_that_data_are_made_up_on_every_page(made):
    assert all("合成数据" in page.extract_text() for page in pypdf.PdfReader(made[1]).pages)


def test_a_sign_that_the_font_lacks_is_a_hollow_square(made, read):
    assert "铺子□" in read.text(made[1])


def test_the_same_report_is_the_same_bytes(made, tmp_path):
    assert write_print(made[0].document, tmp_path / "r.pdf").read_bytes() == made[1].read_bytes()


def test_a_rare_sign_in_a_title_is_drawn_though_the_bold_cut_lacks_it(made, tmp_path):
    assert ord("龘") not in glyphs(bold_file()) and ord("龘") in glyphs(font_file())
    path = write_print(replace(made[0].document, title="龘镕支行"), tmp_path / "r.pdf")
    assert "龘镕支行" in pypdf.PdfReader(path).pages[0].extract_text()


def test_no_column_of_a_wide_table_is_crushed(made, tmp_path):
    """Beside long texts and columns that cannot break, a short text takes lines of several signs."""
    measure = "逾期三十天以上余额占比加承压续贷核销和转让以一年前余额为分母"
    head = ("谁", *(f"列{place}" for place in range(4)), *(f"日{place}" for place in range(8)))
    row = ("小微客户经理负责", *[measure] * 4, *["2026-07-14"] * 8)
    block = next(block for block in made[0].document.blocks if block.kind == "table")
    wide = replace(block, rows=(head, row), right=(False,) * len(head))
    path = write_print(replace(made[0].document, blocks=(wide,)), tmp_path / "wide.pdf")
    assert "小微客" in pypdf.PdfReader(path).pages[0].extract_text()
