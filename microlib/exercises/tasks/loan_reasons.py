"""x01: sixty loans that went bad; the reason of each is coded by the firmest fact in its file."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.exercises.exercise import Item

CODE = "x01"
ITEMS = (Item("codes", "letters", 0.6, judge="kappa"), Item("top_two", "letters", judge="choice"))
#: letter -> the fact that shows it; from the firmest fact to the weakest
SIGNS = {
    "D": "papers_refuted",
    "G": "cash_while_late",
    "F": "paid_for_other",
    "B": "money_elsewhere",
    "C": "debt_not_told",
    "E": "family_blow",
    "A": "sales_fell",
}
OFTEN = {"A": 0.26, "B": 0.15, "C": 0.33, "D": 0.06, "E": 0.06, "F": 0.08, "G": 0.06}


def draw(seed: int) -> dict:
    """Draw sixty files: the true reason shows, and weaker facts stand beside it, falling sales above all."""
    dice = np.random.default_rng(101 + seed)
    cuts = dict(zip(OFTEN, dice.permutation(list(OFTEN.values())) if seed else OFTEN.values(), strict=True))
    reasons = dice.choice(list(cuts), 60, p=list(cuts.values()))
    order = list(SIGNS)
    shown = {name: np.zeros(60, dtype=bool) for name in SIGNS.values()}
    for file, reason in enumerate(reasons):
        shown[SIGNS[reason]][file] = True
        for weaker in order[order.index(reason) + 1 :]:
            shown[SIGNS[weaker]][file] |= dice.random() < (0.6 if weaker == "A" else 0.12)
    return {"files": pd.DataFrame({"file": np.arange(1, 61), **shown}), "_reasons": "".join(reasons)}


def solve(data: dict) -> dict:
    """Code each file by the firmest fact in it, then count."""
    files = data["files"]
    firmest = files[list(SIGNS.values())].idxmax(axis=1)
    codes = firmest.map({fact: letter for letter, fact in SIGNS.items()})
    counted = codes.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return {"codes": "".join(codes), "top_two": "".join(counted.index[:2])}


def slips(data: dict) -> dict:
    """Return the symptom taken for the cause: falling sales wherever they fell."""
    right, fell = solve(data), data["files"]["sales_fell"]
    symptom = "".join("A" if down else code for down, code in zip(fell, right["codes"], strict=True))
    counted = pd.Series(list(symptom)).value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return {
        "codes": {"symptom": symptom},
        "top_two": {"swapped": right["top_two"][::-1], "symptom": "".join(counted.index[:2])},
    }
