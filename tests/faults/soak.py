"""The long test of `make soak`: many small reports without a fault, then the same while everything is being killed.

1. So many reports with so many workers: none may fail, and none may need a second attempt.
2. The same run in a process of its own, in which a kernel, a worker, the zygote or the whole run is killed at random
   moments and the run is resumed until it is complete: every result must equal the undisturbed one's.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import pandas as pd

from microlib.bank.ingest.load import load_frames
from microlib.files import PREFIX
from microlib.home import Home
from microlib.run.compare import compare_results
from microlib.run.jobs import RunOptions
from microlib.run.plan import Plan, plan_reports
from microlib.run.run import run_reports
from microlib.run.warm.sockets import sweep
from tests.faults.processes import command_line, descendants, parent_line, started_with, wait_until

NOTEBOOK = Path(__file__).resolve().parent.parent / "run" / "notebooks" / "tiny_report.ipynb"
#: so often a run that was killed is started again while the killing goes on
STARTS = 12
AGAIN = "import sys; sys.path.insert(0, sys.argv[1]); import soak; soak.resume(sys.argv[2], int(sys.argv[3]))"


def bank(root: Path, reports: int) -> Home:
    """Make a bank of so many branches."""
    names = pd.DataFrame({"branch_id": [f"{number:04}" for number in range(reports)], "name": "浸泡支行"})
    load_frames(root, {"branches": names}, as_of=date(2026, 6, 30), name="branches.csv", synthetic=True)
    return Home(root)


def plan_of(home: Home, workers: int) -> Plan:
    """Plan a small report for each branch; a run of it goes on where one was killed."""
    return plan_reports(home, RunOptions(notebooks=(str(NOTEBOOK),), workers=workers, is_resumed=True))


def resume(root: str, workers: int) -> None:
    """Run or go on with a run; ends this process."""
    sys.exit(bool(run_reports(plan_of(Home(Path(root)), workers)).failed))


def started(home: Home, workers: int) -> subprocess.Popen:
    """Start a run, or go on with it, in a process of its own."""
    command = [sys.executable, "-c", AGAIN, str(Path(__file__).parent), str(home.root), str(workers)]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


def undisturbed(home: Home, workers: int) -> list[str]:
    """Make all reports once; return what went wrong."""
    clock = time.perf_counter()
    code = started(home, workers).wait()
    seconds = time.perf_counter() - clock
    made = json.loads(next(home.reports.glob("*/manifest.json")).read_text())["reports"]
    failed = [f"{key}: {entry['error']}" for key, entry in made.items() if entry["status"] != "ok"]
    retried = [f"{key} needed a second attempt" for key, entry in made.items() if entry["attempts"] > 1]
    say(f"{len(made)} reports, {workers} workers: {len(failed)} failed, {len(retried)} needed a second attempt;")
    say(f"{seconds:.0f} s, {seconds / len(made):.2f} s a report")
    return failed + retried + ([f"the run ended with {code}"] if code else [])


def disturbed(home: Home, workers: int, dice: random.Random) -> list[str]:
    """Make all reports while processes are killed; return what went wrong."""
    killed = dict.fromkeys(["kernel", "worker", "zygote", "run"], 0)
    for start in range(1, STARTS + 2):
        run = started(home, workers)
        while run.poll() is None:
            if start <= STARTS and wait_for_work(run, home):
                time.sleep(dice.uniform(0.0, 3.0))
                kind = dice.choice(["kernel", "kernel", "worker", "worker", "zygote", "zygote", "run"])
                killed[kind] += kill(run.pid, kind, dice)
            time.sleep(0.1)
        if run.returncode == 0:
            say(f"complete after {start} starts; killed: {killed}")
            return []
    return [f"the run was not complete after {STARTS + 1} starts"]


def wait_for_work(run: subprocess.Popen, home: Home) -> bool:
    """Wait until a run has made two more reports; return whether it goes on."""
    known = noted(home)
    while run.poll() is None and noted(home) < known + 2:
        time.sleep(0.1)
    return run.poll() is None


def noted(home: Home) -> int:
    """Return how many reports the runs that go on have noted."""
    try:
        return sum(path.read_bytes().count(b"\n") for path in home.reports.glob("*/.runs/*/journal.jsonl"))
    except OSError:
        return 0


def kill(run: int, kind: str, dice: random.Random) -> bool:
    """Kill one process of a run."""
    found = {"run": [run], "worker": [], "zygote": [], "kernel": []}
    for pid in descendants(run):
        line = command_line(pid)
        if "warm.zygote" in line:
            found["kernel" if parent_is_zygote(pid) else "zygote"].append(pid)
        elif "forkserver" in line and parent_line(pid).count("forkserver"):
            found["worker"].append(pid)
    if found[kind]:
        try:
            os.kill(dice.choice(found[kind]), signal.SIGKILL)
        except ProcessLookupError:
            return False
    return bool(found[kind])


def parent_is_zygote(pid: int) -> bool:
    """Return whether a process was forked by a zygote."""
    return "warm.zygote" in parent_line(pid)


def unequal(one: Home, two: Home) -> list[str]:
    """Return the reports whose results differ."""
    keys = list(json.loads(next(one.reports.glob("*/manifest.json")).read_text())["reports"])
    folder = next(one.reports.glob("*/manifest.json")).parent.name
    sides = [home.reports / folder for home in (one, two)]
    return [
        f"{key} differs"
        for key in keys
        if len(compare_results(*(side / key / "results" for side in sides), report=key))
        or not list((sides[1] / key / "results").iterdir())
    ]


def left_over(folder: str) -> list[str]:
    """Return processes and folders of these runs that are still there."""
    wait_until(lambda: not started_with(f"TMPDIR={folder}"), 60)
    sweep()
    alive = [command_line(pid) or f"process {pid}" for pid in started_with(f"TMPDIR={folder}")]
    return alive + [str(path) for path in Path(folder).glob(f"{PREFIX}*")]


def say(text: str) -> None:
    """Write a line."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    """Return 1 when anything went wrong."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--reports", type=int, default=2000)
    words.add_argument("--workers", type=int, default=4)
    words.add_argument("--seed", type=int, default=20260630)
    asked = words.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-", dir="/tmp") as folder:
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        one, two = (bank(Path(folder) / name, asked.reports) for name in ("quiet", "loud"))
        wrong = undisturbed(one, asked.workers)
        wrong += disturbed(two, asked.workers, random.Random(asked.seed))
        wrong += unequal(one, two) + left_over(folder)
    say("\n".join(wrong[:20]) or "nothing went wrong")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
