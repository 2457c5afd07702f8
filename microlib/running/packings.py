"""Which bundles are missing, or were packed from other reports than stand there now."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from microlib.files import json_hash, write_text
from microlib.running import manifests
from microlib.running.overviews import downloads

__all__ = ["HEAD_OFFICE", "NOTE", "branch_bundle", "downloads", "is_packed", "manifests", "note_packed", "sources_of"]

#: beside the bundles: bundle's name -> what it was packed from
NOTE = ".packed.json"
HEAD_OFFICE = "head-office.zip"


def branch_bundle(code: str) -> str:
    """Return the name of a branch's bundle."""
    return f"branch-{code}.zip"


def sources_of(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return, by the name of each bundle that branches and head office get, a hash of the reports it is packed from.

    Head office's also changes with every run, since it holds the log of runs.
    """
    made: dict[str, list[Any]] = {}
    for key, entry in sorted(manifest["reports"].items()):
        made.setdefault(entry["branch"], []).append([key, entry["status"], entry["page"], entry.get("files", {})])
    told = {branch_bundle(code): json_hash(rows) for code, rows in made.items() if any(row[2] for row in rows)}
    return {**told, HEAD_OFFICE: json_hash([made, [run["run_id"] for run in manifest["runs"]]])}


def note_packed(folder: Path, *, names: Iterable[str]) -> None:
    """Note that bundles of a date's folder were packed from the reports that stand there now."""
    now = sources_of(manifests.read_manifest(folder))
    noted = {**_noted(folder), **{name: now[name] for name in names if name in now}}
    path = folder / downloads.FOLDER / NOTE
    write_text(path, json.dumps(noted, indent=0, sort_keys=True) + "\n")


def is_packed(folder: Path) -> bool:
    """Return whether branches and head office have their bundles, each of the reports as they stand now."""
    noted, listed = _noted(folder), {each["name"] for each in downloads.listed_bundles(folder)}
    wanted = sources_of(manifests.read_manifest(folder))
    return all(noted.get(name) == source and name in listed for name, source in wanted.items())


def _noted(folder: Path) -> dict[str, str]:
    try:
        found = json.loads((folder / downloads.FOLDER / NOTE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
