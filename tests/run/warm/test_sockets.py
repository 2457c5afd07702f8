"""Folders for sockets: wherever the temporary folder is, the system takes the path of every socket below it.

What is imported before a fork is what the notebooks import; a zygote of other code has another key.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from microlib.home import package_folder
from microlib.run.kernels import PrivateKernelManager, end_kernels
from microlib.run.warm import sockets
from microlib.run.warm.sockets import (
    ALWAYS,
    LONGEST_FOLDER,
    code_key,
    import_all,
    imported_by,
    run_folder,
    shared_folder,
    short_folder,
)


def _nested(above: Path, length: int) -> Path:
    """Make a folder whose path has exactly so many signs."""
    made = above / ("x" * (length - len(str(above)) - 1))
    made.mkdir(parents=True)
    return made


@pytest.fixture
def temporary_folder(monkeypatch):
    """Make a folder whose path has so many signs the temporary one."""
    with tempfile.TemporaryDirectory(prefix="m-", dir="/tmp") as above:

        def set_to(length: int) -> Path:
            made = _nested(Path(above), length)
            monkeypatch.setenv("TMPDIR", str(made))
            monkeypatch.setattr(tempfile, "tempdir", str(made))
            return made

        yield set_to


def _is_taken(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as made:
        made.bind(path)
    return os.path.exists(path)


LENGTHS = sorted({20, *range(LONGEST_FOLDER - 2, LONGEST_FOLDER + 3), *range(66, 74), 100, 200})


@pytest.mark.parametrize("length", LENGTHS)
def test_a_socket_can_be_bound_wherever_the_temporary_folder_is(temporary_folder, monkeypatch, length):
    made = temporary_folder(length)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(made))
    shared = shared_folder("0123456789abcdef")
    try:
        assert _is_taken(str(shared / "zygote"))
    finally:
        shutil.rmtree(shared)
    with run_folder() as run:
        (run / "zygote").mkdir()
        assert _is_taken(str(run / "zygote" / "zygote"))
        assert all(_is_taken(f"{PrivateKernelManager().ip}-{number}") for number in range(1, 6))
        end_kernels()


def test_a_short_temporary_folder_is_used_and_a_long_one_passed_over(temporary_folder):
    made = temporary_folder(LONGEST_FOLDER)
    assert short_folder() == made
    temporary_folder(LONGEST_FOLDER + 1)
    assert short_folder() == Path("/tmp")


SCRIPT = """
import sys
from pathlib import Path
from microlib.home import Home
from microlib.run.jobs import RunOptions
from microlib.run.plan import plan_reports
from microlib.run.run import run_reports

if __name__ == "__main__":
    run = run_reports(plan_reports(Home(Path(sys.argv[1])), RunOptions(notebooks=(sys.argv[2],), workers=2)))
    sys.exit(str([outcome.error for outcome in run.failed]) if run.failed else 0)
"""


def test_a_run_forks_its_kernels_though_the_temporary_folder_is_too_long(temporary_folder, home, notebooks, tmp_path):
    temporary_folder(100)
    (tmp_path / "go.py").write_text(SCRIPT)
    command = [sys.executable, tmp_path / "go.py", home.root, notebooks / "tiny_report.ipynb"]
    ended = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    assert ended.returncode == 0, ended.stderr
    assert "event=cold" not in ended.stderr


def notebook(path, *sources):
    cells = [{"cell_type": "code", "source": [source]} for source in sources]
    path.write_text(json.dumps({"cells": cells}))
    return path


def test_the_packages_own_modules_are_found_in_cells(tmp_path):
    path = notebook(
        tmp_path / "a.ipynb", "import pandas as pd", "from microlib.metrics import arrears, quality", "%time x"
    )
    found = imported_by([path])
    assert found == ("microlib.metrics", "microlib.metrics.arrears", "microlib.metrics.quality")


def test_what_is_no_notebook_imports_nothing(tmp_path):
    (tmp_path / "b.ipynb").write_text("{")
    assert imported_by([tmp_path / "b.ipynb", tmp_path / "c.ipynb"]) == ()


def test_a_module_that_is_not_there_is_left_to_the_notebook():
    import_all(["microlib.nowhere"])


def test_the_key_changes_with_modules_environment_and_files(tmp_path, monkeypatch):
    monkeypatch.setattr(sockets, "package_folder", lambda: tmp_path)
    keys = [code_key(["a"]), code_key(["b"])]
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    keys.append(code_key(["a"]))
    (tmp_path / "new.py").write_text("")
    keys.append(code_key(["a"]))
    assert len(set(keys)) == 4
    assert code_key(["a"]) == keys[-1]


def test_what_a_measure_imports_late_is_imported_before_the_fork():
    """Fonts are cut for pages, which no kernel writes."""
    floors = ("bank", "contracts", "stats", "metrics", "design", "report")
    paths = [path for floor in floors for path in (package_folder() / floor).rglob("*.py") if "demo" not in path.parts]
    late = {name for path in paths for name in _late(ast.parse(path.read_text(encoding="utf8")))}
    assert {name for name in late if not name.startswith("fontTools")} <= set(ALWAYS)


def _late(tree: ast.Module) -> set[str]:
    """Modules that functions import: ``from a import b`` is ``a.b`` where that is one, else ``a``."""
    bodies = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    froms = [node for body in bodies for node in ast.walk(body) if isinstance(node, ast.ImportFrom)]
    plain = [
        alias.name for body in bodies for node in ast.walk(body) if isinstance(node, ast.Import) for alias in node.names
    ]
    known = [[f"{node.module}.{alias.name}", node.module] for node in froms for alias in node.names]
    return {*plain, *(whole if whole in ALWAYS else module for whole, module in known)}
