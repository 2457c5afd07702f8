"""The Word file: headings, captions, heads that repeat, the Chinese font inside, values that do nothing."""

import io
import re
import uuid
import zipfile

import docx
import pytest
from fontTools.ttLib import TTFont

from microlib.run.export.docx import PART, WIDTH_CM, obfuscated, write_docx


@pytest.fixture(scope="module")
def paper(small, tmp_path_factory):
    """The small report as Word, and its path."""
    path = write_docx(small().document, tmp_path_factory.mktemp("w") / "r.docx")
    return docx.Document(path), path


def test_headings_captions_and_pictures_are_such(paper):
    styles = [(paragraph.style.name, paragraph.text) for paragraph in paper[0].paragraphs]
    assert ("Title", "客群质量") in styles
    assert ("Caption", "各客群逾期占比") in styles
    assert len(paper[0].inline_shapes) == 1


def test_a_picture_says_what_it_shows(paper):
    assert "横轴" in paper[0].inline_shapes[0]._inline.docPr.get("descr")


def test_the_head_of_a_table_comes_again_on_every_page(paper):
    headed = [table for table in paper[0].tables if "w:tblHeader" in table.rows[0]._tr.xml]
    assert len(headed) == 2


def test_columns_are_as_wide_as_what_stands_in_them_and_stay_on_the_page(paper):
    for table in paper[0].tables:
        widths = [column.width.cm for column in table.columns]
        assert sum(widths) <= WIDTH_CM + 0.01
    facts = [column.width for column in paper[0].tables[0].columns]
    assert facts[0] < facts[1]


def test_east_asian_text_has_the_font(paper):
    for name in ("Normal", "Title", "Heading 1", "Heading 2", "Caption"):
        assert 'w:eastAsia="Noto Sans SC"' in paper[0].styles[name].element.xml


def test_the_font_inside_draws_every_sign(paper, small):
    with zipfile.ZipFile(paper[1]) as parts:
        table, kept = parts.read("word/fontTable.xml").decode(), parts.read(PART)
    key = uuid.UUID(re.search(r'w:fontKey="\{(.*?)\}"', table)[1])
    font = TTFont(io.BytesIO(obfuscated(kept, key)))
    drawn = set(font.getBestCmap())
    assert not {sign for sign in small().document.text if sign.isprintable() and ord(sign) not in drawn} - {"😀"}


def test_values_are_text_and_nothing_else(paper, read):
    cells = [row.cells[0].text for row in paper[0].tables[-1].rows]
    assert {read.nasty[name] for name in ("formula", "script", "path", "markup", "emoji", "long")} <= set(cells)
    with zipfile.ZipFile(paper[1]) as parts:
        source = parts.read("word/document.xml").decode()
    assert not re.search("w:fldSimple|w:instrText|w:hyperlink|<script", source)


def test_nothing_is_fetched_from_outside(paper):
    with zipfile.ZipFile(paper[1]) as parts:
        links = b"".join(parts.read(name) for name in parts.namelist() if name.endswith(".rels"))
    assert b'TargetMode="External"' not in links


def test_the_same_report_is_the_same_bytes(small, tmp_path):
    made = small()
    one, other = (write_docx(made.document, tmp_path / f"{n}.docx").read_bytes() for n in "ab")
    assert one == other
