"""Customers who left, retention and win-back, and what is learned for the next campaign, in sentences."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.verdicts.sentences import Sentence, rate_of, sentence


def churn_rules(rules: pd.DataFrame) -> Sentence:
    """Say from which day on a customer may be called lost, by the best rule; or that no rule allows it."""
    cut = rules.dropna(subset=["cut_days"])
    plain = rules.iloc[0]
    values = {"rule": plain["rule"], "false_share": plain["false_share"], "spells_count": plain["spells_count"]}
    if cut.empty:
        return sentence("churn_no_cut", **values)
    row = cut.loc[cut["called_lost_count"].idxmax()]
    values |= {"cut_rule": row["rule"], "cut_days": row["cut_days"], "called_lost_count": row["called_lost_count"]}
    return sentence("churn_cut", later_share=rate_of(row, "later_share"), **values)


def leaving_reasons(reasons: pd.DataFrame) -> Sentence:
    """Name the first reason, and whether it is told apart from the second."""
    first = reasons.iloc[0]
    if len(reasons) < 2:
        return sentence("reasons_one", loss_reason=first["loss_reason"], reason_share=rate_of(first, "reason_share"))
    key = "reasons" if first["is_distinct"] else "reasons_close"
    return sentence(key, loss_reason=[first["loss_reason"]], reason_share=rate_of(first, "reason_share"),
                    second_reason=[reasons["loss_reason"].iloc[1]])  # fmt: skip


def win_back_effects(effects: pd.DataFrame) -> list[Sentence]:
    """Say for each goal what was gained beyond the hold-out."""
    return [_gained(row) for _, row in effects.iterrows()]


def _gained(row: pd.Series) -> Sentence:
    if pd.isna(row["lift_low"]):
        return sentence("regained_no_hold_out", goal=row["goal"], treated_share=rate_of(row, "treated_share"))
    names = ("goal", "treated_share", "control_share", "lift_share", "lift_low", "lift_high")
    return sentence(
        "held_regained" if row["lift_low"] > 0 else "held_regained_open", **{name: row[name] for name in names}
    )


def payout_rules(payouts: pd.DataFrame) -> Sentence:
    """Set paying for all who came back beside paying for those added."""
    rows = payouts.set_index(["goal", "payout"])
    goal = payouts["goal"].iloc[0]
    every, added = rows.loc[(goal, "all_back")], rows.loc[(goal, "added_only")]
    return sentence("payouts", goal=goal, paid_count=every["paid_count"], added_count=added["paid_count"],
                    paid_yuan=every["paid_yuan"], added_yuan=added["paid_yuan"])  # fmt: skip


def assignment_loads(loads: pd.DataFrame, pack: pd.DataFrame, agreed: pd.DataFrame) -> Sentence:
    """Say how many customers are assigned, how many are left over, and how many are not called for want of consent."""
    desks = loads[loads["rm_id"] != "unassigned"]
    left = int(loads.loc[loads["rm_id"] == "unassigned", "assigned_count"].sum())
    managers, known = int((desks["assigned_count"] > 0).sum()), int(desks["known_count"].sum())
    return sentence("assigned", customers_count=int(desks["assigned_count"].sum()), left_count=left,
                    managers_count=managers, known_count=known,
                    barred_count=len(pack) - len(agreed))  # fmt: skip


def expected_lift(expected: pd.DataFrame) -> Sentence:
    """Say what lift earlier readings let a plan expect."""
    row = expected.iloc[0]
    if not row["campaigns_count"]:
        return sentence("expected_none")
    names = ("campaigns_count", "lift_share", "lift_low", "lift_high")
    return sentence("expected", **{name: row[name] for name in names})


def forecast_record(record: pd.DataFrame) -> Sentence:
    """Say how often the ranges held, and which way the forecasts lean."""
    row = record.iloc[0]
    key = "forecasts_honest" if row["is_honest"] else "forecasts_off"
    return sentence(key, forecasts_count=row["forecasts_count"], inside_count=row["inside_count"],
                    level_share=row["level_share"], bias_ratio=row["bias_ratio"])  # fmt: skip


def loan_forecasts(forecasts: pd.DataFrame) -> Sentence:
    """Say the forecast of the next month."""
    row = forecasts.iloc[0]
    names = ("due_date", "expected_count", "expected_low_count", "expected_high_count", "level_share")
    return sentence("forecast_next", **{name: row[name] for name in names})


def next_tests(tests: pd.DataFrame) -> Sentence:
    """Say what the campaign that comes next needs."""
    planned = tests[tests["state"].str.startswith("plan_")]
    if planned.empty:
        return sentence("next_none")
    row = planned.iloc[0]
    names = ("campaign_id", "planned_members_count", "needed_members_count", "branches_count")
    small = row["state"] == "plan_process_only" and pd.notna(row["needed_members_count"])
    return sentence("next_small" if small else "next_state", step=row["step"], **{name: row[name] for name in names})


VERDICTS = {
    "churn_rules": churn_rules,
    "leaving_reasons": leaving_reasons,
    "win_back_effects": win_back_effects,
    "payout_rules": payout_rules,
    "assignment_loads": assignment_loads,
    "expected_lift": expected_lift,
    "forecast_record": forecast_record,
    "loan_forecasts": loan_forecasts,
    "next_tests": next_tests,
}
