"""papermill, held to our terms: a private kernel, typed parameters, a time limit, and the half-run notebook kept."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillExecutionError

from microlib.running import clients, kernels, timings, ways
from microlib.running.ways import Job

START_SECONDS = 60
#: a process that was killed from outside ends with this
KILLED = -9


class Execution(NamedTuple):
    """What came of running a notebook.

    Parameters
    ----------
    notebook : NotebookNode, optional
        As far as it ran.
    error : str
        Why it stopped; empty when it ran through.
    seconds : dict
        ``kernel_start, imports, cells``.
    warnings : tuple of str
    is_ours : bool
        Whether it stopped for a fault of the surroundings and not of the notebook, so that it may be tried again.
    """

    notebook: NotebookNode | None
    error: str
    seconds: dict[str, float]
    warnings: tuple[str, ...]
    is_ours: bool = False


def execute(job: Job, out: Path, *, is_warm: bool = False, deadline: ways.Deadline | None = None) -> Execution:
    """Run a job's notebook, writing below `out`; a notebook that stops is a result with an error.

    Parameters
    ----------
    job : Job
    out : Path
        An empty folder, absolute.
    is_warm : bool
        Fork the kernel where that is to be had.
    deadline : Deadline, optional
        By default the report has `ways.REPORT_SECONDS`, counted from now.
    """
    until, is_ours = deadline or ways.Deadline(ways.REPORT_SECONDS), False
    try:
        notebook, error = _run(job, out, is_warm=is_warm, deadline=until), ""
    except Exception as failure:
        notebook, error = getattr(failure, "notebook", None), _reason(failure, until)
        is_ours = _is_of_surroundings(failure, notebook)
    finally:
        kernels.end_kernels()
    return Execution(notebook, error, timings.split_seconds(notebook), timings.warning_lines(notebook), is_ours)


def _run(job: Job, out: Path, *, is_warm: bool, deadline: ways.Deadline) -> NotebookNode:
    papermill_engines.register("microlib", clients.KeepingEngine)
    half_run = out / job.notebook.name
    try:
        return papermill.execute_notebook(
            job.notebook,
            half_run,
            parameters=job.parameters(out),
            engine_name="microlib",
            kernel_name="python3",
            language="python",
            progress_bar=False,
            request_save_on_cell_execute=False,
            autosave_cell_every=0,
            start_timeout=max(1, int(min(START_SECONDS, deadline.left()))),
            timeout_func=deadline.left,
            shutdown_kernel="immediate",
            kernel_manager_class=f"microlib.running.kernels.{'Warm' if is_warm else 'Private'}KernelManager",
        )
    except PapermillExecutionError as error:
        error.notebook = nbformat.read(half_run, as_version=4)
        raise


def _is_of_surroundings(failure: Exception, notebook: NotebookNode | None) -> bool:
    """Whether the kernel did not come up, or was killed from outside: no notebook can be blamed for either."""
    if isinstance(failure, DeadKernelError):
        return kernels.last_status() == KILLED or not timings.has_run(notebook)
    return isinstance(failure, RuntimeError | OSError | EOFError) and not timings.has_run(notebook)


def _reason(failure: Exception, deadline: ways.Deadline) -> str:
    if isinstance(failure, PapermillExecutionError):
        return f"{failure.ename}: {failure.evalue}".strip() + f"\n  where: cell [{failure.exec_count}]"
    if isinstance(failure, CellTimeoutError) and deadline.is_over:
        return f"TooLong: the report took longer than {deadline.seconds:g} seconds (--timeout)"
    return f"{type(failure).__name__}: {failure}".strip()
