"""What a resumed run need not make again: reports that stand whole and rest on nothing that changed.

What a report rests on is known by hashes, and by the versions and the revision of the code: when none of them changed,
making the report again would give the same.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from microlib.files import file_hash, file_hashes, json_hash
from microlib.home import VERSION, Overlay, package_folder, project_folder
from microlib.run.jobs import Job
from microlib.run.manifest import read_manifest
from microlib.run.plan import Inputs, Plan

#: the command line only hands on what it is told; what is shipped inside an installed package counts as terms
BESIDE = ("cli/", "shipped/")
TERMS = ("products", "policies", "segments", "branches", "reference", "words")
#: numbers depend on them
LIBRARIES = (
    "numpy",
    "pandas",
    "scipy",
    "statsmodels",
    "matplotlib",
    "duckdb",
    "ibis-framework",
    "papermill",
)


@dataclass(frozen=True)
class Division:
    """A plan's jobs divided.

    Parameters
    ----------
    todo, standing : tuple of Job
        To be made; and made already from just what they would be made from now.
    prints : dict
        Job -> hash of what it is made from.
    stood_on : dict
        What all of them rest on, for the manifest.
    """

    todo: tuple[Job, ...]
    standing: tuple[Job, ...]
    prints: dict[Job, str]
    stood_on: dict[str, Any]


@dataclass(frozen=True)
class Basis:
    """What all reports of a run rest on.

    Parameters
    ----------
    inputs_sha256 : str
        Every file of the bank that is in force. A branch's report reads the whole bank's counts (peers, priors), so
        a file of another branch changes it too.
    library_sha256 : str
        This package and the versions of what it computes with.
    terms_sha256 : str
        Products, policies, segments, branches and reference tables.
    """

    inputs_sha256: str
    library_sha256: str
    terms_sha256: str


def divided_jobs(plan: Plan, folder: Path) -> Division:
    """Divide a plan's jobs into those to be made and, for a resumed run, those that stand.

    A report stands if its entry in the manifest of `folder` is good, its inputs, notebook, library and terms are
    what they were, and every file of it is as it was made.
    """
    basis = basis_of(plan.inputs)
    prints = {job: fingerprint(job, basis) for job in plan.jobs}
    entries = read_manifest(folder)["reports"] if plan.options.is_resumed else {}
    standing = {job: None for job in plan.jobs if _stands(job, entries.get(job.key, {}), prints[job])}
    known = {**asdict(basis), "versions": versions(), "revision": revision()}
    return Division(tuple(job for job in plan.jobs if job not in standing), tuple(standing), prints, known)


def basis_of(found: Inputs) -> Basis:
    """Return what the reports of a bank at a date rest on, as it is now."""
    terms = [(kind, _term_hashes(found.home.config(kind))) for kind in TERMS]
    return Basis(json_hash([found.files, found.branches, found.is_synthetic]), _library(), json_hash(terms))


def fingerprint(job: Job, basis: Basis) -> str:
    """Return the hash of everything that a job's results depend on: where folders lie is no part of it."""
    notebook = file_hash(job.notebook)
    return json_hash([asdict(basis), notebook, job.as_of, job.branch, job.branch_name, job.lang, job.product])


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that numbers depend on."""
    own = {"python": platform.python_version(), "microlib": VERSION}
    return own | {name: metadata.version(name) for name in LIBRARIES}


def revision() -> str:
    """Return the code's revision, empty where the code is no repository or git is not there."""
    git = shutil.which("git")
    project = project_folder()
    if git is None or not (project / ".git").exists():
        return ""
    command = [git, "-C", str(project), "describe", "--always", "--dirty", "--abbrev=12"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return answer.stdout.strip()


def _stands(job: Job, entry: Mapping[str, Any], printed: str) -> bool:
    if entry.get("status") != "ok" or entry.get("fingerprint") != printed:
        return False
    wanted = {paper.name for paper in job.papers}
    return wanted <= set(entry["files"]) and file_hashes(job.folder) == entry["files"]


@lru_cache
def _library() -> str:
    held = [pair for pair in _hashes(package_folder()) if not pair[0].startswith(BESIDE)]
    return json_hash([held, versions()])


def _term_hashes(terms: Overlay) -> list[tuple[str, str]]:
    return [(terms.name_of(path), file_hash(path)) for path in terms.glob("**/*")]


def _hashes(folder: Path) -> list[tuple[str, str]]:
    return [(path.relative_to(folder).as_posix(), file_hash(path)) for path in _files(folder)]


def _files(folder: Path) -> Iterable[Path]:
    found = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return sorted(path for path in found if not path.name.startswith("."))
