"""Folders for sockets: wherever the temporary folder is, the system takes the path of every socket below it."""

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from microlib.running import kernels
from microlib.running.warm import folders


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


LENGTHS = sorted({20, *range(folders.LONGEST_FOLDER - 2, folders.LONGEST_FOLDER + 3), *range(66, 74), 100, 200})


@pytest.mark.parametrize("length", LENGTHS)
def test_a_socket_can_be_bound_wherever_the_temporary_folder_is(temporary_folder, monkeypatch, length):
    made = temporary_folder(length)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(made))
    shared = folders.shared_folder("0123456789abcdef")
    try:
        assert _is_taken(str(shared / "zygote"))
    finally:
        folders.shutil.rmtree(shared)
    with folders.run_folder() as run:
        (run / "zygote").mkdir()
        assert _is_taken(str(run / "zygote" / "zygote"))
        assert all(_is_taken(f"{kernels.PrivateKernelManager().ip}-{number}") for number in range(1, 6))
        kernels.end_kernels()


def test_a_short_temporary_folder_is_used_and_a_long_one_passed_over(temporary_folder):
    made = temporary_folder(folders.LONGEST_FOLDER)
    assert folders.short_folder() == made
    temporary_folder(folders.LONGEST_FOLDER + 1)
    assert folders.short_folder() == Path("/tmp")


SCRIPT = """
import sys
from pathlib import Path
from microlib.homes import Home
from microlib.running import plans, runs

if __name__ == "__main__":
    plan = plans.plan_reports(Home(Path(sys.argv[1])), plans.Request(notebooks=(sys.argv[2],)))
    run = runs.run_reports(plan, workers=2)
    sys.exit(str([outcome.error for outcome in run.failed]) if run.failed else 0)
"""


def test_a_run_forks_its_kernels_though_the_temporary_folder_is_too_long(temporary_folder, home, notebooks, tmp_path):
    temporary_folder(100)
    (tmp_path / "go.py").write_text(SCRIPT)
    command = [sys.executable, tmp_path / "go.py", home.root, notebooks / "tiny_report.ipynb"]
    ended = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    assert ended.returncode == 0, ended.stderr
    assert "event=cold" not in ended.stderr
