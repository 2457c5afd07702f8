"""The report notebooks of a home: found by name, their parameters read, and held against what a job gives."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from microlib.contracts.documents import nearest
from microlib.errors import BadConfig
from microlib.files import write_text
from microlib.home import Home
from microlib.run.jobs import CODE, Job

Literal = str | int | float | bool | list | dict | None


def read_parameters(notebook: Path) -> dict[str, Literal]:
    """Read names and defaults from the cell tagged ``parameters``, without running anything.

    Parameters
    ----------
    notebook : Path
        An ``.ipynb`` file.

    Returns
    -------
    dict
        Name to default, in the order of the cell.

    Raises
    ------
    BadConfig
        If the file is no notebook, has no ``parameters`` cell, or the cell holds anything but plain literals:
        a value that is computed there would keep the default's result after another value is passed.
    """
    source = _parameters_source(notebook)
    try:
        statements = ast.parse(source).body
    except SyntaxError as error:
        raise BadConfig(f"the parameters cell is not Python: {error.msg}", where=str(notebook)) from error
    return dict(_literal(statement, notebook) for statement in statements)


def checked_parameters(notebook: Path, given: Mapping[str, Literal]) -> dict[str, Literal]:
    """Return `given` if it names exactly the notebook's parameters, each of its default's type.

    Parameters
    ----------
    notebook : Path
        An ``.ipynb`` file.
    given : mapping
        Name to value.

    Raises
    ------
    BadConfig
        If a name is unknown to the notebook, is missing from `given`, or its value is of another type.
    """
    declared = read_parameters(notebook)
    for name in given:
        if name not in declared:
            raise _unknown(notebook, name, declared)
    for name, default in declared.items():
        if name not in given:
            raise _unfilled(notebook, name, given)
        _check_type(notebook, name, default=default, value=given[name])
    return dict(given)


def choice(name: str, known: Iterable[str]) -> str:
    """Return a remedy that names the likeliest spelling among `known`, or lists them.

    Examples
    --------
    >>> choice("hospital_suplier", ["market_stall", "hospital_supplier"])
    'did you mean hospital_supplier?'
    >>> choice("x", ["market_stall", "hospital_supplier"])
    'choose from market_stall, hospital_supplier'
    """
    names = list(known)
    close = nearest(name, names)
    return f"did you mean {close}?" if close else f"choose from {', '.join(names[:20]) or 'nothing: there is none'}"


def _parameters_source(notebook: Path) -> str:
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        tagged = [cell for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    except (ValueError, KeyError, TypeError) as error:
        raise BadConfig(
            "this is not a notebook", where=str(notebook), fix="open it in JupyterLab and save it"
        ) from error
    if len(tagged) != 1:
        raise BadConfig(
            f"a report notebook has one cell tagged 'parameters', this has {len(tagged)}",
            where=str(notebook),
            fix="tag the cell that holds home, branch, as_of, lang and out",
        )
    return "".join(tagged[0]["source"])


def _literal(statement: ast.stmt, notebook: Path) -> tuple[str, Literal]:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            pass
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            pass
        case _:
            raise _not_literal(notebook, ast.unparse(statement))
    try:
        return name, ast.literal_eval(value)
    except ValueError as error:
        raise _not_literal(notebook, ast.unparse(statement)) from error


def _not_literal(notebook: Path, line: str) -> BadConfig:
    return BadConfig(
        f"the parameters cell holds more than plain literals: {line}",
        where=str(notebook),
        fix="move what is derived to a later cell",
    )


def _unknown(notebook: Path, name: str, declared: Mapping[str, Literal]) -> BadConfig:
    return BadConfig(f"{notebook.stem} has no parameter {name}", where=str(notebook), fix=choice(name, declared))


def _unfilled(notebook: Path, name: str, given: Mapping[str, Literal]) -> BadConfig:
    return BadConfig(
        f"{notebook.stem} has a parameter {name} to which a report run gives no value",
        where=str(notebook),
        fix=f"{choice(name, given)}; a threshold belongs in a policy, not in a parameter",
    )


def _check_type(notebook: Path, name: str, *, default: Literal, value: Literal) -> None:
    kinds = (int, float) if type(default) is float else (type(default),)
    if default is not None and type(value) not in kinds:
        raise BadConfig(
            f"{notebook.stem}: parameter {name} is {type(default).__name__}, not {type(value).__name__} ({value!r})",
            where=str(notebook),
            fix=f"give it as {type(default).__name__}",
        )


def find_notebooks(home: Home, names: Iterable[str] = ()) -> list[Path]:
    """Return the report notebooks called `names`, by default all: the home's own and the shipped of other names.

    Parameters
    ----------
    home : Home
    names : iterable of str
        Names without suffix, or paths of ``.ipynb`` files.

    Raises
    ------
    BadConfig
        If there is none of that name.
    """
    known = home.notebooks("reports")
    shelf = {path.stem: path.resolve() for path in known.glob("*.ipynb")}
    asked = list(dict.fromkeys(_notebook(name, shelf, known.own) for name in names) if names else shelf.values())
    if not asked:
        raise BadConfig("there is no report notebook", where=str(known), fix="name one by its path")
    return asked


#: what a report of one's own may be called; the letters in it name its first page
OWN_NAME = re.compile("[0-9]*_?([a-z][a-z0-9_]*)")
LONGEST_NAME = 40
TEMPLATE = "example_report"


def write_own_report(home: Home, name: str) -> list[Path]:
    """Write a report of one's own into a home, notebook and words, that runs as it is; return both paths.

    Parameters
    ----------
    home : Home
    name : str
        Small letters, digits and ``_``; a number before it places it among the others: ``9_green_loans``.

    Raises
    ------
    BadConfig
        If the name cannot be one, a notebook or words of that name are there, or they cannot be written.
    """
    from microlib.report.words import entries, words_folder  # a run that only looks for notebooks does not wait for it

    found = OWN_NAME.fullmatch(name)
    if found is None or len(name) > LONGEST_NAME:
        fix = f"use small letters, digits and _, at most {LONGEST_NAME} signs: 9_green_loans"
        raise BadConfig(f"{name!r} cannot be a report's name", where=name, fix=fix)
    notebooks, words = home.notebooks("reports"), words_folder(home)
    known = {path.stem for path in notebooks.glob("*.ipynb")}
    paths = [notebooks.own / f"{name}.ipynb", words.own / f"{name}.toml"]
    if name in known or any(path.exists() for path in paths):
        place = next((path for path in paths if path.exists()), notebooks / f"{name}.ipynb")
        raise BadConfig(f"there is a report {name} already", where=str(place), fix="choose another name, or edit it")
    if found[1] in entries("captions"):
        fix = f"choose another name: its page would stand for the package's page {found[1]}"
        raise BadConfig(f"{found[1]} is a page of the package's own", where=name, fix=fix)
    for path in paths:
        text = (Path(__file__).parent / "templates" / f"{TEMPLATE}{path.suffix}").read_text(encoding="utf-8")
        named = text.replace(f"9_{TEMPLATE}", name).replace(TEMPLATE, found[1])
        try:
            write_text(path, named)
        except OSError as error:
            what = f"the report cannot be written: {error.strerror or error}"
            raise BadConfig(what, where=str(path), fix="make the folder writable, or choose another --home") from error
    return paths


def is_designing(notebook: Path) -> bool:
    """Return whether a notebook designs a product: whether it has a parameter for one."""
    return "product" in read_parameters(notebook)


def check_job(job: Job) -> Job:
    """Return `job` if what it passes is what its notebook declares."""
    checked_parameters(job.notebook, job.parameters(job.folder))
    return job


def title_of(notebook: Path, lang: str) -> str:
    """Return a notebook's heading of level 1 in a language; its name where it has none."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    prose = [cell for cell in cells if cell["cell_type"] == "markdown"]
    prose.sort(key=lambda cell: lang not in cell["metadata"].get("tags", []))
    lines = [line for cell in prose for line in "".join(cell["source"]).splitlines() if line.startswith("# ")]
    return lines[0].removeprefix("# ").strip() if lines else notebook.stem


def name_of(notebook: Path, lang: str) -> str:
    """Return what a report is called for short: its heading up to the colon, after which the question stands."""
    return re.split("[：:]", title_of(notebook, lang), maxsplit=1)[0].strip()


def _notebook(name: str, shelf: dict[str, Path], folder: Path) -> Path:
    path = Path(name)
    if path.suffix == ".ipynb" and path.is_file() and CODE.fullmatch(path.stem):
        return path.resolve()
    if name.removesuffix(".ipynb") in shelf:
        return shelf[name.removesuffix(".ipynb")]
    raise BadConfig(f"there is no notebook {name}", where=str(folder), fix=choice(name, shelf))
