"""Reviews of loans that went bad: two people code the reason, one names the control that could have seen it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.worlds import AS_OF, World, pick

#: reason -> share among bad loans, and the control that could have seen it
REASONS = {
    "business_decline": 0.38, "hidden_debt": 0.2, "diverted_use": 0.14, "family": 0.09, "buyer_default": 0.08,
    "guarantee_call": 0.05, "unwilling": 0.04, "deception": 0.02,
}  # fmt: skip
CONTROLS = {
    "business_decline": "post_loan_visit", "hidden_debt": "debt_check", "diverted_use": "use_of_funds_check",
    "family": "none", "buyer_default": "buyer_check", "guarantee_call": "guarantor_check", "unwilling": "none",
    "deception": "identity_check",
}  # fmt: skip
#: how often a second coder says the same for a reason of their own, and how often there is one
AGREES, SECOND = 0.8, 0.65
NAMED, EXISTED = 0.88, 0.55


def make_reviews(world: World) -> None:
    """Write a review of nearly every bad loan of branches that deliver them."""
    dice = world.dice("reviews")
    bad = _bad(world)
    bad = bad[dice.random(len(bad)) < 0.92].reset_index(drop=True)
    n = len(bad)
    reason = _reasons(world, bad, dice)
    other = np.where(dice.random(n) < AGREES, reason, pick(dice, REASONS, n))
    control = np.where(dice.random(n) < NAMED, pd.Series(reason).map(CONTROLS), "site_visit")
    existed = (control != "none") & (dice.random(n) < EXISTED)
    verdict = np.where(existed, pick(dice, {"exempt": 0.3, "not_exempt": 0.35, "pending": 0.35}, n),
                       pick(dice, {"exempt": 0.8, "pending": 0.2}, n))  # fmt: skip
    closed = bad.closed_date.fillna(pd.Timestamp(AS_OF) - pd.Timedelta(days=40))
    frame = bad[["loan_id"]].assign(
        reviewed_date=(closed + pd.Timedelta(days=30)).clip(upper=pd.Timestamp(AS_OF)), reason_code=reason,
        reviewer_id="V" + bad.branch_id + "_1", missed_control=control, evidence_existed=existed, diligence=verdict,
        second_reason_code=np.where(dice.random(n) < SECOND, other, None),
        realised_loss_yuan=np.where(bad.written_off_yuan > 0, bad.written_off_yuan, bad.balance_yuan * 0.45).round(2),
    )  # fmt: skip
    frame["second_reviewer_id"] = ("V" + bad.branch_id + "_2").where(frame.second_reason_code.notna())
    world.keep("bad_loan_reviews", frame)
    world.truth["bad_loan_reviews"] = {"reason_shares": REASONS, "agreement_share": AGREES, "named_share": NAMED}


def _bad(world: World) -> pd.DataFrame:
    loans = world.frames["loans"]
    levels = loans.branch_id.map(world.notes["places"].set_index("branch_id").level)
    lost = loans.status.isin(["written_off", "transferred"]) | (loans.overdue_days > 90)
    return loans[lost & (levels >= 2)]


def _reasons(world: World, bad: pd.DataFrame, dice: np.random.Generator) -> np.ndarray:
    """Draw reasons; those whose story was planted are told as it was."""
    reason = pick(dice, REASONS, len(bad))
    hidden = bad.customer_id.isin(world.truth["hidden_debt"]["customer_ids"])
    used = bad.loan_id.isin([*world.truth["use_of_funds"]["returned_to_borrower"],
                             *world.truth["use_of_funds"]["off_purpose"]])  # fmt: skip
    return np.where(hidden, "hidden_debt", np.where(used, "diverted_use", reason)).astype(object)
