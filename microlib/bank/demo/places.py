"""Branches and their managers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.masks import masked_all
from microlib.bank.demo.worlds import World, numbered, pick, read_settings

CUSTOMERS_PER_MANAGER = 95


def make_places(world: World) -> None:
    """Choose the branches, write their table and that of their managers."""
    places = _chosen_places(world.branches)
    places["customers_count"] = np.maximum(12, (places.customers_count * world.scale).astype(int))
    world.notes["places"] = places
    world.keep("branches", _branches(places))
    world.keep("rms", _managers(places, world.dice("managers")))


def _chosen_places(count: int) -> pd.DataFrame:
    written = read_settings("places")["places"]
    ordinary = [place for place in written if not place["trait"]][2:]
    more = [
        ordinary[i % len(ordinary)] | {"branch_id": f"{2001 + i}", "name": f"示例增设支行{i + 1}"}
        for i in range(max(0, count - len(written)))
    ]
    return pd.DataFrame(written[:count] + more)


def _branches(places: pd.DataFrame) -> pd.DataFrame:
    return places[["branch_id", "name", "authority_limit_yuan"]].assign(
        city="示例市", region_code="440300", opened_date=np.datetime64("2012-05-18"), is_active=True
    )


def _managers(places: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    counts = np.maximum(1, places.customers_count // CUSTOMERS_PER_MANAGER)
    frame = pd.DataFrame({"branch_id": np.repeat(places.branch_id.to_numpy(), counts)})
    frame["rm_id"] = numbered("R", range(1, len(frame) + 1), 4)
    frame["name_hash"] = masked_all("示例经理" + frame.rm_id)
    frame["role"] = pick(dice, {"micro": 0.7, "retail": 0.15, "corporate": 0.05, "team_lead": 0.1}, len(frame))
    frame["start_date"] = np.datetime64("2016-01-04") + dice.integers(0, 1900, len(frame))
    frame["hours_month_count"] = dice.integers(150, 185, len(frame))
    frame["selling_share"] = dice.uniform(0.2, 0.6, len(frame)).round(2)
    frame["team"] = "示例" + (frame.groupby("branch_id").cumcount() // 8 + 1).astype(str) + "组"
    return frame
