"""Disks that are full, small, or may only be read: a real one, mounted in a namespace of the test's own."""

import json
import shutil
import subprocess
import sys

import pytest

from microlib.run.run import run_reports

MOUNT = "mount -t tmpfs -o size=4m tmpfs {reports} && exec {python} {script} {root} {notebook}"
#: runs by hand, each said in a line: what came of the report, or the refusal, and whether the first report still stands
SCRIPT = """
import pathlib, subprocess, sys
from microlib.errors import WorkbenchError
from microlib.home import Home
from microlib.run.jobs import RunOptions
from microlib.run.plan import plan_reports
from microlib.run.run import run_reports

home = Home(pathlib.Path(sys.argv[1]))
plan = plan_reports(home, RunOptions(notebooks=(sys.argv[2],), branches=("0755",), workers=1, is_warm=False))

def go(act):
    (home.root / "act").write_text(act)
    try:
        run = run_reports(plan)
        said = (run.outcomes[0].error or "made").splitlines()[0]
    except WorkbenchError as error:
        said = f"refused: {error.what}"
    kept = plan.jobs[0].page.is_file() and not list(home.reports.glob("*/*/*/.*"))
    print(said, "" if kept else "and the former report is gone, or something was left over")

go("nothing")
go("big result")
go("fill the disk")
go("nothing")
(home.reports / "ballast").unlink()
subprocess.run(["mount", "-o", "remount,ro", str(home.reports)], check=True)
go("nothing")
"""
CODE = """
act = pathlib.Path(home, "act").read_text()
if act == "big result":
    pathlib.Path(out, "big").write_bytes(bytes(8 << 20))
if act == "fill the disk":
    with open(pathlib.Path(home, "reports", "ballast"), "wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            pass
"""


def can_mount() -> bool:
    """Whether this user may mount in a namespace of its own."""
    tried = shutil.which("unshare") and subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"])
    return bool(tried) and tried.returncode == 0


@pytest.mark.skipif(not can_mount(), reason="only root may mount a small disk")
def test_full_and_read_only_disks_are_said_in_the_systems_words_and_the_last_report_stays(home, faulty, tmp_path):
    faulty(CODE)
    home.reports.mkdir()
    (tmp_path / "go.py").write_text(SCRIPT)
    places = {"reports": home.reports, "python": sys.executable, "script": tmp_path / "go.py", "root": home.root}
    command = MOUNT.format(**places, notebook=tmp_path / "faulty.ipynb")
    done = subprocess.run(["unshare", "-m", "sh", "-c", command], capture_output=True, text=True, timeout=500)
    assert done.stdout.splitlines() == [
        "made ",
        "OSError: [Errno 28] No space left on device ",
        "refused: reports cannot be written: No space left on device ",
        "refused: reports cannot be written: No space left on device ",
        "refused: reports cannot be written: Read-only file system ",
    ], done.stderr


def test_files_that_may_not_grow_are_a_failure_of_that_report_alone(faulty, shared_zygote):
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))"
    code = f"if branch == '0755': {limit}; open(out + '/x', 'wb').write(bytes(1 << 20))"
    run = run_reports(faulty(code, branches=("0755", "0021"), workers=1))
    (failed,) = run.failed
    assert failed.error.splitlines()[0] == "OSError: [Errno 27] File too large"
    assert (failed.job.branch, len(run.pages)) == ("0755", 1)
    assert json.loads((run.folder / "manifest.json").read_text())["runs"][-1]["failed_count"] == 1
