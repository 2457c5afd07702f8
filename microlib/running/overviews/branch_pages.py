"""A page per branch: its figures and every paper of it; the same page opens its bundle, so it names no other branch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from microlib.files import write_text
from microlib.running import pages
from microlib.running.headlines import label
from microlib.running.overviews import downloads as listings
from microlib.running.overviews.funnels import funnel_svg

PAPERS = ("html", "xlsx", "docx", "pdf")
downloads = listings.listed_bundles


def write_branch_pages(folder: Path, manifest: Mapping[str, Any], *, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write ``<branch>/index.html`` for every branch that has a report."""
    by_branch: dict[str, list[Mapping[str, Any]]] = {}
    for entry in manifest["reports"].values():
        by_branch.setdefault(entry["branch"], []).append(entry)
    shared, listed = {"manifest": manifest, "words": pages.frame_words()}, list(rows)
    many = [{**shared, "row": row, "reports": branch_reports(by_branch[row["code"]]), "labels": _labels(row)}
            for row in listed]  # fmt: skip
    for row, page in zip(listed, pages.rendered_all("branch.html.j2", many), strict=True):
        write_text(folder / row["code"] / "index.html", page)


def branch_reports(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a branch's reports with the papers that stand in their folders, Chinese before English.

    Links count from the branch's own folder; what is for head office only is not among them.
    """
    reports: dict[str, dict[str, Any]] = {}
    for entry in sorted(entries, key=lambda entry: (entry["report"], entry["lang"] != "zh")):
        first = {"title": entry["title"], "product": entry["product"], "report": entry["report"], "langs": []}
        reports.setdefault(entry["report"], first)["langs"].append(_papers(entry))
    return list(reports.values())


def supplements(manifest: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the head office's supplements of all reports, by branch; links count from the date's folder."""
    found = []
    for key, entry in sorted(manifest["reports"].items()):
        names = [name for name in entry.get("files", {}) if name.startswith("head-office/") and name.endswith(".html")]
        told = {part: entry[part] for part in ("branch", "title", "lang")}
        found += [{**told, "page": f"{key}/{name}"} for name in names]
    return found


def funnel(values: Mapping[str, Any], manifest: Mapping[str, Any]) -> Markup:
    """Return the drawing of all branches, empty where no overview was gathered."""
    rows, linked = values["funnel_rows"], {row["code"] for row in (*values["branches"], *values["small"])}
    if not values["branches"] or rows.empty:
        return Markup("")  # small branches alone tell nothing that chance does not
    return funnel_svg(rows, names=manifest["branches"], words=pages.frame_words(), linked=linked)


def _labels(row: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    return {name: {lang: label(name, lang) for lang in ("zh", "en")} for name in row["figures"]}


def _papers(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return one language's papers: those of the last good report, by kind, and the sheets for outside."""
    below, held = f"{entry['report']}/{entry['lang']}", entry.get("files", {})
    names = [name for name in held if "/" not in name and name.rpartition(".")[2] in PAPERS]
    if entry["page"] and not names:
        names = [entry["page"].rpartition("/")[2]]
    papers = {name.rpartition(".")[2]: f"{below}/{name}" for name in names}
    sheets = [name for name in sorted(held) if name.startswith("leaflets/")]
    return {
        "lang": entry["lang"],
        "status": entry["status"],
        "is_stale": entry["status"] != "ok" and bool(entry["page"]),
        "papers": {kind: papers[kind] for kind in PAPERS if kind in papers},
        "leaflets": [{"name": name.partition("/")[2], "page": f"{below}/{name}"} for name in sheets],
    }
