"""x16: a target shared by potential under what each team can do, and the gap when it cannot be done."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.design.rollout_plan import allocate_targets
from microlib.exercises.exercise import Item, wan

CODE = "x16"
ITEMS = (Item("targets", "wans", 1), Item("gap", "wan", 1))


def draw(seed: int) -> dict:
    """Draw three teams with potential and capacity, a target that can be met, and one that cannot."""
    potential, capacity, target, more = [2_100, 1_260, 840], [1_800, 1_700, 1_200], 4_200, 5_000
    if seed:
        dice = np.random.default_rng(seed)
        potential = [int(each) * 10 for each in dice.integers([180, 100, 60], [260, 150, 100])]
        target = sum(potential)
        capacity = [
            round(potential[0] * dice.uniform(0.75, 0.9), -1),
            *(round(each * dice.uniform(1.35, 1.6), -1) for each in potential[1:]),
        ]
        more = sum(capacity) + int(dice.integers(15, 50)) * 10
    return {
        "teams": pd.DataFrame(
            {
                "team": ["A", "B", "C"],
                "potential_yuan": np.array(potential) * 1e4,
                "capacity_yuan": np.array(capacity) * 1e4,
            }
        ),
        "targets": pd.DataFrame({"total_yuan": [target * 1e4], "wished_yuan": [more * 1e4]}),
    }


def solve(data: dict) -> dict:
    """Give each team's target, and what is lacking for the larger one, in 万元."""
    teams, asked = data["teams"], data["targets"].iloc[0]
    shared = allocate_targets(teams, total_yuan=asked["total_yuan"])
    return {
        "targets": wan(shared["target_yuan"]),
        "gap": wan(max(0.0, asked["wished_yuan"] - teams["capacity_yuan"].sum())),
    }


def slips(data: dict) -> dict:
    """Return plain shares by potential, an equal spread of what is over, and what is over left out."""
    teams, asked = data["teams"], data["targets"].iloc[0]
    fair = asked["total_yuan"] * teams["potential_yuan"] / teams["potential_yuan"].sum()
    equal = allocate_targets(teams, total_yuan=asked["total_yuan"], weighting="equal")["target_yuan"]
    return {
        "targets": {
            "rest_dropped": wan(np.minimum(fair, teams["capacity_yuan"])),
            "capacity_ignored": wan(fair),
            "equal_spread": wan(equal),
        },
        "gap": {"against_target": wan(asked["wished_yuan"] - asked["total_yuan"])},
    }
