"""x18: what part of a vintage goes bad when some loans leave the picture before they have shown how they end."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.exercises.exercise import Item, percent
from microlib.stats.vintage import vintage_counts, vintage_curve

CODE = "x18"
ITEMS = (Item("not_observed", "percent", 0.01), Item("settled", "percent", 0.01))


def draw(seed: int) -> dict:
    """Draw one vintage of equal loans: when some went bad, and when others left the picture."""
    loans, bad, left = 100, {3: 1, 6: 2, 9: 1}, {5: 20, 8: 25}
    if seed:
        dice = np.random.default_rng(seed)
        loans = int(dice.integers(80, 160))
        bad = {month: int(dice.integers(1, 4)) for month in (3, 6, 9)}
        left = {5: int(dice.integers(10, 25)), 8: int(dice.integers(15, 30))}
    months = sorted({*bad, *left})
    rows = {
        "month_on_book": months,
        "bad_count": [bad.get(m, 0) for m in months],
        "left_count": [left.get(m, 0) for m in months],
    }
    return {"vintage": pd.DataFrame({"loans_count": [loans]}), "months": pd.DataFrame(rows)}


def solve(data: dict) -> dict:
    """Give the share bad by the last month, when those who left are not observed, and when they were settled."""
    rows, found = data["months"], {}
    for ends, name in (("open", "not_observed"), ("settled", "settled")):
        bad = rows.loc[rows.index.repeat(rows["bad_count"]), ["month_on_book"]].assign(outcome="bad")
        left = rows.loc[rows.index.repeat(rows["left_count"]), ["month_on_book"]].assign(outcome=ends)
        stay = data["vintage"]["loans_count"].iloc[0] - len(bad) - len(left)
        last = pd.DataFrame({"month_on_book": [rows["month_on_book"].max()] * stay, "outcome": "open"})
        ends_all = pd.concat([bad, left, last]).assign(amount_yuan=1.0)
        found[name] = percent(vintage_curve(vintage_counts(ends_all))["bad_share"].iloc[-1])
    return found


def slips(data: dict) -> dict:
    """Return the naive share, the share of those seen to the end, and each answer in the other's place."""
    bad, left = data["months"]["bad_count"].sum(), data["months"]["left_count"].sum()
    loans, right = data["vintage"]["loans_count"].iloc[0], solve(data)
    return {
        "not_observed": {"naive": percent(bad / loans), "only_seen": percent(bad / (loans - left))},
        "settled": {"kaplan_meier": right["not_observed"], "only_seen": percent(bad / (loans - left))},
    }
