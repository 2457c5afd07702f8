"""Written terms checked file by file: products, policies, segments, branches, mappings, patterns of use."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from microlib.contracts.documents import read_toml
from microlib.errors import BadConfig
from microlib.homes import KINDS, Home
from microlib.running import file_readings, readings, scene_readings


class Checked(NamedTuple):
    """One file that can be followed.

    Parameters
    ----------
    code, state : str
        What it is called, and its status or version.
    path : Path
    """

    code: str
    state: str
    path: Path


def check_files(paths: Iterable[Path]) -> tuple[list[Checked], list[BadConfig]]:
    """Check files of written terms; the folder that holds a file says what kind it is.

    Parameters
    ----------
    paths : iterable of Path
        Of ``products/``, ``policies/``, ``segments/``, ``branches/`` or ``mappings/``.

    Returns
    -------
    list of Checked, list of BadConfig
        Those that can be followed, and what is wrong with the others.
    """
    passed, refused = [], []
    for path in paths:
        try:
            passed.append(check_file(path))
        except BadConfig as error:
            refused.append(error)
    return passed, refused


def check_file(path: Path) -> Checked:
    """Check one file of written terms; one whose name begins with ``_`` is a template and need only be TOML.

    A file without content takes the shipped one of its name away.

    Raises
    ------
    BadConfig
        If its folder is of no known kind, or the file cannot be followed.
    """
    kind = path.absolute().parent.name
    if kind not in READERS:
        what = f"{kind}/ is no folder of written terms"
        raise BadConfig(what, where=str(path), fix=f"put the file into {', '.join(READERS)}")
    if path.is_file() and not path.stat().st_size:
        return Checked(path.stem, "removed", path)
    if path.stem.startswith("_"):
        read_toml(path)
        return Checked(path.stem, "template", path)
    return Checked(path.stem, READERS[kind](path), path)


class Override(NamedTuple):
    """One shipped file that a home has a file of its own for.

    Parameters
    ----------
    name : str
        Both are called so below a home: ``data/products/market_stall.toml``.
    path : Path
        The home's own, which counts.
    state : str
        ``overrides`` the shipped one, is a ``copy`` of it, or (empty) ``removes`` it.
    """

    name: str
    path: Path
    state: str


def overridden_files(home: Home) -> list[Override]:
    """List the shipped terms and notebooks of pages that a home's own files stand for, by name.

    Examples
    --------
    >>> overridden_files(Home(Path(".")))  # a checkout's own files are the shipped ones
    []
    """
    layers = [(f"data/{kind}", home.config(kind)) for kind in KINDS]
    layers += [(f"notebooks/{kind}", home.notebooks(kind)) for kind in ("cases", "reports")]
    found = []
    for folder, layer in layers:
        for shipped in sorted(path for path in layer.shipped.rglob("*") if path.is_file()):
            name = shipped.relative_to(layer.shipped)
            own = layer.own / name
            if own.is_file() and not own.samefile(shipped):
                found.append(Override(f"{folder}/{name.as_posix()}", own, _override_state(own, shipped)))
    return found


def _override_state(own: Path, shipped: Path) -> str:
    text = own.read_bytes()
    return "removes" if not text else "copy" if text == shipped.read_bytes() else "overrides"


def joined(refused: list[BadConfig]) -> BadConfig:
    """Return several refusals as one; each keeps its place and its remedy."""
    if len(refused) == 1:
        return refused[0]
    return BadConfig("\n".join([f"{len(refused)} files cannot be followed", *map(str, refused)]))


#: folder that holds a file -> how it is read
READERS = {**readings.READERS, **file_readings.READERS, **scene_readings.READERS}
