"""What a report rests on, as hashes: when none of them changed, making it again would give the same report."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from microlib.homes import Overlay, package_folder
from microlib.running.inputs import Inputs
from microlib.running.jobs import Job
from microlib.running.surroundings import revision, versions

#: the command line only hands on what it is told; what is shipped inside an installed package counts as terms
BESIDE = ("cli/", "shipped/")
__all__ = ["Basis", "basis_of", "digest", "fingerprint", "revision", "versions"]
TERMS = ("products", "policies", "segments", "branches", "reference")


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


def basis_of(found: Inputs) -> Basis:
    """Return what the reports of a bank at a date rest on, as it is now."""
    terms = [(kind, _term_hashes(found.home.config(kind))) for kind in TERMS]
    return Basis(digest([found.files, found.branches, found.is_synthetic]), _library(), digest(terms))


def fingerprint(job: Job, basis: Basis) -> str:
    """Return the hash of everything that a job's results depend on: where folders lie is no part of it."""
    notebook = hashlib.sha256(job.notebook.read_bytes()).hexdigest()
    return digest([asdict(basis), notebook, job.as_of, job.branch, job.branch_name, job.lang, job.product])


def digest(thing: Any) -> str:
    """Return the SHA-256 of something that JSON can hold."""
    return hashlib.sha256(json.dumps(thing, sort_keys=True, default=str).encode()).hexdigest()


@lru_cache
def _library() -> str:
    held = [pair for pair in _hashes(package_folder()) if not pair[0].startswith(BESIDE)]
    return digest([held, versions()])


def _term_hashes(terms: Overlay) -> list[tuple[str, str]]:
    return [(terms.name_of(path), hashlib.sha256(path.read_bytes()).hexdigest()) for path in terms.glob("**/*")]


def _hashes(folder: Path) -> list[tuple[str, str]]:
    return [
        (path.relative_to(folder).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()) for path in _files(folder)
    ]


def _files(folder: Path) -> Iterable[Path]:
    found = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return sorted(path for path in found if not path.name.startswith("."))
