"""Facilities: one per chain of loans, approved by whoever had the authority."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.worlds import AS_OF, World

HEADROOM = np.array([1.0, 1.1, 1.25, 1.5])


def make_facilities(world: World) -> None:
    """Write one facility for each first loan and all its renewals."""
    loans = world.frames["loans"]
    dice = world.dice("facilities")
    chains = loans.groupby("facility_id", sort=True).agg(
        customer_id=("customer_id", "first"),
        branch_id=("branch_id", "first"),
        product_id=("product_id", "first"),
        guarantee=("guarantee", "first"),
        largest_yuan=("amount_yuan", "max"),
        start_date=("disbursed_date", "min"),
        expiry_date=("maturity_date", "max"),
        balance_yuan=("balance_yuan", "sum"),
        overdue_days=("overdue_days", "max"),
    )
    frame = chains.reset_index()
    headroom = HEADROOM[dice.integers(0, len(HEADROOM), len(frame))]
    exact = frame.largest_yuan.to_numpy() == 495_000
    approved = np.where(exact, frame.largest_yuan, np.ceil(frame.largest_yuan * headroom / 10_000) * 10_000)
    world.keep("facilities", _decided(frame.assign(approved_yuan=approved), world, dice))


def _decided(frame: pd.DataFrame, world: World, dice: np.random.Generator) -> pd.DataFrame:
    limits = world.notes["places"].set_index("branch_id").authority_limit_yuan
    in_branch = frame.approved_yuan <= frame.branch_id.map(limits)
    desk = dice.integers(1, 4, len(frame)).astype(str)
    expired = (frame.expiry_date <= pd.Timestamp(AS_OF)) & (frame.balance_yuan == 0)
    closed = (frame.balance_yuan == 0) & ~expired & (dice.random(len(frame)) < 0.5)
    states = [expired, closed, frame.overdue_days > 90]
    return frame.assign(
        is_revolving=frame.product_id == "P01",
        is_secured=frame.guarantee.isin(["mortgage", "pledge", "mixed"]),
        authority_level=np.where(in_branch, "branch", "head_office"),
        approver_id=np.where(in_branch, "S" + frame.branch_id + "_" + desk, "S_head_" + desk),
        status=np.select(states, ["expired", "cancelled", "frozen"], "active"),
    )
