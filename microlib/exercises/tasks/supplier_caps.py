"""x19: four suppliers of one core enterprise under a cap for each and a cap for all."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.design.business_evidence import supplier_limits
from microlib.exercises.exercise import Item, wan

CODE = "x19"
ITEMS = (Item("limits", "wans", 0.1),)


def draw(seed: int) -> dict:
    """Draw confirmed payables with their dilution, the advance rate, and both caps."""
    owed, dilution, advance, single, core = [420, 260, 900, 150], [0.03, 0.05, 0.02, 0.10], 0.70, 300, 800
    if seed:
        dice = np.random.default_rng(seed)
        owed = [int(each) * 10 for each in dice.integers([30, 18, 75, 10], [55, 34, 120, 22])]
        dilution, advance = (dice.integers(2, 12, 4) / 100).tolist(), float(dice.choice([0.6, 0.65, 0.7, 0.75]))
        single = int(dice.integers(24, 32)) * 10
        lent = sum(min(o * (1 - d) * advance, single) for o, d in zip(owed, dilution, strict=True))
        core = round(lent * dice.uniform(0.85, 0.95), -1)
    return {
        "suppliers": pd.DataFrame(
            {"supplier": list("ABCD"), "payable_yuan": np.array(owed) * 1e4, "dilution_share": dilution}
        ),
        "rules": pd.DataFrame(
            {"advance_share": [advance], "single_cap_yuan": [single * 1e4], "core_cap_yuan": [core * 1e4]}
        ),
    }


def solve(data: dict) -> dict:
    """Give each supplier's limit in 万元."""
    rules = data["rules"].iloc[0].to_dict()
    return {"limits": wan(supplier_limits(data["suppliers"], **rules)["limit_yuan"])}


def slips(data: dict) -> dict:
    """Return limits without the core's cap, without the single cap, without dilution, and shared out equally."""
    suppliers, rules = data["suppliers"], data["rules"].iloc[0].to_dict()
    plain = suppliers.assign(dilution_share=0.0)
    each = supplier_limits(suppliers, **rules)
    return {
        "limits": {
            "no_core_cap": wan(each["single_yuan"]),
            "no_single_cap": wan(supplier_limits(suppliers, **{**rules, "single_cap_yuan": 1e12})["limit_yuan"]),
            "no_dilution": wan(supplier_limits(plain, **rules)["limit_yuan"]),
            "equal_parts": [wan(rules["core_cap_yuan"] / len(suppliers))] * len(suppliers),
        }
    }
