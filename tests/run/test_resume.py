"""A resumed run makes only what is missing, failed, damaged, or rests on something that changed."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from microlib.bank.ingest.load import load_frames
from microlib.errors import BadConfig
from microlib.files import only_run
from microlib.run import resume
from microlib.run.plan import Plan
from microlib.run.resume import Basis, basis_of
from microlib.run.run import Journal, recover, run_reports, taken_turn

pytestmark = pytest.mark.usefixtures("shared_zygote")


def resumed(plan: Plan) -> Plan:
    return replace(plan, options=replace(plan.options, is_resumed=True))


@pytest.fixture
def first(planned):
    """A run of one small report, and what made it."""
    plan = planned("tiny_report", branches=("0755",), workers=1)
    return plan, run_reports(plan)


def test_what_stands_is_not_made_again(first):
    plan, run = first
    again = run_reports(resumed(plan))
    assert (again.outcomes, again.standing, again.pages) == ((), plan.jobs, run.pages)


def test_what_is_missing_or_damaged_is_made_again(first, planned):
    plan, run = first
    run.pages[0].write_text("damaged")
    both = run_reports(planned("tiny_report", workers=1, is_resumed=True))
    assert sorted(outcome.job.branch for outcome in both.outcomes) == ["0021", "0755"]


def test_what_failed_is_made_again(planned):
    run_reports(planned("tiny_failure", workers=1, is_resumed=True))
    again = run_reports(planned("tiny_failure", workers=1, is_resumed=True))
    assert [outcome.job.branch for outcome in again.outcomes] == ["0021"]


@pytest.mark.parametrize("changed", ["inputs_sha256", "library_sha256", "terms_sha256"])
def test_what_rests_on_something_that_changed_is_made_again(first, monkeypatch, changed):
    basis = basis_of(first[0].inputs)
    other = Basis(**{**vars(basis), changed: "other"})
    monkeypatch.setattr(resume, "basis_of", lambda found: other)
    assert len(run_reports(resumed(first[0])).outcomes) == 1


def test_a_file_more_in_the_bank_changes_the_inputs(home, planned):
    before = basis_of(planned("tiny_report").inputs)
    customers = pd.DataFrame({"customer_id": ["C1"], "branch_id": ["0755"]})
    load_frames(home.root, {"customers": customers}, as_of=date(2026, 6, 30), name="customers.csv")
    after = basis_of(planned("tiny_report").inputs)
    assert before.inputs_sha256 != after.inputs_sha256
    assert (before.library_sha256, before.terms_sha256) == (after.library_sha256, after.terms_sha256)


def test_terms_of_the_home_change_the_terms(home, planned):
    before = basis_of(planned("tiny_report").inputs)
    (home.root / "data" / "branches").mkdir()
    (home.root / "data" / "branches" / "0755.toml").write_text("offered = []")
    assert basis_of(planned("tiny_report").inputs).terms_sha256 != before.terms_sha256


def test_a_run_that_was_killed_is_taken_up_from_its_journal(first):
    plan, run = first
    manifest = json.loads((run.folder / "manifest.json").read_text())
    journal = Journal(run.folder / ".runs" / "killed")
    head = {key: manifest[key] for key in ("as_of", "is_synthetic", "branches", "missing_tables", "inputs")}
    journal.begin(head, {"run_id": "killed", "started": "s", "workers": 1})
    journal.note("0755/tiny_report/zh", manifest["reports"]["0755/tiny_report/zh"])
    journal.path.write_text(journal.path.read_text() + '{"key": "cut sho')
    assert recover(run.folder) == 1
    taken = json.loads((run.folder / "manifest.json").read_text())
    assert (taken["runs"][-1]["status"], taken["runs"][-1]["reports_count"]) == ("killed", 1)
    assert not journal.path.exists()


def test_half_written_folders_of_a_killed_run_are_removed_and_moved_ones_put_back(first):
    folder = first[1].folder
    report = folder / "0755" / "tiny_report"
    (report / ".zh.0123456789ab").mkdir()
    (report / "zh").rename(report / ".zh.0123456789ab.former")
    with taken_turn(folder, run_id="x"):
        assert [path.name for path in report.iterdir()] == ["zh"]


def test_a_second_run_is_refused_and_says_who_is_writing(tmp_path):
    with only_run(tmp_path, run_id="r1"), pytest.raises(BadConfig, match=rf"another run .* pid {os.getpid()}"):
        only_run(tmp_path, run_id="r2").__enter__()


def test_a_lock_whose_run_was_killed_is_no_hindrance(tmp_path):
    code = "import sys, time, pathlib; from microlib import files\n"
    code += "with files.only_run(pathlib.Path(sys.argv[1]), run_id='r1'): print('held', flush=True); time.sleep(1000)"
    holder = subprocess.Popen([sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(BadConfig, match=f"pid {holder.pid}"):
        only_run(tmp_path, run_id="r2").__enter__()
    holder.send_signal(signal.SIGKILL)
    holder.wait(240)
    with only_run(tmp_path, run_id="r2") as was_stale:
        assert was_stale


def test_a_lock_is_let_go_at_the_end(tmp_path):
    for run_id in ("r1", "r2"):
        with only_run(tmp_path, run_id=run_id) as was_stale:
            assert not was_stale


def test_the_clock_going_back_does_not_matter(first, monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert run_reports(resumed(first[0])).outcomes == ()


def test_a_run_keeps_its_results_when_a_later_one_supersedes_them(first):
    plan, run = first
    run_reports(plan)
    kept = sorted(path.relative_to(run.folder / ".runs").parts[1:] for path in run.folder.glob(".runs/*/**/*.parquet"))
    assert kept == 2 * [("0755", "tiny_report", "zh", "results", "loans.parquet")]
    assert Path(run.folder / ".runs" / run.run_id / "manifest.json").is_file()
