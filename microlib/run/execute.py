"""One job: its notebook run by papermill on our terms, exported and published as one folder, or kept half-run.

Our terms: a private kernel, typed parameters, a limit on time and on output, and the half-run notebook of a report
that stops.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError

from microlib.files import file_hashes, link_files, publish_folder, staged_folder, write_text
from microlib.home import Home
from microlib.identifiers import masked_text
from microlib.run.export.document import write_papers, write_supplements
from microlib.run.export.html import report_page
from microlib.run.jobs import MOST_ATTEMPTS, REPORT_SECONDS, Deadline, Job, Outcome, RunContext, now
from microlib.run.kernels import end_kernels, last_status
from microlib.run.privacy import PersonalData, check_private, is_private

START_SECONDS = 60
#: a process that was killed from outside ends with this
KILLED = -9
#: a notebook that writes more than this does not write a report
MOST_CHARACTERS = 32 * 1024 * 1024
LONGEST_WARNING = 500
#: the folders of results that a report may have
RESULTS = ("results", "head-office/results")
#: ordinary kernels, nothing kept
ORDINARY = RunContext()


@dataclass(frozen=True)
class Execution:
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

    notebook: NotebookNode | None = None
    error: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    is_ours: bool = False


def run_job(job: Job, context: RunContext = ORDINARY) -> Outcome:
    """Make one report and publish its folder; a failure is an outcome, not an exception.

    What stops for a fault of the surroundings (a kernel that did not come up, or was killed) is tried once more.

    Parameters
    ----------
    job : Job
    context : RunContext

    Returns
    -------
    Outcome
        With the seconds each part took and, when it failed, why and where the half-run notebook is.
    """
    started, clock, attempts = now(), time.perf_counter(), 0
    while True:
        ran, attempts = Execution(), attempts + 1
        try:
            with staged_folder(context.place(job)) as staged:
                ran = execute_notebook(job, staged, is_warm=context.is_warm, seconds=context.seconds)
                if not ran.error:
                    ran = replace(ran, seconds={**ran.seconds, **_publish(job, ran.notebook, staged, context)})
        except PersonalData as failure:
            ran = replace(ran, notebook=None, error=f"{type(failure).__name__}: {failure}")
        except Exception as failure:
            ran = replace(ran, error=f"{type(failure).__name__}: {failure}")
        if not ran.is_ours or attempts == MOST_ATTEMPTS:
            break
    error, warnings = masked_text(ran.error), tuple(map(masked_text, ran.warnings))
    kept = None if context.scratch else _keep(job, ran.notebook) if error else job.page
    spent = {**ran.seconds, "total": round(time.perf_counter() - clock, 3)}
    hashes = {} if error or context.scratch else file_hashes(job.folder)
    return Outcome(job, error, kept, started, now(), spent, warnings, attempts, hashes)


def execute_notebook(job: Job, out: Path, *, is_warm: bool = False, seconds: float = REPORT_SECONDS) -> Execution:
    """Run a job's notebook, writing below `out`; a notebook that stops is a result with an error.

    Parameters
    ----------
    job : Job
    out : Path
        An empty folder, absolute.
    is_warm : bool
        Fork the kernel where that is to be had.
    seconds : float
        Most that it may take, counted from now.
    """
    papermill_engines.register("microlib", KeepingEngine)
    deadline, half_run = Deadline(seconds), out / job.notebook.name
    error, is_ours = "", False
    try:
        notebook = papermill.execute_notebook(
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
            kernel_manager_class=f"microlib.run.kernels.{'Warm' if is_warm else 'Private'}KernelManager",
        )
    except PapermillExecutionError as failure:
        notebook, error = nbformat.read(half_run, as_version=4), _reason(failure, deadline)
    except Exception as failure:
        notebook, error = getattr(failure, "notebook", None), _reason(failure, deadline)
        is_ours = _is_of_surroundings(failure, notebook)
    finally:
        end_kernels()
    return Execution(notebook, error, split_seconds(notebook), warning_lines(notebook), is_ours)


def _is_of_surroundings(failure: Exception, notebook: NotebookNode | None) -> bool:
    """Whether the kernel did not come up, or was killed from outside: no notebook can be blamed for either."""
    if isinstance(failure, DeadKernelError):
        return last_status() == KILLED or not has_run(notebook)
    return isinstance(failure, RuntimeError | OSError | EOFError) and not has_run(notebook)


def _reason(failure: Exception, deadline: Deadline) -> str:
    if isinstance(failure, PapermillExecutionError):
        return f"{failure.ename}: {failure.evalue}".strip() + f"\n  where: cell [{failure.exec_count}]"
    if isinstance(failure, CellTimeoutError) and deadline.is_over:
        return f"TooLong: the report took longer than {deadline.seconds:g} seconds (--timeout)"
    return f"{type(failure).__name__}: {failure}".strip()


class TooMuchOutput(Exception):
    """A notebook wrote more than a report can hold."""


class LimitedClient(PapermillNotebookClient):
    """Counts what the notebook says and stops listening when it is too much."""

    said = 0

    def process_message(self, message: dict[str, Any], *place: object, **options: object) -> Any:
        """Take in one message of the kernel."""
        content = message.get("content", {})
        data = content.get("data") or {}
        self.said += len(content.get("text") or "") + sum(len(str(text)) for text in data.values())
        if self.said > MOST_CHARACTERS:
            raise TooMuchOutput(f"the notebook wrote more than {MOST_CHARACTERS >> 20} MB of output")
        return super().process_message(message, *place, **options)


class KeepingEngine(NBClientEngine):
    """papermill's own engine with our client; an error carries the half-run notebook with it."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: object) -> None:
        """Run the notebook; whatever stops it leaves with ``error.notebook``."""
        for name in ("log_output", "input_path", "stdout_file", "stderr_file"):
            options.pop(name, None)
        options["startup_timeout"] = options.pop("start_timeout")
        try:
            LimitedClient(nb_man, kernel_name=kernel_name, **options).execute()
        except Exception as error:
            error.notebook = nb_man.nb
            raise


def split_seconds(notebook: NotebookNode | None) -> dict[str, float]:
    """Split a notebook's run into kernel start, imports and the other cells, from the moments papermill wrote.

    Parameters
    ----------
    notebook : NotebookNode, optional
        An executed notebook.

    Returns
    -------
    dict
        ``kernel_start, imports, cells`` in seconds; empty where no cell ran.
    """
    ran = [cell for cell in _code_cells(notebook) if _of_papermill(cell).get("start_time")]
    if notebook is None or not ran or not _of_papermill(notebook).get("start_time"):
        return {}
    started = datetime.fromisoformat(_of_papermill(notebook)["start_time"])
    first = datetime.fromisoformat(_of_papermill(ran[0])["start_time"])
    imports = sum(_of_papermill(cell).get("duration") or 0 for cell in ran if _is_import(cell))
    everything = sum(_of_papermill(cell).get("duration") or 0 for cell in ran)
    split = {
        "kernel_start": (first - started).total_seconds(),
        "imports": imports,
        "cells": everything - imports,
    }
    return {name: round(seconds, 3) for name, seconds in split.items()}


def has_run(notebook: NotebookNode | None) -> bool:
    """Return whether the kernel took up any cell of a notebook."""
    return any(cell.get("execution_count") for cell in _code_cells(notebook))


def warning_lines(notebook: NotebookNode | None) -> tuple[str, ...]:
    """Return what the notebook's cells wrote on the error stream, one text per cell, shortened."""
    outputs = [output for cell in _code_cells(notebook) for output in cell.outputs]
    texts = [output.text.strip() for output in outputs if output.get("name") == "stderr"]
    return tuple(text[:LONGEST_WARNING] for text in texts if text)


def _code_cells(notebook: NotebookNode | None) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"] if notebook is not None else []


def _of_papermill(node: NotebookNode) -> dict[str, Any]:
    return node.metadata.get("papermill", {})


def _is_import(cell: NotebookNode) -> bool:
    return cell.source.lstrip().startswith(("import ", "from "))


def write_report(notebook: NotebookNode, *, job: Job, staged: Path) -> None:
    """Write a job's page, formats, notebook and the pages beside it into a folder that nobody reads yet.

    Parameters
    ----------
    notebook : NotebookNode
        Executed.
    job : Job
    staged : Path
        The folder that the notebook wrote ``results/`` to.

    Raises
    ------
    PersonalData
        If anything in the folder holds a personal identifier: it must not be published then.
    """
    (staged / job.page.name).write_text(report_page(notebook, job=job), "utf-8")
    write_papers(notebook, job=job, staged=staged)
    write_supplements(job, staged)
    text = nbformat.writes(notebook).replace(str(staged), str(job.folder))
    (staged / job.notebook.name).write_text(text, "utf-8")
    check_private(staged, home=Home(job.home))


def _publish(job: Job, notebook: NotebookNode, staged: Path, context: RunContext) -> dict[str, float]:
    """Write page and notebook beside the results and publish them; give the seconds of it. Scratch gets results."""
    if context.scratch:
        publish_folder(staged, context.place(job))
        return {}
    clock = time.perf_counter()
    write_report(notebook, job=job, staged=staged)
    if context.kept is not None:
        for results in RESULTS:
            link_files(staged / results, context.kept / job.key / results)
    publish_folder(staged, job.folder)
    return {"export": round(time.perf_counter() - clock, 3)}


def _keep(job: Job, notebook: NotebookNode | None) -> Path | None:
    """Keep a half-run notebook beside the last good report, which stays."""
    if notebook is None or not is_private(job.notebook.name, nbformat.writes(notebook)):
        return None
    try:
        return write_text(job.folder / f"{job.notebook.stem}.failed.ipynb", nbformat.writes(notebook))
    except OSError:
        return None
