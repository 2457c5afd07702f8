"""x09: working capital and the new loan it leaves room for, by the supervisors' formula."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.exercises.exercise import Item, wan
from microlib.metrics.capacity import working_capital_need

CODE = "x09"
ITEMS = (Item("capital", "wan", 0.05), Item("loan", "wan", 0.05))


def draw(seed: int) -> dict:
    """Draw one firm: sales, margin, growth, days of its cash cycle, and who funds it already."""
    sales, margin, growth, days, funded = 1_200, 0.12, 0.10, (46, 75, 29), (90, 60, 20)
    if seed:
        dice = np.random.default_rng(seed)
        sales, margin, growth = int(dice.integers(60, 240)) * 10, dice.integers(8, 20) / 100, dice.integers(0, 20) / 100
        days = tuple(int(each) for each in dice.integers([35, 55, 20], [60, 90, 35]))
        funded = tuple(int(each) * 10 for each in dice.integers([3, 2, 0], [10, 8, 4]))
    return {
        "firm": pd.DataFrame(
            {
                "sales_yuan": [sales * 1e4],
                "margin_share": [margin],
                "growth_share": [growth],
                "inventory_days": [days[0]],
                "receivable_days": [days[1]],
                "payable_days": [days[2]],
                "own_yuan": [funded[0] * 1e4],
                "loans_yuan": [funded[1] * 1e4],
                "other_yuan": [funded[2] * 1e4],
            }
        )
    }


def solve(data: dict) -> dict:
    """Give working capital and the new loan, both in 万元."""
    need = working_capital_need(data["firm"])
    return {"capital": wan(need["working_capital_yuan"].iloc[0]), "loan": wan(need["need_yuan"].iloc[0])}


def slips(data: dict) -> dict:
    """Return what is found without growth, without the margin, with payables added, or with turns rounded."""
    firm, right = data["firm"], solve(data)
    funded = wan(firm[["own_yuan", "loans_yuan", "other_yuan"]].sum(axis=1).iloc[0])
    turned = {
        "no_growth": firm.assign(growth_share=0.0),
        "no_margin": firm.assign(margin_share=0.0),
        "payables_added": firm.assign(payable_days=-firm["payable_days"]),
        "payables_left_out": firm.assign(payable_days=0),
    }
    wrong = {code: solve({"firm": each})["capital"] for code, each in turned.items()}
    loans = {code: capital - funded for code, capital in wrong.items()}
    return {"capital": wrong, "loan": {**loans, "funds_not_taken_off": right["capital"]}}
