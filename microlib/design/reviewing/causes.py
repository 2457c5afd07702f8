"""Decisions on why loans went bad: reasons, controls, rules, ability and will, waived access."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.contracts.policies import Policy
from microlib.design.reviewing.rows import dated, page_row

#: reviews of bad loans and a kappa from which reasons may be ranked
ENOUGH_REVIEWS, ENOUGH_KAPPA = 30, 0.6


def time_decision(times: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Say whether early failure asks for a better check before lending (`times_to_bad.times_to_bad`)."""
    whole = times.iloc[0]
    early = whole["early_share"] > 1 / 3 and whole["bad_count"] >= ENOUGH_REVIEWS
    few = whole["bad_count"] < ENOUGH_REVIEWS
    step = "gather_evidence" if few else "check_before_lending" if early else "visit_before_middle"
    turned = ("bad_loans_count", "above", ENOUGH_REVIEWS - 1) if few else (
        "early_share", "below" if early else "above", 1 / 3)  # fmt: skip
    return dated(page_row("wait" if few else "do", step, turned), policy=policy, as_of=as_of)


def reason_decision(pareto: pd.DataFrame, agreement: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Act on the first reason where two coders agree and reviews are enough; else code more (`metrics.reviewing`)."""
    kappa, reviewed = agreement["kappa_low"].iloc[0], pareto["reviewed_count"].iloc[0]
    lost = float(pareto["realised_loss_yuan"].iloc[0])
    if reviewed < ENOUGH_REVIEWS:
        row = page_row("wait", "review_more_bad_loans", ("reviewed_count", "above", ENOUGH_REVIEWS - 1))
    elif not kappa >= 0.4:
        row = page_row("wait", "code_reasons_again", ("kappa_low", "above", 0.4))
    else:
        second = float(pareto["reason_share"].iloc[1]) if len(pareto) > 1 else 0.0
        row = page_row("do", "mend_first_reason", ("first_reason_share", "below", second), money=(lost, lost))
    return dated(row, policy=policy, as_of=as_of)


def control_decision(replays: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Make the control compulsory that stops most loss among those that separate; else wait (`controls`)."""
    good = replays[replays["finding"] == "separates"]
    if good.empty:
        row = page_row("wait", "gather_evidence", ("ratio_low", "above", 1.0))
    else:
        best = good.loc[good["lost_yuan"].idxmax()]
        lost = float(best["lost_yuan"])
        row = page_row("do", f"require_{best['control_step']}", ("ratio_low", "below", 1.0), money=(lost, lost))
    return dated(row, policy=policy, as_of=as_of)


def rule_decision(checked: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Stop where a rule fails; have the rest confirmed where none does (`design.rules.checks.check_rules`)."""
    fails, open_ones = (checked["state"] == "fail").sum(), checked["state"].isin(["unknown", "unverified_pass"]).sum()
    if fails:
        row = page_row("stop", "mend_failed_rules", ("failed_rules_count", "below", 1), owner="head_office")
    elif open_ones:
        row = page_row("wait", "confirm_rules", ("open_rules_count", "below", 1), owner="head_office")
    else:
        row = page_row("do", "keep_rules", ("failed_rules_count", "above", 0), owner="head_office")
    return dated(row, policy=policy, as_of=as_of)


def axes_decision(axes: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Choose the product feature that the worst quadrant asks for (`reviewing.axes.two_axes`)."""
    found, late = set(axes["quadrant"]), float(policy.review.late_share)
    if "able_unwilling" in found or "unable_unwilling" in found:
        row = page_row("do", "lock_collections", ("able_late_low", "below", late), owner="product_manager")
    elif "unable_willing" in found:
        row = page_row("do", "match_tenor_to_cash", ("able_high", "above", 0.5), owner="product_manager")
    elif found == {"cannot_say"}:
        row = page_row("wait", "gather_evidence", ("able_late_high", "below", late), owner="product_manager")
    else:
        row = page_row("do", "keep_terms", ("able_late_low", "above", late), owner="product_manager")
    return dated(row, policy=policy, as_of=as_of)


def replay_decision(replays: pd.DataFrame, exceptions: pd.DataFrame, *, policy: Policy, as_of: date) -> pd.DataFrame:
    """Stop waiving rules that separate; drop those that only cost good customers (`design.rules.replays`)."""
    apart = replays[(replays["finding"] == "separates") & (replays["rule"] != "all")]
    if len(apart):
        row = page_row("stop", "stop_waiving_rules", ("ratio_low", "below", 1.0),
                       money=(float(apart["refused_yuan"].max()), float("nan")), owner="head_office")  # fmt: skip
    else:
        count = float(len(exceptions))
        row = page_row("wait", "gather_evidence", ("ratio_low", "above", 1.0), money=(float("nan"), float("nan")),
                       owner="head_office" if count else "risk_head")  # fmt: skip
    return dated(row, policy=policy, as_of=as_of)
