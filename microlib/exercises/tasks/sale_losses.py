"""x15: what is lost when the collateral must be sold: after the fall, the cost and the wait."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.exercises.exercise import Item, percent
from microlib.metrics.collateral import recovery

CODE = "x15"
ITEMS = (Item("lgd", "percents", 0.02), Item("fall_to_bear", "percent", 0.2))


def draw(seed: int) -> dict:
    """Draw one claim with its appraised value, and how a sale would go; two falls of the price are asked."""
    balance, value, cost, months, rate, falls = 140, 200, 0.12, 18, 0.0435, (0.20, 0.30)
    if seed:
        dice = np.random.default_rng(seed)
        value = int(dice.integers(12, 50)) * 10
        balance, cost = round(value * dice.integers(64, 72) / 100, 1), dice.integers(8, 15) / 100
        months, rate = int(dice.integers(12, 30)), dice.integers(36, 55) / 1_000
        falls = (dice.integers(20, 26) / 100, dice.integers(30, 40) / 100)
    return {
        "claim": pd.DataFrame({"balance_yuan": [balance * 1e4], "value_yuan": [value * 1e4]}),
        "sale": pd.DataFrame({"fall_share": falls, "cost_share": cost, "wait_months": months, "yearly_rate": rate}),
    }


def solve(data: dict) -> dict:
    """Give the loss of each fall, and the fall at which the claim is just met."""
    claim, sale = data["claim"], data["sale"]
    terms = {"cost_share": sale["cost_share"].iloc[0], "months": sale["wait_months"].iloc[0]}
    terms["yearly_rate"] = sale["yearly_rate"].iloc[0]
    lost = [recovery(claim, fall_share=fall, **terms)["lgd_share"].iloc[0] for fall in sale["fall_share"]]
    whole = recovery(claim, fall_share=0.0, **terms)["recovery_yuan"].iloc[0]
    return {"lgd": percent(lost), "fall_to_bear": percent(1 - claim["balance_yuan"].iloc[0] / whole)}


def slips(data: dict) -> dict:
    """Return what is found without the wait, without the cost, or with the plain LTV."""
    claim, sale = data["claim"], data["sale"]
    turned = {"no_wait": sale.assign(wait_months=0), "no_cost": sale.assign(cost_share=0.0)}
    wrong = {code: solve({"claim": claim, "sale": each}) for code, each in turned.items()}
    ltv = claim["balance_yuan"].iloc[0] / claim["value_yuan"].iloc[0]
    return {
        "lgd": {code: found["lgd"] for code, found in wrong.items()},
        "fall_to_bear": {
            **{code: found["fall_to_bear"] for code, found in wrong.items()},
            "ltv_only": percent(1 - ltv),
        },
    }
