"""The formats that a job wants stand beside its page; the scan reads them; the command line names them."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from microlib.cli import report
from microlib.running import run as running
from microlib.running.execute import run_job
from microlib.running.exporting import manuscripts, workbooks
from microlib.running.jobs import Job, Run
from microlib.running.privacy.identifiers import find_identifiers
from microlib.running.privacy.outputs import passages_of

NOTEBOOK = Path(__file__).parent.parent / "notebooks" / "tiny_report.ipynb"


def found(path):
    return [each for _, text in passages_of(path.name, path.read_bytes()) for each in find_identifiers(text)]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """One report in every format, made for real once."""
    formats = ("xlsx", "docx", "pdf")
    job = Job(NOTEBOOK, home=tmp_path_factory.mktemp("home"), as_of="2026-06-30", branch="0755", formats=formats)
    return run_job(job)


def test_every_format_stands_beside_the_page(made):
    assert made.error == ""
    assert all(path.is_file() for path in made.job.papers)
    assert [path.suffix for path in made.job.papers] == [".html", ".xlsx", ".docx", ".pdf"]


def test_a_table_that_only_the_page_holds_has_a_sheet_of_its_own(made, read):
    assert list(read.sheets(made.job.folder / "tiny_report.xlsx").values()) == [[["100.0"]]]


def test_the_outcome_knows_every_file(made):
    assert {path.name for path in made.job.papers} <= set(made.files)


@pytest.mark.parametrize("write, ending", [(workbooks.write_workbook, "xlsx"), (manuscripts.write_manuscript, "docx")])
def test_office_files_are_read_by_the_scan(write, ending, small, tmp_path):
    clean, leaky = small(), small(name="支行 13800138000")
    assert not found(write(clean.document, tmp_path / f"clean.{ending}"))
    assert found(write(leaky.document, tmp_path / f"leaky.{ending}"))


def asked(monkeypatch, *words):
    """Return the formats of the options that a command line becomes."""
    seen = {}
    monkeypatch.setattr("microlib.running.plan.plan_reports", lambda home, options: seen.setdefault("it", options))
    monkeypatch.setattr("microlib.homes.Home.bank", NOTEBOOK)
    monkeypatch.setattr(running, "run_reports", lambda *_, **__: Run(Path(), ()))
    CliRunner().invoke(report.report, [*words], catch_exceptions=False)
    return seen["it"].formats


@pytest.mark.parametrize("words, formats", [
    ((), ()),
    (("--format", "html", "--format", "xlsx"), ("xlsx",)),
    (("--format", "pdf", "--format", "docx"), ("docx", "pdf")),
    (("--format", "all"), ("xlsx", "docx", "pdf")),
])  # fmt: skip
def test_formats_are_named_on_the_command_line(monkeypatch, words, formats):
    assert asked(monkeypatch, *words) == formats
