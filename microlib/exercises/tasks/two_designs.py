"""x05: a fast and a controlled design for one group: loss, profit, good borrowers refused, evidence."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.exercises.exercise import Item, wan

CODE = "x05"
ITEMS = (
    Item("loss", "wans", 0.1),
    Item("profit", "wans", 0.2),
    Item("refused_margin", "wans", 0.2),
    Item("flagged", "letter", judge="choice"),
    Item("loss_bearable", "letter", judge="choice"),
)


def draw(seed: int) -> dict:
    """Draw both designs for one group, and the most that the group may lose a year."""
    dice = np.random.default_rng(505 + seed)
    lent, refused = dice.integers(150, 220), dice.integers(20, 45)
    pd_fast, pd_slow = dice.integers(45, 70) / 1e3, dice.integers(14, 26) / 1e3
    amount = dice.integers(25, 60) * 1e4
    designs = pd.DataFrame(
        {
            "design": ["A", "B"],
            "loans_count": [lent, lent - refused],
            "amount_yuan": [amount, amount],
            "pd_rate": [pd_fast, pd_slow],
            "lgd_share": [0.55, 0.45],
            "margin_rate": [0.031, 0.031],
            "cost_each": [dice.integers(8, 14) * 100.0, dice.integers(22, 34) * 100.0],
            "good_refused_count": [0, int(refused * 0.8)],
            "check_days": [2, 9],
            "evidence_days": [7, 7],
        }
    )
    lost = designs["loans_count"] * designs["amount_yuan"] * designs["pd_rate"] * designs["lgd_share"]
    return {"designs": designs, "appetite": pd.DataFrame({"most_loss_yuan": [float(round(lost.mean(), -4))]})}


def solve(data: dict) -> dict:
    """Give loss, profit and refused margin of both, the one that decides before its evidence, and the bearable one."""
    rows = data["designs"]
    volume = rows["loans_count"] * rows["amount_yuan"]
    loss = volume * rows["pd_rate"] * rows["lgd_share"]
    profit = volume * rows["margin_rate"] - rows["loans_count"] * rows["cost_each"] - loss
    refused = rows["good_refused_count"] * rows["amount_yuan"] * rows["margin_rate"]
    early = rows.loc[rows["check_days"] < rows["evidence_days"], "design"]
    borne = rows.loc[loss <= data["appetite"]["most_loss_yuan"].iloc[0], "design"]
    return {
        "loss": wan(loss),
        "profit": wan(profit),
        "refused_margin": wan(refused),
        "flagged": early.iloc[0],
        "loss_bearable": borne.iloc[0],
    }


def slips(data: dict) -> dict:
    """Return losses at full default, profit before loss, all refused counted as good, and speed taken for quality."""
    rows = data["designs"]
    volume = rows["loans_count"] * rows["amount_yuan"]
    before = volume * rows["margin_rate"] - rows["loans_count"] * rows["cost_each"]
    fewer = rows["loans_count"].max() - rows["loans_count"]
    return {
        "loss": {"whole_pd": wan(volume * rows["pd_rate"])},
        "profit": {
            "before_loss": wan(before),
            "before_cost": wan(
                before + rows["loans_count"] * rows["cost_each"] - volume * rows["pd_rate"] * rows["lgd_share"]
            ),
        },
        "refused_margin": {"all_refused": wan(fewer * rows["amount_yuan"] * rows["margin_rate"])},
        "flagged": {"slow_flagged": "B"},
        "loss_bearable": {"more_volume": "A"},
    }
