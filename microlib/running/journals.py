"""A run's journal: each report noted as soon as it is made, so that a run that is killed is not forgotten."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from microlib.running import manifests

NAME = "journal.jsonl"


class Journal:
    """The notes of one run.

    Parameters
    ----------
    folder : Path
        Of the run, below the date's ``.runs``.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self.entries: dict[str, Any] = {}

    def begin(self, head: Mapping[str, Any], run: Mapping[str, Any]) -> None:
        """Note what the run reads and stands on."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._write({"head": head, "run": run})

    def note(self, key: str, entry: Mapping[str, Any]) -> None:
        """Note a report."""
        self.entries[key] = entry
        self._write({"key": key, "entry": entry})

    def close(self) -> None:
        """Remove the notes: the manifest holds them now."""
        self.path.unlink(missing_ok=True)

    def _write(self, line: Mapping[str, Any]) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def recover(folder: Path) -> int:
    """Take the notes of runs that were killed into the manifest of their date; return how many runs it were."""
    found = sorted(folder.glob(f"{manifests.RUNS}/*/{NAME}"))
    for path in found:
        lines = _lines(path)
        if lines and "head" in lines[0]:
            entries = {line["key"]: line["entry"] for line in lines[1:]}
            last = max((entry["ended"] for entry in entries.values()), default=lines[0]["run"]["started"])
            run = {**lines[0]["run"], "status": "killed", "ended": last}
            earlier = manifests.read_manifest(folder)
            merged = manifests.merged_manifest(earlier, head=lines[0]["head"], run=run, entries=entries)
            manifests.write_manifest(folder, merged)
        path.unlink()
    return len(found)


def _lines(path: Path) -> list[dict[str, Any]]:
    """Return the whole lines; the last may have been cut short."""
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            lines.append(json.loads(line))
        except ValueError:
            break
    return lines
