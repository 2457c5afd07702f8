"""Exercise notebooks: the shipped one, a copy with a seed of its own, and one with the answer written in."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from microlib.errors import BadConfig
from microlib.exercises.registry import find_task
from microlib.exercises.solutions import solution_source
from microlib.homes import shipped_notebooks

ANSWER, PARAMETERS = "answer", "parameters"


def shipped_notebook(name: str) -> Path:
    """Return the notebook of an exercise.

    Raises
    ------
    BadConfig
        If there is no such exercise, or the installation lacks its notebook.

    Examples
    --------
    >>> shipped_notebook("x17").name
    'x17_hidden_arrears.ipynb'
    """
    code = find_task(name).code
    folder = shipped_notebooks() / "exercises"
    found = sorted(folder.glob(f"{code}_*.ipynb"))
    if not found:
        raise BadConfig(f"exercise {code} has no notebook", where=str(folder), fix="install microlib again")
    return found[0]


def new_copy(name: str, *, seed: int, lang: str, is_solved: bool = False) -> NotebookNode:
    """Return an exercise's notebook with a seed and a language, without outputs; solved, its answer cell is filled.

    Parameters
    ----------
    name : str
        Code of the exercise.
    seed : int
        0 or more.
    lang : str
        Cells of the other language are left out.
    is_solved : bool
        Write the solution into the answer cell.
    """
    task, notebook = find_task(name), nbformat.read(shipped_notebook(name), as_version=4)
    other = {"zh": "en", "en": "zh"}[lang]
    notebook.cells = [cell for cell in notebook.cells if other not in cell.metadata.get("tags", [])]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if is_tagged(cell, PARAMETERS):
            cell.source = re.sub(r"(?m)^seed = \d+", f"seed = {int(seed)}", cell.source)
            cell.source = re.sub(r'(?m)^lang = "\w+"', f'lang = "{lang}"', cell.source)
        if is_solved and is_tagged(cell, ANSWER):
            cell.source = solution_source(task)
    return notebook


def written_copy(notebook: NotebookNode, path: Path) -> Path:
    """Write a notebook where none is yet; a learner's work is never written over.

    Raises
    ------
    BadConfig
        If there is a file already, or the folder cannot be written.
    """
    if path.exists():
        raise BadConfig("there is such a notebook already", where=str(path), fix="give another seed or folder")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(nbformat.writes(notebook) + "\n", "utf-8")
    except OSError as error:
        raise BadConfig(
            f"it cannot be written: {error.strerror}", where=str(path), fix="choose another --to"
        ) from error
    return path


def is_tagged(cell: NotebookNode, tag: str) -> bool:
    """Return whether a cell bears a tag."""
    return tag in cell.metadata.get("tags", [])
