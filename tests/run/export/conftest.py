"""A small report as an executed notebook, and readers that take the numbers out of every format again."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import docx
import openpyxl
import pandas as pd
import pptx
import pypdf
import pytest
from lxml import html
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from microlib.contracts.tables import TABLES
from microlib.home import Home
from microlib.report.charts.bars import ranked_bars
from microlib.report.report import open_report
from microlib.run.export.document import read_document
from microlib.run.export.html import report_page
from microlib.run.jobs import Job, Run, RunOptions
from microlib.run.plan import plan_reports
from microlib.run.run import check_complete, run_reports

NASTY = {
    "formula": "=cmd|' /C calc'!A0",
    "script": "<script>alert(1)</script>",
    "line": "甲\n乙",
    "emoji": "铺子😀",
    "long": "长" * 200,
    "path": "../../etc/passwd",
    "markup": '#panic("x") *粗* $x$ @ref <a>',
    "plus": "+1",
    "minus": "-2+3",
    "at": "@SUM(A1)",
    "control": "a\x07b",
}
#: the demo reports of which every format is read again
BUNDLE = ("2_segment_analysis", "6_product_design")
NUMBER = re.compile(r"-?\d+(?:,\d{3})*(?:\.\d+)?")


class SmallBook:
    """Duck-typed slice of one branch."""

    branch_id, as_of, is_synthetic = "0755", dt.date(2026, 6, 30), True

    def __init__(self, name: str, frames: dict[str, pd.DataFrame]) -> None:
        self.name, self.frames = name, frames

    def has(self, table: str) -> bool:
        return table in self.frames

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.frames.get(table, pd.DataFrame(columns=TABLES[table].names))


def quality() -> pd.DataFrame:
    """Rates with bounds and counts, one of too few cases, one without bounds; amounts, days, a flag."""
    return pd.DataFrame({
        "segment": ["hospital_suppliers", "market_stalls", "chamber_members", "decorators"],
        "npl_share": [0.022, 0.5, 0.1225, 0.0004],
        "npl_share_low": [0.014, 0.1, float("nan"), 0.0],
        "npl_share_high": [0.127, 0.9, float("nan"), 0.0021],
        "npl_share_count": [1060, 3, 8, 5000],
        "balance_yuan": [12_345_678.0, 250_000.0, -1_250.0, 0.0],
        "overdue_days": [0, 31, 7, 365],
        "crossing_date": pd.to_datetime(["2026-07-03", "2026-07-25", None, "2026-07-31"]),
        "is_rankable": [True, False, True, False],
    })  # fmt: skip


def nasty_rows() -> pd.DataFrame:
    """A table whose text tries to do harm in every format."""
    return pd.DataFrame({"loan_id": list(NASTY.values()), "balance_yuan": [10_000.0 * n for n in range(len(NASTY))]})


def written_cells(lang: str, out: Path, name: str) -> list:
    """Write the small report and return its cells."""
    report = open_report(SmallBook(name, {"loans": nasty_rows()}), lang=lang, out=out)
    table = report.compute(quality)
    shown = [
        report.cover(),
        report.table("segment_quality", table),
        report.chart("loss_if_stopped", ranked_bars, table, label="segment", values=["balance_yuan"]),
        report.table("crossing_loans", report.compute(nasty_rows), columns=["loan_id", "balance_yuan"]),
    ]
    return [_cell(each) for each in shown]


def _cell(shown) -> object:
    if hasattr(shown, "png"):
        import base64

        data = {"image/png": base64.b64encode(shown.png).decode(), "text/plain": shown.alt}
    else:
        data = {"text/html": shown.page, "text/plain": shown.text}
    return new_code_cell("", outputs=[new_output("display_data", data=data)])


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., SimpleNamespace]:
    """Make the small report in a language: document, page and folder."""

    def make(lang: str = "zh", name: str = "城东支行") -> SimpleNamespace:
        out = tmp_path_factory.mktemp("report")
        prose = new_markdown_cell("# 客群质量\n\n先看**占比**，再看 `名单`。\n\n1. 第一\n2. 第二\n\n- 甲\n\n> 引文")
        notebook = new_notebook(cells=[prose, *written_cells(lang, out, name)])
        job = Job(Path("small.ipynb"), home=Path("h"), as_of="2026-06-30", branch="0755", lang=lang,
                  branch_name=name, is_synthetic=True)  # fmt: skip
        document = read_document(notebook, job=job, results=out / "results")
        return SimpleNamespace(document=document, page=report_page(notebook, job=job), out=out, job=job)

    return make


def numbers(text: str) -> list[str]:
    """Return the numbers of a text, in order."""
    return NUMBER.findall(text)


def page_tables(page: str) -> list[tuple[str, list[list[str]]]]:
    """Return caption and cells of every table of results on a page."""
    found = html.fromstring(page).xpath("//table[contains(@class, 'wb-table')]")
    return [(_said(table.find("caption")), [[_said(c) for c in row.xpath("th|td")] for row in table.iter("tr")])
            for table in found]  # fmt: skip


def _said(element) -> str:
    return " ".join(element.text_content().split()) if element is not None else ""


def word_tables(path: Path) -> list[list[list[str]]]:
    """Return the cells of every table of a Word file."""
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in docx.Document(path).tables]


def sheet_rows(path: Path) -> dict[str, list[list[str]]]:
    """Return caption -> rows of a workbook, every number written as its format says."""
    book = openpyxl.load_workbook(path)
    return {sheet["A1"].value: [[_shown(cell) for cell in row] for row in sheet.iter_rows(min_row=5)]
            for sheet in book.worksheets[1:]}  # fmt: skip


def _shown(cell) -> str:
    value, pattern = cell.value, cell.number_format
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, bool | str) or value is None:
        return value or ""
    plain = re.sub(r'"[^"]*"', "", pattern)
    decimals = len(plain.partition(".")[2].rstrip("%"))
    exact = Decimal(f"{value:.15g}") * (100 if plain.endswith("%") else 1)
    return f"{exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):,f}"


def slides(path: Path) -> list[SimpleNamespace]:
    """Return title, cells of tables, charts (names, values), other texts and notes of every slide."""
    return [_slide(each) for each in pptx.Presentation(path).slides]


def _slide(slide) -> SimpleNamespace:
    tables = [each.table for each in slide.shapes if each.has_table]
    charts = [each.chart for each in slide.shapes if each.has_chart]
    return SimpleNamespace(
        title=slide.shapes.title.text_frame.text,
        tables=[[[_unbroken(cell) for cell in row.cells] for row in table.rows] for table in tables],
        charts=[([str(name) for name in chart.plots[0].categories],
                 {each.name: list(each.values) for each in chart.plots[0].series}) for chart in charts],
        texts=[each.text_frame.text for each in slide.shapes if each.has_text_frame],
        notes=slide.notes_slide.notes_text_frame.text,
    )  # fmt: skip


def _unbroken(cell) -> str:
    return cell.text_frame.text.replace("\v", "")


@cache
def print_text(path: Path) -> str:
    """Return the text of a PDF, which is read once."""
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)


@pytest.fixture(scope="session")
def published(smallest_run: Run, once) -> dict[str, Job]:
    """Reports of the smallest demo branch in every format: report and language -> job; two of them in English too."""
    home = Home(smallest_run.outcomes[0].job.home)
    english = once("smallest_english", lambda _: _in_english(home))
    jobs = [outcome.job for run in (smallest_run, english) for outcome in run.outcomes]
    return {f"{job.report}/{job.lang}": job for job in jobs}


@pytest.fixture(scope="session")
def bundle(published: dict[str, Job]) -> dict[str, Job]:
    """Those that are made in both languages."""
    return {key: job for key, job in published.items() if job.notebook.stem in BUNDLE}


def _in_english(home: Home) -> Run:
    wanted = RunOptions(branches=("0995",), langs=("en",), formats=("xlsx", "docx", "pdf", "pptx"), notebooks=BUNDLE)
    run = run_reports(plan_reports(home, wanted))
    check_complete(run)
    return run


#: what takes the cells and numbers out of every format
READERS = SimpleNamespace(
    numbers=numbers, page=page_tables, word=word_tables, sheets=sheet_rows, text=print_text, slides=slides, nasty=NASTY
)


@pytest.fixture(scope="session")
def read() -> SimpleNamespace:
    """The readers."""
    return READERS
