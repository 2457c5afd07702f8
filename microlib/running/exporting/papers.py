"""The formats beside the page, by name: each written from the same document."""

from __future__ import annotations

import importlib
from pathlib import Path

from nbformat import NotebookNode

from microlib.running.jobs import Job

#: format -> module and function that write it; loaded only when it is asked for
WRITERS = {
    "xlsx": ("workbooks", "write_workbook"),
    "docx": ("manuscripts", "write_manuscript"),
    "pdf": ("prints", "write_print"),
}
#: formats of sheets that leave the bank
LEAFLETS = ("docx", "pdf")


def write_papers(notebook: NotebookNode, *, job: Job, staged: Path) -> list[Path]:
    """Write the formats that a job wants beside its page.

    Parameters
    ----------
    notebook : NotebookNode
        Executed.
    job : Job
        Names the formats.
    staged : Path
        The folder that holds ``results/`` and will hold the files.

    Returns
    -------
    list of Path
    """
    if not job.formats:
        return []
    from microlib.running.exporting import documents

    document = documents.read_document(notebook, job=job, results=staged / "results")
    return [_writer(name)(document, staged / f"{job.notebook.stem}.{name}") for name in job.formats]


def write_leaflet(notebook: NotebookNode, *, job: Job, title: str, path: Path) -> list[Path]:
    """Write a sheet that leaves the bank as Word and PDF, where the job wants them; never as a workbook."""
    wanted = [name for name in job.formats if name in LEAFLETS]
    if not wanted:
        return []
    from microlib.running.exporting import documents

    document = documents.read_leaflet(notebook, job=job, title=title)
    return [_writer(name)(document, path.with_suffix(f".{name}")) for name in wanted]


def _writer(name: str):
    module, function = WRITERS[name]
    return getattr(importlib.import_module(f"microlib.running.exporting.{module}"), function)
