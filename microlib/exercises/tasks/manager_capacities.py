"""x20: what one relationship manager can lend in a month, from hours, visits and two conversion rates."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.design.rollout_plan import Habits, monthly_capacity
from microlib.exercises.exercise import Item, wan

CODE = "x20"
ITEMS = (Item("loans", "loans", 0.01), Item("amount", "wan", 0.5), Item("team_gap", "wan", 3.0))


def draw(seed: int) -> dict:
    """Draw a manager's month, what became of a hundred visits and a hundred applications, the ticket, and a target."""
    hours, selling, visit, asked, lent, ticket, people, target = 160, 0.45, 1.5, 12, 55, 62, 8, 5_000
    if seed:
        dice = np.random.default_rng(seed)
        hours, selling, visit = (
            int(dice.integers(150, 176)),
            dice.integers(30, 60) / 100,
            float(dice.choice([1, 1.5, 2])),
        )
        asked, lent, ticket = int(dice.integers(8, 18)), int(dice.integers(45, 70)), int(dice.integers(30, 90))
        people = int(dice.integers(5, 11))
        target = round(hours * selling / visit * asked * lent / 1e4 * ticket * people * 3 * dice.uniform(1.05, 1.3), -2)
    return {
        "month": pd.DataFrame({"hours_month_count": [hours], "selling_share": [selling], "visit_hours": [visit]}),
        "habits": pd.DataFrame(
            {
                "visits_count": [100],
                "applied_count": [asked],
                "decided_count": [100],
                "lent_count": [lent],
                "ticket_yuan": [ticket * 1e4],
            }
        ),
        "team": pd.DataFrame({"managers_count": [people], "quarter_months": [3], "target_yuan": [target * 1e4]}),
    }


def solve(data: dict) -> dict:
    """Give loans and yuan a month, and what the team lacks for the quarter's target."""
    habits = Habits(data["month"]["visit_hours"].iloc[0], **data["habits"].iloc[0].to_dict())
    month = monthly_capacity(data["month"].assign(rm_id="R1"), habits=habits).iloc[0]
    team = data["team"].iloc[0]
    able = month["capacity_yuan"] * team["managers_count"] * team["quarter_months"]
    return {
        "loans": month["loans_count"],
        "amount": wan(month["capacity_yuan"]),
        "team_gap": wan(max(0.0, team["target_yuan"] - able)),
    }


def slips(data: dict) -> dict:
    """Return what is found with all hours spent selling, with one rate left out, and for one month or one manager."""
    month, habits, team = data["month"], data["habits"], data["team"]
    turned = {
        "all_hours": {**data, "month": month.assign(selling_share=1.0)},
        "all_apply": {**data, "habits": habits.assign(applied_count=100)},
        "all_lent": {**data, "habits": habits.assign(lent_count=100)},
    }
    wrong = {code: solve(each) for code, each in turned.items()}
    one = {
        "one_month": {**data, "team": team.assign(quarter_months=1)},
        "one_manager": {**data, "team": team.assign(managers_count=1)},
    }
    return {
        "loans": {code: each["loans"] for code, each in wrong.items()},
        "amount": {code: each["amount"] for code, each in wrong.items()},
        "team_gap": {code: solve(each)["team_gap"] for code, each in {**turned, **one}.items()},
    }
