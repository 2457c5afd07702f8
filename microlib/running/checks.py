"""Written terms checked file by file: products, policies, segments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import NamedTuple

from microlib.contracts import segments
from microlib.design import policies, terms
from microlib.errors import BadConfig


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
        ``products/*.toml``, ``policies/*.toml``, ``segments/*.toml``.

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
    """Check one file of written terms.

    Raises
    ------
    BadConfig
        If its folder is of no known kind, or the file cannot be followed.
    """
    kind = path.absolute().parent.name
    if kind not in READERS:
        what = f"{kind}/ is no folder of written terms"
        raise BadConfig(what, where=str(path), fix=f"put the file into {', '.join(READERS)}")
    return Checked(path.stem, READERS[kind](path), path)


def _product(path: Path) -> str:
    found = terms.read_product(_home(path), product=path.stem, as_of=date.today())
    return found.status


def _policy(path: Path) -> str:
    policies.read_policy(_home(path), as_of=date.today())
    return "policy"


def _segment(path: Path) -> str:
    return f"version {segments.read_segment(path).version}"


def _home(path: Path) -> Path:
    return path.absolute().parents[2]


#: folder that holds a file -> how it is read
READERS = {"products": _product, "policies": _policy, "segments": _segment}
