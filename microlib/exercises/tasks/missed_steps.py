"""x02: which step could have caught each bad loan, what that would have saved, and what it would have refused."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.exercises.exercise import Item, wan

CODE = "x02"
ITEMS = (
    Item("steps", "letters", 0.9, judge="letters"),
    Item("avoided", "wans", 0.1),
    Item("net", "wans", 0.1),
    Item("first", "letter", judge="choice"),
)
STEPS = ("A", "B", "C", "D")


def draw(seed: int) -> dict:
    """Draw bad loans with their loss and which step's evidence existed in time; and what each check refuses wrongly."""
    dice = np.random.default_rng(202 + seed)
    seen = dice.random((20, 4)) < np.array([0.25, 0.35, 0.2, 0.4])
    losses = dice.integers(4, 60, 20) * 1e4
    shown = {f"seen_{step.lower()}": seen[:, number] for number, step in enumerate(STEPS)}
    loans = pd.DataFrame({"loan": np.arange(1, 21), "loss_yuan": losses, **shown})
    checks = pd.DataFrame(
        {
            "step": list(STEPS),
            "good_refused_count": dice.integers([8, 30, 3, 0], [30, 80, 12, 4]),
            "good_margin_each": dice.integers(25, 45) * 100.0,
        }
    )
    return {"loans": loans, "checks": checks}


def solve(data: dict) -> dict:
    """Give each loan's earliest step, the losses that each step avoids, and the step to mend first."""
    loans, checks = data["loans"], data["checks"]
    seen = loans[["seen_a", "seen_b", "seen_c", "seen_d"]].set_axis(list("ABCD"), axis=1)
    steps = seen.idxmax(axis=1).where(seen.any(axis=1), "N")
    avoided = seen.mul(loans["loss_yuan"], axis=0).sum()
    cost = (checks["good_refused_count"] * checks["good_margin_each"]).to_numpy()
    net = avoided - cost
    return {"steps": "".join(steps), "avoided": wan(avoided), "net": wan(net), "first": net.idxmax()}


def slips(data: dict) -> dict:
    """Return the latest step, losses counted once only, good loans forgotten, and the step with most loans."""
    loans, right = data["loans"], solve(data)
    seen = loans[[f"seen_{step.lower()}" for step in STEPS]].set_axis(list(STEPS), axis=1)
    latest = seen[list(STEPS)[::-1]].idxmax(axis=1).where(seen.any(axis=1), "N")
    once = loans.groupby(list(right["steps"]))["loss_yuan"].sum().reindex(list(STEPS), fill_value=0.0)
    most = STEPS[int(np.argmax(right["avoided"]))]
    return {
        "steps": {"latest": "".join(latest)},
        "avoided": {"earliest_only": wan(once)},
        "net": {"good_forgotten": right["avoided"]},
        "first": {"good_forgotten": most, "most_loans": seen.sum().idxmax()},
    }
