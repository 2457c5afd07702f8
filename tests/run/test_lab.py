"""A lab stands on the user's own copies of the notebooks, and finds the warm kernel wherever it may write."""

import http.client
import json
import os
import re
import select
import signal
import socket
import stat
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from tornado.web import HTTPError

from microlib.errors import BadConfig
from microlib.home import Home, shipped_notebooks
from microlib.run import lab
from microlib.run.lab import OWN_ALONE, DeskContents, copy_notebooks, kernel_paths, open_lab, start_page


def test_notebooks_are_copied_once_and_never_written_over(tmp_path):
    home = Home(tmp_path)
    mine = tmp_path / "notebooks" / "explore" / "what_if.ipynb"
    mine.parent.mkdir(parents=True)
    mine.write_text("my work")
    made = copy_notebooks(home)
    assert len(made) == len(list(shipped_notebooks().glob("*/*.ipynb"))) - 1
    assert mine.read_text() == "my work" and copy_notebooks(home) == []
    assert all(path.stat().st_mode & stat.S_IWUSR for path in made)


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "notebooks").write_text("a file")
    with pytest.raises(BadConfig, match="notebooks cannot be written"):
        copy_notebooks(Home(tmp_path))


def test_the_warm_kernel_is_written_where_none_is_installed(tmp_path, monkeypatch):
    monkeypatch.setattr(lab.KernelSpecManager, "find_kernel_specs", lambda self: {"python3": ""})
    paths = kernel_paths(Home(tmp_path))
    written = Path(paths["JUPYTER_PATH"].split(":")[0]) / "kernels" / "microlib" / "kernel.json"
    assert json.loads(written.read_text())["metadata"]["kernel_provisioner"]["provisioner_name"] == "microlib-warm"
    monkeypatch.setattr(lab.KernelSpecManager, "find_kernel_specs", lambda self: {"microlib": ""})
    assert kernel_paths(Home(tmp_path)) == {}


def _saved(contents, path, notebook):
    return contents.save({"type": "notebook", "format": "json", "content": notebook}, path)


@pytest.fixture
def worked():
    """A notebook in which somebody worked."""
    output = {"output_type": "stream", "name": "stdout", "text": "余额 12 万元"}
    cell = {"cell_type": "code", "source": "1", "id": "a", "outputs": [output], "execution_count": 3, "metadata": {}}
    return {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@pytest.mark.parametrize("is_synthetic", [True, False])
def test_figures_of_a_bank_are_not_saved_and_synthetic_ones_are(tmp_path, monkeypatch, worked, is_synthetic):
    monkeypatch.setattr(DeskContents, "_is_synthetic", lambda self: is_synthetic)
    _saved(DeskContents(root_dir=str(tmp_path)), "mine.ipynb", worked)
    assert ("12 万元" in (tmp_path / "mine.ipynb").read_text("utf-8")) == is_synthetic
    assert all("12 万元" not in path.read_text("utf-8") for path in tmp_path.rglob("*.ipynb") if not is_synthetic)


def test_the_demo_bank_is_synthetic_and_a_folder_without_a_bank_has_nothing_to_tell(demo_home, tmp_path):
    assert DeskContents(root_dir=str(demo_home))._is_synthetic()
    assert DeskContents(root_dir=str(tmp_path))._is_synthetic()


def test_a_change_to_productions_notebook_is_kept_as_a_working_copy(tmp_path, worked):
    copy_notebooks(Home(tmp_path))
    shipped = tmp_path / "notebooks" / "production" / "3_risk_review.ipynb"
    before = shipped.read_bytes()
    with pytest.raises(HTTPError, match="working copy: notebooks/drafts"):
        _saved(DeskContents(root_dir=str(tmp_path)), "notebooks/production/3_risk_review.ipynb", worked)
    assert shipped.read_bytes() == before
    assert (tmp_path / "notebooks" / "drafts" / "3_risk_review.ipynb").is_file()


@pytest.mark.parametrize(("lang", "other"), [("zh", "en"), ("en", "zh")])
def test_a_copy_speaks_one_language_and_opens_on_the_warm_kernel(tmp_path, lang, other):
    copy_notebooks(Home(tmp_path), lang=lang)
    notebook = json.loads((tmp_path / "notebooks" / "explore" / "what_if.ipynb").read_text("utf-8"))
    tags = {tag for cell in notebook["cells"] for tag in cell["metadata"].get("tags", [])}
    assert lang in tags and other not in tags
    assert f'lang = "{lang}"' in "".join("".join(cell["source"]) for cell in notebook["cells"])
    assert notebook["metadata"]["kernelspec"]["name"] == "microlib"


def test_the_start_page_leads_everywhere(demo_home, tmp_path):
    (tmp_path / "data").symlink_to(demo_home / "data")
    copy_notebooks(Home(tmp_path))
    page = start_page(Home(tmp_path), lang="zh")
    links = re.findall(r"\]\(([^)]+)\)", page)
    assert links and all((tmp_path / "notebooks" / link).is_file() for link in links)
    assert {"0755", "合成数据", "cookbook"} <= {word for word in ("0755", "合成数据", "cookbook") if word in page}
    assert "begin with everyday questions" in start_page(Home(tmp_path), lang="en")


def test_jupyterlab_is_run_in_the_home(tmp_path, monkeypatch):
    program = tmp_path / "stand_in"
    program.write_text(
        f"#!{sys.executable}\nimport os, sys\nprint(sys.argv[1:], file=open('told', 'w'))\nsys.exit(7)\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr(lab.sys, "executable", str(program))
    (tmp_path / "bank").mkdir()
    assert open_lab(Home(tmp_path / "bank"), ["--no-browser"]) == 7
    assert (tmp_path / "bank" / "told").read_text().strip() == "['-P', '-m', 'jupyterlab', '--no-browser']"


def planted(home: Path) -> Path:
    """Put programs into a home that libraries might take for theirs, or for settings; return what they would write."""
    pwned = home / "pwned"
    settings = ("jupyter_config.py", "jupyter_server_config.py", "jupyter_lab_config.py", "voila.py")
    for place in (home, home / "notebooks" / ".lab" / "config"):
        place.mkdir(parents=True, exist_ok=True)
        for name in settings if place != home else (*settings, "tornado.py", "json.py", "sitecustomize.py"):
            (place / name).write_text(f"open({str(pwned)!r}, 'a').write(__file__ + '\\n')\n")
    spec = home / "notebooks" / ".lab" / "share" / "jupyter" / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(json.dumps({"argv": ["touch", str(pwned)], "display_name": "x", "language": "python"}))
    return pwned


def test_settings_and_kernels_that_came_with_a_home_are_not_the_lab_s(tmp_path):
    planted(tmp_path)
    paths = lab.lab_variables(Home(tmp_path))
    own = tmp_path / "notebooks" / ".lab"
    assert {path.suffix for path in own.rglob("*") if path.is_file()} == {".json"}
    assert not list(own.rglob("python3")) and paths["JUPYTER_CONFIG_PATH"].startswith(str(own / "config"))


@pytest.mark.parametrize(("opened", "number"), [("open_lab", signal.SIGKILL), ("open_what_if", signal.SIGHUP)])
def test_a_server_does_not_outlive_its_command_however_that_ends(tmp_path, opened, number):
    program, home = tmp_path / "stand_in", tmp_path / "bank"
    program.write_text(f"#!{sys.executable}\nimport os, time\nprint(os.getpid(), flush=True)\ntime.sleep(1000)\n")
    program.chmod(0o755)
    home.mkdir()
    code = "import sys; from pathlib import Path; from microlib.home import Home; from microlib.run import lab; "
    code += f"lab.sys.executable = sys.argv[1]; lab.{opened}(Home(Path(sys.argv[2])))"
    command = subprocess.Popen([sys.executable, "-c", code, program, home], stdout=subprocess.PIPE, text=True)
    try:
        handle = os.pidfd_open(int(command.stdout.readline()))
        command.send_signal(number)
        assert command.wait(240) == (-number if number == signal.SIGKILL else 128 + number)
    finally:
        command.kill()
        command.stdout.close()
    assert select.select([handle], [], [], 240)[0] == [handle]
    os.close(handle)


def test_the_what_if_page_is_for_this_computer_behind_a_token_asks_nobody_else_and_ends_with_its_command(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told, words = tmp_path / "told", ["--home", str(tmp_path / "bank"), "--", "--no-browser", f"--port={port}"]
    pwned = planted(tmp_path / "bank")
    with told.open("w") as said:
        command = [sys.executable, "-P", "-m", "microlib", "what-if", *words]
        server = subprocess.Popen(command, stderr=said, stdout=said, start_new_session=True)
    try:
        found = None
        for _ in range(600):
            found = re.search(rf"http://127\.0\.0\.1:{port}/\?token=\w{{40,}}", told.read_text())
            if found or server.poll() is not None:
                break
            time.sleep(0.1)
        assert found, told.read_text()
        asked = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for page in ("/", "/api/kernels", "/voila/files/what_if.ipynb"):
            asked.request("GET", page)
            answer = asked.getresponse()
            answer.read()
            assert answer.status in (302, 403), page
            assert page != "/" or answer.headers["Content-Security-Policy"] == OWN_ALONE
        server.terminate()
        assert server.wait(60) == 128 + signal.SIGTERM
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", port), timeout=5)
        assert not pwned.exists(), pwned.read_text()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
