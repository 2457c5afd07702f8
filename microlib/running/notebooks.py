"""The report notebooks of a home: found by name, and asked whether they fit a job."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from microlib.errors import BadConfig
from microlib.homes import Home
from microlib.running import parameters
from microlib.running.jobs import CODE, Job


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


def is_designing(notebook: Path) -> bool:
    """Return whether a notebook designs a product: whether it has a parameter for one."""
    return "product" in parameters.read_parameters(notebook)


def check_job(job: Job) -> Job:
    """Return `job` if what it passes is what its notebook declares."""
    parameters.checked_parameters(job.notebook, job.parameters(job.folder))
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
    raise BadConfig(f"there is no notebook {name}", where=str(folder), fix=parameters.choice(name, shelf))
