"""A run: a plan's jobs made, recorded in the manifest, and listed in the index."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from microlib.errors import NotebookFailed
from microlib.running import records, resumes, workshops
from microlib.running.plans import Job, Outcome, Plan, Run

ORDINARY = workshops.Course()


def run_reports(plan: Plan, *, workers: int = 0, course: workshops.Course = ORDINARY) -> Run:
    """Run a plan, then write its manifest and index; progress is shown on the error stream.

    Parameters
    ----------
    plan : Plan
    workers : int
        Processes; 0 takes the course's, or one per core.
    course : Course
        Warm kernels or not, time-out, whether to resume, and in which executor.

    Returns
    -------
    Run

    Raises
    ------
    BadConfig
        If the reports folder cannot be written or another run is writing it; said before any kernel starts.
    KeyboardInterrupt
        On an interrupt, after kernels are ended and what was made is recorded.
    """
    folder = plan.inputs.home.reports.resolve() / plan.inputs.as_of.isoformat()
    run_id, course = _run_id(), course.with_workers(workers)
    with records.taken_turn(folder, run_id=run_id):
        division = resumes.divided_jobs(plan, folder, is_resumed=course.is_resumed)
        count = workshops.workers_of(course, division.todo)
        how = {"workers": count, "is_warm": course.is_warm, "standing_count": len(division.standing)}
        run = {"run_id": run_id, "asked": plan.asked, **how, **division.stood_on}
        with records.recorded_run(folder, plan.inputs, run) as record:
            done = _made(division, course, record)
            record.run["status"] = "ok" if all(outcome.is_ok for outcome in done.values()) else "failed"
    return Run(folder, tuple(done[job] for job in division.todo), division.standing, run_id)


def _made(division: resumes.Division, course: workshops.Course, record: records.Record) -> dict[Job, Outcome]:
    done: dict[Job, Outcome] = {}
    if division.todo:
        for outcome in workshops.made_jobs(division.todo, course, kept=record.kept):
            done[outcome.job] = outcome
            record.note(outcome, fingerprint=division.prints[outcome.job])
            if len(done) == len(division.todo) - 1:
                record.get_ready()
    return done


def check_complete(run: Run) -> None:
    """Refuse a run in which a notebook failed; what was made stays made.

    Raises
    ------
    NotebookFailed
        With a line for each failure.
    """
    if run.failed:
        fix = "open the kept notebook at its last cell; `microlib index` lists all failures"
        raise NotebookFailed(failure_summary(run), where=str(run.folder / "manifest.json"), fix=fix)


def failure_summary(run: Run) -> str:
    """Return what failed, a line for each, with the place where the half-run notebook is kept."""
    lines = [
        f"{outcome.job.key}: {outcome.error.splitlines()[0]}" + (f"\n    kept: {outcome.kept}" if outcome.kept else "")
        for outcome in run.failed
    ]
    return "\n".join([f"{len(run.failed)} of {len(run.outcomes)} reports failed", *(f"  {line}" for line in lines)])


def _run_id() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"
