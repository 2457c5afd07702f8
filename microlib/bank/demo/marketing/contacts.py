"""The contacts that leads took: how many, by what way, with which script, at what hour, and what came of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.worlds import AS_OF, World, numbered, pick

COUNTS = {"open": 0.0, "reached": 1.2, "interested": 2.0, "applied": 2.4, "approved": 2.6, "lent": 2.8, "lost": 1.6}
LAST = {"reached": "refused", "interested": "interested", "lost": "refused"}
WAYS = {"call": 0.58, "visit": 0.22, "wechat": 0.15, "event": 0.05}
MINUTES = {"call": 6, "visit": 55, "wechat": 4, "event": 20}
#: the script that opens with the customer's own figures is answered more often
SCRIPTS, BETTER_SCRIPT, ANSWERED = ["S1", "S2", "S3"], "S2", {"S1": 0.5, "S2": 0.68, "S3": 0.5}


def make_touches(world: World) -> None:
    """Write the contacts of every lead that was reached."""
    dice, leads = world.dice("touches"), world.frames["leads"]
    mean = leads.lead_status.map(COUNTS).to_numpy()
    counts = np.where(mean > 0, 1 + dice.poisson(np.maximum(mean - 1, 0.05)), 0)
    rows = leads.loc[np.repeat(leads.index, counts)].reset_index(drop=True)
    order = rows.groupby("lead_id").cumcount()
    is_last = order.eq(rows.groupby("lead_id").lead_id.transform("size") - 1).to_numpy()
    n, way = len(rows), pick(dice, WAYS, len(rows))
    script = pick(dice, SCRIPTS, n)
    answered = dice.random(n) < np.array([ANSWERED[name] for name in script])
    early = np.where(answered, "interested", "no_answer")
    day = rows.created_date + pd.to_timedelta(order * 4 + dice.integers(0, 4, n), "D")
    moment = day.clip(upper=pd.Timestamp(AS_OF)) + pd.to_timedelta(dice.integers(9 * 60, 18 * 60, n), "min")
    frame = rows[["lead_id", "branch_id", "rm_id"]].assign(
        touched_at=moment, way=way, script_id=np.where(way == "call", script, None),
        touch_result=np.where(is_last, rows.lead_status.map(LAST).fillna("applied"), early),
        minutes_count=1 + dice.poisson([MINUTES[name] for name in way]),
    ).sort_values("touched_at", kind="stable", ignore_index=True)  # fmt: skip
    world.keep("touches", frame.assign(touch_id=numbered("T", range(1, n + 1), 7)))
    world.truth["scripts"] = {"better": BETTER_SCRIPT, "answered_share": ANSWERED}
