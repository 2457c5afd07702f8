"""Exercise notebooks: the shipped one, a copy with its own seed, one with the answer, run without a kernel."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

import nbformat
from nbformat import NotebookNode

from microlib.errors import BadConfig, NotebookFailed, WorkbenchError
from microlib.exercises.exercise import Judgement, Task, find_task, judged
from microlib.home import shipped_notebooks

#: what a solution begins with: the data that the learner sees
OPENING = "data = task.data"


def solution_source(task: Task) -> str:
    """Return the code that answers an exercise from its data, imports first.

    Examples
    --------
    >>> from microlib.exercises.exercise import find_task
    >>> print(solution_source(find_task("x19")))
    from microlib.design.business_evidence import supplier_limits
    from microlib.exercises.exercise import wan
    <BLANKLINE>
    data = task.data
    rules = data['rules'].iloc[0].to_dict()
    answer = {'limits': wan(supplier_limits(data['suppliers'], **rules)['limit_yuan'])}
    """
    function = ast.parse(dedent(inspect.getsource(task.solve))).body[0]
    body = function.body[1:] if ast.get_docstring(function) else function.body
    *lines, last = body
    answer = ast.Assign([ast.Name("answer", ast.Store())], last.value)
    code = [ast.unparse(ast.fix_missing_locations(line)) for line in (*lines, answer)]
    return "\n".join([*_imports(inspect.getmodule(task.solve), function), "", OPENING, *code])


def _imports(module: ModuleType, function: ast.AST) -> list[str]:
    """Return the imports of a module that a function uses, and imports of the module's own names that it uses."""
    used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    tree, lines = ast.parse(inspect.getsource(module)), []
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom) and getattr(node, "module", "") != "__future__":
            kept = [name for name in node.names if (name.asname or name.name) in used]
            if kept:
                node.names = kept
                lines.append(ast.unparse(node))
    assigned = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    own = {name.id for target in assigned for name in ast.walk(target) if isinstance(name, ast.Name)}
    own |= {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    named = sorted(own & used)
    return lines + ([f"from {module.__name__} import {', '.join(named)}"] if named else [])


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
