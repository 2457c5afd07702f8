"""A report opens in a real browser, offline: no request leaves, nothing is logged as an error, Chinese is drawn."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from microlib.running import exports
from microlib.running.jobs import Job

pytestmark = pytest.mark.system
NOTEBOOK = Path(__file__).parent / "notebooks" / "tiny_report.ipynb"
QUIET = [
    *["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
    *["--disable-background-networking", "--disable-component-update", "--enable-logging=stderr"],
]


@pytest.fixture(scope="module")
def chromium() -> str:
    """The browser that `make system` installs."""
    found = shutil.which("chromium")
    if found is None:
        sentence = "chromium is not installed: run `make system`"
        pytest.fail(sentence) if os.environ.get("CI") else pytest.skip(sentence)
    return found


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a tiny notebook, not run."""
    import nbformat

    folder = tmp_path_factory.mktemp("page")
    job = Job(NOTEBOOK, home=folder, as_of="2026-06-30", branch="0755", branch_name="示例支行", is_synthetic=True)
    path = folder / "report.html"
    path.write_text(exports.report_page(nbformat.read(NOTEBOOK, as_version=4), job=job), encoding="utf8")
    return path


def _seen(chromium: str, page: Path, *flags: str) -> subprocess.CompletedProcess:
    profile = f"--user-data-dir={page.parent / 'profile'}"
    command = [chromium, *QUIET, profile, *flags, page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_the_browser_logs_no_error(chromium: str, page: Path) -> None:
    run = _seen(chromium, page, "--dump-dom")
    assert "示例支行" in run.stdout
    assert not [line for line in run.stderr.splitlines() if "CONSOLE" in line]


def test_the_page_asks_for_nothing_outside_itself(page: Path) -> None:
    html = page.read_text(encoding="utf8")
    assert not re.findall(r"""(?:src|href)=["'](?!#|data:)[^"']+|@import|url\((?!["']?data:)""", html)


def test_the_page_is_drawn(chromium: str, page: Path) -> None:
    picture = page.parent / "page.png"
    _seen(chromium, page, f"--screenshot={picture}", "--window-size=900,1200")
    from matplotlib.image import imread

    assert imread(picture).std() > 0.05
