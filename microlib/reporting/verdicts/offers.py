"""What the rate and the offer say beside others: the room of the rate, ways of repaying, what we may claim."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from microlib.reporting.verdicts.sentences import Sentence, sentence


def methods(found: pd.DataFrame) -> Sentence:
    """Say what the product's way of repaying costs beside the cheapest, and whether cash keeps up with each."""
    own, others = found.iloc[0], found.iloc[1:]
    honest = others[others["method"] != "equal_principal_and_interest"]
    cheap = honest.loc[honest["interest_due_yuan"].idxmin()]
    values = {"method": own["method"], "interest_yuan": own["interest_due_yuan"], "eir_rate": own["eir_rate"]}
    if pd.isna(own["cover_ratio"]):
        return sentence("methods_unknown", **values)
    key = "methods_cover" if own["cover_ratio"] >= 1 else "methods_short"
    return sentence(key, cover_ratio=own["cover_ratio"], other_method=cheap["method"],
                    other_yuan=cheap["interest_due_yuan"], other_ratio=cheap["cover_ratio"], **values)  # fmt: skip


def rate_steps(found: pd.DataFrame) -> Sentence:
    """Say how many basis points a manager could give away before the floor (`design.pricing.rooms`)."""
    own = found[found["step_points"] == 0].iloc[0]
    points = math.floor(own["margin_rate"] * 1e4 + 1e-6)
    values = {"yearly_rate": own["yearly_rate"], "eva_yuan": own["eva_yuan"]}
    if points < 0:
        return sentence("discount_none", short_points=-points, **values)
    return sentence("discount", room_points=points, **values)


def corridor(found: pd.DataFrame, *, amount_yuan: float) -> Sentence:
    """Say where our rate lies between floor and peers at one size of loan."""
    row = found.loc[(found["amount_yuan"] - amount_yuan).abs().idxmin()]
    values = {"amount_yuan": row["amount_yuan"], "yearly_rate": row["yearly_rate"], "floor_rate": row["floor_rate"]}
    if pd.isna(row["ceiling_rate"]):
        return sentence("corridor_open", **values)
    key = "corridor_shape" if row["is_synthetic"] else "corridor"
    return sentence(key, state=row["state"], ceiling_rate=row["ceiling_rate"], peers_count=row["peers_count"], **values)


def selling_points(points: pd.DataFrame) -> list[Sentence]:
    """Say what may be claimed, what only looks better than invented peers, and where we are behind."""
    asked = points[points["finding"] != "not_offered"]
    allowed = list(dict.fromkeys(asked.loc[asked["is_allowed"], "measure"]))
    shape = list(dict.fromkeys(asked.loc[(asked["finding"] == "best") & ~asked["is_allowed"], "measure"]))
    behind = list(dict.fromkeys(asked.loc[asked["finding"] == "behind", "measure"]))
    said = [sentence("claims", measure=allowed)] if allowed else [sentence("claims_none")]
    said += [sentence("claims_shape", measure=shape)] if shape else []
    return said + ([sentence("claims_behind", measure=behind)] if behind else [])


def dominated(found: pd.DataFrame, *, product: Any) -> Sentence:
    """Say whether some offer beats ours outright under some use (`design.peers.comparisons`)."""
    over = found[found["beats_id"] == product.code]
    if over.empty:
        return sentence("beaten_never")
    return sentence("beaten", usage=list(dict.fromkeys(over["usage"])), offer_id=list(dict.fromkeys(over["offer_id"])))


VERDICTS = {"methods": methods, "rate_steps": rate_steps, "corridor": corridor, "selling_points": selling_points,
            "dominated": dominated}  # fmt: skip
