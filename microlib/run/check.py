"""Are the written terms sound: every file read to the end by its kind, faults told with their place and remedy.

`check_files` is the way in; `READERS` lists which reader is for which kind of file.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import NamedTuple

from microlib.contracts.cases import OutreachCase, ProjectCase
from microlib.contracts.documents import read_document, read_toml
from microlib.contracts.mapping import SourceMapping
from microlib.contracts.peers import read_usages
from microlib.contracts.segment import read_segment
from microlib.design import terms
from microlib.design.cards import read_guide
from microlib.design.scenes import read_templates, template_of
from microlib.design.terms import is_offered, list_products
from microlib.errors import BadConfig
from microlib.home import KINDS, Home, home_of_terms


def read_product(path: Path) -> str:
    """Read every version of a product; return its status."""
    return terms.read_product(home_of_terms(path), product=path.stem, as_of=date.today()).status


def read_policy(path: Path) -> str:
    """Read the policy that a part belongs to."""
    terms.read_policy(home_of_terms(path), as_of=date.today())
    return "policy"


def read_group(path: Path) -> str:
    """Read a customer group; return its version."""
    return f"version {read_segment(path).version}"


def read_branch_terms(path: Path) -> str:
    """Read every product as the branch narrows it; return how many it offers."""
    home = home_of_terms(path)
    offered = [code for code in list_products(home) if is_offered(home, product=code, branch=path.stem)]
    read = [terms.read_product(home, product=code, branch=path.stem, as_of=date.today()) for code in offered]
    return f"{len(read)} products offered"


#: folder that holds a file -> how it is read
TERM_READERS = {
    "products": read_product,
    "policies": read_policy,
    "segments": read_group,
    "branches": read_branch_terms,
}


def read_case(path: Path) -> str:
    """Read a teaching case, of a project or of selling; return which."""
    if "project" in read_toml(path):
        read_document(path, ProjectCase)
        return "project"
    read_document(path, OutreachCase)
    return "outreach"


def read_mapping(path: Path) -> str:
    """Read a mapping; return how many tables it makes."""
    return f"{len(read_document(path, SourceMapping).entries)} tables"


def read_uses(path: Path) -> str:
    """Read the patterns of use that peers are compared under; return how many there are."""
    return f"{len(read_usages(path))} patterns"


#: folder that holds a file -> how it is read
FILE_READERS = {"mappings": read_mapping, "peers": read_uses, "cases": read_case}


def read_scene(path: Path) -> str:
    """Read a scene's template beside the others; return how many points it has."""
    found = read_templates(home_of_terms(path))
    return f"{len(template_of(found, code=path.stem).points)} points"


def read_reference(path: Path) -> str:
    """Read the guide for visits, the one file of reference that is written terms."""
    if path.stem != "visit_guide":
        what = f"{path.name}: nothing reads it here"
        raise BadConfig(what, where=str(path), fix="the folder reference/ holds visit_guide.toml")
    return read_guide(home_of_terms(path)).status


#: folder that holds a file -> how it is read
SCENE_READERS = {"templates": read_scene, "reference": read_reference}


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
READERS = {**TERM_READERS, **FILE_READERS, **SCENE_READERS}
