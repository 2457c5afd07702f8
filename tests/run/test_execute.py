"""When a report has taken too long: an answer that no client takes for "no limit".

One job through papermill, for real: what stands in its folder, and what is kept when it fails.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from microlib.run.execute import run_job
from microlib.run.jobs import Deadline, Job, RunContext
from microlib.run.warm import sockets


def test_what_is_left_shrinks_to_a_moment_and_never_to_nothing():
    deadline = Deadline(0.0)
    assert deadline.is_over
    assert deadline.left() == 0.1


def test_time_goes_on_whatever_the_clock_on_the_wall_says(monkeypatch):
    deadline = Deadline(50.0)
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert not deadline.is_over
    assert 49.0 < deadline.left() <= 50.0


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """One report made for real, once for this file."""
    notebook = Path(__file__).parent / "notebooks" / "tiny_report.ipynb"
    home = tmp_path_factory.mktemp("home")
    job = Job(notebook, home=home, as_of="2026-06-30", branch="0755", branch_name="示例支行", is_synthetic=True)
    return run_job(job)


@pytest.fixture
def failing(tmp_path, notebooks):
    """A job whose notebook stops at its third code cell."""
    return Job(notebooks / "tiny_failure.ipynb", home=tmp_path, as_of="2026-06-30", branch="0021")


def test_a_report_folder_holds_page_notebook_and_results(made):
    files = {path.relative_to(made.job.folder).as_posix() for path in made.job.folder.rglob("*") if path.is_file()}
    assert made.error == ""
    assert files == {"tiny_report.html", "tiny_report.ipynb", "results/loans.parquet", "results/facts.json"}


def test_nothing_else_is_left_beside_the_folder(made):
    assert [path.name for path in made.job.folder.parent.iterdir()] == ["zh"]


def test_branch_codes_stay_text(made):
    kept = pd.read_parquet(made.job.folder / "results" / "loans.parquet")
    assert kept["branch"].tolist() == ["0755"]


def test_the_kept_notebook_names_the_folder_it_was_published_to(made):
    notebook = nbformat.read(made.kept.with_suffix(".ipynb"), as_version=4)
    injected = next(cell for cell in notebook.cells if "injected-parameters" in cell.metadata.get("tags", []))
    assert f'out = "{made.job.folder}"' in injected.source


def test_seconds_are_split_into_their_parts(made):
    assert list(made.seconds) == ["kernel_start", "imports", "cells", "export", "total"]
    assert sum(made.seconds.values()) <= 2 * made.seconds["total"]


def test_a_failure_is_an_outcome_that_names_error_and_cell(failing):
    outcome = run_job(failing)
    assert not outcome.is_ok
    assert outcome.error == "KeyError: '0021'\n  where: cell [4]"


def test_the_failed_notebook_is_kept_with_its_error(failing):
    outcome = run_job(failing)
    assert outcome.kept == failing.folder / "tiny_failure.failed.ipynb"
    outputs = [out for cell in json.loads(outcome.kept.read_text())["cells"] for out in cell.get("outputs", [])]
    assert [out["ename"] for out in outputs if out["output_type"] == "error"] == ["KeyError"]


def test_a_failure_leaves_the_last_good_report_in_place(failing):
    failing.folder.mkdir(parents=True)
    failing.page.write_text("good")
    run_job(failing)
    assert failing.page.read_text() == "good"


def test_a_kernel_that_dies_is_a_failure_with_its_notebook_kept(tmp_path, written_notebook):
    path = written_notebook('branch = ""', "import os; os._exit(3)")
    outcome = run_job(Job(path, home=tmp_path, as_of="2026-06-30", branch="0755"))
    assert "DeadKernelError" in outcome.error
    assert outcome.kept.is_file()


def test_a_cell_that_hangs_is_ended(tmp_path, written_notebook):
    path = written_notebook('home = ""', "import pathlib, time; pathlib.Path(home, 'begun').touch(); time.sleep(1000)")
    for seconds in (4, 16, 64):  # as many as a loaded machine takes to begin, and more
        outcome = run_job(Job(path, home=tmp_path, as_of="2026-06-30", branch="0755"), RunContext(seconds=seconds))
        if (tmp_path / "begun").exists():
            break
    assert outcome.error == f"TooLong: the report took longer than {seconds} seconds (--timeout)"


def test_a_full_disk_is_a_failure_with_the_systems_words(failing, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, os.strerror(28), "out")

    monkeypatch.setattr("microlib.run.execute.staged_folder", full)
    assert "No space left on device" in run_job(failing).error


def test_no_kernel_folder_is_left_behind(made, tmp_path, short_folder, monkeypatch, notebooks):
    monkeypatch.setattr("tempfile.tempdir", str(short_folder))
    assert sockets.short_folder() == short_folder
    run_job(Job(notebooks / "tiny_report.ipynb", home=tmp_path / "h", as_of="2026-06-30", branch="0755"))
    assert not list(short_folder.glob("microlib-*"))
