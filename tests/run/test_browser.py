"""A report opens in a real browser, offline: no request leaves, nothing is logged as an error, Chinese is drawn."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from microlib.run.export.html import report_page
from microlib.run.jobs import Job

pytestmark = pytest.mark.system
NOTEBOOK = Path(__file__).parent / "notebooks" / "tiny_report.ipynb"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a tiny notebook, not run."""
    folder = tmp_path_factory.mktemp("page")
    job = Job(NOTEBOOK, home=folder, as_of="2026-06-30", branch="0755", branch_name="示例支行", is_synthetic=True)
    path = folder / "report.html"
    path.write_text(report_page(nbformat.read(NOTEBOOK, as_version=4), job=job), encoding="utf8")
    return path


def test_it_opens_without_a_network_and_without_an_error(tab, page) -> None:
    tab.cut_off()
    tab.open(page.as_uri())
    assert "示例支行" in tab.run("document.body.innerText")
    assert tab.errors == []
    assert [url for url in tab.requests if not url.startswith(("data:", "file:"))] == []


def test_the_font_inside_draws_chinese(tab, page) -> None:
    tab.open(page.as_uri())
    assert tab.run("document.fonts.ready.then(() => document.fonts.check('16px \"Noto Sans SC\"', '示例支行'))")
    assert tab.run("[...document.fonts].map(f => f.status)") == ["loaded"]


def test_its_text_has_enough_contrast(tab, page, faint_texts) -> None:
    tab.open(page.as_uri())
    assert faint_texts(tab) == []


@pytest.mark.parametrize("width", [390, 1100])
def test_nothing_is_cut_off_at_the_side(tab, page, width) -> None:
    tab.resize(width, phone=width < 500)
    tab.open(page.as_uri())
    assert tab.run("document.documentElement.scrollWidth") <= width
