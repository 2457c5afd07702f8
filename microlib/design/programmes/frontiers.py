"""Volume against the worst single source: how little one stop can cost, at each size of the programme."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from microlib.design.programmes.allocations import allocate_budget, least_source_loss

STEPS = (0.2, 0.4, 0.6, 0.8, 1.0)


def volume_frontier(candidates: pd.DataFrame, *, rules: pd.DataFrame, steps: Iterable[float] = STEPS) -> pd.DataFrame:
    """Trace the least loss from any one source for each volume, up to the most that the caps allow.

    Answers "how much more do we risk on one payer for the next step of volume?"

    Parameters
    ----------
    candidates, rules : DataFrame
        As for `allocations.least_source_loss`. Not modified.
    steps : iterable of float
        Parts of the largest volume.

    Returns
    -------
    DataFrame
        One row per step: ``step_share, volume_yuan, worst_loss_yuan, worst_loss_share`` (of the volume),
        ``profit_yuan``, ``customers_count``.
    """
    most = allocate_budget(candidates.assign(profit_rate=1.0), rules=rules).totals["allocated_yuan"].item()
    rows = []
    for step in steps:
        volume = round(most * step, 2)
        found = least_source_loss(candidates, rules=rules, volume_yuan=volume).totals.iloc[0]
        rows.append((step, volume, found["worst_loss_yuan"], found["profit_yuan"], int(found["customers_count"])))
    columns = ["step_share", "volume_yuan", "worst_loss_yuan", "profit_yuan", "customers_count"]
    frame = pd.DataFrame(rows, columns=columns)
    share = frame["worst_loss_yuan"] / frame["volume_yuan"].where(frame["volume_yuan"] > 0)
    frame.insert(3, "worst_loss_share", share)
    return frame
