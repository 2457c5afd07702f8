"""Customers asked to bring others: the rewarded bring more, some would have anyway, one brings his own clients."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.worlds import World

BRANCH, CAMPAIGN = "0755", "M2511_0755"
LAUNCH, CLOSING = pd.Timestamp("2025-09-01"), pd.Timestamp("2026-02-28")
SIZE, HELD_OUT = 600, 0.5
RATES = {"treated": 0.12, "control": 0.048}  # referred borrowers per member
REWARD_YUAN = 800.0
HUB_CLIENTS = 12


def make_referrals(world: World) -> None:
    """Add the referral campaign to campaigns and members, and note who brought whom."""
    dice = world.dice("referrals")
    first = _first_loans(world)
    members = _referrers(world, dice, first)
    brought = _brought(world, dice, members=members, first=first)
    world.notes["referred"] = brought
    world.keep("campaigns", pd.concat([world.frames["campaigns"], pd.DataFrame([_head(len(members))])]))
    listed = members.assign(campaign_id=CAMPAIGN, branch_id=BRANCH, wave=1, contact_basis="consent",
                            assigned_date=LAUNCH - pd.Timedelta(days=7))  # fmt: skip
    world.keep("campaign_members", pd.concat([world.frames["campaign_members"], listed], ignore_index=True))
    world.truth["referrals"] = {
        "campaign_id": CAMPAIGN, "rates": RATES, "anyway_share": RATES["control"] / RATES["treated"],
        "hub_customer_id": str(members.customer_id.iloc[0]), "hub_clients_count": int((brought.place == 0).sum()),
    }  # fmt: skip


def _first_loans(world: World) -> pd.DataFrame:
    """Loans of the branch in the window that are their borrower's first."""
    loans = world.frames["loans"]
    first = loans.sort_values(["disbursed_date", "loan_id"]).drop_duplicates("customer_id")
    return first[(first.branch_id == BRANCH) & first.disbursed_date.between(LAUNCH, CLOSING)]


def _referrers(world: World, dice: np.random.Generator, first: pd.DataFrame) -> pd.DataFrame:
    """The accountant first, then customers who borrowed before the campaign."""
    people = world.frames["customers"]
    own = people[(people.branch_id == BRANCH) & (people.first_loan_date < LAUNCH)]
    size = int(min(SIZE, len(first) / 0.15, 0.8 * len(own)))
    ids = dice.permutation(own.customer_id.to_numpy())[:size]
    hub = world.notes["people"].customer_id.to_numpy()[world.notes["casts"]["accountant"]][:1]
    ids = np.concatenate([hub, ids[~np.isin(ids, hub)]])
    held = dice.permutation(len(ids)) < int(len(ids) * HELD_OUT)
    held[: len(hub)] = False
    return pd.DataFrame({"customer_id": ids, "arm": np.where(held, "control", "treated")}).assign(
        contacted_date=lambda rows: pd.Series(LAUNCH, index=rows.index).where(rows.arm == "treated")
    )


def _brought(world: World, dice: np.random.Generator, *, members: pd.DataFrame, first: pd.DataFrame) -> pd.DataFrame:
    """One row per referred borrower: place of the referrer among the members, and his first loan."""
    clients = world.notes["people"].customer_id.to_numpy()[world.notes["casts"]["accountant_client"]]
    loans = world.frames["loans"]
    window = loans.disbursed_date.between(LAUNCH, CLOSING) & loans.customer_id.isin(clients)
    hub = loans[window].sort_values("disbursed_date").drop_duplicates("customer_id").head(HUB_CLIENTS)
    others = first[~first.customer_id.isin([*clients, *members.customer_id])]
    counts = dice.poisson(members.arm.map(RATES).to_numpy())
    counts[0] = 0
    places = np.repeat(np.arange(len(members)), counts)[: len(others)]
    chosen = others.iloc[np.sort(dice.permutation(len(others))[: len(places)])]
    rows = pd.concat([hub.assign(place=0), chosen.assign(place=dice.permutation(places))], ignore_index=True)
    return rows[["customer_id", "loan_id", "disbursed_date", "rm_id", "place"]].assign(
        referrer_customer_id=members.customer_id.to_numpy()[rows.place],
        arm=members.arm.to_numpy()[rows.place],
    )


def _head(size: int) -> dict:
    return {
        "campaign_id": CAMPAIGN, "branch_id": BRANCH, "name": "示例老客户转介绍", "goal": "referral",
        "product_id": "P01", "launch_date": LAUNCH, "closing_date": CLOSING, "reading_date": CLOSING,
        "registered_date": LAUNCH - pd.Timedelta(days=21), "design": "hold_out", "holdout_share": HELD_OUT,
        "stop_rule": "单一转介绍人超过 10 户即停并核查", "planned_members_count": size, "planned_loans_count": 40,
        "gifts_cost_yuan": 0.0, "staff_cost_yuan": 4000.0, "media_cost_yuan": 1500.0, "margin_per_loan_yuan": 6200.0,
        "reward_cost_yuan": REWARD_YUAN * size * HELD_OUT * RATES["treated"],
    }  # fmt: skip
