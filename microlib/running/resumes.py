"""What a resumed run need not make again: reports that stand whole and rest on nothing that changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from microlib.running import fingerprints, manifests, publications
from microlib.running.plans import Job, Plan


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


def divided_jobs(plan: Plan, folder: Path, *, is_resumed: bool) -> Division:
    """Divide a plan's jobs into those to be made and, for a resumed run, those that stand.

    A report stands if its entry in the manifest of `folder` is good, its inputs, notebook, library and terms are
    what they were, and every file of it is as it was made.
    """
    basis = fingerprints.basis_of(plan.inputs)
    prints = {job: fingerprints.fingerprint(job, basis) for job in plan.jobs}
    entries = manifests.read_manifest(folder)["reports"] if is_resumed else {}
    standing = _standing(plan.jobs, entries, prints)
    known = {**asdict(basis), "versions": fingerprints.versions(), "revision": fingerprints.revision()}
    return Division(tuple(job for job in plan.jobs if job not in standing), tuple(standing), prints, known)


def _standing(jobs: Sequence[Job], entries: Mapping[str, Any], prints: Mapping[Job, str]) -> dict[Job, None]:
    return {job: None for job in jobs if _stands(job, entries.get(job.key, {}), prints[job])}


def _stands(job: Job, entry: Mapping[str, Any], fingerprint: str) -> bool:
    if entry.get("status") != "ok" or entry.get("fingerprint") != fingerprint:
        return False
    wanted = {paper.name for paper in job.papers}
    return wanted <= set(entry["files"]) and publications.file_hashes(job.folder) == entry["files"]
