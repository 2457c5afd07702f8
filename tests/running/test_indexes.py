"""The pages above the reports, made from manifest, facts and the bank."""

import json
import re
import shutil
from pathlib import Path

import pytest

from microlib.errors import BadConfig
from microlib.running import indexes


@pytest.fixture
def made(ran, tmp_path):
    """A copy of the reports of a run in which one notebook failed in one branch."""
    return Path(shutil.copytree(ran, tmp_path / ran.name))


def links(page):
    """Return the files that a page points to."""
    found = re.findall(r'href="([^"#]+)"', page.read_text("utf-8"))
    return [page.parent / link for link in found]


def test_it_shows_figures_failures_and_what_is_missing(made):
    page = (made / "index.html").read_text()
    assert "示例支行" in page
    assert "1.4–12.7 %" in page
    assert "KeyError: &#39;0021&#39;" in page
    assert "<code>loans</code>" in page


def test_without_loans_it_says_that_there_is_no_view_of_the_bank(made):
    assert "没有全行汇总" in (made / "index.html").read_text()


def test_every_link_of_every_page_leads_to_a_file_that_is_there(made):
    pages = [made / "index.html", *made.glob("*/index.html")]
    found = [link for page in pages for link in links(page)]
    assert len(pages) == 3 and len(found) >= 7
    assert [link for link in found if not link.is_file()] == []


def test_one_script_runs_and_its_page_says_which(made):
    page = (made / "index.html").read_text()
    assert len(re.findall("<script", page)) == 1 and "script-src 'sha256-" in page
    assert not re.search(r"<link|https?://|@import|url\((?!data:)|\son\w+=", page, re.IGNORECASE)
    assert "../&lt;script&gt;" in page


def test_it_is_rebuilt_from_what_lies_beside_it(made):
    before = (made / "index.html").read_text()
    (made / "index.html").unlink()
    assert indexes.write_index(made).read_text() == before


def test_a_report_whose_facts_are_damaged_is_still_listed(made):
    for facts in made.rglob("facts.json"):
        facts.write_text("{")
    indexes.write_index(made)
    assert "tiny_report/zh/tiny_report.html" in (made / "0755" / "index.html").read_text()


def test_a_good_report_of_an_earlier_run_is_named_as_such(made):
    manifest = json.loads((made / "manifest.json").read_text())
    manifest["reports"]["0755/tiny_report/zh"].update(status="failed", error="full")
    (made / "manifest.json").write_text(json.dumps(manifest))
    assert "仍为上一次成功的版本" in indexes.write_index(made).read_text()
    assert "仍为上一次成功的版本" in (made / "0755" / "index.html").read_text()


def test_a_branch_s_page_names_no_other_branch(made):
    page = (made / "0755" / "index.html").read_text()
    assert "0021" not in page and "script&gt;alert" not in page


def test_the_latest_date_is_taken_unless_one_is_given(tmp_path):
    for day in ("2026-05-31", "2026-06-30"):
        (tmp_path / day).mkdir()
        (tmp_path / day / "manifest.json").write_text("{}")
    assert indexes.reports_folder(tmp_path).name == "2026-06-30"


def test_without_reports_there_is_no_index(tmp_path):
    with pytest.raises(BadConfig, match="there are no reports"):
        indexes.reports_folder(tmp_path)
    with pytest.raises(BadConfig, match="no reports were run here"):
        indexes.write_index(tmp_path)
