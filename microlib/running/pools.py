"""Jobs side by side in worker processes, or one after the other; an interrupt leaves nothing running."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from types import FrameType

from microlib.running import kernels
from microlib.running.warm import folders
from microlib.running.ways import Job, Outcome, Way

#: a job whose worker died is given to another once
MOST_ATTEMPTS = 2
#: what a worker process knows of itself
_WORKER = {"is_busy": False, "is_stopping": False}

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
        yield from (_run(job, way) for job in jobs)
        return
    waiting: Waiting = deque((job, 1) for job in jobs)
    while waiting:
        yield from _in_pool(executor or partial(_processes, workers), waiting, workers=workers, way=way)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Make SIGTERM end the work inside as Ctrl-C does; only a process's main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)


def _processes(workers: int) -> Executor:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["microlib.running.executions"])
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_become_worker)


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
                held[pool.submit(_work, job, way)] = job, attempt
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


def _work(job: Job, way: Way) -> Outcome:
    _WORKER["is_busy"] = True
    if way.folder is not None:  # a worker's environment may be that of an earlier run of the same process
        os.environ[folders.RUN_FOLDER] = str(way.folder)
    try:
        return _run(job, way)
    finally:
        _WORKER["is_busy"] = False
        if _WORKER["is_stopping"]:
            os._exit(1)


def _run(job: Job, way: Way) -> Outcome:
    """Run a job; what runs it is imported where jobs run, and not in the process that only hands them out."""
    from microlib.running import executions

    return executions.run_job(job, way)


def _become_worker() -> None:
    """Leave Ctrl-C to the parent, which tells its workers by SIGTERM; end when the parent is gone.

    What all workers share is put out of the collector's sight: a collection would copy it into each of them.
    """
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _stop(number: int, frame: FrameType | None) -> None:
    """End at once while idle: a worker waiting for work would wait for ever; a busy one first ends its kernel."""
    if not _WORKER["is_busy"]:
        os._exit(1)
    first, _WORKER["is_stopping"] = not _WORKER["is_stopping"], True
    if first:
        raise KeyboardInterrupt
