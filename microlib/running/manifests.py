"""The record of what was run: `manifest.json` beside the reports of one date, merged over successive runs."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import subprocess
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

from microlib.errors import BadConfig
from microlib.running import publications
from microlib.running.inputs import Inputs
from microlib.running.jobs import Outcome
from microlib.running.notebooks import title_of

SCHEMA = 1
LIBRARIES = (
    "microlib",
    "numpy",
    "pandas",
    "scipy",
    "statsmodels",
    "matplotlib",
    "duckdb",
    "ibis-framework",
    "papermill",
)
PROJECT = Path(__file__).resolve().parent.parent.parent


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of one date's reports, an empty one where none was written yet.

    Raises
    ------
    BadConfig
        If the file there is not a manifest.
    """
    path = folder / "manifest.json"
    if not path.is_file():
        return {"schema": SCHEMA, "runs": [], "reports": {}}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {**found, "runs": list(found["runs"]), "reports": dict(found["reports"])}
    except (ValueError, KeyError, TypeError) as error:
        raise BadConfig(
            "this is not a manifest", where=str(path), fix="move it away and run the reports again"
        ) from error


def merged_manifest(
    earlier: dict[str, Any], *, inputs: Inputs, run: dict[str, Any], outcomes: Iterable[Outcome]
) -> dict:
    """Return `earlier` with one more run: its reports take the place of their former entries, others stay.

    Parameters
    ----------
    earlier : dict
        As `read_manifest` returns it; not modified.
    inputs : Inputs
        What the run read.
    run : dict
        ``run_id, started, ended, status, workers``.
    outcomes : iterable of Outcome
    """
    done = list(outcomes)
    counts = {"reports_count": len(done), "failed_count": sum(not outcome.is_ok for outcome in done)}
    entries = {outcome.job.key: report_entry(outcome, run_id=run["run_id"]) for outcome in done}
    former = {key: entry for key, entry in earlier["reports"].items() if key not in entries}
    return {
        "schema": SCHEMA,
        "as_of": inputs.as_of.isoformat(),
        "is_synthetic": inputs.is_synthetic,
        "branches": inputs.branches,
        "missing_tables": inputs.missing,
        "inputs": inputs.files,
        "runs": [*earlier["runs"], {**run, **counts, **surroundings(), "inputs_sha256": _digest(inputs.files)}],
        "reports": dict(sorted({**former, **entries}.items())),
    }


def write_manifest(folder: Path, manifest: dict[str, Any]) -> Path:
    """Write the manifest at once and return its path."""
    return publications.write_text(folder / "manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1) + "\n")


def report_entry(outcome: Outcome, *, run_id: str) -> dict[str, Any]:
    """Return what the manifest says of one report; paths count from the folder of its date."""
    job = outcome.job
    above = job.home / "reports" / job.as_of
    return {
        "run_id": run_id,
        "branch": job.branch,
        "report": job.report,
        "lang": job.lang,
        "title": title_of(job.notebook, "zh"),
        "notebook": job.notebook.stem,
        "notebook_sha256": hashlib.sha256(job.notebook.read_bytes()).hexdigest(),
        "product": job.product,
        "parameters": job.parameters(job.folder),
        "status": "ok" if outcome.is_ok else "failed",
        "error": outcome.error,
        "kept": outcome.kept.relative_to(above).as_posix() if outcome.kept else "",
        "page": job.page.relative_to(above).as_posix() if job.page.is_file() else "",
        "started": outcome.started,
        "ended": outcome.ended,
        "seconds": outcome.seconds,
        "warnings": list(outcome.warnings),
    }


def surroundings() -> dict[str, Any]:
    """Return what a run stands on: versions of Python and libraries, and the code's revision where git is there."""
    versions = {"python": platform.python_version(), **{name: metadata.version(name) for name in LIBRARIES}}
    return {"versions": versions, "revision": _revision()}


def _revision() -> str:
    git = shutil.which("git")
    if git is None or not (PROJECT / ".git").exists():
        return ""
    command = [git, "-C", str(PROJECT), "describe", "--always", "--dirty", "--abbrev=12"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return answer.stdout.strip()


def _digest(files: list[dict[str, Any]]) -> str:
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
