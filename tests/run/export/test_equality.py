"""Every number of every table is the same in the page, Excel, Word and PDF, and in both languages."""

from collections import Counter

import pytest

from microlib.run.export.docx import write_docx
from microlib.run.export.pdf import drawable, write_print
from microlib.run.export.xlsx import write_workbook


def check_equal(page, document, files, read):
    """Compare the three formats of a document with its page."""
    tables = read.page(page)
    assert tables
    check_word(files["docx"], tables, read)
    check_sheets(files["xlsx"], tables, read)
    check_print(files["pdf"], document, tables, read)


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
        told = [read.numbers("  ".join(row)) for row in rows[1:]]
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


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_small_report_says_the_same_numbers_in_every_format(small, read, lang, tmp_path):
    made = small(lang)
    check_equal(made.page, made.document, written(made.document, tmp_path), read)


def test_a_small_report_says_the_same_numbers_in_both_languages(small, read):
    zh, en = (read.page(small(lang).page) for lang in ("zh", "en"))
    for (_, one), (_, other) in zip(zh, en, strict=True):
        assert [read.numbers(" ".join(row)) for row in one[1:]] == [read.numbers(" ".join(row)) for row in other[1:]]
