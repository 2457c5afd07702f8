"""Pages beside a report: the head office's supplement and the sheets that leave the bank, set from their kept parts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from markupsafe import Markup
from nbformat import NotebookNode, v4

from microlib.reporting import leaflets, withholdings
from microlib.running import exports
from microlib.running.exporting import papers


def write_supplements(job: exports.Job, staged: Path) -> list[Path]:
    """Set what a notebook kept for head office and for people outside the bank, in the job's formats.

    Parameters
    ----------
    job : Job
    staged : Path
        The report's folder; ``head-office/`` and ``leaflets/`` below it hold the parts as the notebook kept them,
        which are removed once they are set.

    Returns
    -------
    list of Path
        The pages.
    """
    own = staged / withholdings.FOLDER
    written = [_set_supplement(job, own)] if (own / withholdings.PARTS).is_file() else []
    return written + [_set_leaflet(job, path) for path in sorted((staged / leaflets.FOLDER).glob("*.json"))]


def _set_supplement(job: exports.Job, folder: Path) -> Path:
    kept = _taken(folder / withholdings.PARTS)
    notebook = _notebook(f"<h1>{Markup.escape(kept['title'])}</h1>", kept["parts"])
    page = folder / job.page.name
    page.write_text(exports.report_page(notebook, job=job), "utf-8")
    papers.write_papers(notebook, job=job, staged=folder)
    return page


def _set_leaflet(job: exports.Job, path: Path) -> Path:
    kept = _taken(path)
    notebook = _notebook("", kept["parts"])
    page = path.with_suffix(".html")
    page.write_text(exports.leaflet_page(notebook, job=job, title=kept["title"]), "utf-8")
    papers.write_leaflet(notebook, job=job, title=kept["title"], path=path)
    return page


def _taken(path: Path) -> dict[str, Any]:
    kept = json.loads(path.read_text("utf-8"))
    path.unlink()
    return kept


def _notebook(top: str, parts: list[dict[str, str]]) -> NotebookNode:
    """Return parts as the outputs of a notebook, which every format is made of."""
    data = [*([{"text/html": top}] if top else []), *parts]
    cells = [v4.new_code_cell(outputs=[v4.new_output("display_data", data=each)]) for each in data]
    return v4.new_notebook(cells=cells)
