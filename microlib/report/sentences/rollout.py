"""Sentences on a rollout: target and capacity, progress, pay schemes, conversion by stage, managers' standings."""

from __future__ import annotations

import math

import pandas as pd

from microlib.report.sentences import Sentence, rate_of, sentence
from microlib.report.words import Rate

WITHIN = {
    "yes": "target_within_yes",
    "perhaps": "target_within_perhaps",
    "no": "target_within_no",
    "unknown": "target_within_unknown",
}
#: whether scripts are compared -> one above the rest, none above and one below, none
RESPONSES = {
    False: ("responses", "responses_above_none", "responses_none"),
    True: ("scripts", "scripts_above_none", "scripts_none"),
}
COURSE = {"inside": "progress_inside", "below": "progress_below", "above": "progress_above"}


def target_modes(modes: pd.DataFrame) -> Sentence:
    """Say whether the target that is asked lies within capacity (`design.rollout_plan.target_modes`)."""
    asked = modes.set_index("target_mode").loc["top_down"]
    values = {name: asked[name] for name in ("target_yuan", "capacity_yuan", "capacity_low_yuan", "capacity_high_yuan")}
    return sentence(WITHIN[asked["is_within"]], shortfall_yuan=asked["shortfall_yuan"], **values)


#: what must more than double is closed by no one thing alone
TWICE = 1.0


def gap_closers(closers: pd.DataFrame) -> Sentence:
    """Say what one change alone would have to be to close the gap."""
    if closers.empty:
        return sentence("gap_none")
    needed = closers.set_index("closer")["needed_number"]
    if needed.isna().any():
        return sentence("gap_unknown")
    key = "gap_closers" if needed["larger_ticket"] <= TWICE else "gap_beyond"
    return sentence(key, managers_count=math.ceil(needed["more_managers"]), more_share=needed["larger_ticket"])


def manager_targets(shared: pd.DataFrame) -> Sentence:
    """Say how the target was shared and whom something other than potential bound."""
    counts = shared["bound_by"].value_counts()
    held = {f"{name}_count": int(counts.get(name, 0)) for name in ("potential", "capacity", "quality")}
    return sentence("manager_targets", managers_count=len(shared), target_yuan=shared["target_yuan"].sum(), **held)


def habits(rows: pd.DataFrame) -> Sentence:
    """Say what a month brings and what one loan takes (`design.rollout_plan.seen_habits`)."""
    row = rows.iloc[0]
    return sentence("habits", **{name: row[name] for name in row.index})


def month_path(path: pd.DataFrame) -> Sentence:
    """Say in which months most and least is asked (`design.rollout_plan.month_path`)."""
    most, least = path.loc[path["target_yuan"].idxmax()], path.loc[path["target_yuan"].idxmin()]
    return sentence(
        "month_path",
        month=most["month"],
        most_yuan=most["target_yuan"],
        least_month=least["month"],
        least_yuan=least["target_yuan"],
    )


def plan_progress(progress: pd.DataFrame) -> Sentence:
    """Say where the plan stands and where it will end (`metrics.selling.plan_progress`)."""
    come = progress[progress["state"] != "to_come"]
    if come.empty:
        return sentence("progress_none")
    last = come.iloc[-1]
    ends = {name: last[name] for name in ("end_forecast", "end_low", "end_high", "end_planned")}
    return sentence(
        COURSE[last["state"]],
        month=last["month"],
        actual_count=last["actual_total"],
        planned_count=last["planned_total"],
        **ends,
    )


def scheme_totals(totals: pd.DataFrame) -> Sentence:
    """Say which scheme pays least for loans that went bad, and what it costs."""
    known = totals.dropna(subset=["bad_pay_share"])
    if known.empty:
        return sentence("schemes_nothing")
    best, dearest = known.loc[known["bad_pay_share"].idxmin()], known.loc[known["pay_yuan"].idxmax()]
    return sentence(
        "schemes",
        loans_count=known["loans_count"].max(),
        bad_count=known["bad_count"].max(),
        scheme=best["scheme"],
        bad_pay_share=best["bad_pay_share"],
        pay_yuan=best["pay_yuan"],
        dearest=dearest["scheme"],
        dearest_yuan=dearest["pay_yuan"],
    )


def task_dates(tasks: pd.DataFrame) -> Sentence:
    """Say on which day the plan will be done as things stand, and which task holds it."""
    last, planned = tasks["forecast_end_date"].max(), tasks["planned_end_date"].max()
    open_tasks = tasks[tasks["state"] != "done"]
    if open_tasks.empty:
        return sentence("plan_done", last_date=last)
    going = open_tasks[open_tasks["state"] != "held"]
    if going.empty:
        return sentence("plan_held", open_count=len(open_tasks))
    open_tasks = going
    critical = open_tasks[open_tasks["is_critical"]].sort_values("forecast_end_date")
    late = int(open_tasks["state"].isin(("late", "at_risk")).sum())
    held = critical.iloc[0] if len(critical) else open_tasks.iloc[0]
    values = {"last_date": last, "late_count": late, "open_count": len(open_tasks), "task": held["task"]}
    return sentence("plan_slips" if last > planned else "plan_holds", days_count=(last - planned).days, **values)


def patterns(late: pd.DataFrame, steps: pd.DataFrame) -> Sentence:
    """Say how many managers' credits show each pattern; no name."""
    counts = [int((found["standing"] == "above").sum()) for found in (late, steps)]
    judged = int((late["standing"] != "too_few").sum())
    if not judged:
        return sentence("patterns_unknown")
    key = "patterns" if sum(counts) else "patterns_none"
    return sentence(key, late_count=counts[0], step_count=counts[1], managers_count=judged)


def branch_launch(found: pd.DataFrame) -> Sentence:
    """Say whether the branch has a launch week of its own (`design.rollout_plan.branch_launch`)."""
    row = found.iloc[0]
    if row["reason"] == "own_season":
        names = ("launch_date", "launch_week", "peak_month_name")
        return sentence("launch_own", **{name: row[name] for name in names})
    return sentence("launch_bank" if row["reason"] == "bank_rhythm" else "launch_no_season")


def rate_words(row: pd.Series) -> Rate:
    """Return a standing's rate with its range and count."""
    return Rate(row["rate"], low=row["rate_low"], high=row["rate_high"], count=row["total_count"])


def stage_conversions(steps: pd.DataFrame) -> Sentence:
    """Say at which stage most are lost (`metrics.selling.stage_conversions`)."""
    known = steps.dropna(subset=["conversion_rate"])
    if known.empty:
        return sentence("funnel_none")
    lost = known["ripe_count"] - known["passed_count"]
    worst, first, last = known.loc[lost.idxmax()], steps.iloc[0], steps.iloc[-1]
    return sentence(
        "funnel",
        entered_count=first["entered_count"],
        passed_count=last["passed_count"],
        stage=worst["stage"],
        next_stage=worst["next_stage"],
        lost_count=int(lost.max()),
        conversion_rate=rate_of(worst, "conversion_rate"),
        open_count=int(steps["open_count"].sum()),
    )


def channel_conversions(steps: pd.DataFrame) -> Sentence:
    """Say which source of leads loses most at the stage where most are lost."""
    known = steps.dropna(subset=["conversion_rate"])
    if known.empty:
        return sentence("funnel_none")
    lost = known["ripe_count"] - known["passed_count"]
    worst = known.loc[lost.idxmax()]
    return sentence(
        "channels",
        lead_source=worst["lead_source"],
        stage=worst["stage"],
        next_stage=worst["next_stage"],
        lost_count=int(lost.max()),
        conversion_rate=rate_of(worst, "conversion_rate"),
    )


def manager_standings(cells: pd.DataFrame) -> Sentence:
    """Say how many managers can be told from the rest, in neither direction by name."""
    counts = cells["standing"].value_counts()
    names = ("above", "below", "as_the_rest", "too_few")
    return sentence("standings", **{f"{name}_count": int(counts.get(name, 0)) for name in names})


def activity_factors(parts: pd.DataFrame) -> Sentence:
    """Say which factor most often sets managers below the rest (`metrics.selling`)."""
    below = parts[parts["explains"] & (parts["contribution"] < 0)]
    managers = parts["rm_id"].nunique()
    if below.empty:
        return sentence("factors_none", managers_count=managers)
    counts = below["factor"].value_counts()
    return sentence("factors", managers_count=managers, factor=counts.index[0], below_count=int(counts.iloc[0]))


def contact_counts(counts: pd.DataFrame) -> Sentence:
    """Say how many prospects may be contacted and what keeps most of the others off the list."""
    may = counts.set_index("contact")["customers_count"]
    kept = may.drop("may_be_contacted")
    if may.sum() == 0:
        return sentence("contacts_nobody")
    if kept.sum() == 0:
        return sentence("contacts_all", customers_count=int(may.sum()))
    return sentence(
        "contacts",
        customers_count=int(may.sum()),
        may_count=int(may["may_be_contacted"]),
        contact=kept.idxmax(),
        kept_count=int(kept.max()),
    )


def list_rest(counts: pd.DataFrame, cards: pd.DataFrame) -> list[Sentence]:
    """Say how many who may be contacted have no card yet (a manager's list holds so many); nothing where all have."""
    may = int(counts.set_index("contact")["customers_count"]["may_be_contacted"])
    if may == len(cards):
        return []
    return [sentence("list_rest", may_count=may, cards_count=len(cards), rest_count=may - len(cards))]


def benefits(found: pd.DataFrame) -> Sentence:
    """Say for how many a benefit can be computed, and the middle one."""
    if found.empty:
        return sentence("benefits_none")
    return sentence(
        "benefits",
        customers_count=len(found),
        middle_yuan=found["benefit_yuan"].median(),
        most_yuan=found["benefit_yuan"].max(),
    )


def strangers(rows: pd.DataFrame) -> Sentence:
    """Say how many firms stand on lists and are not ours."""
    total, known = int(rows["members_count"].sum()), int(rows["known_count"].sum())
    return sentence("strangers", members_count=total, known_count=known, strangers_count=total - known)


def responses(cells: pd.DataFrame) -> Sentence:
    """Say which way or script can be told from the rest (`metrics.selling.touch_responses`)."""
    told_above, told_below, told_none = RESPONSES["script_id" in cells]
    above, below = (cells[cells["standing"] == standing] for standing in ("above", "below"))
    if above.empty and below.empty:
        return sentence(told_none, total_count=int(cells["total_count"].sum()))
    told = above.iloc[0] if len(above) else below.iloc[-1]
    named = {name: told[name] for name in ("way", "day_part", "script_id") if name in cells}
    return sentence(
        told_above if len(above) else told_below, rate=rate_words(told), rest_rate=told["rest_rate"], **named
    )


VERDICTS = {
    "target_modes": target_modes,
    "gap_closers": gap_closers,
    "manager_targets": manager_targets,
    "habits": habits,
    "month_path": month_path,
    "plan_progress": plan_progress,
    "scheme_totals": scheme_totals,
    "task_dates": task_dates,
    "credit_patterns": patterns,
    "branch_launch": branch_launch,
    "stage_conversions": stage_conversions,
    "channel_conversions": channel_conversions,
    "manager_standings": manager_standings,
    "activity_factors": activity_factors,
    "contact_counts": contact_counts,
    "list_rest": list_rest,
    "benefits": benefits,
    "strangers": strangers,
    "touch_responses": responses,
    "script_responses": responses,
}
