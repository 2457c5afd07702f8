"""The pages above the reports of one date: the overview, what changed, and a page per branch."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from microlib.errors import BadConfig
from microlib.files import write_text
from microlib.running import manifests, recents
from microlib.running.overviews import branch_pages, contents

__all__ = ["index_page", "manifests", "packed_index", "reports_folder", "write_index"]


def write_index(folder: Path) -> Path:
    """Write ``index.html``, ``changes.html`` and a page per branch from what lies below `folder` and the home's bank.

    Parameters
    ----------
    folder : Path
        ``reports/<as-of>`` of a home.

    Returns
    -------
    Path
        The overview.

    Raises
    ------
    BadConfig
        If no reports were run there.
    """
    manifest, values = _values(folder)
    branch_pages.write_branch_pages(folder, manifest, rows=[*values["branches"], *values["small"]])
    if values["recent"]["since"]:
        words = branch_pages.pages.frame_words()
        page = branch_pages.pages.rendered("changes.html.j2", manifest=manifest, words=words, recent=values["recent"])
        write_text(folder / "changes.html", page)
    return write_text(folder / "index.html", index_page(folder, manifest, values))


def get_ready(folder: Path, manifest: dict[str, Any]) -> None:
    """Gather ahead what the overview takes from the bank and not from reports; what fails here is said when it is due.

    Parameters
    ----------
    folder : Path
        ``reports/<as-of>`` of a home.
    manifest : dict
        ``as_of``, and ``runs`` whose last is the one going on.
    """
    with suppress(Exception):
        contents.keeps.kept_overview(folder, manifest)


def packed_index(folder: Path) -> str:
    """Return the overview as it stands in head office's bundle: without links to reports and bundles."""
    manifest, values = _values(folder)
    return index_page(folder, manifest, {**values, "downloads": [], "is_packed": True})


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


def index_page(folder: Path, manifest: dict[str, Any], values: dict[str, Any]) -> str:
    """Return the overview as one offline page, Chinese with English below."""
    beside = {
        "manifest": manifest,
        "words": branch_pages.pages.frame_words(),
        "missing": manifest["missing_tables"],
        "funnel": branch_pages.funnel(values, manifest),
        "downloads": branch_pages.downloads(folder),
        "supplements": branch_pages.supplements(manifest),
    }
    return branch_pages.pages.rendered("index.html.j2", **{**beside, **values})


def _values(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the manifest of a date's reports and what its overview says."""
    manifest = manifests.read_manifest(folder)
    if not manifest["runs"]:
        raise BadConfig("no reports were run here", where=str(folder), fix="run `microlib report` first")
    recent = recents.recent_changes(folder)
    return manifest, {**contents.index_values(folder, manifest, former=recent["balances"]), "recent": recent}
