"""Whole runs: two branches for real, one failing, interrupted, into folders that cannot be written."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from multiprocessing import forkserver
from pathlib import Path

import pytest

from microlib.errors import BadConfig, WorkbenchError
from microlib.run import execute, pool
from microlib.run.jobs import Outcome, Run
from microlib.run.run import check_complete, failure_summary, run_reports
from microlib.run.worker import worker_processes

pytestmark = pytest.mark.usefixtures("shared_zygote")


def test_one_branch_failing_does_not_stop_the_other(planned):
    run = run_reports(planned("tiny_failure", workers=2))
    assert [outcome.job.branch for outcome in run.failed] == ["0021"]
    assert [page.name for page in run.pages] == ["tiny_failure.html"]
    assert run.pages[0].is_file()


def test_a_branch_s_first_report_is_made_beside_another_branch(planned):
    jobs = [replace(job, branch=branch) for branch in "abc" for job in planned().jobs[:1] * 3]
    told = ["".join(job.branch for job in pool.staggered(jobs, ahead=ahead)) for ahead in (0, 1, 5)]
    assert told == ["aaabbbccc", "abaacbbcc", "abcaabbcc"]
    assert pool.staggered([], ahead=1) == []


def test_a_summary_names_what_failed_and_what_was_kept(planned):
    summary = failure_summary(run_reports(planned("tiny_failure", workers=1)))
    assert summary.startswith("1 of 2 reports failed\n  0021/tiny_failure/zh: KeyError: '0021'")
    assert "tiny_failure.failed.ipynb" in summary


def test_successive_runs_are_merged_into_one_manifest(planned):
    run_reports(planned("tiny_report", branches=("0755",), workers=1))
    run = run_reports(planned("tiny_report", branches=("0021",), workers=1))
    manifest = json.loads((run.folder / "manifest.json").read_text())
    assert list(manifest["reports"]) == ["0021/tiny_report/zh", "0755/tiny_report/zh"]
    assert [entry["status"] for entry in manifest["runs"]] == ["ok", "ok"]


def test_a_success_takes_the_failed_notebook_away(planned):
    plan = planned("tiny_report", branches=("0755",), workers=1)
    plan.jobs[0].folder.mkdir(parents=True)
    (plan.jobs[0].folder / "tiny_report.failed.ipynb").write_text("{}")
    run = run_reports(plan)
    assert not list(run.folder.rglob("*.failed.ipynb"))


def test_a_worker_that_dies_fails_its_jobs_and_no_more(planned, monkeypatch):
    plan = planned("tiny_report", langs=("zh", "en"), workers=2)
    monkeypatch.setattr(pool, "run_in_worker", os._exit)
    run = run_reports(plan)
    assert len(run.failed) == len(plan.jobs)
    assert "the process that made it ended" in run.failed[0].error


def test_reports_that_are_a_file_are_refused_before_any_kernel_starts(planned, home, monkeypatch):
    home.reports.write_text("a file")
    monkeypatch.setattr(execute, "execute_notebook", None)
    with pytest.raises(BadConfig, match=r"reports cannot be written: Not a directory\n  where: .*reports"):
        run_reports(planned("tiny_report", workers=1))


def test_a_full_disk_is_refused_before_any_kernel_starts(planned, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(BadConfig, match="No space left on device"):
        run_reports(planned("tiny_report", workers=1))


def test_a_disk_that_fills_up_meanwhile_is_refused_in_the_systems_words(planned, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    plan = planned("tiny_report", branches=("0755",), workers=1)
    monkeypatch.setattr("microlib.run.run.write_manifest", full)
    with pytest.raises(BadConfig, match="No space left on device"):
        run_reports(plan)


@pytest.mark.parametrize(
    ("error", "code"),
    [("OSError: [Errno 28] No space left on device", 3), ("OSError: [Errno 122] Disk quota exceeded", 3),
     ("ZeroDivisionError: division by zero", 5)],
)  # fmt: skip
def test_a_disk_that_is_full_is_no_fault_of_a_notebook(planned, error, code):
    job = planned("tiny_report", branches=("0755",)).jobs[0]
    with pytest.raises(WorkbenchError, match="1 of 2 reports failed") as caught:
        check_complete(Run(job.folder, (Outcome(job), Outcome(job, error=error))))
    assert caught.value.exit_code == code


def _killed(process):
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


@pytest.mark.parametrize("killed", [1, 9])
def test_what_workers_are_forked_from_may_end_before_they_are_up(planned, killed):
    """It imports for seconds; killed once it is made again, killed every time its jobs fail and nothing hangs."""
    plan, left = planned("tiny_report", workers=2), [killed]

    def make():
        pool = worker_processes(2)
        if left[0]:
            left[0] -= 1
            threading.Timer(0.2, _killed, [forkserver._forkserver._forkserver_pid]).start()
        return pool

    forkserver._forkserver._stop()
    run = run_reports(replace(plan, options=replace(plan.options, executor=make)))
    assert len(run.outcomes) == len(plan.jobs) and len(run.failed) == (0 if killed == 1 else len(plan.jobs))
    assert killed == 1 or "the process that made it ended" in run.failed[0].error


@pytest.mark.parametrize(("number", "workers"), [(signal.SIGINT, 1), (signal.SIGINT, 2), (signal.SIGTERM, 2)])
def test_an_interrupt_leaves_no_process_and_no_half_report(home, tmp_path, written_notebook, number, workers):
    parameters = 'home = ""\nbranch = ""\nas_of = ""\nlang = ""\nout = ""'
    path = written_notebook(parameters, "import time; open(out + '/begun', 'w').close(); time.sleep(100)")
    (tmp_path / "go.py").write_text(SCRIPT)
    command = [sys.executable, tmp_path / "go.py", home.root, path, str(workers)]
    known = {"env": {**os.environ, "TMPDIR": str(tmp_path)}, "preexec_fn": _heeding}
    with (tmp_path / "said").open("w+") as said:
        started = subprocess.Popen(command, stderr=said, **known)
        try:
            _wait_for(lambda: _begun(home) == workers or started.poll() is not None)
            assert started.poll() is None, (tmp_path / "said").read_text()
            started.send_signal(number)
            assert started.wait(MOST_SECONDS) == 130, (tmp_path / "said").read_text()
        finally:
            started.kill()
    _wait_for(lambda: not _processes_about(tmp_path))
    assert _begun(home) == 0
    assert json.loads(next(home.reports.rglob("manifest.json")).read_text())["runs"][0]["status"] == "interrupted"


#: a loaded machine may be slow; only what never comes takes so long
MOST_SECONDS = 240
SCRIPT = """
import sys
from pathlib import Path
from microlib.home import Home
from microlib.run.jobs import RunOptions
from microlib.run.plan import plan_reports
from microlib.run.run import run_reports

if __name__ == "__main__":
    options = RunOptions(notebooks=(sys.argv[2],), workers=int(sys.argv[3]))
    plan = plan_reports(Home(Path(sys.argv[1])), options)
    try:
        run_reports(plan)
    except KeyboardInterrupt:
        sys.exit(130)
"""


def _heeding() -> None:
    """Heed an interrupt, even where these tests were started in the background, which has it ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _begun(home) -> int:
    """How many cells are in the middle of their work, or were when it was ended."""
    return len(list(home.reports.rglob("begun")))


def _wait_for(condition) -> None:
    end = time.monotonic() + MOST_SECONDS
    while not condition():
        assert time.monotonic() < end, condition
        time.sleep(0.1)


def _processes_about(folder: Path) -> list[str]:
    """Processes whose environment names a folder: all that the run started, wherever their sockets are."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            known = path.read_bytes().decode(errors="replace")
        except OSError:
            continue
        found += [str(path)] if str(folder) in known else []
    return found
