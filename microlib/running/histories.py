"""Runs that were: found by date or by name, with the facts that each of their reports recorded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from microlib.errors import BadConfig
from microlib.running import headlines, manifests


@dataclass(frozen=True)
class Past:
    """The state of one date's reports as a run left it.

    Parameters
    ----------
    name : str
        As it was asked for.
    folder : Path
        Of the date.
    manifest : dict
    """

    name: str
    folder: Path
    manifest: dict[str, Any]

    @property
    def inputs_sha256(self) -> str:
        """What the last run read."""
        return self.manifest["runs"][-1].get("inputs_sha256", "")


def find_run(reports: Path, name: str) -> Past:
    """Return a run by its date (the last of that date) or by its id, which may be shortened.

    Raises
    ------
    BadConfig
        If there is none, or several begin like that.
    """
    if (reports / name / "manifest.json").is_file():
        return Past(name, reports / name, manifests.read_manifest(reports / name))
    found = sorted(reports.glob(f"*/{manifests.RUNS}/{name}*/manifest.json")) if name else []
    if len(found) != 1:
        what = f"{len(found)} runs begin with {name}" if found else f"there is no run {name}"
        raise BadConfig(what, where=str(reports), fix=f"choose from {', '.join(known_runs(reports)[-12:])}")
    return Past(name, found[0].parents[2], manifests.read_manifest(found[0].parent))


def known_runs(reports: Path) -> list[str]:
    """Return the dates and the runs there are, ascending."""
    dates = sorted(path.parent.name for path in reports.glob("*/manifest.json"))
    return dates + sorted(path.parent.name for path in reports.glob(f"*/{manifests.RUNS}/*/manifest.json"))


def former_run(reports: Path, date: str) -> Past | None:
    """Return the last run of the latest date before `date`, `None` where there is none."""
    dates = sorted(path.parent.name for path in reports.glob("*/manifest.json") if path.parent.name < date)
    return find_run(reports, dates[-1]) if dates else None


def results_of(past: Past, key: str) -> Path:
    """Return the folder of results that a report had in a run: its own copy, or the report's where it has none."""
    own = past.folder / manifests.RUNS / past.manifest["reports"][key]["run_id"] / key / "results"
    return own if own.is_dir() else past.folder / key / "results"


def facts_of(past: Past) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Return every fact by branch, report and name; both languages record the same, so one is read."""
    entries = past.manifest["reports"]
    keys = {(entry["branch"], entry["report"]): key for key, entry in sorted(entries.items()) if entry["page"]}
    found = {}
    for (branch, report), key in keys.items():
        facts = headlines.read_facts(results_of(past, key).parent)
        found |= {(branch, report, name): fact for name, fact in facts.items()}
    return found
