"""x12: two teams' terms for one group, side by side in five things, without a single winner."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.exercises.desk import TeamTerms, draw_members, judge_terms
from microlib.exercises.exercise import Item, percent

CODE = "x12"
ITEMS = (
    Item("covered", "percents", 0.2),
    Item("stressed_loss", "percents", 0.05),
    Item("unserved", "firms_list", 0),
    Item("better", "letters", 0.8, judge="letters"),
    Item("winner", "letter", judge="choice"),
)


def draw(seed: int) -> dict:
    """Draw a group and two teams: one serves more at a price, one is careful and cheap."""
    dice = np.random.default_rng(1_200 + seed)
    teams = pd.DataFrame(
        {
            "team": ["A", "B"],
            "cap_yuan": dice.integers([50, 20], [80, 35]) * 1e4,
            "yearly_rate": dice.integers([55, 45], [62, 50]) / 1e3,
            "term_months": [36, 24],
            "source_share": [0.5, 0.35],
        }
    )
    return {"teams": teams, "members": draw_members(12 + seed)}


def solve(data: dict) -> dict:
    """Try both teams' terms on the members and say who is better in each of the five things."""
    tried = [
        judge_terms(data["members"], TeamTerms(*row))
        for row in data["teams"].drop(columns="team").itertuples(index=False)
    ]
    found = pd.DataFrame(tried)
    signs = {
        "covered_share": 1,
        "worst_source_share": -1,
        "stressed_loss_share": -1,
        "cost_rate": -1,
        "unserved_count": -1,
    }
    gaps = [sign * (found[name].iloc[0] - found[name].iloc[1]) for name, sign in signs.items()]
    better = "".join("E" if abs(gap) < 1e-9 else "A" if gap > 0 else "B" for gap in gaps)
    return {
        "covered": percent(found["covered_share"]),
        "stressed_loss": percent(found["stressed_loss_share"]),
        "unserved": found["unserved_count"].to_list(),
        "better": better,
        "winner": "N" if {"A", "B"} <= set(better) else better.replace("E", "")[:1],
    }


def slips(data: dict) -> dict:
    """Return the loss without stress, and the team with more volume called the winner."""
    right = solve(data)
    swapped = right["better"].translate(str.maketrans("AB", "BA"))
    more = "A" if right["covered"][0] > right["covered"][1] else "B"
    return {
        "stressed_loss": {"not_stressed": [each / 2 for each in right["stressed_loss"]]},
        "covered": {"as_unserved": [100 - each for each in right["covered"]]},
        "better": {"sides_swapped": swapped},
        "winner": {"more_volume": more},
    }
