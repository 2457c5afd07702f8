"""x14: what a campaign added, how sure that is, and how many it would have taken to know."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.exercises.exercise import Item, percent
from microlib.metrics.campaign_plan import arm_size, break_even_loans
from microlib.stats.intervals import rate_difference

CODE = "x14"
ITEMS = (
    Item("lift", "points", 0.05),
    Item("range", "points_range", 0.1),
    Item("added", "loans", 0.1),
    Item("judged", "letter", judge="choice"),
    Item("arm", "firms", 2),
    Item("must_add", "loans", 0.05),
)


def draw(seed: int) -> dict:
    """Draw a campaign with a hold-out, a question of power, and what it cost."""
    called, lent, held, anyway, base, wanted, cost, margin = 400, 24, 100, 3, 0.03, 0.03, 38_000, 6_200
    if seed:
        dice = np.random.default_rng(seed)
        called, held = int(dice.integers(30, 90)) * 10, int(dice.integers(8, 25)) * 10
        anyway = int(dice.integers(2, 7))
        lent = int(called * (anyway / held + dice.uniform(0.015, 0.05)))
        base, wanted = dice.integers(2, 6) / 100, dice.integers(2, 5) / 100
        cost, margin = int(dice.integers(20, 60)) * 1_000, int(dice.integers(40, 90)) * 100
    return {
        "arms": pd.DataFrame(
            {"arm": ["treated", "control"], "members_count": [called, held], "loans_count": [lent, anyway]}
        ),
        "plan": pd.DataFrame(
            {
                "base_share": [base],
                "wanted_share": [wanted],
                "power_share": [0.8],
                "cost_yuan": [float(cost)],
                "margin_each": [float(margin)],
            }
        ),
    }


def solve(data: dict) -> dict:
    """Give the lift with Newcombe's range, added loans, whether it may be called an effect, arm size and break-even."""
    arms = data["arms"].rename(columns={"loans_count": "bad_count", "members_count": "total_count"})
    gap = rate_difference(arms.iloc[[0]], arms.iloc[[1]]).iloc[0]
    plan = data["plan"].iloc[0]
    return {
        "lift": percent(gap["difference"]),
        "range": percent([gap["low"], gap["high"]]),
        "added": gap["difference"] * gap["first_count"],
        "judged": "Y" if gap["low"] > 0 else "N",
        "arm": arm_size(plan["base_share"], plan["wanted_share"], power=plan["power_share"]),
        "must_add": break_even_loans(plan["cost_yuan"], plan["margin_each"]),
    }


def slips(data: dict) -> dict:
    """Return the contacted arm's own share, the plain normal range, and every loan of the list counted as added."""
    (called, lent), (held, anyway) = data["arms"][["members_count", "loans_count"]].to_numpy().tolist()
    one, other = lent / called, anyway / held
    reach = 1.96 * np.sqrt(one * (1 - one) / called + other * (1 - other) / held)
    plan = data["plan"].iloc[0]
    half = arm_size(plan["base_share"], plan["wanted_share"], power=0.5)
    return {
        "lift": {"own_share": percent(one)},
        "range": {"normal": percent([one - other - reach, one - other + reach])},
        "added": {"all_loans": lent, "arms_subtracted": lent - anyway},
        "judged": {"point_only": "Y"},
        "arm": {"both_arms": 2 * arm_size(plan["base_share"], plan["wanted_share"]), "no_power": half},
        "must_add": {"inverted": plan["margin_each"] / plan["cost_yuan"]},
    }
