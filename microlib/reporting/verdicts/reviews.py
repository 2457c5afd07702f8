"""What a risk review says of failure: when it shows, why, which control would have seen it, who could and would pay."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.formats import Rate
from microlib.reporting.verdicts.sentences import Sentence, sentence

#: unit of the number that turns a decision -> its sentence
WITHOUT_MONEY = {
    "share": "page_decision_share", "plain": "page_decision_plain", "count": "page_decision_count",
    "yuan": "page_decision_yuan",
}  # fmt: skip
WITH_MONEY = {
    "share": "page_decision_money_share", "plain": "page_decision_money_plain", "count": "page_decision_money_count",
    "yuan": "page_decision_money_yuan",
}  # fmt: skip


def page_decision(decided: pd.DataFrame) -> Sentence:
    """Say a page's decision and the number that would overturn it (`design.reviewing`)."""
    row = decided.iloc[0]
    measure, value = row["overturning_measure"], row["overturning_value"]
    unit = "share" if measure.endswith("_share") or measure.startswith("able_") else "plain"
    unit = "yuan" if measure.endswith("_yuan") else "count" if measure.endswith("_count") else unit
    said = WITH_MONEY if pd.notna(row["amount_yuan"]) else WITHOUT_MONEY
    names = ("action", "step", "owner", "due_date", "overturning_measure", "overturning_side", "amount_yuan")
    values = {name: row[name] for name in names if name != "amount_yuan" or pd.notna(row[name])}
    return sentence(said[unit], turning=value, **values)


def times_to_bad(times: pd.DataFrame) -> Sentence:
    """Say at which month on book the middle bad loan showed (`metrics.reviewing.times_to_bad`)."""
    row = times.iloc[0]
    names = ("bad_count", "months_p50", "months_p25", "months_p75", "early_count")
    return sentence("times_to_bad", **{name: row[name] for name in names})


def roll_rates(rates: pd.DataFrame) -> Sentence:
    """Say how many late loans get a month worse, and how many current ones fall late (`metrics.migrations`)."""
    worse = rates[(rates["from_state"] == "M1") & (rates["to_state"] == "M2")]
    fresh = rates[(rates["from_state"] == "M0") & (rates["to_state"] == "M1")]
    if worse.empty or fresh.empty:
        return sentence("roll_rates_unknown")
    return sentence("roll_rates", worse_rate=_rolled(worse), fresh_rate=_rolled(fresh))


def _rolled(row: pd.DataFrame) -> Rate:
    rate = row.iloc[0]
    low, high = rate["smoothed_rate_low"], rate["smoothed_rate_high"]
    return Rate(rate["smoothed_rate"], low, high, rate["from_count"])


def reason_pareto(pareto: pd.DataFrame) -> Sentence:
    """Name the first reason with its range, and whether its lead is more than chance (`reviewing.reasons`)."""
    row = pareto.iloc[0]
    share = Rate(row["reason_share"], row["reason_low"], row["reason_high"], row["reviewed_count"])
    key = "reason_first" if row["is_first_for_sure"] else "reason_first_unsure"
    return sentence(key, reason_code=row["reason_code"], reason_share=share, loss_share=row["loss_share"],
                    second=pareto["reason_code"].iloc[min(1, len(pareto) - 1)])  # fmt: skip


def coder_agreement(agreement: pd.DataFrame) -> Sentence:
    """Say how far two coders agree beyond chance."""
    row = agreement.iloc[0]
    key = "kappa_good" if row["kappa_low"] >= 0.4 else "kappa_weak"
    names = ("coded_count", "agreed_share", "kappa", "kappa_low", "kappa_high")
    return sentence(key, **{name: row[name] for name in names})


def missed_controls(controls: pd.DataFrame) -> Sentence:
    """Name the control behind the largest loss, and for how many the evidence existed then."""
    row = controls.iloc[0]
    names = ("missed_control", "loans_count", "existed_count", "realised_loss_yuan")
    return sentence("missed_controls", **{name: row[name] for name in names},
                    undecided_count=controls["undecided_count"].sum())  # fmt: skip


def control_replays(replays: pd.DataFrame) -> Sentence:
    """Say what the best control would have caught and cost, or that nothing can be said."""
    good = replays[replays["finding"] == "separates"]
    if good.empty:
        return sentence("controls_cannot_say", tested_count=int(replays["tested_count"].max()))
    row = good.loc[good["lost_yuan"].idxmax()]
    caught = Rate(row["bad_caught_share"], row["bad_caught_low"], row["bad_caught_high"],
                  row["stopped_bad_count"] + row["missed_bad_count"])  # fmt: skip
    names = ("control_step", "stopped_bad_count", "stopped_good_count", "lost_yuan", "refused_yuan")
    return sentence("controls_separate", bad_caught_share=caught, **{name: row[name] for name in names})


def rules_checked(checked: pd.DataFrame) -> Sentence:
    """Count the rules that fail, hold unconfirmed, and cannot be answered (`design.rules.checks`)."""
    counts = checked["state"].value_counts()
    fails = list(checked.loc[checked["state"] == "fail", "rule"])
    names = {name: int(counts.get(name, 0)) for name in ("unverified_pass", "unknown", "pass")}
    values = {f"{name}_count": count for name, count in names.items()}
    if fails:
        return sentence("rules_fail", rule=fails, **values)
    return sentence("rules_none_fails", **values)


def two_axes(axes: pd.DataFrame) -> Sentence:
    """Name the groups whose place on the two axes can be told, and what that asks for."""
    told = axes[axes["quadrant"] != "cannot_say"]
    if told.empty:
        return sentence("axes_cannot_say", groups_count=len(axes))
    row = told.iloc[0]
    return sentence("axes_told", segment=row["segment"], quadrant=row["quadrant"], told_count=len(told),
                    groups_count=len(axes))  # fmt: skip


VERDICTS = {
    "page_decision": page_decision, "times_to_bad": times_to_bad, "roll_rates": roll_rates,
    "reason_pareto": reason_pareto, "coder_agreement": coder_agreement, "missed_controls": missed_controls,
    "control_replays": control_replays, "rules_checked": rules_checked, "two_axes": two_axes,
}  # fmt: skip
