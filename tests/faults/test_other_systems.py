"""A system that has neither locks on files, nor forks, nor sockets of its own: reports are made all the same."""

import subprocess
import sys

SCRIPT = """
import os, pathlib, sys
import zmq

sys.modules["fcntl"] = None
del os.killpg, os.pidfd_open, os.sched_getaffinity
has = zmq.has
zmq.has = lambda capability: capability != "ipc" and has(capability)

from microlib.home import Home
from microlib.run.jobs import RunOptions
from microlib.run.plan import plan_reports
from microlib.run.run import run_reports

home = Home(pathlib.Path(sys.argv[1]))
plan = plan_reports(home, RunOptions(notebooks=(sys.argv[2],), branches=("0755",), workers=1))
run = run_reports(plan)
print(run.outcomes[0].error or "made", plan.jobs[0].page.is_file())
"""


def test_there_reports_are_made_in_ordinary_kernels_and_it_is_said_once(faulty, home, short_folder, monkeypatch):
    # a place of its own: a folder without a lock is swept by whoever has locks and shares the place
    monkeypatch.setenv("TMPDIR", str(short_folder))
    job = faulty("1 + 1").jobs[0]
    command = [sys.executable, "-c", SCRIPT, str(home.root), str(job.notebook)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "made True\n", done.stderr
    assert done.stderr.count("ordinary kernels are used") == 1 and "eavesdropping" not in done.stderr


def test_nothing_of_it_is_left(faulty, home, short_folder, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(short_folder))
    job = faulty("os._exit(3)").jobs[0]
    command = [sys.executable, "-c", SCRIPT, str(home.root), str(job.notebook)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.endswith("False\n"), done.stderr
    assert not list(short_folder.glob("microlib-*"))
