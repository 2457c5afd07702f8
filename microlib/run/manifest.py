"""The record of what was run: `manifest.json` beside the reports of one date, merged over successive runs."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from microlib.errors import BadConfig
from microlib.files import file_hash, write_text
from microlib.home import Home, package_folder
from microlib.run.jobs import Outcome
from microlib.run.notebooks import title_of
from microlib.run.plan import Inputs
from microlib.run.privacy import masked_record

SCHEMA = 2
#: what a record says of places and contents: it must be found again as it is
PLACES = ("page", "kept", "notebook_path", "home", "out", "fingerprint", "sha256", "notebook_sha256", "files")
#: below the folder of a date: a folder per run, with the manifest as it left it and the results it made
RUNS = ".runs"


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


def head_of(found: Inputs) -> dict[str, Any]:
    """Return what a manifest says of the bank."""
    return {
        "as_of": found.as_of.isoformat(),
        "is_synthetic": found.is_synthetic,
        "branches": found.branches,
        "missing_tables": found.missing,
        "inputs": found.files,
    }


def merged_manifest(
    earlier: Mapping[str, Any], *, head: Mapping[str, Any], run: Mapping[str, Any], entries: Mapping[str, Any]
) -> dict[str, Any]:
    """Return `earlier` with one more run: its reports take the place of their former entries, others stay.

    Where a report failed the last good one stays, and with it the list of its files.

    Parameters
    ----------
    earlier : mapping
        As `read_manifest` returns it; not modified.
    head : mapping
        What the run read, as `head_of` says it.
    run : mapping
        ``run_id, started, ended, status, workers`` and what it stood on.
    entries : mapping
        Report's key -> its entry.
    """
    counts = {
        "reports_count": len(entries),
        "failed_count": sum(entry["status"] != "ok" for entry in entries.values()),
        "retried_count": sum(entry["attempts"] > 1 for entry in entries.values()),
    }
    former = {key: entry for key, entry in earlier["reports"].items() if key not in entries}
    stayed = {
        key: {**entry, "files": earlier["reports"][key].get("files", {})}
        for key, entry in entries.items()
        if entry["status"] != "ok" and entry["page"] and key in earlier["reports"]
    }
    return {
        "schema": SCHEMA,
        **head,
        "runs": [*earlier["runs"], {**run, **counts}],
        "reports": dict(sorted({**former, **entries, **stayed}.items())),
    }


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> Path:
    """Write the manifest at once, beside it the run's own copy, and return its path; identifiers in it are masked."""
    told = masked_record(manifest, kept=PLACES)
    text = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
    if manifest["runs"]:
        write_text(folder / RUNS / manifest["runs"][-1]["run_id"] / "manifest.json", text)
    return write_text(folder / "manifest.json", text)


def travelling_manifest(folder: Path) -> str:
    """Return the manifest of a date as it may leave the computer: its paths tell no folder of it and no user.

    Parameters
    ----------
    folder : Path
        ``reports/<as-of>`` of a home.
    """
    manifest = read_manifest(folder)
    names = {str(folder.resolve()): "reports", sys.prefix: "python", str(package_folder().parent): "python"}
    for entry in manifest["reports"].values():
        given = entry.get("parameters", {})
        names[str(Path(entry["notebook_path"]).parent)] = "notebooks"
        names |= {given["home"]: "home"} if given.get("home") else {}
        names |= {str(Path(given["out"]).parents[2]): "reports"} if given.get("out") else {}
    names[str(Path.home())] = "~"
    places = {place: name for place, name in names.items() if len(Path(place).parts) > 1}
    return json.dumps(_renamed(manifest, places), ensure_ascii=False, indent=1) + "\n"


def _renamed(thing: object, places: Mapping[str, str]) -> object:
    """Return a JSON document in whose texts the folders of a computer bear other names, the innermost first."""
    if isinstance(thing, str):
        for place in sorted(places, key=len, reverse=True):
            thing = thing.replace(place, places[place])
        return thing
    if isinstance(thing, Mapping):
        return {name: _renamed(each, places) for name, each in thing.items()}
    return [_renamed(each, places) for each in thing] if isinstance(thing, list) else thing


def report_entry(outcome: Outcome, *, run_id: str, fingerprint: str = "") -> dict[str, Any]:
    """Return what the manifest says of one report; paths count from the folder of its date."""
    job = outcome.job
    above = Home(job.home).reports / job.as_of
    return {
        "run_id": run_id,
        "branch": job.branch,
        "report": job.report,
        "lang": job.lang,
        "title": title_of(job.notebook, "zh"),
        "notebook": job.notebook.stem,
        "notebook_path": str(job.notebook),
        "notebook_sha256": file_hash(job.notebook),
        "product": job.product,
        "parameters": job.parameters(job.folder),
        "fingerprint": fingerprint,
        "status": "ok" if outcome.is_ok else "failed",
        "error": outcome.error,
        "attempts": outcome.attempts,
        "kept": outcome.kept.relative_to(above).as_posix() if outcome.kept else "",
        "page": job.page.relative_to(above).as_posix() if job.page.is_file() else "",
        "files": outcome.files,
        "started": outcome.started,
        "ended": outcome.ended,
        "seconds": outcome.seconds,
        "warnings": list(outcome.warnings),
    }
