"""Jobs side by side in worker processes, or one after the other; an interrupt leaves nothing running."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from types import FrameType

from microlib.running import executions
from microlib.running.jobs import Job, Outcome

#: what a worker process knows of itself
_WORKER = {"is_busy": False, "is_stopping": False}


def outcomes_of(jobs: Sequence[Job], *, workers: int) -> Iterator[Outcome]:
    """Run jobs and give their outcomes as they are ready.

    Parameters
    ----------
    jobs : sequence of Job
    workers : int
        Processes; 1 runs the jobs in this one.
    """
    if workers <= 1 or len(jobs) <= 1:
        yield from map(executions.run_job, jobs)
        return
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["microlib.running.executions"])
    strangers = set(multiprocessing.active_children())
    executor = ProcessPoolExecutor(workers, mp_context=context, initializer=_become_worker)
    try:
        yield from _as_ready(executor, jobs)
    except BaseException:
        for worker in set(multiprocessing.active_children()) - strangers:
            worker.terminate()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


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


def _as_ready(executor: Executor, jobs: Sequence[Job]) -> Iterator[Outcome]:
    waiting = {executor.submit(_work, job): job for job in jobs}
    for future in as_completed(waiting):
        yield _outcome(future, waiting[future])


def _outcome(future: Future, job: Job) -> Outcome:
    try:
        return future.result()
    except Exception as error:
        return Outcome(job, error=f"the process that made it ended: {error or type(error).__name__}")


def _work(job: Job) -> Outcome:
    if _WORKER["is_stopping"]:
        os._exit(1)
    _WORKER["is_busy"] = True
    try:
        return executions.run_job(job)
    finally:
        _WORKER["is_busy"] = False


def _become_worker() -> None:
    """Leave Ctrl-C to the parent, which tells its workers by SIGTERM."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)


def _stop(number: int, frame: FrameType | None) -> None:
    first, _WORKER["is_stopping"] = not _WORKER["is_stopping"], True
    if first and _WORKER["is_busy"]:
        raise KeyboardInterrupt
