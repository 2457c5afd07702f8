"""Are the written terms sound, and is what a home keeps closed to others: faults told with their place and remedy.

`check_files` is the way in to terms; `READERS` lists which reader is for which kind of file. `check_closed` looks at
rights and at the log of look-ups.
"""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from microlib.bank.lookup import log_faults, log_file, lookup_file
from microlib.bank.pseudonyms import key_file
from microlib.contracts.cases import OutreachCase, ProjectCase
from microlib.contracts.documents import read_document, read_toml
from microlib.contracts.mapping import SourceMapping
from microlib.contracts.peers import read_usages
from microlib.contracts.policy import CountryPolicy, IntakePolicy, highest_rate, standing_policy
from microlib.contracts.segment import read_segment
from microlib.design import terms
from microlib.design.cards import read_guide
from microlib.design.scenes import read_templates, template_of
from microlib.design.terms import is_offered, list_products
from microlib.errors import BadConfig
from microlib.home import DATA, KINDS, Home, home_of_terms
from microlib.report.words import read_own
from microlib.run.notice import NAME as BANK_FILE
from microlib.run.notice import read_bank_file


def read_product(path: Path) -> str:
    """Read every version of a product; return its status."""
    return terms.read_product(home_of_terms(path), product=path.stem, as_of=date.today()).status


def read_policy(path: Path) -> str:
    """Read the policy that a part belongs to; a country's file stands by itself, and so does that of an ingest."""
    alone = {"country": CountryPolicy, "intake": IntakePolicy}.get(path.stem)
    if alone:
        standing_policy(path, alone, as_of=date.today())
        return "policy"
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
    cap = highest_rate(home_of_terms(path))
    if "project" in read_toml(path):
        read_document(path, ProjectCase, highest_rate=cap)
        return "project"
    read_document(path, OutreachCase, highest_rate=cap)
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
    """Read the guide for visits, or the glossary that the papers are held to."""
    if path.stem == "visit_guide":
        return read_guide(home_of_terms(path)).status
    if path.stem != "glossary":
        what = f"{path.name}: nothing reads it here"
        raise BadConfig(what, where=str(path), fix="the folder reference/ holds visit_guide.toml and glossary.toml")
    terms = read_toml(path).get("terms", [])
    bare = [number for number, term in enumerate(terms, start=1) if not {"zh", "en", "source"} <= set(term)]
    if bare or not terms:
        what = f"term {bare[0]} lacks zh, en or source" if bare else "it holds no terms"
        raise BadConfig(what, where=str(path), fix="write [[terms]] with zh, en and source")
    return f"{len(terms)} terms"


def read_words(path: Path) -> str:
    """Read words of the home's own; return how many pages they speak of."""
    return f"{len(read_own(path).pages)} pages"


#: folder that holds a file -> how it is read
SCENE_READERS = {"words": read_words, "templates": read_scene, "reference": read_reference}


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
    if (kind, path.name) == (DATA, BANK_FILE) and path.is_file():
        told = read_bank_file(Home(path.absolute().parents[1]))
        ways = [name for name in ("mail", "webhook") if getattr(told, name) is not None]
        return Checked(path.stem, f"tells by {', '.join(ways) or 'nothing'}", path)
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
    return BadConfig("\n".join([f"{len(refused)} faults", *map(str, refused)]))


#: folder that holds a file -> how it is read
READERS = {**TERM_READERS, **FILE_READERS, **SCENE_READERS}

#: a user who is neither the owner nor of the group: may read or write a file, may enter a folder
READ_OR_WRITE, WRITE, ENTER, OTHERS = 0o006, 0o002, 0o001, 0o007


def check_closed(home: Home) -> list[str]:
    """Return what of a home was looked at and is closed to other users of this computer, a path each.

    Bank, tables of failures, reports, key, look-up and its log. A file whose folders others may not enter is closed.
    The home's own notebooks and terms may be read, but others may not write what runs with its user's rights.

    Parameters
    ----------
    home : Home

    Raises
    ------
    BadConfig
        If others may read or write any of it, or write the home's notebooks or terms, or the log of look-ups was
        altered; with each place and remedy.
    """
    kept = (home.bank, *sorted(home.bank.parent.glob("failures-*.csv")), home.reports)
    outside = (key_file(home), lookup_file(home), log_file(home))
    closed, refused = [], []
    for path in (path for path in (*kept, *outside) if path.exists()):
        opened = list(open_files(path))
        if opened:
            mode = stat.S_IMODE(opened[0].stat().st_mode)
            said = f"{opened[0]} (mode {mode:o}, at most {mode & ~OTHERS:o} is wanted)"
            what = f"other users may read or write {len(opened)} files, such as {said}"
            refused.append(BadConfig(what, where=str(path), fix=f"run: chmod -R o-rwx {shlex.quote(str(path))}"))
        else:
            closed.append(str(path))
    for path in (path for path in (home.root / "notebooks", home.root / DATA) if path.is_dir()):
        opened = list(open_files(path, rights=WRITE))
        if opened:
            what = f"other users may write {len(opened)} files or folders, such as {opened[0]}"
            refused.append(BadConfig(what, where=str(path), fix=f"run: chmod -R o-w {shlex.quote(str(path))}"))
    where, fix = str(log_file(home)), "find out who changed it, then put it away: the next look-up begins a new one"
    refused += [BadConfig(f"the log of look-ups: {fault}", where=where, fix=fix) for fault in log_faults(home)]
    if refused:
        raise joined(refused)
    return closed


def open_files(path: Path, *, rights: int = READ_OR_WRITE) -> Iterator[Path]:
    """Yield the files at or below a path that other users of this computer may read or write, and folders to write in.

    Parameters
    ----------
    path : Path
    rights : int
        Which of both is asked about.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())  # which only its owner may enter
    >>> _ = (folder / "a").write_text("")
    >>> (folder / "a").chmod(0o644)
    >>> list(open_files(folder))
    []
    """
    if os.name != "posix" or not all(above.stat().st_mode & ENTER for above in path.absolute().parents):
        return
    mode = path.stat().st_mode
    if not path.is_dir():
        if mode & rights:
            yield path
    elif mode & ENTER:
        if mode & WRITE:
            yield path
        for below in sorted(each for each in path.iterdir() if not each.is_symlink()):
            yield from open_files(below, rights=rights)
