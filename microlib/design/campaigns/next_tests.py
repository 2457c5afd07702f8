"""What the next campaign has to look like so that its reading can say something."""

from __future__ import annotations

import numpy as np
import pandas as pd

#: readings of a branch that has not read a campaign yet
NOTHING = pd.DataFrame({"campaign_id": pd.Series(dtype="str"), "reading": pd.Series(dtype="str")})
#: reading or state of the plan -> what to do about it, the dearest gap first
STEPS = {
    "ratio_broken": "seal_arms", "no_inference": "hold_out_next", "matched_more": "hold_out_next",
    "matched_less": "hold_out_next", "matched_open": "hold_out_next", "all_borrowed": "hold_out_next",
    "process_only": "pool_branches", "too_few": "pool_branches", "not_distinguished": "change_or_drop",
    "lifted": "repeat_and_scale", "lowered": "stop_campaign", "unfinished": "wait_for_close",
}  # fmt: skip


def next_tests(readings: pd.DataFrame, plans: pd.DataFrame, expected: pd.DataFrame) -> pd.DataFrame:
    """Say for each campaign read, and each planned, what the next one needs: size, hold-out, partners.

    Parameters
    ----------
    readings : DataFrame
        Of `metrics.campaigns.readings.campaign_readings`. Not modified.
    plans : DataFrame
        Of `metrics.campaigns.plans.campaign_plans`, planned campaigns among them.
    expected : DataFrame
        Of `registries.expected_lift`: a plan that hopes for more than its upper limit is marked.

    Returns
    -------
    DataFrame
        ``campaign_id, state`` (reading, or ``plan_`` and the state of a plan not yet begun), ``step``,
        ``planned_members_count, needed_members_count`` (both arms), ``branches_count`` (how many branches of this size
        make up the number), ``planned_lift_share, is_hopeful``.
    """
    rows = plans.merge(readings[["campaign_id", "reading"]], on="campaign_id", how="left")
    state = rows["reading"].fillna("plan_" + rows["plan_state"])
    planned = {"plan_process_only": "pool_branches", "plan_readable": "launch_as_planned",
               "plan_no_hold_out": "hold_out_next", "plan_unknown": "measure_base"}  # fmt: skip
    needed = 2 * rows["needed_arm_count"].astype(float)
    members = rows["planned_members_count"].astype(float)
    most = float(expected["lift_high"].iloc[0])
    return pd.DataFrame({
        "campaign_id": rows["campaign_id"], "state": state, "step": state.map(STEPS | planned),
        "planned_members_count": members, "needed_members_count": needed,
        "branches_count": np.ceil(needed / members.where(members > 0)).clip(lower=1),
        "planned_lift_share": rows["planned_lift_share"].astype(float),
        "is_hopeful": rows["planned_lift_share"].astype(float) > most,
    })  # fmt: skip
