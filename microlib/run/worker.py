"""Worker processes: what each has from the start, runs, and does when it is told to stop."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import cache
from multiprocessing import util
from pathlib import Path
from types import FrameType

from microlib.bank.state import take_state
from microlib.files import owned_folder, sweep_owned, temporary_folders
from microlib.run.jobs import Job, Outcome, RunContext
from microlib.run.warm.lease import FRUGAL
from microlib.run.warm.sockets import RUN_FOLDER, folder_taken, short_folder

#: what every worker needs, imported once before they are forked: with the tables that a cut font has
TABLES = ("_c_m_a_p", "_g_l_y_f", "_h_e_a_d", "_h_h_e_a", "_h_m_t_x", "_l_o_c_a", "_m_a_x_p", "_n_a_m_e", "_p_o_s_t")
PRELOADED = ("microlib.run.preload", *(f"fontTools.ttLib.tables.{name}" for name in (*TABLES, "O_S_2f_2")))
#: has Python import nothing from the folder that it is started in
SAFE_PATH = "PYTHONSAFEPATH"
#: a process that is killed lets go of its locks one by one, on a busy computer after its end was told already
LETTING_GO_SECONDS = 0.5
#: how long a worker that was told to end may take over ending its kernel
STOPPING_SECONDS = 10.0
#: what a worker process knows of itself
_WORKER = {"is_busy": False, "is_stopping": False}


def worker_processes(workers: int) -> Executor:
    """Return an executor of so many processes, forked from one that has imported what they need where that can be."""
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        from multiprocessing import forkserver  # not to be had on every system

        context.set_forkserver_preload(list(PRELOADED))
        with _frugal(), folder_taken(_sockets_folder()):
            forkserver.ensure_running()
    is_safe = SAFE_PATH in os.environ
    return ProcessPoolExecutor(workers, mp_context=context, initializer=become_worker, initargs=(is_safe,))


@cache
def _sockets_folder() -> Path:
    """Return the folder of the workers' sockets, this process's own: after a kill the next run can tell that it is."""
    stack = ExitStack()
    folder = stack.enter_context(owned_folder(short_folder()))
    util.Finalize(None, stack.close, exitpriority=-200)  # after the folder that multiprocessing makes in it
    return folder


@contextmanager
def _frugal() -> Iterator[None]:
    """Have what is started inside give memory back early and import nothing from the folder that it is started in.

    Both are read from the environment once, at the start.
    """
    former, own = dict(os.environ), {**FRUGAL, SAFE_PATH: "1"}
    os.environ.update({**own, **former})
    try:
        yield
    finally:
        for name in own.keys() - former.keys():
            os.environ.pop(name)


def run_in_worker(job: Job, context: RunContext) -> Outcome:
    """Run a job in a worker process, which ends after it when it was told to."""
    _WORKER["is_busy"] = True
    if context.private_folder is not None:  # a worker's environment may be that of an earlier run of the same process
        os.environ[RUN_FOLDER] = str(context.private_folder)
    take_state(context.bank_state)
    try:
        from microlib.run.preload import run_job

        return run_job(job, context)
    finally:
        _WORKER["is_busy"] = False
        if _WORKER["is_stopping"]:
            os._exit(1)


def become_worker(is_safe: bool = True) -> None:
    """Leave Ctrl-C to the parent, which tells its workers by SIGTERM; end when the parent is gone.

    What all workers share is put out of the collector's sight: a collection would copy it into each of them.

    Parameters
    ----------
    is_safe : bool
        Whether what a notebook starts shall leave its own folder out of its imports too, as the parent's does.
    """
    if not is_safe:
        os.environ.pop(SAFE_PATH, None)
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        for pause in (0.0, LETTING_GO_SECONDS):
            time.sleep(pause)
            for place in temporary_folders():  # what only the run could remove, had it not been killed
                sweep_owned(place)
        os._exit(1)


def _stop(number: int, frame: FrameType | None) -> None:
    """End at once while idle: a worker waiting for work would wait for ever; a busy one first ends its kernel.

    It ends soon even where the interruption was lost, as one is in what runs when an object goes; its kernels go too.
    """
    if not _WORKER["is_busy"]:
        os._exit(1)
    first, _WORKER["is_stopping"] = not _WORKER["is_stopping"], True
    if first:
        last = threading.Timer(STOPPING_SECONDS, os._exit, [1])
        last.daemon = True
        last.start()
        raise KeyboardInterrupt
