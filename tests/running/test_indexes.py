"""The page above the reports, made from manifest and facts alone."""

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


def test_it_shows_figures_failures_and_what_is_missing(made):
    page = (made / "index.html").read_text()
    assert "示例支行" in page
    assert "1.4–12.7 %" in page
    assert "KeyError: &#39;0021&#39;" in page
    assert "<code>loans</code>" in page


def test_every_link_leads_to_a_file_that_is_there(made):
    links = re.findall(r'href="([^"#]+)"', (made / "index.html").read_text())
    assert len(links) == 5
    assert all((made / link).is_file() for link in links)


def test_nothing_in_it_can_act_or_fetch(made):
    page = (made / "index.html").read_text()
    assert not re.search(r"<script|<link|https?://|@import|url\((?!data:)", page, re.IGNORECASE)
    assert "../&lt;script&gt;" in page


def test_it_is_rebuilt_from_what_lies_beside_it(made):
    before = (made / "index.html").read_text()
    (made / "index.html").unlink()
    assert indexes.write_index(made).read_text() == before


def test_a_report_whose_facts_are_damaged_is_still_listed(made):
    for facts in made.rglob("facts.json"):
        facts.write_text("{")
    assert "tiny_report/zh/tiny_report.html" in indexes.write_index(made).read_text()


def test_a_good_report_of_an_earlier_run_is_named_as_such(made):
    manifest = json.loads((made / "manifest.json").read_text())
    manifest["reports"]["0755/tiny_report/zh"].update(status="failed", error="full")
    (made / "manifest.json").write_text(json.dumps(manifest))
    assert "仍为上一次成功的版本" in indexes.write_index(made).read_text()


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
