"""What a branch decides on its rollout: the target, the shortfall, the task that holds the plan."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from microlib.contracts.policies import DecisionsPolicy
from microlib.design.decisions import WHOLE_BRANCH, decision_frame


def target_decision(modes: pd.DataFrame, *, policy: DecisionsPolicy, as_of: date) -> pd.DataFrame:
    """Propose to sign the target, or to settle the gap first.

    Parameters
    ----------
    modes : DataFrame
        Result of `target_plans.target_modes`. Not modified.
    policy : DecisionsPolicy
    as_of : date

    Returns
    -------
    DataFrame
        One row, ``decisions.COLUMNS``: ``sign_target`` where even the low end of capacity holds it,
        ``renegotiate_target`` where not even the high end does, ``hold_target_open`` between.
    """
    asked = modes.set_index("target_mode").loc["top_down"]
    action, step, side, measure = {
        "yes": ("do", "sign_target", "below", "capacity_low_yuan"),
        "no": ("stop", "renegotiate_target", "above", "capacity_high_yuan"),
        "perhaps": ("wait", "hold_target_open", "above", "capacity_low_yuan"),
    }[asked["is_within"]]
    due = pd.Timestamp(as_of + timedelta(days=policy.confirm_days))
    amount = asked["target_yuan"] if action == "do" else asked["target_yuan"] - asked["capacity_low_yuan"]
    row = [action, WHOLE_BRANCH, step, amount, "branch_head", due, float("nan"), measure, side, asked["target_yuan"]]
    return decision_frame([row])


def progress_decision(
    progress: pd.DataFrame, *, ticket_yuan: float, policy: DecisionsPolicy, as_of: date
) -> pd.DataFrame:
    """Propose to act on a shortfall, where even the high end of the forecast misses the plan.

    Parameters
    ----------
    progress : DataFrame
        Result of `metrics.selling.progresses.plan_progress`. Not modified.
    ticket_yuan : float
        Usual amount of a loan.
    policy : DecisionsPolicy
    as_of : date

    Returns
    -------
    DataFrame
        One row or none, ``decisions.COLUMNS``.
    """
    come = progress[progress["state"] != "to_come"]
    last = come.iloc[-1] if len(come) else None
    if last is None or last["end_high"] >= last["end_planned"]:
        return decision_frame([])
    missing = (last["end_planned"] - last["end_forecast"]) * ticket_yuan
    due = pd.Timestamp(as_of + timedelta(days=policy.confirm_days))
    row = ["do", WHOLE_BRANCH, "close_shortfall", missing, "branch_head", due, missing, "end_high", "above",
           last["end_planned"]]  # fmt: skip
    return decision_frame([row])


def task_decision(tasks: pd.DataFrame, *, policy: DecisionsPolicy, as_of: date) -> pd.DataFrame:
    """Propose to free the critical task that is late or will be, where there is one.

    Parameters
    ----------
    tasks : DataFrame
        Result of `task_dates.task_dates`. Not modified.
    policy : DecisionsPolicy
    as_of : date

    Returns
    -------
    DataFrame
        One row or none, ``decisions.COLUMNS``; no money hangs on it that we could compute.
    """
    held = tasks[tasks["is_critical"] & tasks["state"].isin(("late", "at_risk"))]
    if held.empty:
        return decision_frame([])
    worst = held.sort_values("slip_days", ascending=False).iloc[0]
    due = pd.Timestamp(as_of + timedelta(days=policy.stop_days))
    unknown = float("nan")
    row = ["do", WHOLE_BRANCH, "free_task", unknown, "branch_head", due, unknown, "slip_days", "below", 1.0]
    return decision_frame([row] if worst["slip_days"] > 0 else [])
