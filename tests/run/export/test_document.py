"""A page read into blocks: looks, lists, tables, figures, and text that any document can hold.

The formats that a job wants stand beside its page; the scan reads them; the command line names them.
A report with a list for head office and a sheet for a market, run for real: each stands where it may.
"""

from __future__ import annotations

import re
from pathlib import Path

import docx
import openpyxl
import pypdf
import pytest
from click.testing import CliRunner
from lxml import html

from microlib.cli.report import report
from microlib.identifiers import find_identifiers
from microlib.run import run
from microlib.run.execute import run_job
from microlib.run.export.document import read_blocks
from microlib.run.export.docx import write_docx
from microlib.run.export.xlsx import write_workbook
from microlib.run.jobs import Job, Run, RunOptions
from microlib.run.plan import plan_reports
from microlib.run.privacy import passages_of
from microlib.run.run import check_complete, run_reports


def kinds(page):
    return [(block.kind, block.style, block.text) for block in read_blocks(page)]


def test_prose_keeps_its_looks():
    (block,) = read_blocks("<p>甲 <b>乙</b> <code>丙</code></p>")
    assert [(run.text.strip(), run.look) for run in block.runs if run.text.strip()] == [
        ("甲", "plain"),
        ("乙", "strong"),
        ("丙", "code"),
    ]


def test_lists_are_marked_and_numbered():
    page = "<ol><li>a</li><li><p>b</p></li></ol><ul><li>c<ul><li>d</li></ul></li></ul>"
    found = read_blocks(page)
    assert [(block.text, block.level) for block in found] == [("1. a", 1), ("2. b", 1), ("• c", 1), ("• d", 2)]


def test_boxes_and_cards_keep_their_style():
    page = '<div class="wb-missing">缺表</div><div class="wb-decision wb-stop"><b>停</b><div>理由</div></div>'
    assert kinds(page) == [
        ("paragraph", "missing", "缺表"),
        ("paragraph", "stop", "停"),
        ("paragraph", "stop", "理由"),
    ]


def test_a_table_keeps_caption_cells_and_sides():
    head = '<th style="text-align:left">a</th><th style="text-align:right">b</th>'
    body = "<tbody><tr><td>x</td><td>1</td></tr></tbody>"
    page = f"<table><caption>题</caption><thead><tr>{head}</tr></thead>{body}</table>"
    (block,) = read_blocks(page)
    assert (block.text, block.rows, block.right) == ("题", (("a", "b"), ("x", "1")), (False, True))


def test_a_figure_keeps_picture_and_words():
    (block,) = read_blocks('<figure><img alt="图" src="data:image/png;base64,AAAA"></figure>')
    assert (block.kind, block.text, block.png) == ("figure", "图", b"\x00\x00\x00")


def test_lines_of_plain_text_are_paragraphs():
    assert kinds("<pre>a\n  b</pre>") == [("paragraph", "", "a"), ("paragraph", "", "b")]


def test_no_text_is_lost():
    page = "<section><p>a</p>b<div>c<p>d</p>e</div></section>f"
    assert "".join(text for _, _, text in kinds(page)) == "abcdef"


NOTEBOOK = Path(__file__).parent.parent / "notebooks" / "tiny_report.ipynb"


def found(path):
    return [each for _, text in passages_of(path.name, path.read_bytes()) for each in find_identifiers(text)]


@pytest.fixture(scope="module")
def paper_made(tmp_path_factory):
    """One report in every format, made for real once."""
    formats = ("xlsx", "docx", "pdf")
    job = Job(NOTEBOOK, home=tmp_path_factory.mktemp("home"), as_of="2026-06-30", branch="0755", formats=formats)
    return run_job(job)


def test_every_format_stands_beside_the_page(paper_made):
    assert paper_made.error == ""
    assert all(path.is_file() for path in paper_made.job.papers)
    assert [path.suffix for path in paper_made.job.papers] == [".html", ".xlsx", ".docx", ".pdf"]


def test_a_table_that_only_the_page_holds_has_a_sheet_of_its_own(paper_made, read):
    assert list(read.sheets(paper_made.job.folder / "tiny_report.xlsx").values()) == [[["100.0"]]]


def test_the_outcome_knows_every_file(paper_made):
    assert {path.name for path in paper_made.job.papers} <= set(paper_made.files)


@pytest.mark.parametrize("write, ending", [(write_workbook, "xlsx"), (write_docx, "docx")])
def test_office_files_are_read_by_the_scan(write, ending, small, tmp_path):
    clean, leaky = small(), small(name="支行 13800138000")
    assert not found(write(clean.document, tmp_path / f"clean.{ending}"))
    assert found(write(leaky.document, tmp_path / f"leaky.{ending}"))


def asked(monkeypatch, *words):
    """Return the formats of the options that a command line becomes."""
    seen = {}
    monkeypatch.setattr("microlib.run.plan.plan_reports", lambda home, options: seen.setdefault("it", options))
    monkeypatch.setattr("microlib.home.Home.bank", NOTEBOOK)
    monkeypatch.setattr(run, "run_reports", lambda *_, **__: Run(Path(), ()))
    CliRunner().invoke(report, [*words], catch_exceptions=False)
    return seen["it"].formats


@pytest.mark.parametrize("words, formats", [
    ((), ()),
    (("--format", "html", "--format", "xlsx"), ("xlsx",)),
    (("--format", "pdf", "--format", "docx"), ("docx", "pdf")),
    (("--format", "all"), ("xlsx", "docx", "pdf", "pptx")),
])  # fmt: skip
def test_formats_are_named_on_the_command_line(monkeypatch, words, formats):
    assert asked(monkeypatch, *words) == formats


FORMATS = ("xlsx", "docx", "pdf")
SECRET = re.compile(r"L-SECRET-1|77\.7|777,?000")


def said(path):
    """All text of a file, a PDF's and typed cells included."""
    text = " ".join(passage.text for passage in passages_of(path.name, path.read_bytes()))
    if path.suffix == ".pdf":
        text += " ".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
    if path.suffix == ".xlsx":
        cells = [cell.value for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for cell in row]
        text += " ".join(map(str, cells))
    return text


@pytest.fixture(scope="module")
def supplement_made(tmp_path_factory, bank_in):
    """The folder of the report."""
    notebook = str(Path(__file__).parents[1] / "notebooks" / "tiny_outlets.ipynb")
    wanted = RunOptions(notebooks=(notebook,), branches=("0755",), formats=FORMATS, workers=1)
    run = run_reports(plan_reports(bank_in(tmp_path_factory.mktemp("outlets")), wanted))
    check_complete(run)
    return run.outcomes[0].job.folder


def test_the_branch_s_files_hold_nothing_of_the_list(supplement_made):
    own = [path for path in supplement_made.rglob("*") if path.is_file() and "head-office" not in path.parts]
    assert {path.suffix for path in own} >= {".html", ".xlsx", ".docx", ".pdf", ".ipynb", ".parquet", ".json"}
    assert [path.name for path in own if SECRET.search(said(path))] == []


@pytest.mark.parametrize("kind", ["html", "xlsx", "docx", "pdf"])
def test_head_office_has_it_in_every_format(supplement_made, kind):
    assert "L-SECRET-1" in said(supplement_made / "head-office" / f"tiny_outlets.{kind}")


def test_the_list_s_parts_are_not_left_lying_about(supplement_made):
    assert list(supplement_made.rglob("parts.json")) == [] and list((supplement_made / "leaflets").glob("*.json")) == []


@pytest.mark.parametrize("kind", ["html", "docx", "pdf"])
def test_the_sheet_says_terms_and_large_counts_only(supplement_made, kind):
    path = supplement_made / "leaflets" / f"market_market_stall.{kind}"
    readers = {
        "html": lambda: html.fromstring(path.read_text()).find("body").text_content(),
        "docx": lambda: docx.Document(path).element.body.xpath("string(.)"),
        "pdf": lambda: said(path),
    }
    text = readers[kind]().replace("\u00a0", " ").replace("3 至 24", "")
    assert "50.0 万元" in text and "5.85 %" in text and "68" in text
    assert not re.search(r"(?<![\d.])(3|25|28)(?![\d.])", text)


def test_the_sheet_names_no_code_and_no_file_of_ours(supplement_made):
    text = re.sub(
        r"<style>.*?</style>", "", (supplement_made / "leaflets" / "market_market_stall.html").read_text(), flags=re.S
    )
    assert not re.search(r"0755|tiny_outlets|results/|授信结论", text) and "不构成要约" in text
