"""The jobs of a run made, with progress and the time that is left on the error stream."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tqdm import tqdm

from microlib.running import pools, warming
from microlib.running.ways import Course, Job, Outcome

#: how often progress is written where nobody watches
LOG_SECONDS = 10.0

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
    with pools.ended_by_signals(), warming.opened_way(course, kept=kept, notebooks=notebooks) as way:
        made = pools.outcomes_of(jobs, workers=workers, way=way, executor=course.executor)
        pause = 0.1 if sys.stderr.isatty() else LOG_SECONDS
        with tqdm(total=len(jobs), unit="report", mininterval=pause, dynamic_ncols=True) as bar:
            for outcome in made:
                bar.set_postfix_str(outcome.job.key, refresh=False)
                bar.update()
                yield outcome
