"""Everything that the overview's page says, put together from the manifest and what lies beside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from microlib.homes import home_of_reports
from microlib.running.overviews import concerns, heats, keeps, sights

__all__ = ["index_values", "sights"]


def index_values(folder: Path, manifest: Mapping[str, Any], *, former: Mapping[str, float]) -> dict[str, Any]:
    """Return the values of the index's template.

    Parameters
    ----------
    folder : Path
        ``reports/<as-of>`` of a home.
    manifest : mapping
    former : mapping
        Branch -> balance of the run before, in yuan.
    """
    registers = concerns.registers
    home, day = home_of_reports(folder), date.fromisoformat(manifest["as_of"])
    overview, policy = keeps.kept_overview(folder, manifest), registers.read_policy(home, as_of=day)
    entries = list(manifest["reports"].values())
    rows = sights.branch_tables.branch_table(folder, manifest, overview, former=former)
    products = registers.product_rows(home, as_of=day, entries=entries)
    more = concerns.further_matters(home, overview, rows=rows, products=products, as_of=day)
    seen = sights.sights(rows, overview, policy=policy, more=more)
    cells = heats.group_cells(folder, entries)
    fewest, dominance = policy.quality.minimum_peers_count, policy.quality.dominance_share
    return {
        "branches": [row for row in rows if not row["is_small"]],
        "small": [row for row in rows if row["is_small"]],
        "columns": _columns(rows),
        "failures": sorted((entry for entry in entries if entry["status"] != "ok"), key=_place),
        "made": sum(entry["status"] == "ok" for entry in entries),
        "heat": {**heats.heat_rows(cells, fewest=fewest, dominance_share=dominance), "fewest": fewest},
        "products": products,
        "forecasts": concerns.scores.forecast_score(home, overview, as_of=day),
        "policy": registers.policy_state(home, as_of=day),
        "titles": heats.segment_titles(home),
        **seen,
    }


def _place(entry: Mapping[str, Any]) -> tuple[str, str, bool]:
    return entry["branch"], entry["report"], entry["lang"] != "zh"


def _columns(rows: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Return the figures that any branch has, with their labels; where none of the usual ones, those there are."""
    label, told = sights.branch_tables.headlines.label, [name for row in rows for name in row["figures"]]
    names = [name for name in sights.branch_tables.SHOWN if name in told] or list(dict.fromkeys(told))
    return [(name, label(name, "zh"), label(name, "en")) for name in names]
