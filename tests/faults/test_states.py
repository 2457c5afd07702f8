"""A run and an ingest at once: the run reads and records the state of its start, the ingest waits for nobody.

What is killed leaves nothing that the next command does not remove.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from threading import Thread

import pytest

from microlib.bank.state import PREFIX
from microlib.bank.store import open_store
from microlib.files import sweep_owned
from microlib.run.resume import divided_jobs
from microlib.run.run import run_reports
from tests.faults.processes import started_with, wait_until

pytestmark = pytest.mark.usefixtures("shared_zygote")
#: a loaded machine may be slow; only what never comes takes so long
MOST_SECONDS = 240
#: says how many files the bank holds before and after an ingest in the midst of the report
COUNTING = """
from microlib.bank.store import open_store
def held():
    with open_store(home) as store:
        return store.rows("SELECT count(*) FROM files")[0][0]
before = held()
pathlib.Path(home, f"begun-{branch}").touch()
while not pathlib.Path(home, "ingested").exists():
    time.sleep(0.05)
pathlib.Path(home, f"counted-{branch}").write_text(f"{before} {held()}")
"""
INGESTING = """
import sys
from datetime import date
import pandas as pd
from microlib.bank.ingest.load import load_frames
branches = pd.DataFrame({"branch_id": [sys.argv[2].partition(".")[0]], "name": [sys.argv[2]]})
load_frames(sys.argv[1], {"branches": branches}, as_of=date(2026, 6, 30), name=sys.argv[2], synthetic=True)
"""


def wait_for(folder: Path, pattern: str, *, count: int = 1) -> None:
    """Wait until so many files are there."""
    end = time.monotonic() + MOST_SECONDS
    while len(list(folder.glob(pattern))) < count:
        assert time.monotonic() < end, pattern
        time.sleep(0.02)


def ingest(home, name: str) -> subprocess.CompletedProcess:
    """Ingest one more branch in another process."""
    command = [sys.executable, "-c", INGESTING, str(home.root), name]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=MOST_SECONDS)


def ingest_when_begun(home) -> list[str]:
    """Have the first report wait for an ingest that begins when it has read the bank; return what was ingested."""
    done: list[str] = []

    def work() -> None:
        wait_for(home.root, "begun-*")
        ingest(home, "amidst.csv")
        done.append("amidst.csv")
        (home.root / "ingested").touch()

    Thread(target=work, daemon=True).start()
    return done


def files_in(home) -> list[str]:
    with open_store(home) as store:
        return [name for (name,) in store.rows("SELECT name FROM files ORDER BY file_id")]


def recorded(run) -> list[str]:
    return [line["name"] for line in json.loads((run.folder / "manifest.json").read_text())["inputs"]]


@pytest.mark.parametrize("options", [{"workers": 1}, {"workers": 2}, {"workers": 1, "is_warm": False}])
def test_an_ingest_amidst_a_run_changes_none_of_its_reports(faulty, home, options):
    plan = faulty(COUNTING, branches=("0755", "0021"), **options)
    done = ingest_when_begun(home)
    run = run_reports(plan)
    assert [outcome.error for outcome in run.outcomes] == ["", ""]
    assert [(home.root / f"counted-{branch}").read_text() for branch in ("0755", "0021")] == ["1 1", "1 1"]
    assert (recorded(run), done, files_in(home)) == (["b.csv"], ["amidst.csv"], ["b.csv", "amidst.csv"])
    again = faulty(COUNTING, branches=("0755", "0021"), is_resumed=True, **options)
    assert len(divided_jobs(again, run.folder).todo) == 2
    assert recorded(run_reports(again)) == ["b.csv", "amidst.csv"]
    assert [path.name for path in home.bank.parent.iterdir()] == ["bank.duckdb"]


def test_a_plan_of_an_earlier_state_is_recorded_as_of_the_state_that_is_read(faulty, home):
    (home.root / "ingested").touch()
    plan = faulty(COUNTING, workers=1)
    ingest(home, "between.csv")
    run = run_reports(plan)
    assert (recorded(run), (home.root / "counted-0755").read_text()) == (["b.csv", "between.csv"], "2 2")


def test_several_ingests_amidst_a_run_all_succeed(faulty, home):
    code = "import subprocess\nfor name in ('1.csv', '2.csv', '3.csv'):\n"
    code += f"    subprocess.run([sys.executable, '-c', {INGESTING!r}, home, name], check=True)\n"
    plan = faulty(code + COUNTING, workers=1)
    (home.root / "ingested").touch()
    (outcome,) = run_reports(plan).outcomes
    assert (outcome.error, (home.root / "counted-0755").read_text()) == ("", "1 1")
    assert files_in(home) == ["b.csv", "1.csv", "2.csv", "3.csv"]


def test_a_run_in_a_folder_that_cannot_be_linked_reads_a_copy(faulty, home, monkeypatch):
    def refused(*_: object) -> None:
        raise OSError

    monkeypatch.setattr("microlib.bank.state.os.link", refused)
    plan = faulty(COUNTING, workers=1)
    ingest_when_begun(home)
    run = run_reports(plan)
    assert (run.outcomes[0].error, (home.root / "counted-0755").read_text()) == ("", "1 1")


RUNNING = """
import sys
from pathlib import Path
from microlib.home import Home
from microlib.run.jobs import RunOptions
from microlib.run.plan import plan_reports
from microlib.run.run import run_reports
options = RunOptions(notebooks=(sys.argv[2],), workers=int(sys.argv[3]), is_warm=sys.argv[4] == "warm")
run_reports(plan_reports(Home(Path(sys.argv[1])), options))
"""
KEEPING = """
from microlib.bank.branch import keep_frame
import pandas as pd
keep_frame((branch,), "names", pd.DataFrame({"name": pd.Series(["x"], dtype="str")}))
pathlib.Path(home, f"begun-{branch}").touch()
time.sleep(1000)
"""


@pytest.fixture
def place():
    """A temporary folder of its own whose path is short enough for sockets."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder)


@pytest.mark.parametrize(("workers", "kernels"), [(1, "warm"), (2, "warm"), (1, "cold"), (2, "cold")])
def test_a_run_that_is_killed_leaves_nothing_that_the_next_command_does_not_remove(
    faulty, home, place, workers, kernels
):
    plan = faulty(KEEPING)
    command = [sys.executable, "-c", RUNNING, str(home.root), str(plan.jobs[0].notebook), str(workers), kernels]
    env = {name: value for name, value in os.environ.items() if name != "MICROLIB_RUN_FOLDER"} | {"TMPDIR": str(place)}
    process = subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL, start_new_session=True)
    wait_for(home.root, "begun-*", count=workers)
    assert list(place.rglob("*.arrow"))
    assert not [each for each in place.rglob("*") if each.stat().st_mode & 0o077 and each.parent == place]
    process.send_signal(signal.SIGKILL)
    process.wait(MOST_SECONDS)
    end = time.monotonic() + MOST_SECONDS
    while list(place.iterdir()) and time.monotonic() < end and (kernels == "warm" or workers == 2):
        time.sleep(0.1)
    assert (kernels, workers) == ("cold", 1) or not list(place.iterdir())
    assert wait_until(lambda: not started_with(f"TMPDIR={place}")), "a cold kernel notices that its parent is gone"
    subprocess.run(
        [sys.executable, "-c", INGESTING, str(home.root), "next.csv"], env=env, check=True, timeout=MOST_SECONDS
    )
    assert list(place.iterdir()) == []
    assert not [path for path in home.bank.parent.iterdir() if path.name.startswith(PREFIX)]
    assert sweep_owned(place) == []
