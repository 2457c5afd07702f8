"""The page above the reports of one date: branches, main figures, what failed and why, what is missing."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from microlib.errors import BadConfig
from microlib.running import manifests, pages, publications
from microlib.running.recents import headlines, recent_changes


def write_index(folder: Path) -> Path:
    """Write ``index.html`` from the manifest and the facts of the reports below `folder`.

    Parameters
    ----------
    folder : Path
        ``reports/<as-of>``.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    BadConfig
        If no reports were run there.
    """
    manifest = manifests.read_manifest(folder)
    if not manifest["runs"]:
        raise BadConfig("no reports were run here", where=str(folder), fix="run `microlib report` first")
    return publications.write_text(folder / "index.html", index_page(folder, manifest))


def reports_folder(reports: Path, *, as_of: date | None = None) -> Path:
    """Return the folder of one date's reports, by default the latest date that has any.

    Raises
    ------
    BadConfig
        If there are no reports.
    """
    dates = sorted(path.parent.name for path in reports.glob("*/manifest.json"))
    wanted = as_of.isoformat() if as_of else (dates or [""])[-1]
    if wanted not in dates:
        fix = f"choose --as-of from {', '.join(dates)}" if dates else "run `microlib report` first"
        raise BadConfig(f"there are no reports{f' of {wanted}' if wanted else ''}", where=str(reports), fix=fix)
    return reports / wanted


def index_page(folder: Path, manifest: dict[str, Any]) -> str:
    """Return the index as one offline page, Chinese with English below."""
    entries = list(manifest["reports"].values())
    rows = [_branch(folder, code, name, entries) for code, name in sorted(manifest["branches"].items())]
    shown = [row for row in rows if row["reports"]]
    names = [name for name in headlines.HEADLINES if any(name in row["figures"] for row in shown)]
    names += [name for row in shown for name in row["figures"] if name not in names]
    return pages.rendered(
        "index.html.j2",
        manifest=manifest,
        words=pages.frame_words(),
        branches=shown,
        columns=[(name, headlines.label(name, "zh"), headlines.label(name, "en")) for name in dict.fromkeys(names)],
        failures=sorted((entry for entry in entries if entry["status"] != "ok"), key=_place),
        made=sum(entry["status"] == "ok" for entry in entries),
        missing=manifest["missing_tables"],
        recent=recent_changes(folder),
    )


def _place(entry: dict[str, Any]) -> tuple[str, str, bool]:
    return entry["branch"], entry["report"], entry["lang"] != "zh"


def _branch(folder: Path, code: str, name: str, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one row of the branch table: its figures come from the reports that design nothing."""
    own = [entry for entry in entries if entry["branch"] == code]
    figures: dict[str, headlines.Figure] = {}
    for entry in own:
        if entry["page"] and not entry["product"]:
            facts = headlines.read_facts((folder / entry["page"]).parent)
            figures = {**headlines.figures_of(facts), **figures}
    return {"code": code, "name": name, "figures": figures, "reports": _by_report(own)}


def _by_report(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return reports with their pages, Chinese before English."""
    reports: dict[str, dict[str, Any]] = {}
    for entry in sorted(entries, key=lambda entry: entry["lang"] != "zh"):
        first = {"title": entry["title"], "product": entry["product"], "pages": []}
        reports.setdefault(entry["report"], first)["pages"].append(entry)
    return [reports[name] for name in sorted(reports)]
