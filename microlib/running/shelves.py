"""What stands in a report's folder: page, formats and notebook, scanned before anyone sees them."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat import NotebookNode

from microlib.running import exports
from microlib.running.exporting import supplements
from microlib.running.jobs import Home, Job
from microlib.running.privacy.scans import PersonalData, check_private, is_private, masked_text

#: the folders of results that a report may have
RESULTS = ("results", "head-office/results")
__all__ = ["RESULTS", "PersonalData", "is_private", "masked_text", "write_shelf"]


def write_shelf(notebook: NotebookNode, *, job: Job, staged: Path) -> None:
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
    (staged / job.page.name).write_text(exports.report_page(notebook, job=job), "utf-8")
    supplements.papers.write_papers(notebook, job=job, staged=staged)
    supplements.write_supplements(job, staged)
    text = nbformat.writes(notebook).replace(str(staged), str(job.folder))
    (staged / job.notebook.name).write_text(text, "utf-8")
    check_private(staged, home=Home(job.home))
