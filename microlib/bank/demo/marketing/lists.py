"""Campaigns and their lists: with a true lift, with none, by whole clusters, without a hold-out, of ten customers."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd

from microlib.bank.demo.marketing.windows import candidates, drawn_members, room
from microlib.bank.demo.worlds import AS_OF, World

COSTS = ("gifts_cost_yuan", "staff_cost_yuan", "media_cost_yuan", "reward_cost_yuan")
UNCONSENTED = 0.06
REACHED = 0.85
STOP_RULE = "逾期30天以上占比超过 3% 或投诉 3 起即停"


def make_campaigns(world: World) -> None:
    """Write campaigns and their members for the branches that deliver marketing data; say what was planted."""
    plans = tomllib.loads((Path(__file__).parent / "campaigns.toml").read_text(encoding="utf-8"))["campaigns"]
    level = world.notes["places"].set_index("branch_id").level
    heads, lists, truth = [], [], {}
    for plan in plans:
        for branch in plan["branch_ids"]:
            if level.get(branch, 0) < 3:
                continue
            named = plan | {"branch_id": branch, "campaign_id": f"{plan['campaign_id']}_{branch}"}
            heads.append(_head(named))
            members = _members(world, named)
            lists.append(members)
            truth[named["campaign_id"]] = _planted(named, members)
    world.keep("campaigns", pd.DataFrame(heads))
    world.keep("campaign_members", pd.concat(lists, ignore_index=True))
    world.truth["campaigns"] = truth


def _head(plan: dict) -> dict:
    launch, size = pd.Timestamp(plan["launch_date"]), plan["size"]
    hoped = plan.get("hoped_share", plan["base_share"] + 0.06 if plan["base_share"] > 0 else 0.16)
    called = size * (1 - plan["holdout_share"])
    planned = (size, called * 0.9, called * 0.45, called * min(hoped * 1.5, 1), called * min(hoped, 1))
    names = ("members", "reached", "interested", "applied", "loans")
    return plan | dict(zip(COSTS, plan["costs_yuan"], strict=True)) | {
        "closing_date": pd.Timestamp(plan["closing_date"]), "launch_date": launch,
        "reading_date": pd.Timestamp(plan["closing_date"]), "stop_rule": STOP_RULE, "margin_per_loan_yuan": 6200.0,
        "registered_date": min(launch - pd.Timedelta(days=21), pd.Timestamp(AS_OF)),
    } | {f"planned_{name}_count": int(count) for name, count in zip(names, planned, strict=True)}  # fmt: skip


def _members(world: World, plan: dict) -> pd.DataFrame:
    if plan["cut"] == "none":
        return pd.DataFrame()
    dice = world.dice(plan["campaign_id"])
    pool = candidates(world, branch=plan["branch_id"], launch=plan["launch_date"], closing=plan["closing_date"])
    allowed = pool[pool.consents | (dice.random(len(pool)) < UNCONSENTED)].reset_index(drop=True)
    allowed = allowed if len(allowed) > 30 else pool
    if plan.get("venue_id"):
        members = pool[pool.venue_id == plan["venue_id"]].assign(arm="treated", cluster_id=plan["venue_id"])
    elif plan["cut"] == "manager":
        members = _by_manager(allowed, plan, dice)
    else:
        members = _by_customer(allowed, plan, dice)
    return _recorded(members.drop_duplicates("customer_id"), plan, dice)


def _by_customer(pool: pd.DataFrame, plan: dict, dice: np.random.Generator) -> pd.DataFrame:
    share = plan["base_share"] + plan["lift_share"] * (1 - plan["holdout_share"])
    n = room(pool, size=plan["size"], share=share)
    treated = dice.permutation(n) >= int(n * plan["holdout_share"])
    members = drawn_members(pool, dice, treated=treated, base=plan["base_share"], lift=plan["lift_share"])
    moved = (members.arm == "control") & members.converts & (dice.random(n) < plan.get("moved_share", 0) * 2)
    moved |= (members.arm == "control") & (dice.random(n) < plan.get("moved_share", 0))
    return members.assign(arm=np.where(moved, "treated", members.arm), wave=np.where(members.arm == "control", 2, 1))


def _by_manager(pool: pd.DataFrame, plan: dict, dice: np.random.Generator) -> pd.DataFrame:
    managers = dice.permutation(sorted(pool.rm_id.unique()))
    each, parts = max(2, plan["size"] // len(managers)), []
    for place, manager in enumerate(managers):
        own = pool[pool.rm_id == manager].reset_index(drop=True)
        base = plan["base_share"] * float(np.exp(dice.normal(0, 0.25)))
        n = room(own, size=each, share=base + plan["lift_share"])
        treated = np.full(n, place % 2 == 0)
        if n:
            parts.append(drawn_members(own, dice, treated=treated, base=base, lift=plan["lift_share"]))
    return pd.concat(parts, ignore_index=True).assign(cluster_id=lambda rows: rows.rm_id)


def _recorded(members: pd.DataFrame, plan: dict, dice: np.random.Generator) -> pd.DataFrame:
    """Write what the branch's list shows: contacts of the contacted arm, and the deals its managers claimed."""
    n, launch = len(members), pd.Timestamp(plan["launch_date"])
    treated = (members.arm == "treated").to_numpy()
    reached = dice.random(n) < REACHED
    begin = np.where(treated, launch, pd.Timestamp(plan["closing_date"]) + pd.Timedelta(days=1))
    contacted = pd.Series(pd.to_datetime(begin), index=members.index) + pd.to_timedelta(dice.integers(0, 14, n), "D")
    told = reached & (treated | (plan["design"] == "waves"))
    claimed = told & treated & members.converts.to_numpy() & (dice.random(n) < 0.95)
    return members.assign(
        campaign_id=plan["campaign_id"], branch_id=plan["branch_id"], assigned_date=launch - pd.Timedelta(days=7),
        contacted_date=contacted.where(told), 
        contact_basis=np.where(members.consents, "consent", "public_list" if plan.get("venue_id") else "none"),
        loan_id=members.loan_id.where(claimed), outcome_date=members.outcome_date.where(claimed),
        outcome_yuan=members.outcome_yuan.where(claimed),
    )  # fmt: skip


def _planted(plan: dict, members: pd.DataFrame) -> dict:
    names = ("design", "cut", "base_share", "lift_share", "holdout_share")
    unconsented = int((members.contact_basis == "none").sum()) if len(members) else 0
    return {name: plan[name] for name in names} | {
        "members_count": len(members), "no_basis_count": unconsented, "moved_share": plan.get("moved_share", 0.0),
    }  # fmt: skip
