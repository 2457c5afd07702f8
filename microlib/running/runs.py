"""A run: a plan's jobs made, recorded in the manifest, and listed in the index."""

from __future__ import annotations

import os
import sys
import uuid
from datetime import UTC, datetime

from tqdm import tqdm

from microlib.errors import NotebookFailed
from microlib.running import pools, records
from microlib.running.jobs import Job, Outcome, Run
from microlib.running.plans import Plan


def run_reports(plan: Plan, *, workers: int = 0) -> Run:
    """Run a plan, then write its manifest and index; progress is shown on the error stream.

    Parameters
    ----------
    plan : Plan
    workers : int
        Processes; 0 takes one per core, 1 runs in this process.

    Returns
    -------
    Run

    Raises
    ------
    BadConfig
        If the reports folder cannot be written; said before any kernel starts.
    KeyboardInterrupt
        On an interrupt, after kernels are ended and what was made is recorded.
    """
    folder = plan.inputs.home.reports.resolve() / plan.inputs.as_of.isoformat()
    records.check_folder(folder)
    workers = min(workers or _cores(), max(len(plan.jobs), 1))
    run = {"run_id": _run_id(), "started": _now(), "workers": workers, "status": "interrupted"}
    done: dict[Job, Outcome] = {}
    try:
        with (
            pools.ended_by_signals(),
            tqdm(total=len(plan.jobs), unit="report", file=sys.stderr, dynamic_ncols=True) as bar,
        ):
            for outcome in pools.outcomes_of(plan.jobs, workers=workers):
                done[outcome.job] = outcome
                bar.set_postfix_str(outcome.job.key, refresh=False)
                bar.update()
        run["status"] = "ok" if all(outcome.is_ok for outcome in done.values()) else "failed"
    finally:
        outcomes = tuple(done[job] for job in plan.jobs if job in done)
        records.record_run(folder, inputs=plan.inputs, run={**run, "ended": _now()}, outcomes=outcomes)
    return Run(folder, outcomes)


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


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
