"""What changed since the date before, for the index: each figure with both its readings as text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from microlib.errors import BadConfig
from microlib.running import differences, headlines, histories

__all__ = ["recent_changes"]

#: an index is read, not searched: the strongest changes of all branches; the page of changes has room for more
MOST, ROOM = 30, 2000
BALANCE = "book_size.balance_yuan"


def recent_changes(folder: Path) -> dict[str, Any]:
    """Return what changed beyond noise since the last run of the date before; empty where there is none.

    Parameters
    ----------
    folder : Path
        ``reports/<as-of>``.

    Returns
    -------
    dict
        ``since`` (the date before), ``rows`` (what changed before what appeared or went, figures with an interval
        first, of them the strongest: ``branch, report, title, name, zh, en, subject, kind, strength``, ``before`` and
        ``after`` as figures, None where there is none), ``shown`` (how many of them the index lists), ``more`` (how
        many are not even in ``rows``), ``balances`` (branch -> yuan at the date before).
    """
    try:
        former = histories.former_run(folder.parent, folder.name)
    except BadConfig:
        former = None
    if former is None:
        return {"since": "", "rows": [], "shown": 0, "more": 0, "balances": {}}
    latest = histories.find_run(folder.parent, folder.name)
    found = differences.run_differences(former, latest)
    sides = {"before": histories.facts_of(former), "after": histories.facts_of(latest)}
    rows = [_row(row, sides, latest.manifest) for row in _ordered(found).head(ROOM).itertuples()]
    moved = sum(row["kind"] == "changed" for row in rows)
    balances = {place[0]: fact["value"] for place, fact in sides["before"].items() if place[2] == BALANCE}
    more = max(len(found) - ROOM, 0)
    return {"since": former.name, "rows": rows, "shown": min(moved, MOST), "more": more, "balances": balances}


def _ordered(found: pd.DataFrame) -> pd.DataFrame:
    """Return changes in the order in which they are read: what is proved beyond noise first."""
    is_bare = found["before_low"].isna() | found["after_low"].isna()
    by = found.assign(is_other=found["kind"] != "changed", is_bare=is_bare)
    return by.sort_values(["is_other", "is_bare", "strength"], ascending=[True, True, False], kind="stable")


def _row(row: Any, sides: dict[str, dict], manifest: dict[str, Any]) -> dict[str, Any]:
    name, place = row.fact.rsplit(".", 1)[-1], (row.branch_id, row.report, row.fact)
    told = {side: headlines.figure_of(name, facts[place]) if place in facts else None for side, facts in sides.items()}
    langs = ("zh", "en")
    labels: dict[str, Any] = {lang: headlines.label(row.fact, lang) for lang in langs}
    labels["subject"] = {lang: headlines.subject(row.fact, lang) for lang in langs}
    strength = f"{row.strength:.1f}" if row.strength < float("inf") else ""
    return {"branch": row.branch_id, "report": row.report, "title": _title(manifest, row), "name": row.fact,
            "kind": row.kind, "strength": strength, **labels, **told}  # fmt: skip


def _title(manifest: dict[str, Any], row: Any) -> str:
    """Return the first words of the report's heading, before what it asks; empty where it was not made again."""
    entries = (manifest["reports"].get(f"{row.branch_id}/{row.report}/{lang}") for lang in ("zh", "en"))
    return next((entry["title"].partition("：")[0] for entry in entries if entry), "")
