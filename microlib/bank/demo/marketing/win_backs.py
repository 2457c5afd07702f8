"""Lists for retention and win-back, a part of each held out; what they bring is planted by whom they hold."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.marketing.losses import BRANCHES
from microlib.bank.demo.marketing.windows import candidates, drawn_members, room
from microlib.bank.demo.worlds import World, pick

LISTED = {"regain": pd.Timestamp("2025-11-30"), "retain": pd.Timestamp("2025-08-31")}
WINDOW = {"regain": 180, "retain": 150}
SIZE, HELD_OUT = {"regain": 420, "retain": 320}, 0.3
BASE, LIFT = {"regain": 0.07, "retain": 0.38}, {"regain": 0.12, "retain": 0.2}
BANDS = {"high": 0.25, "middle": 0.45, "low": 0.3}
REASONS = {"price": 0.4, "limit": 0.25, "speed": 0.2, "unknown": 0.15}


def make_win_backs(world: World) -> None:
    """Write both lists: of customers gone for 90 days and more, and of loans about to mature."""
    parts = []
    for goal in LISTED:
        for branch in BRANCHES:
            if (world.frames["customers"].branch_id == branch).any():
                parts.append(_listed(world, goal, branch, world.dice(f"win_backs {goal} {branch}")))
    rows = pd.concat(parts, ignore_index=True)
    managers = world.frames["customers"].set_index("customer_id").rm_id
    world.keep("win_backs", rows.assign(rm_id=rows.customer_id.map(managers)))
    world.truth["win_backs"] = {"base_share": BASE, "lift_share": LIFT, "window_days": WINDOW}


def _listed(world: World, goal: str, branch: str, dice: np.random.Generator) -> pd.DataFrame:
    pool = (_gone if goal == "regain" else _maturing)(world, branch)
    n = room(pool, size=SIZE[goal], share=BASE[goal] + LIFT[goal] * (1 - HELD_OUT))
    treated = dice.permutation(n) >= int(n * HELD_OUT)
    members = drawn_members(pool, dice, treated=treated, base=BASE[goal], lift=LIFT[goal])
    return _recorded(members.drop_duplicates("customer_id"), goal, dice).assign(branch_id=branch)


def _gone(world: World, branch: str) -> pd.DataFrame:
    """Customers without a loan for 90 days and more, and who of them borrows anew within the window."""
    start = LISTED["regain"] + pd.Timedelta(days=1)
    pool = candidates(world, branch=branch, launch=start, closing=start + pd.Timedelta(days=WINDOW["regain"] - 1))
    last = world.frames["loans"].query("disbursed_date < @start").groupby("customer_id").closed_date.max()
    lost = pool.customer_id.map(last)
    return pool.assign(lost_date=lost)[(lost <= start - pd.Timedelta(days=91)).to_numpy()].reset_index(drop=True)


def _maturing(world: World, branch: str) -> pd.DataFrame:
    """Customers whose last loan is settled in the two months after listing, and who of them borrows on."""
    start, loans = LISTED["retain"], world.frames["loans"]
    own = loans[(loans.branch_id == branch) & (loans.disbursed_date <= start)]
    live = own[~(own.closed_date <= start)].groupby("customer_id").closed_date.max()
    live = live[live.le(start + pd.Timedelta(days=60)) & own.groupby("customer_id").closed_date.max().notna()]
    end = start + pd.Timedelta(days=WINDOW["retain"])
    later = loans[loans.disbursed_date.gt(start) & loans.disbursed_date.le(end)].sort_values("disbursed_date")
    first = later.drop_duplicates("customer_id").set_index("customer_id")
    frame = pd.DataFrame({"customer_id": live.index, "lost_date": pd.NaT, "stratum": 0})
    frame["outcome_date"] = frame.customer_id.map(first.disbursed_date)
    return frame.assign(converts=frame.outcome_date.notna())


def _recorded(members: pd.DataFrame, goal: str, dice: np.random.Generator) -> pd.DataFrame:
    n, listed = len(members), LISTED[goal]
    treated, back = (members.arm == "treated").to_numpy(), members.converts.to_numpy()
    contacted = pd.Series(listed, index=members.index) + pd.to_timedelta(dice.integers(2, 30, n), "D")
    answers = pick(dice, {"no_answer": 0.3, "refused": 0.4, "thinking": 0.3}, n)
    ended = np.where(back, {"regain": "returned", "retain": "retained"}[goal], answers)
    return members[["customer_id", "lost_date", "arm"]].assign(
        goal=goal, listed_date=listed, rule_code={"regain": "settled_90_days", "retain": "matures_60_days"}[goal],
        value_band=pick(dice, BANDS, n), loss_reason=pick(dice, REASONS, n),
        offer=np.where(treated, pick(dice, ["rate_15bp", "revolving_line", "fast_lane"], n), None),
        offer_cost_yuan=np.where(treated & back, dice.gamma(4, 200, n).round(0), 0.0),
        follow_up_date=listed + pd.Timedelta(days=45), contacted_date=contacted.where(treated),
        result=np.where(treated, ended, None),
        returned_date=members.outcome_date.where(treated & back),
    )  # fmt: skip
