"""x11: terms for a group, chosen by the learner and tried on its members; bands instead of one right answer."""

from __future__ import annotations

from typing import Any

import pandas as pd

from microlib.exercises.desk import TeamTerms, draw_members, judge_terms
from microlib.exercises.exercise import Item, percent

CODE = "x11"
#: what the learner chooses and tells
ASKED = (
    Item("cap", "wan"),
    Item("rate", "percent"),
    Item("months", "months"),
    Item("source_share", "percent"),
    Item("unserved", "firms"),
)
#: what is judged
ITEMS = (
    Item("covered", "percent", 5, judge="band"),
    Item("worst_source", "percent", 3, judge="band"),
    Item("margin", "points", 0.3, judge="band"),
    Item("cost", "percent", 0.5, judge="band"),
    Item("unserved", "firms", 0),
)
BANDS = {"covered": (65.0, 100.0), "worst_source": (0.0, 40.0), "margin": (0.0, 1.0), "cost": (0.0, 6.0)}


def draw(seed: int) -> dict:
    """Draw the group and write the bands that a committee asks for."""
    members = draw_members(seed)
    told = pd.DataFrame({"members_count": [len(members)], "need_yuan": [members["need_yuan"].sum()]})
    rows = [(name, low, high) for name, (low, high) in BANDS.items()]
    bands = pd.DataFrame(rows, columns=["wish", "band_low", "band_high"])
    sources = members.groupby("source", as_index=False)["need_yuan"].sum()
    return {"group": told, "sources": sources, "bands": bands, "members": members}


def solve(data: dict) -> dict:
    """Choose terms that stay inside every band: a cap above most needs, the longest tenor, a rate over the floor."""
    members = data["members"]
    terms = TeamTerms(members["need_yuan"].quantile(0.97), 0.053, 36, 0.39)
    found = judge_terms(members, terms)
    return {
        "cap": terms.cap_yuan / 10_000,
        "rate": percent(terms.yearly_rate),
        "months": terms.term_months,
        "source_share": percent(terms.source_share),
        "unserved": found["unserved_count"],
    }


def measured(data: dict, answer: dict[str, Any]) -> dict[str, Any]:
    """Try the learner's terms on the members."""
    if any(answer.get(name) in (None, ...) for name in ("cap", "rate", "months", "source_share")):
        return {}
    share = float(answer["source_share"]) / 100
    terms = TeamTerms(float(answer["cap"]) * 10_000, float(answer["rate"]) / 100, int(answer["months"]), share)
    found = judge_terms(data["members"], terms)
    told = {
        "covered": percent(found["covered_share"]),
        "worst_source": percent(found["worst_source_share"]),
        "margin": percent(found["margin_rate"]),
        "cost": percent(found["cost_rate"]),
    }
    off = abs(float(answer["unserved"]) - found["unserved_count"]) if answer.get("unserved", ...) is not ... else ...
    return {**told, "unserved": off}


def keys(data: dict) -> dict:
    """Return the bands; the number not served must be told exactly, so its distance is nothing."""
    return {**{row.wish: (row.band_low, row.band_high) for row in data["bands"].itertuples()}, "unserved": 0}


def slips(data: dict) -> dict:
    """Return nothing: a band names the side on which it is missed."""
    return {}
