"""papermill, held to our terms: a private kernel, typed parameters, a time limit, and the half-run notebook kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import papermill
from nbformat import NotebookNode
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError

from microlib.running import kernels, timings
from microlib.running.jobs import Job

#: a cell that runs longer has hung
CELL_SECONDS = 600
START_SECONDS = 60


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
    """

    notebook: NotebookNode | None
    error: str
    seconds: dict[str, float]
    warnings: tuple[str, ...]


class KeepingEngine(NBClientEngine):
    """papermill's own engine, except that an error carries the half-run notebook with it."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
        """Run the notebook; whatever stops it leaves with ``error.notebook``."""
        try:
            super().execute_managed_notebook(nb_man, kernel_name, **options)
        except Exception as error:
            error.notebook = nb_man.nb
            raise


def execute(job: Job, out: Path) -> Execution:
    """Run a job's notebook, writing below `out`; a notebook that stops is a result with an error.

    Parameters
    ----------
    job : Job
    out : Path
        An empty folder, absolute.
    """
    try:
        notebook, error = _run(job, out), ""
    except Exception as failure:
        notebook, error = getattr(failure, "notebook", None), _reason(failure)
    finally:
        kernels.end_kernels()
    return Execution(notebook, error, timings.split_seconds(notebook), timings.warning_lines(notebook))


def _run(job: Job, out: Path) -> NotebookNode:
    papermill_engines.register("microlib", KeepingEngine)
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
            start_timeout=START_SECONDS,
            execution_timeout=CELL_SECONDS,
            shutdown_kernel="immediate",
            kernel_manager_class="microlib.running.kernels.PrivateKernelManager",
        )
    except PapermillExecutionError as error:
        error.notebook = nbformat.read(half_run, as_version=4)
        raise


def _reason(failure: Exception) -> str:
    if isinstance(failure, PapermillExecutionError):
        return f"{failure.ename}: {failure.evalue}".strip() + f"\n  where: cell [{failure.exec_count}]"
    return f"{type(failure).__name__}: {failure}".strip()
