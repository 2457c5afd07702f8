"""What the cases of selling say: needs, group prices, queues, evidence, partners, and what a campaign may claim."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.formats import Rate
from microlib.reporting.verdicts.sentences import Sentence, is_blank, rate_of, sentence

#: what applications are split by -> its sentence
NEEDS = {"purpose": "need_by_purpose", "channel": "need_by_channel"}
#: how a campaign may be read -> its sentence
READINGS = {"lifted": "case_lifted", "lowered": "case_lowered", "not_distinguished": "case_not_distinguished",
            "no_inference": "case_no_inference"}  # fmt: skip


def need_profile(profile: pd.DataFrame) -> Sentence:
    """Say the commonest part of what was asked for, its share and its amounts."""
    row, part = profile.iloc[0], profile.columns[0]
    return sentence(NEEDS[part], **{part: row[part]}, share=rate_of(row, "asked_share"), p20_yuan=row["p20_yuan"],
                    p50_yuan=row["p50_yuan"], p80_yuan=row["p80_yuan"],
                    applications_count=profile["applications_count"].sum())  # fmt: skip


def refusal_reasons(reasons: pd.DataFrame) -> Sentence:
    """Name the commonest reason, with its range and count."""
    row = reasons.iloc[0]
    return sentence("refusal_reasons", reason_code=row["reason_code"], share=rate_of(row, "refused_share"),
                    refused_count=reasons["refused_count"].sum())  # fmt: skip


def group_floors(floors: pd.DataFrame) -> Sentence:
    """Say the floor of one loan alone and of the largest group, and what a group of that size can be given."""
    alone, large = floors.iloc[0], floors.iloc[-1]
    return sentence("group_floors", floor_rate=alone["floor_rate"], large_rate=large["floor_rate"],
                    size_count=large["size_count"], discount_rate=large["discount_rate"])  # fmt: skip


def least_sizes(sizes: pd.DataFrame) -> Sentence:
    """Say the largest discount that some group pays for, and from which size."""
    paid = sizes[sizes["least_count"].notna()]
    if paid.empty:
        return sentence("no_size_pays", discount_rate=sizes["discount_rate"].iloc[0])
    row = paid.iloc[-1]
    return sentence("least_sizes", discount_rate=row["discount_rate"], least_count=row["least_count"])


def daily_backlog(backlog: pd.DataFrame, *, needed_count: int) -> Sentence:
    """Say how high the files pile up, on which day, and how many a day would keep the promise."""
    row = backlog.loc[backlog["backlog_count"].idxmax()]
    key = "backlog_kept" if backlog["is_kept"].all() else "backlog_broken"
    return sentence(key, day_number=row["day_number"], backlog_count=row["backlog_count"],
                    wait_days=backlog["wait_days"].max(), needed_count=needed_count)  # fmt: skip


def market_evidence(evidence: pd.DataFrame) -> Sentence:
    """Say of how many members there are flows, invoices, and either."""
    rows = evidence.set_index("proof")
    return sentence("market_evidence", flows=rate_of(rows.loc["flows"], "known_share"),
                    invoices=rate_of(rows.loc["invoices"], "known_share"))  # fmt: skip


def weekly_visits(weeks: pd.DataFrame) -> Sentence:
    """Say how contacts and applications ran, first week against last."""
    best = weeks["visits_count"].idxmax() + 1
    return sentence("weekly_visits", weeks_count=len(weeks), visits_count=weeks["visits_count"].sum(),
                    applied_count=weeks["applied_count"].sum(), best_week=best)  # fmt: skip


def stall_figures(figures: pd.DataFrame) -> Sentence:
    """Say what a stall in the middle takes in and pays in rent; what is not known is not said."""
    rows = figures.set_index("stall_figure")["middle"]
    key = "stall_figures" if {"inflow", "rent_share", "stock_days"} <= set(rows.index) else "stall_figures_some"
    return sentence(key, **{f"{name}_middle": value for name, value in rows.items()},
                    stalls_count=figures["stalls_count"].max())  # fmt: skip


def case_effect(readings: pd.DataFrame) -> Sentence:
    """Say what may be said of the campaign, and nothing else."""
    row = readings.iloc[0]
    values = {"lift": Rate(row["lift_share"], row["lift_low"], row["lift_high"], row["lift_share_count"])}
    key = READINGS.get(row["reading"], "case_process_only")
    return sentence(key, **({} if key in ("case_no_inference", "case_process_only") else values))


def case_cost(costs: pd.DataFrame, plans: pd.DataFrame) -> Sentence:
    """Say what each added loan cost and how many pay for the campaign; without a hold-out only the cost of a loan."""
    row, plan = costs.iloc[0], plans.iloc[0]
    if is_blank(row["cost_per_added_yuan"]):
        return sentence("case_cost_plain", cost_yuan=row["cost_per_loan_yuan"], loans_count=row["loans_count"])
    return sentence("case_cost", added_yuan=row["cost_per_added_yuan"], low_yuan=row["cost_per_added_low_yuan"],
                    added_count=row["added_count"], break_even_count=plan["break_even_count"])  # fmt: skip


def chamber_facts(facts: pd.DataFrame) -> Sentence:
    """Say whether to sign, and which points stand in the way."""
    failing = facts.loc[facts["state"] == "fails", "chamber_point"].to_list()
    open_points = facts.loc[facts["state"] == "unknown", "chamber_point"].to_list()
    if failing:
        return sentence("chamber_not_yet", chamber_point=failing)
    return sentence("chamber_open", chamber_point=open_points) if open_points else sentence("chamber_sign")


def form_costs(forms: pd.DataFrame) -> Sentence:
    """Name the form with the cheapest reach."""
    return sentence("form_costs", form=forms["form"].iloc[0], cost_each=forms["cost_each"].iloc[0])


def lost_rules(rules: pd.DataFrame) -> Sentence:
    """Name the rule that keeps its promise, and from how many days; or say that none does."""
    found = rules[rules["cut_days"].notna()]
    if found.empty:
        return sentence("no_lost_rule")
    row = found.iloc[0]
    told = {name: row[name] for name in ("lost_rule", "cut_days", "called_lost_count")}
    return sentence("lost_rule", **told, later=rate_of(row, "later_share"))


def lost_reasons(reasons: pd.DataFrame) -> Sentence:
    """Name the commonest reason of loss with its range."""
    row = reasons.iloc[0]
    return sentence("lost_reasons", loss_reason=row["loss_reason"], share=rate_of(row, "reason_share"))


def win_back_effect(effects: pd.DataFrame) -> list[Sentence]:
    """Say for retention and for win-back what came of it beyond the hold-out, each by itself."""
    told = []
    for _, row in effects.iterrows():
        lift = Rate(row["lift_share"], row["lift_low"], row["lift_high"],
                    row["treated_count"] + row["control_count"])  # fmt: skip
        key = "recalled" if not is_blank(row["lift_low"]) and row["lift_low"] > 0 else "not_recalled"
        told.append(sentence(key, recall_goal=row["goal"], lift=lift, added_yuan=row["cost_per_added_yuan"]))
    return told


def recall_pay(pay: pd.DataFrame) -> Sentence:
    """Say whether the pay rule pays for itself, on the low end of what came back."""
    row = pay.iloc[0]
    key = "recall_pays" if row["low_result_yuan"] > 0 else "recall_open" if row["result_yuan"] > 0 else "recall_loses"
    return sentence(key, paid_count=row["paid_count"], pay_yuan=row["pay_yuan"], result_yuan=row["result_yuan"],
                    low_yuan=row["low_result_yuan"])  # fmt: skip


VERDICTS = {
    "need_profile": need_profile,
    "refusal_reasons": refusal_reasons,
    "group_floors": group_floors,
    "least_sizes": least_sizes,
    "daily_backlog": daily_backlog,
    "market_evidence": market_evidence,
    "weekly_visits": weekly_visits,
    "stall_figures": stall_figures,
    "case_effect": case_effect,
    "case_cost": case_cost,
    "chamber_facts": chamber_facts,
    "form_costs": form_costs,
    "lost_rules": lost_rules,
    "lost_reasons": lost_reasons,
    "win_back_effect": win_back_effect,
    "recall_pay": recall_pay,
}
