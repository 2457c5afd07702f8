"""A report with a list for head office and a sheet for a market, run for real: each stands where it may."""

import re
from pathlib import Path

import docx
import openpyxl
import pypdf
import pytest
from lxml import html

from microlib.running.jobs import RunOptions
from microlib.running.plan import plan_reports
from microlib.running.privacy.outputs import passages_of
from microlib.running.run import check_complete, run_reports

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
def made(tmp_path_factory, bank_in):
    """The folder of the report."""
    notebook = str(Path(__file__).parents[1] / "notebooks" / "tiny_outlets.ipynb")
    wanted = RunOptions(notebooks=(notebook,), branches=("0755",), formats=FORMATS, workers=1)
    run = run_reports(plan_reports(bank_in(tmp_path_factory.mktemp("outlets")), wanted))
    check_complete(run)
    return run.outcomes[0].job.folder


def test_the_branch_s_files_hold_nothing_of_the_list(made):
    own = [path for path in made.rglob("*") if path.is_file() and "head-office" not in path.parts]
    assert {path.suffix for path in own} >= {".html", ".xlsx", ".docx", ".pdf", ".ipynb", ".parquet", ".json"}
    assert [path.name for path in own if SECRET.search(said(path))] == []


@pytest.mark.parametrize("kind", ["html", "xlsx", "docx", "pdf"])
def test_head_office_has_it_in_every_format(made, kind):
    assert "L-SECRET-1" in said(made / "head-office" / f"tiny_outlets.{kind}")


def test_the_list_s_parts_are_not_left_lying_about(made):
    assert list(made.rglob("parts.json")) == [] and list((made / "leaflets").glob("*.json")) == []


@pytest.mark.parametrize("kind", ["html", "docx", "pdf"])
def test_the_sheet_says_terms_and_large_counts_only(made, kind):
    path = made / "leaflets" / f"market_market_stall.{kind}"
    readers = {
        "html": lambda: html.fromstring(path.read_text()).find("body").text_content(),
        "docx": lambda: docx.Document(path).element.body.xpath("string(.)"),
        "pdf": lambda: said(path),
    }
    text = readers[kind]().replace("\u00a0", " ").replace("3 至 24", "")
    assert "50.0 万元" in text and "5.85 %" in text and "68" in text
    assert not re.search(r"(?<![\d.])(3|25|28)(?![\d.])", text)


def test_the_sheet_names_no_code_and_no_file_of_ours(made):
    text = re.sub(r"<style>.*?</style>", "", (made / "leaflets" / "market_market_stall.html").read_text(), flags=re.S)
    assert not re.search(r"0755|tiny_outlets|results/|授信结论", text) and "不构成要约" in text
