"""Jobs side by side in worker processes, or one after the other; an interrupt leaves nothing running."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import replace
from functools import partial

from microlib.running import kernels
from microlib.running.ways import Job, Outcome, Way
from microlib.running.workers import run_here, run_in_worker, worker_processes

#: a job whose worker died is given to another once
MOST_ATTEMPTS = 2
#: ordinary kernels, nothing kept
ORDINARY = Way()

Waiting = deque[tuple[Job, int]]


def outcomes_of(
    jobs: Sequence[Job],
    *,
    workers: int,
    way: Way = ORDINARY,
    executor: Callable[[], Executor] | None = None,
) -> Iterator[Outcome]:
    """Run jobs and give their outcomes as they are ready.

    Parameters
    ----------
    jobs : sequence of Job
    workers : int
        Processes; 1 runs the jobs in this one. With an executor: how many jobs it is given at a time.
    way : Way
    executor : callable, optional
        Makes a ``concurrent.futures`` executor; one that breaks is made again.
    """
    if executor is None and (workers <= 1 or len(jobs) <= 1):
        yield from (run_here(job, way) for job in jobs)
        return
    waiting: Waiting = deque((job, 1) for job in jobs)
    while waiting:
        yield from _in_pool(executor or partial(worker_processes, workers), waiting, workers=workers, way=way)


def _in_pool(make: Callable[[], Executor], waiting: Waiting, *, workers: int, way: Way) -> Iterator[Outcome]:
    """Give jobs to a pool, a few at a time, until none waits or the pool breaks; what it then held waits again."""
    strangers = set(multiprocessing.active_children())
    pool = make()
    try:
        yield from _served(pool, waiting, workers=workers, way=way)
    except BaseException:
        for worker in set(multiprocessing.active_children()) - strangers:
            worker.terminate()
        kernels.end_all_kernels()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _served(pool: Executor, waiting: Waiting, *, workers: int, way: Way) -> Iterator[Outcome]:
    held: dict[Future, tuple[Job, int]] = {}
    is_broken = False
    while held or (waiting and not is_broken):
        while waiting and len(held) < workers and not is_broken:
            job, attempt = waiting.popleft()
            try:
                held[pool.submit(run_in_worker, job, way)] = job, attempt
            except BrokenExecutor:
                waiting.appendleft((job, attempt))
                is_broken = True
        for future in wait(held, return_when=FIRST_COMPLETED).done:
            job, attempt = held.pop(future)
            lost = isinstance(future.exception(), BrokenExecutor)
            is_broken |= lost
            if lost and attempt < MOST_ATTEMPTS:
                waiting.append((job, attempt + 1))
            else:
                yield _outcome(future, job, attempt)


def _outcome(future: Future, job: Job, attempt: int) -> Outcome:
    error = future.exception()
    if error is None:
        return replace(future.result(), attempts=future.result().attempts + attempt - 1)
    return Outcome(job, error=f"the process that made it ended: {error or type(error).__name__}", attempts=attempt)
