"""x04: twelve customers who paid late; which of them could have paid, and which could not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.exercises.exercise import Item

CODE = "x04"
ITEMS = (Item("order", "order", 0.8, judge="order"), Item("able", "letters", 0.8, judge="letters"))


def draw(seed: int) -> dict:
    """Draw twelve customers: months late, in how many of those the money was there, days late, and what is recorded."""
    dice = np.random.default_rng(404 + seed)
    late = dice.integers(3, 8, 12)
    part = dice.permutation(np.linspace(0.02, 0.98, 12))
    able = np.rint(late * part).astype(int)
    due = dice.integers(8, 60, 12) * 1e3
    lowest = due * (0.25 + 1.5 * part + dice.uniform(-0.03, 0.03, 12))
    return {
        "customers": pd.DataFrame(
            {
                "customer": list("ABCDEFGHIJKL"),
                "late_months_count": late,
                "able_months_count": able,
                "due_yuan": due,
                "lowest_balance_yuan": lowest.round(-2),
                "late_days": dice.integers(3, 45, 12),
                "inflow_ratio": (0.6 + 0.8 * part + dice.uniform(-0.1, 0.1, 12)).round(2),
            }
        )
    }


def solve(data: dict) -> dict:
    """Rank by how often the money was there in a late month, then by how far it would have covered what was due."""
    rows = data["customers"]
    share = rows["able_months_count"] / rows["late_months_count"]
    cover = rows["lowest_balance_yuan"] / rows["due_yuan"]
    ranked = rows.assign(share=share, cover=cover).sort_values(["share", "cover"], ascending=False)
    return {"order": "".join(ranked["customer"]), "able": "".join(np.where(share >= 0.5, "Y", "N"))}


def slips(data: dict) -> dict:
    """Return the order of days late and of months late: how long somebody is late does not say why."""
    rows = data["customers"]
    days = "".join(rows.sort_values("late_days", ascending=False)["customer"])
    often = "".join(rows.sort_values("late_months_count", ascending=False)["customer"])
    long = "".join(np.where(rows["late_days"] > 30, "Y", "N"))
    return {"order": {"days_late": days, "months_late": often}, "able": {"days_late": long}}
