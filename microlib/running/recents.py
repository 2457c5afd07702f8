"""What changed since the date before, for the index: each figure with both its readings as text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from microlib.errors import BadConfig
from microlib.running import differences, headlines, histories

__all__ = ["headlines", "recent_changes"]

#: an index is read, not searched: the strongest changes of all branches
MOST = 30


def recent_changes(folder: Path) -> dict[str, Any]:
    """Return what changed beyond noise since the last run of the date before; empty where there is none.

    Parameters
    ----------
    folder : Path
        ``reports/<as-of>``.

    Returns
    -------
    dict
        ``since`` (the date before), ``rows`` (the strongest first: ``branch, report, name, zh, en, before, after``),
        ``more`` (how many are not shown).
    """
    try:
        former = histories.former_run(folder.parent, folder.name)
    except BadConfig:
        former = None
    if former is None:
        return {}
    latest = histories.find_run(folder.parent, folder.name)
    found = differences.run_differences(former, latest)
    moved = found[found["kind"] == "changed"]
    sides = {"before": histories.facts_of(former), "after": histories.facts_of(latest)}
    rows = [_row(row, sides) for row in moved.head(MOST).itertuples()]
    return {"since": former.name, "rows": rows, "more": max(len(moved) - MOST, 0)}


def _row(row: Any, sides: dict[str, dict]) -> dict[str, Any]:
    name = row.fact.rsplit(".", 1)[-1]
    told = {
        side: headlines.figure_of(name, facts[row.branch_id, row.report, row.fact]) for side, facts in sides.items()
    }
    labels = {lang: headlines.label(name, lang) for lang in ("zh", "en")}
    return {"branch": row.branch_id, "report": row.report, "name": row.fact, **labels, **told}
