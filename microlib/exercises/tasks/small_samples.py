"""x08: what few loans prove, as an interval and as a bound, when none or a few of them went bad."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.exercises.exercise import Item, percent
from microlib.stats.intervals import rate_interval, upper_bound

CODE = "x08"
ITEMS = (
    Item("low", "percents", 0.02),
    Item("high", "percents", 0.02),
    Item("upper", "percents", 0.02),
)


def draw(seed: int) -> dict:
    """Draw three groups with their bad borrowers; the first has none."""
    bad, total = [0, 3, 9], [40, 60, 400]
    if seed:
        dice = np.random.default_rng(seed)
        total = [int(dice.integers(25, 80)), int(dice.integers(50, 90)), int(dice.integers(250, 600))]
        bad = [0, int(dice.integers(2, 6)), int(dice.integers(5, 15))]
    return {"groups": pd.DataFrame({"group": ["A", "B", "C"], "bad_count": bad, "total_count": total})}


def solve(data: dict) -> dict:
    """Give Jeffreys' limits and the one-sided bound of Clopper and Pearson."""
    groups = data["groups"]
    found = rate_interval(groups["bad_count"], groups["total_count"], method="jeffreys")
    upper = upper_bound(groups["bad_count"], groups["total_count"])
    return {"low": percent(found["low"]), "high": percent(found["high"]), "upper": percent(upper)}


def slips(data: dict) -> dict:
    """Return what a normal interval, Wilson's limits, the bare rate, and a two-sided bound would give."""
    bad, total = data["groups"]["bad_count"], data["groups"]["total_count"]
    rate = bad / total
    reach = 1.96 * np.sqrt(rate * (1 - rate) / total)
    wilson = rate_interval(bad, total, method="wilson")
    exact = rate_interval(bad, total, method="clopper_pearson")
    return {
        "low": {"normal": percent((rate - reach).clip(lower=0)), "wilson": percent(wilson["low"])},
        "high": {"normal": percent(rate + reach), "wilson": percent(wilson["high"]), "bare_rate": percent(rate)},
        "upper": {"two_sided": percent(exact["high"]), "bare_rate": percent(rate)},
    }
