"""Control totals: what the general ledger says of each branch, one of them wrong by a little."""

from __future__ import annotations

import pandas as pd

from microlib.bank.demo.worlds import World

MISMATCH = 0.003


def make_totals(world: World) -> None:
    """Write control totals that tie to the fen, but for the branch planted to be off by 0.3 percent."""
    loans, places = world.frames["loans"], world.notes["places"]
    live = loans[loans.balance_yuan > 0]
    totals = pd.DataFrame({
        "customers_count": live.groupby("branch_id").customer_id.nunique(),
        "balance_yuan": live.groupby("branch_id").balance_yuan.sum(),
        "overdue_yuan": live[live.overdue_days > 0].groupby("branch_id").balance_yuan.sum(),
    }).reindex(places.branch_id).fillna(0.0)  # fmt: skip
    off = places.branch_id[places.trait == "mismatch"].tolist()
    totals.loc[off, "balance_yuan"] *= 1 + MISMATCH
    world.keep("control_totals", totals.round(2).reset_index())
    world.truth["control_totals"] = {"mismatched_branches": off, "balance_share_off": MISMATCH}
