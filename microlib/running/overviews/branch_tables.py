"""The table of branches: figures of their reports with intervals, and the bank's view of each beside them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from pyarrow import parquet

from microlib.running import headlines
from microlib.running.overviews import gatherings

__all__ = ["branch_table", "headlines", "judged_branches"]

#: figures of the table, if any branch has them; the branch's own page has the others
SHOWN = ("customers_count", "balance_yuan", "npl_share", "adjusted_par30_share", "top_source_share")
SHARE = "adjusted_par30_share"
SIGNS = {"above": "▲", "below": "▽", "same": "=", "unknown": ""}


def branch_table(
    folder: Path, manifest: Mapping[str, Any], overview: Mapping[str, pd.DataFrame], *, former: Mapping[str, float]
) -> list[dict[str, Any]]:
    """Return a row per branch that has a report, ascending by code.

    Parameters
    ----------
    folder : Path
        Of the date.
    manifest : mapping
    overview : mapping
        As `keeps.kept_overview` returns it.
    former : mapping
        Branch -> balance of the run before, in yuan.

    Returns
    -------
    list of dict
        ``code, name, facts, figures, balance_change, expected, sign, level, gaps, made, failed, is_small``.
    """
    by_branch: dict[str, list[Mapping[str, Any]]] = {}
    for entry in manifest["reports"].values():
        by_branch.setdefault(entry["branch"], []).append(entry)
    bank = overview.get("branches", pd.DataFrame(columns=["branch_id"])).set_index("branch_id").to_dict("index")
    rows = [_row(folder, code, entries, bank.get(code, {})) for code, entries in sorted(by_branch.items())]
    for row in rows:
        row["name"] = manifest["branches"].get(row["code"], "")
        now, then = row["figures"].get("balance_yuan"), former.get(row["code"])
        row["balance_change"] = now.value - then if now and then is not None else None
    return rows


def judged_branches(rows: list[dict[str, Any]], overview: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the bank's view of branches with the shares that their reports tell, so that all pages say the same."""
    if "branches" not in overview:
        return pd.DataFrame()
    bank, told = overview["branches"].copy(), {row["code"]: row["share"] for row in rows if row["share"]}
    for part, column in {"value": "share", "low": "share_low", "high": "share_high"}.items():
        said = bank["branch_id"].map({code: fact[part] for code, fact in told.items()})
        bank[column] = said.astype("float64").fillna(bank[column])
    return bank.assign(against_expected=gatherings.compared(bank))


def _row(folder: Path, code: str, entries: list[Mapping[str, Any]], bank: Mapping[str, Any]) -> dict[str, Any]:
    """Return one row: figures come from the reports that design nothing."""
    facts: dict[str, dict[str, Any]] = {}
    for entry in sorted(entries, key=lambda entry: (entry["report"], entry["lang"] != "zh"), reverse=True):
        if entry["page"] and not entry["product"]:
            facts |= headlines.read_facts((folder / entry["page"]).parent)
    figures = headlines.figures_of(facts)
    loans = figures["loans_count"].value if "loans_count" in figures else bank.get("loans_count")
    share = facts.get(f"four_pars.{SHARE}", {})
    return {
        "code": code, "facts": facts, "figures": figures, "share": share if share.get("low") is not None else None,
        "expected": bank.get("expected_share"),
        "sign": "", "level": facts.get("table_coverage.level", {}).get("value"), "gaps": _gaps(folder, entries),
        "made": sum(entry["status"] == "ok" for entry in entries),
        "failed": sum(entry["status"] != "ok" for entry in entries),
        "is_small": loans is not None and loans < gatherings.FEWEST_LOANS,
    }  # fmt: skip


def _gaps(folder: Path, entries: list[Mapping[str, Any]]) -> int:
    """Return how many pages of the branch's reports wait for a table; both languages wait for the same."""
    folders = {entry["report"]: (folder / entry["page"]).parent for entry in entries if entry["page"]}
    paths = [path / "results" / "not_computed.parquet" for path in folders.values()]
    return sum(
        len(set(parquet.read_table(path, columns=["page"], use_threads=False)["page"].to_pylist()))
        for path in paths
        if path.is_file()
    )
