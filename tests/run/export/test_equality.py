"""Every number of every table is the same in the page, Excel, Word, PDF and slides, and in both languages."""

import re
from collections import Counter

import openpyxl
import pytest

from microlib.report.words import entries
from microlib.run.export.docx import write_docx
from microlib.run.export.pdf import drawable, write_print
from microlib.run.export.xlsx import write_workbook

#: a rate of which nothing was seen: one cell on a page, its upper bound and its count in cells of a workbook
NONE_SEEN = re.compile(r"≤([\d.]+)\s%(?:\s?[（(]0/([\d,]+)[）)])?")


def check_equal(page, document, files, read):
    """Compare the three formats of a document with its page."""
    tables = read.page(page)
    assert tables
    check_word(files["docx"], tables, read)
    check_sheets(files["xlsx"], tables, read)
    check_print(files["pdf"], document, tables, read)
    if "pptx" in files:
        check_slides(files, document, tables, read)


def written(document, folder):
    """Write the three formats."""
    return {
        "docx": write_docx(document, folder / "r.docx"),
        "xlsx": write_workbook(document, folder / "r.xlsx"),
        "pdf": write_print(document, folder / "r.pdf"),
    }


def check_word(path, tables, read):
    held = read.word(path)
    for caption, rows in tables:
        assert rows in held, caption


def check_sheets(path, tables, read):
    sheets = read.sheets(path)
    for caption, rows in tables:
        told = [read.numbers(NONE_SEEN.sub(r"\1  \1  \2", "  ".join(row))) for row in rows[1:]]
        assert [read.numbers("  ".join(row)) for row in sheets[caption]][: len(told)] == told, caption
        for row, held in zip(rows[1:], sheets[caption], strict=False):
            assert {cell for cell in row if not any(map(str.isdigit, cell))} <= {*held, ""}, caption


def check_print(path, document, tables, read):
    text = read.text(path)
    printed, said = Counter(read.numbers(text)), Counter(read.numbers(document.text))
    assert not said - printed
    assert set(printed) - set(said) <= {str(number) for number in range(1, 60)}  # pages are numbered
    told = "".join("".join(cell) for _, rows in tables for row in rows for cell in row)
    assert not set("".join(drawable(told).split())) - set(text)


def check_slides(files, document, tables, read):
    """Titles are headings of the page, cells are cells of its tables, what a chart draws stands in the workbook."""
    headings = {block.text for block in document.blocks if block.kind == "heading"}
    said = Counter(read.numbers(document.text))
    pairs = {(name, text) for block in document.blocks if block.kind == "facts" for name, text in block.rows}
    cells = {_plain(cell) for _, rows in tables for row in rows for cell in row}
    cells |= {_plain(cell) for rows in read.sheets(files["xlsx"]).values() for row in rows for cell in row}
    drawn = [number for sheet in openpyxl.load_workbook(files["xlsx"]).worksheets for row in sheet.iter_rows()
             for number in (cell.value for cell in row) if isinstance(number, int | float)]  # fmt: skip
    slides = read.slides(files["pptx"])
    assert len(slides) == 6
    for number, slide in enumerate(slides, start=1):
        assert slide.title in headings or _waits(slide.title, document.text)
        assert document.banner in slide.texts and document.banner in slide.notes
        texts = [text for text in slide.texts if text != f"{number} / 6"]
        assert set(read.numbers("\n".join(texts))) <= set(said)
        assert document.as_of in slide.notes
        for table in slide.tables:
            assert {tuple(row) for row in table} <= pairs or {
                _plain(cell) for row in table[1:] for cell in row
            } <= cells
        for names, series in slide.charts:
            assert names
            told = {name: values for name, values in series.items() if name.strip()}
            assert all(any(abs(value - held) <= 1e-9 * max(1, abs(held)) for held in drawn)
                       for values in told.values() for value in values if value is not None)  # fmt: skip
    assert any(slide.tables for slide in slides)


def _waits(title, text):
    """Say whether a title names what was not computed, as the one list of the page does."""
    captions = [title.removesuffix(entries("marks")["title_not_computed"][lang][9:]) for lang in ("zh", "en")]
    return any(caption != title and caption in text for caption in captions)


def _plain(cell):
    return "".join(cell.split())


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_small_report_says_the_same_numbers_in_every_format(small, read, lang, tmp_path):
    made = small(lang)
    check_equal(made.page, made.document, written(made.document, tmp_path), read)


def test_a_small_report_says_the_same_numbers_in_both_languages(small, read):
    zh, en = (read.page(small(lang).page) for lang in ("zh", "en"))
    for (_, one), (_, other) in zip(zh, en, strict=True):
        assert [read.numbers(" ".join(row)) for row in one[1:]] == [read.numbers(" ".join(row)) for row in other[1:]]
