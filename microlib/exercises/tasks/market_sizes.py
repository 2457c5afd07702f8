"""x10: how many there are in a market that two incomplete lists describe, and what is known of one group in it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.exercises.exercise import Item, percent
from microlib.metrics.market import two_list_estimate
from microlib.stats.intervals import rate_interval

CODE = "x10"
ITEMS = (
    Item("size", "firms", 1),
    Item("range", "firms_range", 2),
    Item("reached", "percent", 0.2),
    Item("largest_source", "letters", judge="choice"),
    Item("bad_range", "percents", 0.05),
)


def draw(seed: int) -> dict:
    """Draw two lists and how many names stand in both, our borrowers there, and what they owe by source."""
    first, second, both, ours, bad, spread = 620, 410, 268, 96, 4, (0.34, 0.22, 0.18, 0.15, 0.11)
    if seed:
        dice = np.random.default_rng(seed)
        first, second = (int(each) for each in dice.integers([400, 250], [900, 600]))
        both = int(min(first, second) * dice.uniform(0.4, 0.75))
        ours, bad = int(dice.integers(60, 140)), int(dice.integers(1, 7))
        spread = dice.permutation(np.array([0.34, 0.22, 0.18, 0.15, 0.11]))
    owed = (np.array(spread) * ours * 180_000 / 100).round(-2)
    return {
        "lists": pd.DataFrame({"first_count": [first], "second_count": [second], "both_count": [both]}),
        "ours": pd.DataFrame({"borrowers_count": [ours], "bad_count": [bad]}),
        "sources": pd.DataFrame({"source": list("ABCDE"), "balance_yuan": owed * 100}),
    }


def solve(data: dict) -> dict:
    """Give Chapman's estimate with its range, our share of it, the largest source, and what the bad rate may be."""
    lists, ours, sources = data["lists"].iloc[0], data["ours"].iloc[0], data["sources"]
    names = ("first_count", "second_count", "both_count")
    market = two_list_estimate(*(lists[name] for name in names), method="normal").iloc[0]  # as the course prints it
    bad = rate_interval(data["ours"]["bad_count"], data["ours"]["borrowers_count"]).iloc[0]
    return {
        "size": market["population_count"],
        "range": [market["population_low"], market["population_high"]],
        "reached": percent(ours["borrowers_count"] / market["population_count"]),
        "largest_source": sources.loc[sources["balance_yuan"].idxmax(), "source"],
        "bad_range": percent([bad["low"], bad["high"]]),
    }


def slips(data: dict) -> dict:
    """Return what is found when the lists are added, the larger is taken, or names on both are counted twice."""
    first, second, both = data["lists"].iloc[0]
    ours, bad = data["ours"].iloc[0]
    wrong = {"added": first + second, "larger_list": max(first, second), "union": first + second - both}
    rate = bad / ours
    reach = 1.96 * np.sqrt(rate * (1 - rate) / ours)
    return {
        "size": wrong,
        "reached": {code: percent(ours / size) for code, size in wrong.items()},
        "bad_range": {"normal": percent([max(0.0, rate - reach), rate + reach])},
    }
