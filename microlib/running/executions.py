"""One job: its notebook run, exported and published as one folder, or kept half-run."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from microlib.running import engines, exports, publications
from microlib.running.jobs import Job, Outcome


def run_job(job: Job) -> Outcome:
    """Make one report and publish its folder; a failure is an outcome, not an exception.

    Parameters
    ----------
    job : Job

    Returns
    -------
    Outcome
        With the seconds each part took and, when it failed, why and where the half-run notebook is.
    """
    started, clock = _now(), time.perf_counter()
    ran = engines.Execution(None, "", {}, ())
    exported: dict[str, float] = {}
    try:
        with publications.staged_folder(job.folder) as staged:
            ran = engines.execute(job, staged)
            exported = {} if ran.error else _publish(job, ran.notebook, staged)
        error = ran.error
    except Exception as failure:
        error = f"{type(failure).__name__}: {failure}"
    kept = _keep(job, ran.notebook) if error else job.page
    spent = {**ran.seconds, **exported, "total": round(time.perf_counter() - clock, 3)}
    return Outcome(job, error, kept, started, _now(), spent, ran.warnings)


def _publish(job: Job, notebook: NotebookNode, staged: Path) -> dict[str, float]:
    """Write page and notebook beside the results and publish them; give the seconds of it."""
    clock = time.perf_counter()
    publications.write_text(staged / job.page.name, exports.report_page(notebook, job=job))
    text = nbformat.writes(notebook).replace(str(staged), str(job.folder))
    publications.write_text(staged / job.notebook.name, text)
    publications.publish_folder(staged, job.folder)
    return {"export": round(time.perf_counter() - clock, 3)}


def _keep(job: Job, notebook: NotebookNode | None) -> Path | None:
    """Keep a half-run notebook beside the last good report, which stays."""
    if notebook is None:
        return None
    try:
        return publications.write_text(job.folder / f"{job.notebook.stem}.failed.ipynb", nbformat.writes(notebook))
    except OSError:
        return None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
