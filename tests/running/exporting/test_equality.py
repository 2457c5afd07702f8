"""Every number of every table is the same in the page, Excel, Word and PDF, and in both languages."""

from collections import Counter
from pathlib import Path

import nbformat
import pytest

from microlib.running import exports
from microlib.running.exporting import documents, manuscripts, prints, workbooks
from microlib.running.jobs import Job

ROOT = Path(__file__).resolve().parents[3]


def check_equal(document, page, folder, read):
    """Write the three formats of a document and compare each with its page."""
    tables = read.page(page)
    assert tables
    check_word(manuscripts.write_manuscript(document, folder / "r.docx"), tables, read)
    check_sheets(workbooks.write_workbook(document, folder / "r.xlsx"), tables, read)
    check_print(prints.write_print(document, folder / "r.pdf"), document, tables, read)


def check_word(path, tables, read):
    held = read.word(path)
    for caption, rows in tables:
        assert rows in held, caption


def check_sheets(path, tables, read):
    sheets = read.sheets(path)
    for caption, rows in tables:
        told = [read.numbers("  ".join(row)) for row in rows[1:]]
        assert [read.numbers("  ".join(row)) for row in sheets[caption]][: len(told)] == told, caption


def check_print(path, document, tables, read):
    text = read.text(path)
    printed, said = Counter(read.numbers(text)), Counter(read.numbers(document.text))
    assert not said - printed
    told = "".join("".join(cell) for _, rows in tables for row in rows for cell in row)
    assert not set("".join(prints.drawable(told).split())) - set(text)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_small_report_says_the_same_numbers_in_every_format(small, read, lang, tmp_path):
    made = small(lang)
    check_equal(made.document, made.page, tmp_path, read)


def test_a_small_report_says_the_same_numbers_in_both_languages(small, read):
    zh, en = (read.page(small(lang).page) for lang in ("zh", "en"))
    for (_, one), (_, other) in zip(zh, en, strict=True):
        assert [read.numbers(" ".join(row)) for row in one[1:]] == [read.numbers(" ".join(row)) for row in other[1:]]


@pytest.fixture(scope="module")
def demo(demo_home, tmp_path_factory):
    """The segment report of the smallest demo branch, run once in each language."""
    import papermill

    found = {}
    source = ROOT / "notebooks" / "reports" / "2_segment_analysis.ipynb"
    for lang in ("zh", "en"):
        out = tmp_path_factory.mktemp(lang)
        given = {"home": str(demo_home), "branch": "0995", "as_of": "2026-06-30", "lang": lang, "out": str(out)}
        notebook = papermill.execute_notebook(
            source, None, parameters=given, kernel_name="python3", language="python", progress_bar=False
        )
        job = Job(source, home=demo_home, as_of="2026-06-30", branch="0995", lang=lang, is_synthetic=True)
        found[lang] = (nbformat.from_dict(notebook), job, out)
    return found


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_demo_report_says_the_same_numbers_in_every_format(demo, read, lang):
    notebook, job, out = demo[lang]
    document = documents.read_document(notebook, job=job, results=out / "results")
    check_equal(document, exports.report_page(notebook, job=job), out, read)


def test_a_demo_report_keeps_the_same_results_in_both_languages(demo):
    zh, en = (demo[lang][2] / "results" for lang in ("zh", "en"))
    names = sorted(path.name for path in zh.iterdir())
    assert names == sorted(path.name for path in en.iterdir())
    assert [name for name in names if (zh / name).read_bytes() != (en / name).read_bytes()] == []
