"""Who asked, what was decided, and how long each step took; refusals included."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.worlds import AS_OF, World, numbered, pick, read_settings

SINCE = pd.Timestamp("2024-07-01")
REFUSED_SHARE = 0.38  # of the granted ones
REASONS = {
    "insufficient_cash_flow": 0.34, "high_debt": 0.24, "documents_missing": 0.18, "no_collateral": 0.12,
    "relationship_unverified": 0.07, "industry_restricted": 0.05,
}  # fmt: skip
DAYS = {"survey": (2.5, 1.6), "decide": (2.0, 1.5), "disburse": (1.5, 2.0)}  # shape, scale in days
SLOW_BRANCH, SLOWER = "0512", 2.2


def make_applications(world: World) -> None:
    """Write the applications of the last 24 months for branches that deliver them."""
    dice = world.dice("applications")
    frame = pd.concat([_granted(world, dice), _declined(world, dice)], ignore_index=True)
    frame = _timed(frame, dice).sort_values("submitted_at", kind="stable", ignore_index=True)
    n = len(frame)
    exception = (dice.random(n) < 0.03) & frame.granted_yuan.gt(0)
    frame = frame.assign(
        application_id=numbered("A", range(1, n + 1), 6),
        approver_id="S" + frame.branch_id + "_" + pd.Series(dice.integers(1, 4, n)).astype(str),
        is_exception=exception,
        exception_code=pd.Series("documents_waived", index=frame.index).where(exception),
        documents_count=3 + dice.poisson(6, n),
    )
    world.keep("applications", frame)
    world.truth["slow_branch"] = {"branch_id": SLOW_BRANCH, "survey_days_factor": SLOWER}


def _granted(world: World, dice: np.random.Generator) -> pd.DataFrame:
    loans, places = world.frames["loans"], world.notes["places"].set_index("branch_id")
    new = (loans.issue_type == "new") & (loans.disbursed_date >= SINCE) & (loans.branch_id.map(places.level) >= 2)
    frame = loans.loc[new, ["customer_id", "product_id", "branch_id", "rm_id", "channel", "purpose"]]
    granted, cut = loans.amount_yuan[new], dice.random(new.sum()) < 0.3
    office = pd.to_timedelta(dice.integers(9 * 60, 17 * 60, len(frame)), unit="min")
    asked = np.where(cut, granted * dice.uniform(1.1, 1.6, len(frame)), granted).round(-4)
    return frame.assign(
        asked_yuan=np.maximum(asked, granted), granted_yuan=granted, reason_code=None,
        decision=np.where(cut & (asked > granted), "partly_approved", "approved"),
        disbursed_at=loans.disbursed_date[new] + office,
    )  # fmt: skip


def _declined(world: World, dice: np.random.Generator) -> pd.DataFrame:
    people = world.notes["people"]
    open_to_see = np.flatnonzero((people.level >= 2) & ~people.trait.isin(["twelve"]) & (people.role == ""))
    n = int(len(open_to_see) * 0.22 * REFUSED_SHARE / 0.38)
    asked = people.iloc[np.sort(dice.choice(open_to_see, n))].reset_index(drop=True)
    groups = read_settings("groups")
    decision = pick(dice, {"refused": 0.76, "withdrawn": 0.2, "pending": 0.04}, n)
    recent = pd.Timestamp(AS_OF) - pd.to_timedelta(dice.integers(0, 25, n), unit="D")
    any_day = SINCE + pd.to_timedelta(dice.integers(0, 715, n), unit="D")
    reasons = np.where(decision == "refused", pick(dice, REASONS, n), None)
    reasons = np.where(decision == "withdrawn", "customer_withdrew", reasons)
    return asked[["customer_id", "branch_id", "rm_id", "purpose"]].assign(
        product_id=[max(groups[name]["products"], key=groups[name]["products"].get) for name in asked.group],
        channel="branch", asked_yuan=(asked.amount_median_yuan * dice.uniform(0.8, 2.2, n)).round(-4).clip(10_000),
        decision=decision, reason_code=reasons, granted_yuan=0.0,
        submitted_at=pd.Series(np.where(decision == "pending", recent, any_day)) + pd.Timedelta(hours=10),
    )  # fmt: skip


def _timed(frame: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    """Reckon each step's moment: back from the payout of what was granted, forward from the asking of the rest."""
    slow = np.where(frame.branch_id == SLOW_BRANCH, SLOWER, 1.0)
    steps = {name: dice.gamma(shape, scale, len(frame)) * slow for name, (shape, scale) in DAYS.items()}
    spans = {name: pd.to_timedelta((days * 1440).round(), unit="min") for name, days in steps.items()}
    asked = frame.submitted_at.fillna(frame.disbursed_at - spans["disburse"] - spans["decide"] - spans["survey"])
    surveyed = asked + spans["survey"]
    decided = (surveyed + spans["decide"]).where(frame.decision != "pending")
    last = pd.Timestamp(AS_OF) + pd.Timedelta(hours=18)
    return frame.assign(
        submitted_at=asked, surveyed_at=surveyed.where(surveyed <= last), decided_at=decided.clip(upper=last)
    )
