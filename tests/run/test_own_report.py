"""A report of one's own: written, reworded and run for branches, languages and formats, the package untouched."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from docx import Document

from microlib.bank.ingest.load import load_frames
from microlib.errors import BadConfig
from microlib.home import Home
from microlib.report.words import own_words
from microlib.run.jobs import RunOptions
from microlib.run.notebooks import write_own_report
from microlib.run.plan import plan_reports
from microlib.run.run import check_complete, run_reports

AS_OF = date(2026, 6, 30)
NAME = "9_green_loans"


def banked(folder: Path) -> Path:
    """A bank of two branches: three green loans in one, no loan at all in the other."""
    codes = ["D4416", "D4416", "N7721", "F5174", None]
    loans = pd.DataFrame({"loan_id": [f"L{number}" for number in range(5)], "use_industry_code": codes})
    loans = loans.assign(customer_id="C1", branch_id="0755", yearly_rate=0.05, overdue_days=0, status="normal")
    loans = loans.assign(amount_yuan=100_000.0, balance_yuan=[60_000.0, 40_000.0, 50_000.0, 70_000.0, 30_000.0])
    days = {"disbursed_date": pd.Timestamp("2025-07-01"), "maturity_date": pd.Timestamp("2026-09-01")}
    frames = {
        "branches": pd.DataFrame({"branch_id": ["0755", "0021"], "name": ["示例支行", "示例江畔支行"]}),
        "customers": pd.DataFrame({"customer_id": ["C1"], "branch_id": ["0755"], "kind": ["company"]}),
        "loans": loans.assign(**days, purpose=["turnover"] * 3 + ["equipment"] * 2),
    }
    load_frames(folder, frames, as_of=AS_OF, name="june.xlsx", synthetic=True)
    return folder


def told_by(page: Path) -> dict[str, list[str]]:
    """The blocks of code of a page, by language."""
    found: dict[str, list[str]] = {}
    for language, block in re.findall(r"```(\w+)\n(.*?)```", page.read_text(encoding="utf8"), re.S):
        found.setdefault(language, []).append(block)
    return found


def made(folder: Path, root: Path) -> Path:
    """Follow docs/own_report.md from the skeleton to all papers; return the folder of the date."""
    home, told = Home(banked(folder)), told_by(root / "docs" / "own_report.md")
    notebook, words = write_own_report(home, NAME)
    cells = json.loads(notebook.read_text(encoding="utf8"))
    sources = {"def ": told["python"][0], "report.page": told["python"][1]}
    for place, cell in reversed(list(enumerate(cells["cells"]))):
        mark = next((mark for mark in sources if "".join(cell["source"]).startswith(mark)), None)
        if cell["cell_type"] == "code" and mark:
            cell["source"] = sources[mark]
        if mark == "report.page":
            cells["cells"].insert(place + 1, {**cell, "id": "more", "source": told["python"][2]})
    notebook.write_text(json.dumps(cells), encoding="utf8")
    words.write_text(told["toml"][0], encoding="utf8")
    options = RunOptions(notebooks=(NAME,), langs=("zh", "en"), formats=("xlsx", "docx"), workers=1)
    run = run_reports(plan_reports(home, options))
    check_complete(run)
    return run.folder


def read(page: Path) -> str:
    """A page's text, a number's unit parted from it by any blank."""
    return page.read_text(encoding="utf8").replace("\xa0", " ")


@pytest.fixture(scope="module")
def reports(once, root: Path) -> Path:
    """The folder of the worked example's reports."""
    return once("own_report", lambda folder: made(folder, root))


def test_both_pages_of_the_guide_show_the_same_code(root):
    assert told_by(root / "docs" / "own_report.md") == told_by(root / "docs" / "own_report.zh-CN.md")


@pytest.mark.parametrize(
    ("lang", "said", "heads"),
    [
        ("zh", "绿色贷款 3 笔，15.0 万元，占本行余额 60.0 %", ["行业", "绿色贷款（笔）", "绿色贷款余额（万元）"]),
        (
            "en",
            "3 green loans, 15.0 wan yuan, 60.0 % of the book",
            ["trade", "green (loans)", "green balance (wan yuan)"],
        ),
    ],
)
def test_the_worked_example_speaks_one_language_on_page_in_word_and_in_excel(reports, lang, said, heads):
    folder = reports / "0755" / NAME / lang
    page = read(folder / f"{NAME}.html")
    assert said in page and all(f">{head}</th>" in page for head in heads)
    word = "\n".join(each.text for each in Document(folder / f"{NAME}.docx").paragraphs)
    assert said in word.replace("\xa0", " ")
    leaf = openpyxl.load_workbook(folder / f"{NAME}.xlsx").worksheets[-1]
    rows = [list(row) for row in leaf.iter_rows(values_only=True)]
    top = rows.index(heads)
    solar = {"zh": "太阳能发电", "en": "solar power"}[lang]
    assert rows[top + 1] == [solar, 2, 10.0] and leaf.cell(top + 2, 3).number_format == "#,##0.0"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_branch_without_a_loan_is_told_which_table_it_lacks(reports, lang):
    said = {"zh": "借据（loans）", "en": "not computed: needs table loans (loans) → Green loans, Green trades"}[lang]
    assert said in read(reports / "0021" / NAME / lang / f"{NAME}.html")


def test_the_skeleton_runs_as_it_is_and_is_written_once(tmp_path, shared_zygote):
    home = Home(banked(tmp_path))
    write_own_report(home, "mine")
    run = run_reports(plan_reports(home, RunOptions(notebooks=("mine",), branches=("0755",), langs=("en",), workers=1)))
    check_complete(run)
    (page,) = run.pages
    assert "Most is lent for turnover: 3 loans, 15.0 wan yuan, 60.0 % of the book" in read(page)
    with pytest.raises(BadConfig, match="there is a report mine already"):
        write_own_report(home, "mine")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Green", "cannot be a report's name"),
        ("../x", "cannot be a report's name"),
        ("2_segment_analysis", "there is a report 2_segment_analysis already"),
        ("warnings", "warnings is a page of the package's own"),
    ],
)
def test_a_name_that_cannot_be_one_is_refused_and_nothing_is_written(tmp_path, name, said):
    with pytest.raises(BadConfig, match=said):
        write_own_report(Home(tmp_path), name)
    assert not list(tmp_path.iterdir())


def test_words_of_a_home_that_stand_twice_or_lack_a_language_are_refused_with_their_file(tmp_path):
    folder = tmp_path / "data" / "words"
    folder.mkdir(parents=True)
    (folder / "a.toml").write_text('[page]\ncaption = { zh = "甲", en = "a" }\n', encoding="utf8")
    assert own_words(Home(tmp_path)).pages["page"].is_table
    (folder / "b.toml").write_text('[page]\ncaption = { zh = "乙", en = "b" }\n', encoding="utf8")
    with pytest.raises(BadConfig, match="the words for page stand in a.toml too\n  where: b.toml"):
        own_words(Home(tmp_path))
    (folder / "b.toml").write_text('[columns]\nrate = { zh = "率" }\n', encoding="utf8")
    with pytest.raises(BadConfig, match="rate lacks a language\n  where: b.toml"):
        own_words(Home(tmp_path))
