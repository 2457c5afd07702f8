"""Who stands for whose loan: ordinary guarantors, the market as common guarantor, a ring that stands for itself."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.worlds import World, numbered, pick


def make_guarantees(world: World) -> None:
    """Write guarantees for branches that deliver them, and say who is in the ring."""
    loans, dice = world.frames["loans"], world.dice("guarantees")
    people, casts = world.notes["people"], world.notes["casts"]
    levels = people.set_index("customer_id").level
    shown = loans[loans.customer_id.map(levels) >= 2]
    ids = people.customer_id
    market = shown[shown.customer_id.isin(ids[casts["market_guaranteed"]])]
    ring = _ring(shown, ids[casts["ring"]].tolist())
    planted = pd.concat([market.loan_id, ring.loan_id])
    plain = shown[(shown.guarantee == "guarantee") & ~shown.loan_id.isin(planted)]
    parts = [_ordinary(plain, dice), _by_market(market), ring]
    world.keep("guarantees", _called(pd.concat(parts, ignore_index=True), world, dice))
    world.truth["market_as_guarantor"] = {"guarantor_id": "M01", "loan_ids": market.loan_id.tolist()}
    world.truth["guarantee_ring"] = {
        "customer_ids": ids[casts["ring"]].tolist(),
        "edges": ring[["guarantor_id", "customer_id", "loan_id"]].to_numpy().tolist(),
    }


def _ordinary(loans: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    n = len(loans)
    worth = loans.amount_yuan.to_numpy() * dice.gamma(3, 0.8, n)
    return pd.DataFrame({
        "loan_id": loans.loan_id.to_numpy(),
        "guarantor_id": numbered("G", dice.integers(1, 4_000, n), 6),
        "kind": pick(dice, {"person": 0.75, "company": 0.15, "guarantee_company": 0.1}, n),
        "amount_yuan": loans.amount_yuan.to_numpy(),
        "net_worth_yuan": worth.round(-3),
    })  # fmt: skip


def _by_market(loans: pd.DataFrame) -> pd.DataFrame:
    frame = loans[["loan_id", "amount_yuan"]]
    return frame.assign(guarantor_id="M01", kind="company", net_worth_yuan=8_000_000.0)


def _ring(loans: pd.DataFrame, members: list[str]) -> pd.DataFrame:
    """Each member stands for the next one's latest loan; the first two stand for each other."""
    circle = list(zip(members, members[1:] + members[:1], strict=True)) if len(members) > 1 else []
    pairs = circle + [tuple(members[1::-1])] * (len(members) > 2)
    latest = loans.sort_values("disbursed_date").groupby("customer_id").last()[["loan_id", "amount_yuan"]]
    edges = pd.DataFrame(pairs, columns=["guarantor_id", "customer_id"]).astype(object)
    ring = edges.merge(latest.reset_index(), on="customer_id")
    return ring.assign(kind="joint_group", net_worth_yuan=ring.amount_yuan * 1.2)


def _called(frame: pd.DataFrame, world: World, dice: np.random.Generator) -> pd.DataFrame:
    """Guarantors of half of the loans that went bad were called upon."""
    loans = world.frames["loans"].set_index("loan_id")
    bad = frame.loan_id.map(loans.overdue_days).gt(120) | frame.loan_id.map(loans.status).eq("written_off")
    called = (bad & (dice.random(len(frame)) < 0.5)).to_numpy()
    closed = frame.loan_id.map(loans.written_off_date).fillna(pd.Timestamp("2026-05-20"))
    paid = np.where(called, frame.amount_yuan * dice.uniform(0.1, 0.6, len(frame)), np.nan)
    return frame.assign(called_date=closed.where(called), called_yuan=np.round(paid, 2))
