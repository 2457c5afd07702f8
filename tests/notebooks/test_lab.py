"""The what-if notebook in a real JupyterLab: it opens, runs, and a slider moves table and figure."""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]
ROOT = Path(__file__).resolve().parents[2]
HANDLE = ".widget-hslider .noUi-handle"
IDLE = "!!document.querySelector('.jp-Notebook-ExecutionIndicator[data-status=idle]')"
PICTURE = "(document.querySelector('img.widget-image') || {}).src"


@pytest.fixture
def lab(tmp_path):
    """A JupyterLab on a copy of the notebook; the bank and the terms are the shipped ones."""
    place = tmp_path / "notebooks" / "explore" / "what_if.ipynb"
    place.parent.mkdir(parents=True)
    shutil.copy(ROOT / "notebooks" / "explore" / place.name, place)
    (tmp_path / "data").symlink_to(ROOT / "data")
    words = ["lab", "--no-browser", "--allow-root", "--expose-app-in-browser", "--ServerApp.port=0"]
    words += [f"--ServerApp.root_dir={tmp_path}", "--IdentityProvider.token=", "--LabApp.news_url=None"]
    own = {"JUPYTER_RUNTIME_DIR": "run", "JUPYTER_CONFIG_DIR": "config", "JUPYTERLAB_SETTINGS_DIR": "settings"}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    here = {**os.environ, "PATH": path, **{name: str(tmp_path / folder) for name, folder in own.items()}}
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyter", *words], env=here, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    try:
        yield f"{_address(tmp_path / 'run', server)}lab/tree/notebooks/explore/what_if.ipynb?reset"
    finally:
        server.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.wait(60)
        server.kill()
        server.wait(60)


def _address(folder: Path, server: subprocess.Popen, seconds: float = 480) -> str:
    """Return where the server answers: its file can stand there half written, and before it listens."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        for path in folder.glob("jpserver-*.json"):
            with suppress(json.JSONDecodeError, ConnectionError, urllib.error.URLError):
                url = json.loads(path.read_text())["url"]
                with urllib.request.urlopen(f"{url}api", timeout=240):
                    return url
        time.sleep(0.2)
    raise TimeoutError("JupyterLab did not start")


def _run_all(tab, *, steady: int = 40) -> None:
    """Run the notebook once its kernel listens: it says idle before it is connected, then not, then for good."""
    seen, end = 0, time.monotonic() + 240
    while seen < steady and time.monotonic() < end:
        seen = seen + 1 if tab.run(IDLE) else 0
        time.sleep(0.1)
    tab.run("(window.jupyterapp.commands.execute('notebook:run-all-cells'), true)")


def test_a_slider_moves_the_figure_in_jupyterlab(lab, tab, tmp_path):
    tab.resize(1200, 1400)
    tab.open(lab)
    tab.wait("!!(window.jupyterapp && document.querySelector('.jp-Notebook .jp-Cell'))", seconds=240)
    _run_all(tab)
    before = tab.wait(PICTURE, seconds=240)
    tab.run(f"document.querySelector('{HANDLE}').scrollIntoView(); document.querySelector('{HANDLE}').focus()")
    for _ in range(3):
        tab.press("ArrowRight")
    tab.wait(f"!!{PICTURE} && {PICTURE} !== {json.dumps(before)}", seconds=240)
    shown = tab.run("[...document.querySelectorAll('.widget-html-content')].map(each => each.innerText).join()")
    assert "试算" in shown
    tab.picture(tmp_path / "what_if.png", whole=False)
