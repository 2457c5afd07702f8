"""Jobs side by side in worker processes, or one after the other; an interrupt leaves nothing running."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import groupby
from multiprocessing import connection
from pathlib import Path

from microlib.run.jobs import MOST_ATTEMPTS, Job, Outcome, RunContext, RunOptions
from microlib.run.kernels import end_all_kernels
from microlib.run.progress import shown_progress
from microlib.run.warmup import opened_context
from microlib.run.worker import STOPPING_SECONDS, run_in_worker, worker_processes

#: after so long the system knows that a process which was killed is gone, and another is begun
GONE_SECONDS = 0.5


def workers_of(options: RunOptions, jobs: Sequence[Job]) -> int:
    """Return how many workers are taken for so many jobs: those that the options name, or one per core."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(options.workers or cores, max(len(jobs), 1))


def made_jobs(
    jobs: Sequence[Job],
    options: RunOptions,
    *,
    kept: Path,
    scratch: Path | None = None,
    private_folder: Path | None = None,
) -> Iterator[Outcome]:
    """Make reports and give their outcomes as they are ready, with progress and the time left on the error stream.

    Parameters
    ----------
    jobs : sequence of Job
    options : RunOptions
        How many workers, in which kernels and executor, within what time.
    kept : Path
        The run's own folder.
    scratch : Path, optional
        Put results there instead of publishing reports.
    private_folder : Path, optional
        The run's private folder where it was begun before its plan.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C or SIGTERM, after kernels are ended.
    """
    notebooks, workers = sorted({job.notebook for job in jobs}), workers_of(options, jobs)
    places = {"kept": kept, "scratch": scratch, "private_folder": private_folder}
    with opened_context(options, notebooks=notebooks, **places) as context, shown_progress(len(jobs)) as progress:
        if options.executor is None and (workers <= 1 or len(jobs) <= 1):
            made = _one_by_one(jobs, context)
        else:
            make = options.executor or partial(worker_processes, workers)
            made = _side_by_side(jobs, context, make=make, workers=workers)
        for outcome in made:
            progress.note(outcome)
            yield outcome


def _one_by_one(jobs: Sequence[Job], context: RunContext) -> Iterator[Outcome]:
    """Run jobs in this process; what runs them is imported only here."""
    from microlib.run.preload import run_job

    yield from (run_job(job, context) for job in jobs)


def _side_by_side(
    jobs: Sequence[Job], context: RunContext, *, make: Callable[[], Executor], workers: int
) -> Iterator[Outcome]:
    """Give jobs to a pool, a few at a time; one that breaks is made again, and what it then held waits once more."""
    waiting = deque((job, 1) for job in staggered(jobs, ahead=workers - 1))
    while waiting:
        held: dict[Future[Outcome], tuple[Job, int]] = {}
        is_broken = False
        with _opened_pool(make) as pool:
            while held or (waiting and not is_broken):
                while waiting and len(held) < workers and not is_broken:
                    job, attempt = waiting.popleft()
                    try:
                        held[pool.submit(run_in_worker, job, context)] = job, attempt
                    except BrokenExecutor:
                        waiting.appendleft((job, attempt))
                        is_broken = True
                    except (OSError, EOFError) as error:  # what workers are forked from ended before this one was up
                        is_broken = True
                        time.sleep(GONE_SECONDS)
                        if attempt < MOST_ATTEMPTS:
                            waiting.appendleft((job, attempt + 1))
                        else:
                            yield _lost(job, error, attempt)
                if not held:
                    continue
                for future in wait(held, return_when=FIRST_COMPLETED).done:
                    job, attempt = held.pop(future)
                    lost = isinstance(future.exception(), BrokenExecutor)
                    is_broken |= lost
                    if lost and attempt < MOST_ATTEMPTS:
                        waiting.append((job, attempt + 1))
                    else:
                        yield _outcome(future, job, attempt)


def staggered(jobs: Sequence[Job], *, ahead: int) -> list[Job]:
    """Return jobs so that the first of a branch, which works out what its others share, is made beside another's.

    Parameters
    ----------
    jobs : sequence of Job
        Each branch's together.
    ahead : int
        The first job of so many branches more is begun before the others of a branch.
    """
    by_branch = [list(own) for _, own in groupby(jobs, key=lambda job: job.branch)]
    found = [own[0] for own in by_branch[:ahead]]
    for place, own in enumerate(by_branch):
        found += [later[0] for later in by_branch[place + ahead : place + ahead + 1]] + own[1:]
    return found


@contextmanager
def _opened_pool(make: Callable[[], Executor]) -> Iterator[Executor]:
    """Give a pool; whatever stops the work inside ends its workers and their kernels, at the latest by a kill."""
    strangers = set(multiprocessing.active_children())
    pool = make()
    try:
        yield pool
    except BaseException:
        own = set(multiprocessing.active_children()) - strangers
        for worker in own:
            worker.terminate()
        end_all_kernels()
        end = time.monotonic() + 2 * STOPPING_SECONDS
        for worker in own:
            connection.wait([worker.sentinel], max(0.0, end - time.monotonic()))
            worker.kill()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _outcome(future: Future[Outcome], job: Job, attempt: int) -> Outcome:
    error = future.exception()
    if error is None:
        return replace(future.result(), attempts=future.result().attempts + attempt - 1)
    return _lost(job, error, attempt)


def _lost(job: Job, error: BaseException, attempt: int) -> Outcome:
    said = str(error) or type(error).__name__
    return Outcome(job, error=f"the process that made it ended: {said}", attempts=attempt)
