"""What a zygote imports before it forks, and a key that changes when any of it does."""

from __future__ import annotations

import ast
import importlib
import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from microlib.files import text_hash
from microlib.homes import package_folder

PACKAGE = "microlib"
#: what the library imports only when a function needs it; a fork that did so would pay for it in every report
DEFERRED = (
    "holidays.countries",
    "matplotlib.font_manager",
    "microlib.reporting.pictures",
    "microlib.reporting.verdicts.registry",
    "pandera.backends.pandas.builtin_checks",
    "pandera.backends.pandas.builtin_hypotheses",
    "pandera.backends.pandas.register",
    "pandera.strategies.pandas_strategies",
    "statsmodels.tsa.seasonal",
)
#: the same of other libraries: parts that they import at the first use
LATE_PARTS = (
    "IPython.core.logger",
    *(f"PIL.{name}ImagePlugin" for name in ("Bmp", "Gif", "Jpeg", "Png", "Ppm")),
    "encodings.utf_8_sig",
    "pandas.core.arrays.arrow.extension_types",
    "pandas.core.methods.to_dict",
    "pandas.core.reshape.reshape",
    "pyarrow.dataset",
    "pyarrow.pandas_compat",
)
#: what any kernel and nearly any report imports; modules only, nothing is opened or started
ALWAYS = (
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.extensions.storemagic",
    "ipykernel.debugger",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "ipykernel.zmqshell",
    "matplotlib_inline.backend_inline",
    "sqlite3",
    "stringprep",
    "encodings.idna",
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "pandas",
    "pyarrow.parquet",
    "duckdb",
    "ibis.backends.duckdb",
    *DEFERRED,
    *LATE_PARTS,
)
#: variables that decide how Python and the numeric libraries load: zygotes of different values are different
DECISIVE = ("PYTHON", "OMP_", "OPENBLAS_", "MKL_", "ARROW_", "LANG", "LC_", "MPL")


def imported_by(notebooks: Iterable[Path]) -> tuple[str, ...]:
    """Return the modules of this package that the notebooks import, ascending; what is no notebook imports nothing.

    Parameters
    ----------
    notebooks : iterable of Path
        ``.ipynb`` files; nothing of them is run.
    """
    found: set[str] = set()
    for path in notebooks:
        with suppress(OSError, ValueError, KeyError, TypeError):
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
            found.update(name for source in sources for name in _imported(source))
    return tuple(sorted(found))


def import_all(names: Iterable[str]) -> None:
    """Import modules; one that is not installed is left to the notebook that asks for it."""
    for name in (*ALWAYS, *names):
        with suppress(ImportError):
            importlib.import_module(name)


@contextmanager
def left_out(*names: str) -> Iterator[None]:
    """Let modules be missing while others are imported that would use them if they were there.

    Examples
    --------
    >>> with left_out("this"):
    ...     import this
    Traceback (most recent call last):
    ModuleNotFoundError: import of this halted; None in sys.modules
    """
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name)


def code_key(names: Iterable[str]) -> str:
    """Return a key of everything a zygote would hold: interpreter, this package's files, modules, environment.

    A zygote of another key would run code that is no longer on disk.
    """
    files = sorted(path for kind in ("*.py", "*.toml") for path in package_folder().rglob(kind))
    stamps = [(str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files]
    set_here = sorted(pair for pair in os.environ.items() if pair[0].startswith(DECISIVE))
    text = json.dumps([sys.executable, sys.version, sys.prefix, stamps, list(names), set_here])
    return text_hash(text)[:16]


def _imported(source: str) -> list[str]:
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:
        return []
    plain = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    froms = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    parts = [node.module for node in froms] + [f"{node.module}.{alias.name}" for node in froms for alias in node.names]
    return [name for name in (*plain, *parts) if name.split(".")[0] == PACKAGE]
