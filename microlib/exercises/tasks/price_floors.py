"""x21: the lowest rate at which a loan earns its cost of capital, for three default rates."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.design.prices import Parts, floor_rate
from microlib.exercises.exercise import Item, percent

CODE = "x21"
ITEMS = (Item("floors", "percents", 0.01), Item("bearable_pd", "percent", 0.02))


def draw(seed: int) -> dict:
    """Draw what money, work and capital cost, three groups with their default rates, and the rate asked."""
    ftp, opex, pds, lgd, asked = 0.0205, 0.0095, [0.008, 0.019, 0.045], 0.40, 0.048
    if seed:
        dice = np.random.default_rng(seed)
        ftp, opex, lgd = dice.integers(180, 230) / 1e4, dice.integers(70, 130) / 1e4, dice.integers(35, 55) / 100
        pds, asked = (dice.integers([50, 150, 350], [110, 250, 550]) / 1e4).tolist(), dice.integers(44, 56) / 1e3
    return {
        "costs": pd.DataFrame(
            {
                "ftp_rate": [ftp],
                "opex_rate": [opex],
                "lgd_share": [lgd],
                "capital_ratio": [0.105],
                "risk_weight": [0.75],
                "hurdle_rate": [0.10],
                "yearly_rate": [asked],
            }
        ),
        "groups": pd.DataFrame({"group": ["A", "B", "C"], "pd_rate": pds}),
    }


def solve(data: dict) -> dict:
    """Give the floor of each group, and the default rate that the rate asked still bears."""
    cost = data["costs"].iloc[0]
    capital = cost["capital_ratio"] * cost["risk_weight"]
    known = (cost["lgd_share"], capital, cost["hurdle_rate"])
    floors = [
        floor_rate(Parts(cost["ftp_rate"], cost["opex_rate"], pd_rate, *known)) for pd_rate in data["groups"]["pd_rate"]
    ]
    bare = floor_rate(Parts(cost["ftp_rate"], cost["opex_rate"], 0.0, *known))
    return {"floors": percent(floors), "bearable_pd": percent((cost["yearly_rate"] - bare) / cost["lgd_share"])}


def slips(data: dict) -> dict:
    """Return floors with the whole default rate as loss, without capital, and with capital at its full ratio."""
    costs, groups = data["costs"], data["groups"]
    turned = {
        "whole_pd": costs.assign(lgd_share=1.0),
        "no_capital": costs.assign(hurdle_rate=0.0),
        "no_risk_weight": costs.assign(risk_weight=1.0),
        "no_opex": costs.assign(opex_rate=0.0),
    }
    wrong = {code: solve({"costs": each, "groups": groups}) for code, each in turned.items()}
    return {name: {code: found[name] for code, found in wrong.items()} for name in ("floors", "bearable_pd")}
