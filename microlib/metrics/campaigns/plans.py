"""A registered campaign before its launch: can its reading say anything, and what must it earn."""

from __future__ import annotations

import pandas as pd

from microlib.errors import NeverTried
from microlib.metrics.campaigns import powers

COSTS = ("gifts_cost_yuan", "staff_cost_yuan", "media_cost_yuan", "reward_cost_yuan")


def total_costs(campaigns: pd.DataFrame) -> pd.Series:
    """Return what each campaign costs in all (yuan), by ``campaign_id``; a line that is missing counts as nothing."""
    lines = [name for name in COSTS if name in campaigns]
    return campaigns.set_index("campaign_id")[lines].fillna(0.0).sum(axis=1).rename("cost_yuan")


def campaign_plans(campaigns: pd.DataFrame, natural: pd.DataFrame, *, power: float, level: float) -> pd.DataFrame:
    """Say of each campaign what its list can show, what it needs to break even, and whether it may be read at all.

    Parameters
    ----------
    campaigns : DataFrame[campaigns]
        Not modified.
    natural : DataFrame
        Of `powers.natural_shares`.
    power, level : float
        From policy.

    Raises
    ------
    NeverTried
        If no lending campaign is registered.

    Returns
    -------
    DataFrame
        One row per campaign: ``campaign_id, launch_date, closing_date, design, planned_members_count``,
        ``planned_treated_count, planned_control_count, natural_share`` (with range and count),
        ``planned_lift_share`` (what the plan's loans of the contacted arm ask for beyond it),
        ``detectable_lift_share``, ``power_share``,
        ``needed_arm_count``, ``cost_yuan, break_even_count, break_even_lift_share``, ``is_registered_before``,
        ``plan_state``: ``readable``, ``process_only`` (power too low), ``no_hold_out``, ``unknown`` (no base).

    Examples
    --------
    >>> plan = pd.DataFrame({"campaign_id": ["M"], "design": ["hold_out"], "holdout_share": [0.5],
    ...                      "planned_members_count": [1500], "planned_loans_count": [45],
    ...                      "gifts_cost_yuan": [38000.0], "margin_per_loan_yuan": [6200.0],
    ...                      "launch_date": pd.to_datetime(["2026-08-01"]),
    ...                      "closing_date": pd.to_datetime(["2026-10-31"]),
    ...                      "registered_date": pd.to_datetime(["2026-07-01"])})
    >>> natural = pd.DataFrame({"campaign_id": ["M"], "natural_share": [0.03]})
    >>> row = campaign_plans(plan, natural, power=0.8, level=0.95).iloc[0]
    >>> int(row.needed_arm_count), float(row.break_even_count.round(3)), row.plan_state
    (749, 6.129, 'readable')
    """
    lending = campaigns if "goal" not in campaigns else campaigns[campaigns["goal"].eq("new_loan")]
    if lending.empty:
        raise NeverTried("no lending campaign is registered")
    rows = lending.merge(natural, on="campaign_id", how="left")
    found = pd.DataFrame([_planned(row, power=power, level=level) for row in rows.to_dict("records")])
    costs = rows["campaign_id"].map(total_costs(campaigns))
    margin = rows["margin_per_loan_yuan"].where(rows["margin_per_loan_yuan"] > 0)
    kept = ["campaign_id", "launch_date", "closing_date", "design", "planned_members_count"]
    kept += [name for name in natural.columns if name != "campaign_id"]
    whole = pd.concat([rows[kept], found], axis=1).assign(cost_yuan=costs, break_even_count=costs / margin)
    treated = whole["planned_treated_count"].where(whole["planned_treated_count"] > 0)
    return whole.assign(
        break_even_lift_share=whole["break_even_count"] / treated,
        is_registered_before=rows["registered_date"] < rows["launch_date"],
    )


def _planned(row: dict, *, power: float, level: float) -> dict:
    size, share = float(row["planned_members_count"] or 0), row["holdout_share"]
    held = 0.0 if pd.isna(share) or row["design"] == "none" else float(share)
    control = round(size * held)
    arms = {"treated": int(size - control), "control": control}
    counts = {"planned_treated_count": arms["treated"], "planned_control_count": control}
    base = row["natural_share"]
    blank = dict.fromkeys(["planned_lift_share", "detectable_lift_share", "power_share", "needed_arm_count"])
    if pd.isna(base) or not size:
        return counts | blank | {"plan_state": "unknown"}
    lift = min(max(row["planned_loans_count"] / arms["treated"] - base, 0.0), 1 - base)
    if not control:
        return counts | blank | {"planned_lift_share": lift, "plan_state": "no_hold_out"}
    reached = powers.power_of(base, lift, **arms, level=level) if lift else 0.0
    return counts | {
        "planned_lift_share": lift, "power_share": reached,
        "detectable_lift_share": powers.detectable_lift(base, **arms, power=power, level=level),
        "needed_arm_count": powers.arm_size(base, lift, power=power, level=level) if lift else None,
        "plan_state": "readable" if reached >= power - 0.005 else "process_only",
    }  # fmt: skip
