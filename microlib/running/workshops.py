"""The jobs of a run made, with progress and the time that is left on the error stream."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from microlib.running import pools, progresses, warming
from microlib.running.ways import Course, Job, Outcome

__all__ = ["Course", "made_jobs", "workers_of"]


def workers_of(course: Course, jobs: Sequence[Job]) -> int:
    """Return how many workers a course takes for so many jobs: those it names, or one per core."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(course.workers or cores, max(len(jobs), 1))


def made_jobs(jobs: Sequence[Job], course: Course, *, kept: Path) -> Iterator[Outcome]:
    """Make reports and give their outcomes as they are ready.

    Parameters
    ----------
    jobs : sequence of Job
    course : Course
    kept : Path
        The run's own folder.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C or SIGTERM, after kernels are ended.
    """
    notebooks, workers = sorted({job.notebook for job in jobs}), workers_of(course, jobs)
    with warming.opened_way(course, kept=kept, notebooks=notebooks) as way:
        made = pools.outcomes_of(jobs, workers=workers, way=way, executor=course.executor)
        with progresses.shown_progress(len(jobs)) as progress:
            for outcome in made:
                progress.note(outcome)
                yield outcome
