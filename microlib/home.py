"""Where everything of one bank is found: its home, the terms and notebooks that are shipped, and its reports."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from microlib.errors import BadConfig

VERSION = "0.1.0"
#: what is installed is called so: another's package has the name of the import
DISTRIBUTION = "microlib-credit"
#: where its name leads on a public index nobody of ours has a say in
FROM = "from the wheel or the index that this one came from"
#: extra -> the modules that it brings and that commands ask for
EXTRAS = {
    "server": (
        "ipykernel",
        "jupyter_client",
        "nbclient",
        "nbconvert",
        "nbformat",
        "papermill",
        "docx",
        "pptx",
        "typst",
        "xlsxwriter",
    ),
    "lab": ("ipywidgets", "jupyterlab"),
}
#: folders of written terms, below ``data/`` of a home as of the installation
KINDS = (
    "branches",
    "cases",
    "mappings",
    "peers",
    "policies",
    "products",
    "reference",
    "segments",
    "templates",
    "words",
)
#: names the folder, closed to others, in which a run keeps frames; where it is not set nothing is kept
FRAMES_FOLDER = "MICROLIB_FRAMES_FOLDER"
#: names the home that a lab was opened on: notebooks that stand elsewhere below it, or are copied away, find it by this
HOME_FOLDER = "MICROLIB_HOME"
DATA, REPORTS = "data", "reports"


def install_hint(extra: str = "") -> str:
    """Return how a part of this software is installed: by our own name, and from where we stand behind it.

    Examples
    --------
    >>> install_hint("lab")
    "pip install 'microlib-credit[lab]' from the wheel or the index that this one came from"
    """
    return f"pip install '{DISTRIBUTION}{extra and f'[{extra}]'}' {FROM}"


@cache
def package_folder() -> Path:
    """Return the folder of this package as it is installed: read only, for all that the code knows."""
    from importlib import resources  # most commands need nothing that is shipped

    return Path(str(resources.files("microlib")))


def project_folder() -> Path:
    """Return the folder that holds the package: a checkout's top, or where packages are installed."""
    return package_folder().parent


def shipped_data() -> Path:
    """Return the folder of the terms that are shipped: inside an installed package, at the top of a checkout.

    Examples
    --------
    >>> (shipped_data() / "products" / "market_stall.toml").is_file()
    True
    """
    return _shipped(DATA)


def shipped_notebooks() -> Path:
    """Return the folder of the notebooks that are shipped, found as `shipped_data` is.

    Examples
    --------
    >>> sorted(path.name for path in shipped_notebooks().iterdir() if not path.name.startswith("."))
    ['cases', 'exercises', 'explore', 'reports']
    """
    return _shipped("notebooks")


def shipped_methods() -> Path:
    """Return the folder of the pages on methods, found as `shipped_data` is.

    Examples
    --------
    >>> (shipped_methods() / "pars.md").is_file()
    True
    """
    return _shipped("docs/methods")


def _shipped(name: str) -> Path:
    inside = package_folder() / "shipped" / name
    return inside if inside.is_dir() else project_folder() / name


@dataclass(frozen=True)
class Overlay:
    """A folder of a home laid over the shipped one: a file of the home's own stands for the shipped one of its name.

    An own file without content takes the shipped one away.

    Parameters
    ----------
    own : Path
        The home's folder, there or not.
    shipped : Path
        The installation's.

    Examples
    --------
    >>> products = Home(Path("a_new_bank")).config("products")
    >>> (products / "market_stall.toml") == shipped_data() / "products" / "market_stall.toml"
    True
    >>> (products / "a_new_product.toml").as_posix()
    'a_new_bank/data/products/a_new_product.toml'
    """

    own: Path
    shipped: Path

    def __truediv__(self, name: str) -> Path:
        """Return the file of that name: the home's, else the shipped; where neither is there, the home's place."""
        own, shipped = self.own / name, self.shipped / name
        return shipped if shipped.is_file() and not own.is_file() else own

    def __str__(self) -> str:
        """Return the home's folder: the place to write into."""
        return str(self.own)

    def glob(self, pattern: str) -> list[Path]:
        """Return the files that fit a pattern, ascending by their names below the folder; hidden ones are left out."""
        found = {
            path.relative_to(folder).as_posix(): path
            for folder in (self.shipped, self.own)
            for path in folder.glob(pattern)
            if path.is_file() and not path.name.startswith(".")
        }
        return [found[name] for name in sorted(found) if not self._is_removed(name)]

    def name_of(self, path: Path) -> str:
        """Return what a file of these is called below the folder."""
        return path.relative_to(self.own if path.is_relative_to(self.own) else self.shipped).as_posix()

    def has(self, name: str) -> bool:
        """Return whether there is a file of that name which was not taken away."""
        return (self / name).is_file() and not self._is_removed(name)

    def is_own(self, name: str) -> bool:
        """Return whether the home holds a file of that name itself."""
        return (self.own / name).is_file()

    def _is_removed(self, name: str) -> bool:
        own, shipped = self.own / name, self.shipped / name
        return own != shipped and shipped.is_file() and own.is_file() and not own.stat().st_size


@dataclass(frozen=True)
class Home:
    """One bank's folders.

    Parameters
    ----------
    root : Path
        The folder that holds ``data/`` and, by custom, ``reports/``.

    Examples
    --------
    >>> Home(Path("mybank")).bank.as_posix()
    'mybank/data/bank.duckdb'
    >>> Home(Path("mybank")).reports.as_posix(), Home(Path("/srv/desk/data/demo")).reports.as_posix()
    ('mybank/reports', '/srv/desk/reports/demo')
    """

    root: Path

    @property
    def bank(self) -> Path:
        """The store: one DuckDB file."""
        return self.root / DATA / "bank.duckdb"

    @property
    def reports(self) -> Path:
        """Where reports are written, one folder per as-of date.

        A home at ``<top>/data/<name>`` keeps them in ``<top>/reports/<name>``, any other in its own ``reports/``; so
        does one in a ``/data`` at the root of the file system, where nobody may write beside it.
        """
        place = self.root.resolve()
        if place.parent.name != DATA or place.parents[1] == Path(place.anchor):
            return self.root / REPORTS
        return place.parents[1] / REPORTS / place.name

    def config(self, kind: str) -> Overlay:
        """Return one kind of written terms: the home's own files, and the shipped ones of other names.

        Parameters
        ----------
        kind : str
            One of `KINDS`, or a folder below it: ``products/proposals``, ``products/versions``.
        """
        return Overlay(self.root / DATA / kind, shipped_data() / kind)

    def terms_marks(self) -> tuple[tuple[str, int, int], ...]:
        """Return what tells written terms from others: of each file the place, the size and when it was written.

        Examples
        --------
        >>> any(place.endswith("market_stall.toml") for place, _, _ in Home(Path("a_new_bank")).terms_marks())
        True
        """
        folders = {str(folder / kind) for folder in (self.root / DATA, shipped_data()) for kind in KINDS}
        files = (Path(top) / name for folder in sorted(folders) for top, _, names in os.walk(folder) for name in names)
        told = ((path.as_posix(), path.stat()) for path in sorted(files) if path.is_file())
        return tuple((place, stat.st_size, stat.st_mtime_ns) for place, stat in told)

    def notebooks(self, kind: str) -> Overlay:
        """Return the notebooks of a kind, ``reports`` or ``cases``: the home's own, and the shipped of other names."""
        return Overlay(self.root / "notebooks" / kind, shipped_notebooks() / kind)


def find_home(root: str | Path) -> Home:
    """Return the home at `root`, or the demo home below it when only a demo bank has been made there.

    Where there is neither, a notebook in a lab finds the home on which the lab was opened.

    Raises
    ------
    BadConfig
        If there is no bank at either place.
    """
    own, opened = Path(root), os.environ.get(HOME_FOLDER, "")
    for place in (own, Path(opened) if opened else own):
        for home in (Home(place), Home(place / DATA / "demo")):
            if home.bank.is_file():
                return home
    raise BadConfig(
        "there is no bank here yet",
        where=str(Home(own).bank),
        fix="run `microlib demo`, or `microlib ingest` with tables of your own",
    )


def home_of_reports(folder: Path) -> Home:
    """Return the home whose reports of one date stand in a folder.

    Parameters
    ----------
    folder : Path
        ``<as-of>`` below `Home.reports`.

    Examples
    --------
    >>> home_of_reports(Path("/srv/mybank/reports/2026-06-30")).root.as_posix()
    '/srv/mybank'
    >>> home_of_reports(Path("/srv/desk/reports/demo/2026-06-30")).root.as_posix()
    '/srv/desk/data/demo'
    """
    reports = folder.resolve().parent
    beside = Home(reports.parents[1] / DATA / reports.name) if len(reports.parts) > 2 else None
    if beside is not None and reports.parent.name == REPORTS and (reports.name != REPORTS or beside.bank.is_file()):
        return beside
    return Home(reports.parent)


def home_of_terms(path: Path) -> Home:
    """Return the home that a file of written terms belongs to: what stands above ``data/<kind>/<file>``.

    Examples
    --------
    >>> home_of_terms(Path("/srv/mybank/data/products/market_stall.toml")).root.as_posix()
    '/srv/mybank'
    """
    return Home(path.absolute().parents[2])


def overlay_at(folder: Path) -> Overlay:
    """Return a folder of written terms laid over the shipped one of its kind; any other folder lies over itself alone.

    Examples
    --------
    >>> overlay_at(Path("a_new_bank/data/products")).has("market_stall.toml")
    True
    >>> overlay_at(Path("a_new_bank/products")).glob("*.toml")
    []
    """
    for above in (folder.parent, folder.parent.parent):
        kind = folder.relative_to(above)
        if above.name == DATA and kind.parts[0] in KINDS:
            return Overlay(folder, shipped_data() / kind)
    return Overlay(folder, folder)


def settings_file(home: Home, ending: str) -> Path:
    """Return the place of a file about one home below the user's settings, outside all that is copied or sent."""
    root = home.root.resolve()
    settings = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return settings / "microlib" / f"{root.name}-{hashlib.sha256(str(root).encode()).hexdigest()[:12]}.{ending}"
