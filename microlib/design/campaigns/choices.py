"""What a branch decides after reading its campaigns: repeat, put right, hold out next time, pool."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from microlib.contracts.policies import Policy
from microlib.design.decisions import COLUMNS, decision_frame
from microlib.metrics.groupings import Day

#: reading -> action, step, measure that overturns it, side, value
CHOICES = {
    "lifted": ("do", "repeat_and_scale", "lift_low", "below", 0.0),
    "lowered": ("stop", "stop_campaign", "lift_high", "above", 0.0),
    "ratio_broken": ("stop", "seal_arms", "moved_count", "below", 1.0),
    "not_distinguished": ("stop", "change_or_drop", "lift_low", "above", 0.0),
    "process_only": ("wait", "pool_branches", "members_count", "above", 0.0),
    "too_few": ("wait", "pool_branches", "members_count", "above", 0.0),
    "matched_more": ("wait", "hold_out_next", "control_count", "above", 0.0),
    "matched_less": ("wait", "hold_out_next", "control_count", "above", 0.0),
    "matched_open": ("wait", "hold_out_next", "control_count", "above", 0.0),
    "no_inference": ("wait", "hold_out_next", "control_count", "above", 0.0),
    "all_borrowed": ("wait", "hold_out_next", "control_count", "above", 0.0),
}


def campaign_choices(
    readings: pd.DataFrame, costs: pd.DataFrame, campaigns: pd.DataFrame, *, policy: Policy, as_of: Day
) -> pd.DataFrame:
    """Propose for each campaign what its reading asks for.

    Parameters
    ----------
    readings : DataFrame
        Of `metrics.campaigns.readings.campaign_readings`. Not modified.
    costs : DataFrame
        Of `metrics.campaigns.effects.costs_per_added`.
    campaigns : DataFrame[campaigns]
        ``campaign_id, margin_per_loan_yuan``.
    policy : Policy
        ``decisions.design_days``, ``campaigns.fewest_arm_count``.
    as_of : date

    Returns
    -------
    DataFrame
        `decisions.COLUMNS`, one row per campaign that is over; ``segment`` is the campaign. The amount is what it cost;
        the cost of not repeating one that lifted is the lower limit of its added loans times their margin, that of
        spending again without being able to read is the same money again.
    """
    rows = readings.merge(costs, on="campaign_id", how="left").merge(
        campaigns[["campaign_id", "margin_per_loan_yuan"]], on="campaign_id", how="left"
    )
    due = pd.Timestamp(as_of + timedelta(days=policy.decisions.design_days))
    fewest = float(policy.campaigns.fewest_arm_count)
    found = [_chosen(row, due, fewest) for row in rows.to_dict("records") if row["reading"] in CHOICES]
    return decision_frame(found)


def _chosen(row: dict, due: pd.Timestamp, fewest: float) -> dict:
    action, step, measure, side, value = CHOICES[row["reading"]]
    missed = row["added_low_count"] * row["margin_per_loan_yuan"] if step == "repeat_and_scale" else row["cost_yuan"]
    needed = {"members_count": 2 * row["needed_arm_count"], "control_count": fewest}.get(measure, value)
    return dict(zip(COLUMNS, (
        action, row["campaign_id"], step, row["cost_yuan"], "product_manager", due, missed, measure, side, needed,
    ), strict=True))  # fmt: skip
