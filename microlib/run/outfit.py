"""A home set up and a computer looked over: folders and templates, and what is missing with what that costs."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from time import localtime

from microlib.bank.state import PREFIX
from microlib.errors import BadConfig, WorkbenchError
from microlib.files import check_writable, left_owned, owned_folder, temporary_folders, write_text
from microlib.home import DATA, DISTRIBUTION, EXTRAS, KINDS, VERSION, Home, install_hint

TEMPLATES = Path(__file__).parent / "templates"
#: what a template is called in a home, where it cannot be called so in the package
CALLED = {"gitignore": ".gitignore"}
#: kinds of terms that a home begins with folders for
BEGUN = tuple(kind for kind in KINDS if kind not in ("cases", "reference", "templates"))
#: modules without which nothing runs
NEEDED = (
    *("click", "duckdb", "holidays", "ibis", "jinja2", "matplotlib", "numpy", "openpyxl", "pandas", "pandera"),
    *("pyarrow", "pydantic", "python_calamine", "scipy", "sqlglot", "statsmodels", "xlrd"),
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "firefox", "msedge")
OLDEST = (3, 11)
#: hours that Beijing's clock is before UTC
BEIJING_HOURS = 8
#: bytes below which a disk is full for our purposes, and those that a bank of a dozen branches wants
LEAST_FREE, WANTED_FREE = 200 << 20, 2 << 30


def make_home(root: Path) -> list[Path]:
    """Make a home for one bank: folders, commented templates, a README; return what was written.

    What is there already stays as it is.

    Parameters
    ----------
    root : Path

    Raises
    ------
    BadConfig
        If it cannot be written.
    """
    made, kept = [], TEMPLATES / "home"
    try:
        for folder in (*(root / DATA / kind for kind in BEGUN), root / "notebooks" / "reports"):
            folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(path for path in kept.rglob("*") if path.is_file()):
            own = root / path.relative_to(kept).with_name(CALLED.get(path.name, path.name))
            if not own.exists():
                made.append(write_text(own, path.read_text(encoding="utf-8")))
    except OSError as error:
        what = f"the home cannot be written: {error.strerror or error}"
        raise BadConfig(what, where=str(root), fix="choose a folder of your own") from error
    return made


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Parameters
    ----------
    code : str
        Names it in ``templates/doctor.toml``.
    state : str
        ``ok``, ``missing`` (and needed) or ``note`` (missing, and others do without).
    found : str
        What is there; of what is missing, the remedy.
    """

    code: str
    state: str
    found: str


def examine(home: Home) -> list[Finding]:
    """Look over a computer and a home: nothing is altered, and what fails to answer is told as missing.

    Parameters
    ----------
    home : Home
    """
    checks: dict[str, Callable[[Home], tuple[str, str]]] = {
        "python": _python,
        "package": _package,
        "base": lambda _: _modules(NEEDED, "", "missing"),
        "server": lambda _: _modules(EXTRAS["server"], "server", "note"),
        "lab": lambda _: _modules(EXTRAS["lab"], "lab", "note"),
        "fonts": _fonts,
        "kernel": _kernel,
        "kernelspec": _kernelspec,
        "home": _writable,
        "bank": _bank,
        "closed": _closed,
        "told": _told,
        "disk": lambda home: _free(_standing(home.root), "missing"),
        "temp": lambda _: _free(Path(tempfile.gettempdir()), "note"),
        "left": _left,
        "browser": _browser,
        "clock": _clock,
    }
    found = []
    for code, check in checks.items():
        try:
            found.append(Finding(code, *check(home)))
        except WorkbenchError as error:
            found.append(Finding(code, "missing", f"{error.what.splitlines()[0]}; {error.fix}".strip("; ")))
        except ImportError as error:
            found.append(Finding(code, "missing", str(error)))
    return found


def examined_lines(found: list[Finding], lang: str) -> Iterator[str]:
    """Give a line for each thing: state, name, what was found; and what it costs where it is missing."""
    told = tomllib.loads((TEMPLATES / "doctor.toml").read_text(encoding="utf-8"))
    for each in found:
        cost = "" if each.state == "ok" else f"\t{told[each.code]['cost'][lang]}"
        yield f"{told['state'][each.state][lang]}\t{told[each.code]['name'][lang]}\t{each.found}{cost}"


def check_fit(found: list[Finding]) -> None:
    """Refuse a computer on which something is missing that is needed.

    Raises
    ------
    BadConfig
        Naming each.
    """
    lacking = [each for each in found if each.state == "missing"]
    if lacking:
        what = f"{len(lacking)} things are missing: {', '.join(each.code for each in lacking)}"
        raise BadConfig(what, where=platform.node(), fix="; ".join(each.found for each in lacking))


def _python(_: Home) -> tuple[str, str]:
    return "ok" if sys.version_info >= OLDEST else "missing", f"{platform.python_version()} {sys.prefix}"


def _package(_: Home) -> tuple[str, str]:
    try:
        installed = metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return "note", f"{VERSION}; {install_hint()}"
    is_same = installed == VERSION
    return "ok" if is_same else "note", f"{VERSION}" if is_same else f"{installed}, this is {VERSION}; {install_hint()}"


def _modules(names: tuple[str, ...], extra: str, state: str) -> tuple[str, str]:
    absent = [name for name in names if importlib.util.find_spec(name) is None]
    if absent:
        return state, f"{', '.join(absent)}; {install_hint(extra)}"
    versions = {"": ("pandas", "duckdb"), "server": ("papermill", "typst"), "lab": ("jupyterlab",)}[extra]
    return "ok", ", ".join(f"{name} {metadata.version(name)}" for name in versions)


def _fonts(_: Home) -> tuple[str, str]:
    from microlib.report.fonts import bold_file, font_file

    return "ok", ", ".join(path.name for path in (font_file(), bold_file()))


def _kernel(_: Home) -> tuple[str, str]:
    from microlib.run.warm.lease import is_possible

    return ("ok", platform.system()) if is_possible() else ("note", platform.system())


def _kernelspec(_: Home) -> tuple[str, str]:
    from jupyter_client.kernelspec import KernelSpecManager

    place = KernelSpecManager().find_kernel_specs().get("microlib")
    return ("ok", place) if place else ("note", "microlib kernels install")


def _standing(path: Path) -> Path:
    """Return a path or, where it is not there yet, the nearest folder above that is."""
    return next(each for each in (path.absolute(), *path.absolute().parents) if each.exists())


def _writable(home: Home) -> tuple[str, str]:
    place = _standing(home.root)
    if place == home.root.absolute():
        check_writable(place)
        with owned_folder(place):  # by a lock there, which a disk of a network may not know
            pass
    return ("ok" if os.access(place, os.W_OK) else "missing"), str(home.root.absolute())


def _bank(home: Home) -> tuple[str, str]:
    if not home.bank.is_file():
        return "note", "microlib ingest, microlib demo"
    from microlib.bank.store import default_as_of, open_store

    with open_store(home) as store:
        return "ok", f"{home.bank} {default_as_of(store)}"


def _closed(home: Home) -> tuple[str, str]:
    from microlib.run.check import check_closed

    return "ok", f"{len(check_closed(home))}"


def _told(home: Home) -> tuple[str, str]:
    from microlib.run.notice import NAME, read_bank_file

    told = read_bank_file(home)
    ways = [name for name in ("mail", "webhook") if getattr(told, name) is not None]
    return ("ok", ", ".join(ways)) if ways else ("note", str(home.root / DATA / NAME))


def _free(place: Path, state: str) -> tuple[str, str]:
    free = shutil.disk_usage(place).free
    short = state if free < LEAST_FREE else "note"
    return "ok" if free >= WANTED_FREE else short, f"{free / (1 << 30):.1f} GB {place}"


def _left(home: Home) -> tuple[str, str]:
    beside = left_owned(_standing(home.bank.parent).resolve(), PREFIX)
    left = [*beside, *(each for place in temporary_folders() for each in left_owned(place))]
    files = [path for folder in left for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    size = f"{len(left)}, {sum(path.stat().st_size for path in files) / (1 << 20):.1f} MB"
    return ("note", f"{size}: {', '.join(map(str, left))}") if left else ("ok", size)


def _browser(_: Home) -> tuple[str, str]:
    found = next((path for path in map(shutil.which, BROWSERS) if path), "")
    return ("ok", found) if found else ("note", ", ".join(BROWSERS[:1]))


def _clock(_: Home) -> tuple[str, str]:
    hours = localtime().tm_gmtoff / 3600
    return "ok" if hours == BEIJING_HOURS else "note", f"UTC{hours:+g}"
