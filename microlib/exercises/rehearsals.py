"""A notebook run in this process, without a kernel: its cells in order, what each shows, and the answer it leaves."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from microlib.errors import NotebookFailed, WorkbenchError
from microlib.exercises.copies import ANSWER, is_tagged
from microlib.exercises.judges import Judgement
from microlib.exercises.marks import judged
from microlib.exercises.registry import find_task


def run_cells(notebook: NotebookNode, *, until: str = "") -> tuple[list[str], dict[str, Any]]:
    """Run a notebook's code cells in one namespace.

    Parameters
    ----------
    notebook : NotebookNode
    until : str
        Tag of the last cell to run; empty runs all.

    Returns
    -------
    list of str, dict
        What each code cell shows as text (empty where nothing), and the namespace at the end.

    Raises
    ------
    NotebookFailed
        If a cell stops; it names the cell and the error.
    """
    names: dict[str, Any] = {}
    shown = []
    for number, cell in enumerate((each for each in notebook.cells if each.cell_type == "code"), start=1):
        try:
            shown.append(_run(cell.source, names))
        except WorkbenchError:
            raise
        except Exception as error:
            what = f"{type(error).__name__}: {error}"
            raise NotebookFailed(what, where=f"code cell {number}", fix="mend that cell and run it again") from error
        if until and is_tagged(cell, until):
            break
    return shown, names


def mark_notebook(path: Path) -> tuple[str, int, list[Judgement]]:
    """Judge a learner's notebook: which exercise, which seed, and what came of each answer.

    Raises
    ------
    NotebookFailed
        If a cell before the check stops.
    """
    notebook = nbformat.read(path, as_version=4)
    _, names = run_cells(notebook, until=ANSWER)
    task = find_task(names["task"].task.code)
    return task.code, int(names["seed"]), judged(task, names.get("answer", {}), names["seed"])


def _run(source: str, names: dict[str, Any]) -> str:
    """Run one cell; return the text of its last expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), names)
    if last is None:
        return ""
    value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)
    return "" if value is None else repr(value)
