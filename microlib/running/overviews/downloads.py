"""The bundles that were packed for each role, as their list of checksums says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

FOLDER, SUMS = "bundles", "SHA256SUMS"


def listed_bundles(folder: Path) -> list[dict[str, Any]]:
    """Return what was packed below a date's folder: ``role, name, path, sha256, size_kb``; head office's first."""
    path = folder / FOLDER / SUMS
    if not path.is_file():
        return []
    pairs = [line.split(maxsplit=1) for line in path.read_text("utf-8").splitlines() if line.strip()]
    found = [
        _listed(folder, name.lstrip("*"), digest)
        for digest, name in pairs
        if (folder / FOLDER / name.lstrip("*")).is_file()
    ]
    return sorted(found, key=lambda each: (each["role"] != "head_office", each["role"] != "branch", each["name"]))


def _listed(folder: Path, name: str, digest: str) -> dict[str, Any]:
    role = "head_office" if name.startswith("head-office") else "manager" if "/" in name else "branch"
    size = (folder / FOLDER / name).stat().st_size
    return {
        "role": role,
        "name": name,
        "path": f"{FOLDER}/{name}",
        "sha256": digest,
        "size_kb": max(1, round(size / 1000)),
    }
