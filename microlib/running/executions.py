"""One job: its notebook run, exported and published as one folder, or kept half-run."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from microlib.running import engines, publications, shelves
from microlib.running.ways import Job, Outcome, Way

#: ordinary kernels, nothing kept
ORDINARY = Way()
NOTHING = engines.Execution(None, "", {}, ())


def run_job(job: Job, way: Way = ORDINARY) -> Outcome:
    """Make one report and publish its folder; a failure is an outcome, not an exception.

    What stops for a fault of the surroundings (a kernel that did not come up, or was killed) is tried once more.

    Parameters
    ----------
    job : Job
    way : Way

    Returns
    -------
    Outcome
        With the seconds each part took and, when it failed, why and where the half-run notebook is.
    """
    started, clock = _now(), time.perf_counter()
    ran, error, exported, attempts = NOTHING, "", {}, 0
    while attempts < 2 and (attempts == 0 or ran.is_ours):
        attempts += 1
        ran, error, exported = _attempt(job, way)
    error, warnings = shelves.masked_text(error), tuple(map(shelves.masked_text, ran.warnings))
    kept = None if way.scratch else _keep(job, ran.notebook) if error else job.page
    spent = {**ran.seconds, **exported, "total": round(time.perf_counter() - clock, 3)}
    files = {} if error or way.scratch else publications.file_hashes(job.folder)
    return Outcome(job, error, kept, started, _now(), spent, warnings, attempts, files)


def _attempt(job: Job, way: Way) -> tuple[engines.Execution, str, dict[str, float]]:
    ran, exported = NOTHING, {}
    try:
        with publications.staged_folder(way.place(job)) as staged:
            ran = engines.execute(job, staged, is_warm=way.is_warm, deadline=way.deadline())
            if way.scratch and not ran.error:
                publications.publish_folder(staged, way.place(job))
            elif not ran.error:
                exported = _publish(job, ran.notebook, staged, kept=way.kept)
        return ran, ran.error, exported
    except shelves.PersonalData as failure:
        return ran._replace(notebook=None), f"{type(failure).__name__}: {failure}", {}
    except Exception as failure:
        return ran, f"{type(failure).__name__}: {failure}", {}


def _publish(job: Job, notebook: NotebookNode, staged: Path, *, kept: Path | None) -> dict[str, float]:
    """Write page and notebook beside the results and publish them; give the seconds of it."""
    clock = time.perf_counter()
    shelves.write_shelf(notebook, job=job, staged=staged)
    if kept is not None:
        for results in shelves.RESULTS:
            publications.link_files(staged / results, kept / job.key / results)
    publications.publish_folder(staged, job.folder)
    return {"export": round(time.perf_counter() - clock, 3)}


def _keep(job: Job, notebook: NotebookNode | None) -> Path | None:
    """Keep a half-run notebook beside the last good report, which stays."""
    if notebook is None or not shelves.is_private(job.notebook.name, nbformat.writes(notebook)):
        return None
    try:
        return publications.write_text(job.folder / f"{job.notebook.stem}.failed.ipynb", nbformat.writes(notebook))
    except OSError:
        return None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
