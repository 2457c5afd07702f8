"""What changed between two runs, beyond noise: a row per figure that moved, appeared or went."""

from __future__ import annotations

from typing import Any

import pandas as pd

from microlib.metrics import changes
from microlib.running import histories

PLACE = ["branch_id", "report", "fact"]
SIDES = ("before", "after")
COLUMNS = [*PLACE, "kind", *changes.WANTED, "change", "strength"]
#: the same bank gives the same digits, so any other difference comes from notebook, library or terms
SAME_BANK = 1e-9


def run_differences(before: histories.Past, after: histories.Past, *, tolerance_share: float = 0.05) -> pd.DataFrame:
    """Compare the facts of two runs.

    Parameters
    ----------
    before, after : Past
    tolerance_share : float
        Fraction by which a figure without an interval may move and count as the same.

    Returns
    -------
    DataFrame
        ``branch_id, report, fact, kind`` (``changed``, ``appeared``, ``gone``), both readings with their limits (of a
        small count without any: those that chance leaves it),
        ``change`` in the figure's unit and ``strength`` (how many times the noise); the strongest first. Two runs
        of the same inputs have no noise: every difference is listed, the largest for its figure first, and
        ``strength`` is missing.
    """
    both = _joined(_readings(before, "before"), _readings(after, "after"))
    once = both["before"].isna() | both["after"].isna()
    kinds = both[once].assign(kind=both["after"].isna()[once].map({True: "gone", False: "appeared"}))
    is_same_bank = before.inputs_sha256 == after.inputs_sha256 != ""
    twice = _without_limits(both[~once]) if is_same_bank else both[~once]
    measured = changes.figure_changes(twice, tolerance_share=SAME_BANK if is_same_bank else tolerance_share)
    moved = twice.join(measured)[measured["is_beyond"]].assign(kind="changed")
    found = pd.concat([moved, kinds]) if len(kinds) else moved
    order = found.sort_values("strength", ascending=False, na_position="last", kind="stable")
    told = order.assign(strength=float("nan")) if is_same_bank else order
    return told.reset_index().reindex(columns=COLUMNS)


def difference_lines(found: pd.DataFrame) -> list[str]:
    """Return a tab-separated line per difference, with a line of headings."""
    shown = found.astype("object").where(found.notna(), "")
    rows = [[_text(cell) for cell in row] for row in shown.itertuples(index=False)]
    return ["\t".join(row) for row in [COLUMNS, *rows]]


def _text(cell: Any) -> str:
    return f"{cell:.6g}" if isinstance(cell, float) else str(cell)


def _readings(past: histories.Past, side: str) -> pd.DataFrame:
    rows = [
        (*place, *(fact.get(part) for part in ("value", "low", "high")))
        for place, fact in histories.facts_of(past).items()
        if isinstance(fact.get("value"), int | float) and not isinstance(fact["value"], bool)
    ]
    frame = pd.DataFrame(rows, columns=[*PLACE, side, f"{side}_low", f"{side}_high"]).set_index(PLACE)
    return _with_limits(frame.astype("float64"), side)


def _with_limits(readings: pd.DataFrame, side: str) -> pd.DataFrame:
    """Give small counts that were told without an interval the one that chance leaves them."""
    is_bare = readings.index.get_level_values("fact").str.endswith("_count") & readings[f"{side}_low"].isna()
    limits = changes.count_limits(readings[side].where(is_bare & (readings[side] >= 0)))
    return readings.fillna({f"{side}_{end}": limits[end] for end in ("low", "high")})


def _joined(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    return before.join(after, how="outer").sort_index()


def _without_limits(readings: pd.DataFrame) -> pd.DataFrame:
    return readings.assign(**{f"{side}_{end}": float("nan") for side in SIDES for end in ("low", "high")})
