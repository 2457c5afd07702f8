"""Written terms checked file by file: products, policies, segments, branches, mappings, patterns of use."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from microlib.contracts.documents import read_toml
from microlib.errors import BadConfig
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

    Raises
    ------
    BadConfig
        If its folder is of no known kind, or the file cannot be followed.
    """
    kind = path.absolute().parent.name
    if kind not in READERS:
        what = f"{kind}/ is no folder of written terms"
        raise BadConfig(what, where=str(path), fix=f"put the file into {', '.join(READERS)}")
    if path.stem.startswith("_"):
        read_toml(path)
        return Checked(path.stem, "template", path)
    return Checked(path.stem, READERS[kind](path), path)


def joined(refused: list[BadConfig]) -> BadConfig:
    """Return several refusals as one; each keeps its place and its remedy."""
    if len(refused) == 1:
        return refused[0]
    return BadConfig("\n".join([f"{len(refused)} files cannot be followed", *map(str, refused)]))


#: folder that holds a file -> how it is read
READERS = {**readings.READERS, **file_readings.READERS, **scene_readings.READERS}
