"""Customer groups by branch, with the cells hidden that hold few, and those from which they could be worked out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from microlib.contracts.segments import read_segments
from microlib.homes import Home
from microlib.metrics.suppressions import ALL, suppressed

NAME = "segment_sizes"
#: shares of the largest shown cell from which a cell is darker
STEPS = (0.05, 0.2, 0.5)


def group_cells(folder: Path, entries: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return ``branch_id, segment, customers_count`` as the branches' own reports counted them; empty for none."""
    paths: dict[str, Path] = {}
    for entry in entries:
        path = (folder / entry["page"]).parent / "results" / f"{NAME}.parquet"
        if entry["page"] and not entry["product"] and path.is_file():  # most reports of a branch count no groups
            paths.setdefault(entry["branch"], path)
    frames = [
        pd.read_parquet(path, columns=["segment", "customers_count"]).assign(branch_id=branch)
        for branch, path in sorted(paths.items())
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def heat_rows(cells: pd.DataFrame, *, fewest: int, dominance_share: float) -> dict[str, Any]:
    """Return the heat: ``segments`` (codes, the largest first) and ``rows`` (branch -> its cells).

    A cell is ``{"count": 12, "shade": 2}`` or ``{"hidden": "few"}`` (or ``complement``). Margins are not shown, but
    cells are hidden as if they were: a branch's own total stands in its report.
    """
    cells = cells[cells["segment"] != ALL] if len(cells) else cells  # a report's own total is no group
    if cells.empty:
        return {"segments": [], "rows": {}}
    table = cells.pivot_table(
        index="segment", columns="branch_id", values="customers_count", aggfunc="sum", fill_value=0
    )
    whole = table.stack().rename("customers_count").reset_index()
    told = suppressed(whole, by=["segment", "branch_id"], fewest=fewest, dominance_share=dominance_share)
    inner = told[(told["segment"] != ALL) & (told["branch_id"] != ALL)]
    most = inner["customers_count"].max()
    rows: dict[str, dict[str, Any]] = {}
    for each in inner.itertuples():
        rows.setdefault(each.branch_id, {})[each.segment] = _cell(each, most)
    return {"segments": table.sum(axis=1).sort_values(ascending=False).index.to_list(), "rows": rows}


def segment_titles(home: Home) -> dict[str, dict[str, str]]:
    """Return the titles of customer groups by code, in both languages."""
    return {rule.code: {"zh": rule.title.zh, "en": rule.title.en} for rule in read_segments(home.config("segments"))}


def _cell(row: Any, most: float) -> dict[str, Any]:
    if not row.is_shown:
        return {"hidden": "few" if row.suppression == "few" else "complement"}
    count = int(row.customers_count)
    return {"count": count, "shade": 1 + sum(count >= step * most for step in STEPS) if count else 0}
