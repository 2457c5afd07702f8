"""A lab stands on the user's own copies of the notebooks, and finds the warm kernel wherever it may write."""

import json
import stat
import sys
from pathlib import Path

import pytest

from microlib.errors import BadConfig
from microlib.home import Home, shipped_notebooks
from microlib.run import lab
from microlib.run.lab import copy_notebooks, kernel_paths, open_lab


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


def test_jupyterlab_is_run_in_the_home(tmp_path, monkeypatch):
    program = tmp_path / "stand_in"
    program.write_text(
        f"#!{sys.executable}\nimport os, sys\nprint(sys.argv[1:], file=open('told', 'w'))\nsys.exit(7)\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr(lab.sys, "executable", str(program))
    (tmp_path / "bank").mkdir()
    assert open_lab(Home(tmp_path / "bank"), ["--no-browser"]) == 7
    assert (tmp_path / "bank" / "told").read_text().strip() == "['-m', 'jupyterlab', '--no-browser']"
