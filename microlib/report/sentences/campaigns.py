"""Sentences on campaigns, outreach and project cases; an effect is claimed only where members were held out."""

from __future__ import annotations

import pandas as pd

from microlib.report.sentences import Sentence, rate_of, sentence
from microlib.report.words import Rate, is_blank


def story_coverages(told: pd.DataFrame) -> Sentence:
    """Say coverage as filed and with the hidden debt, and the deepest hole with it while trade picks up."""
    seen, whole = _story(told, "signed", "open", "declared"), _story(told, "signed", "open", "all")
    return sentence(
        "story_coverages",
        ratio=seen["coverage_ratio"],
        whole_ratio=whole["coverage_ratio"],
        hole_yuan=whole["worst_yuan"],
        hole_month=whole["worst_month"],
        seen_yuan=seen["worst_yuan"],
    )


def closed_works(told: pd.DataFrame) -> Sentence:
    """Say the hole when the doors are closed while the rent runs on."""
    seen, whole = _story(told, "signed", "closed", "declared"), _story(told, "signed", "closed", "all")
    return sentence("closed_works", hole_yuan=seen["worst_yuan"], whole_yuan=whole["worst_yuan"])


def redesign(told: pd.DataFrame) -> Sentence:
    """Say what interest-only months mend, and that they mend nothing once the hidden debt is there."""
    seen, whole = _story(told, "redesigned", "open", "declared"), _story(told, "redesigned", "open", "all")
    return sentence(
        "redesign_seen",
        ratio=seen["coverage_ratio"],
        whole_ratio=whole["coverage_ratio"],
        whole_yuan=whole["worst_yuan"],
        short_count=whole["short_months_count"],
    )


def redesign_closed(told: pd.DataFrame) -> Sentence:
    """Say the redesign's hole when the doors are closed for the works."""
    shut, both = _story(told, "redesigned", "closed", "declared"), _story(told, "redesigned", "closed", "all")
    return sentence("redesign_closed", hole_yuan=shut["worst_yuan"], whole_yuan=both["worst_yuan"])


def break_evens(shares: pd.DataFrame) -> Sentence:
    """Say the occupancy at which debt is just paid, under both plans."""
    found = shares.set_index(["plan", "debts"])["even_share"]
    return sentence("case_break_evens", **{f"{plan}_{debts}_share": share for (plan, debts), share in found.items()})


def trade_cases(cases: pd.DataFrame) -> Sentence:
    """Count the variants of trade in which cash no longer pays what is due."""
    return sentence(
        "trade_cases",
        cases_count=len(cases),
        declared_count=int((cases["declared_ratio"] < 1).sum()),
        all_count=int((cases["all_ratio"] < 1).sum()),
    )


def hidden_funding(funding: pd.DataFrame) -> Sentence:
    """Say how much of the project is really borrowed, and what the overrun still lacks."""
    view = funding.set_index("view")
    lacking = view.loc["with_overrun", "own_yuan"] - view.loc["as_it_is", "own_yuan"]
    return sentence(
        "hidden_funding",
        filed_share=view.loc["as_filed", "own_share"],
        own_share=view.loc["as_it_is", "own_share"],
        borrowed_share=view.loc["as_it_is", "borrowed_share"],
        lacking_yuan=lacking,
    )


def hidden_parts(parts: pd.DataFrame) -> Sentence:
    """Say from which borrowed part of the down payment cash no longer pays what is due."""
    short = parts[parts["coverage_ratio"] < 1]
    if short.empty:
        return sentence("hidden_parts_held", ratio=parts["coverage_ratio"].iloc[-1])
    return sentence("hidden_parts_short", hidden_share=short["hidden_share"].iloc[0])


def acceptance_delays(delays: pd.DataFrame) -> Sentence:
    """Say what one more month of waiting for acceptance costs."""
    step = delays["redesigned_yuan"].diff().iloc[1]
    return sentence("acceptance_delays", month_yuan=-step, closed_months=int(delays["closed_months"].iloc[0]))


def lease_terms(terms: pd.DataFrame) -> Sentence:
    """Say whether the loan outlives the lease, and what a tenor within it asks of cash."""
    asked, within = terms.iloc[0], terms.iloc[1]
    if not asked["beyond_months"]:
        return sentence("lease_long_enough", lease_months=asked["lease_months"])
    key = "lease_short_enough" if within["is_enough"] else "lease_short"
    return sentence(
        key, beyond_months=asked["beyond_months"], lease_months=asked["lease_months"], ratio=within["coverage_ratio"]
    )


def own_funds_clause(clauses: pd.DataFrame) -> Sentence:
    """Say the first clause as it would stand in the term sheet: own funds proven and paid first."""
    return sentence("clause_own_funds", asked_yuan=_clause(clauses, "own_funds")["asked_yuan"])


def opening_reserve_clause(clauses: pd.DataFrame) -> Sentence:
    """Say the second clause: a reserve for the months closed and ramping up."""
    row = _clause(clauses, "opening_reserve")
    return sentence("clause_opening_reserve", asked_yuan=row["asked_yuan"], asked_months=row["asked_months"])


def tenor_clause(clauses: pd.DataFrame) -> Sentence:
    """Say the third clause: no tenor beyond the lease."""
    return sentence("clause_tenor", asked_months=_clause(clauses, "tenor_within_lease")["asked_months"])


def _clause(clauses: pd.DataFrame, code: str) -> pd.Series:
    return clauses.set_index("clause").loc[code]


def _story(told: pd.DataFrame, plan: str, works: str, debts: str) -> pd.Series:
    rows = told[(told["plan"] == plan) & (told["works"] == works) & (told["debts"] == debts)]
    return rows.iloc[0]


#: keys that begin like this may say that a campaign did something; only `_held` makes them
HELD = "held_"


def campaign_readings(readings: pd.DataFrame) -> Sentence:
    """Name the readings of the campaigns that are over, the most telling first."""
    over = readings[readings["reading"] != "unfinished"]
    if over.empty:
        return sentence("readings_none")
    told = over.sort_values("is_causal", ascending=False, kind="stable")["reading"].unique()
    return sentence("readings", campaigns_count=len(over), reading=list(told))


def effects_told(readings: pd.DataFrame) -> Sentence:
    """Count the campaigns that are over by what a hold-out says of them; the others are not judged."""
    over = readings[readings["reading"] != "unfinished"]
    found = {name: int((over["reading"] == name).sum()) for name in ("lifted", "lowered", "not_distinguished")}
    readable = sum(found.values())
    if not readable:
        return sentence("effects_none")
    return sentence(
        "effects_told",
        readable_count=readable,
        lifted_count=found["lifted"],
        lowered_count=found["lowered"],
        open_count=found["not_distinguished"],
        rest_count=len(over) - readable,
    )


def campaign_effects(readings: pd.DataFrame, effects: pd.DataFrame) -> list[Sentence]:
    """Say the effect of each campaign that may be read, and of the others that they may not."""
    both = readings.merge(effects.drop(columns=["lift_share", "lift_low", "lift_high"]), on="campaign_id")
    said = [_held(row) for _, row in both[both["is_causal"]].iterrows()]
    keys = {
        "process_only": "read_process_only",
        "too_few": "read_too_few",
        "ratio_broken": "read_ratio_broken",
        "no_inference": "read_no_inference",
        "all_borrowed": "read_all_borrowed",
        "unfinished": "read_unfinished",
    }
    for reading, key in keys.items():
        names = readings.loc[readings["reading"] == reading, "campaign_id"].to_list()
        said += [sentence(key, campaign_id=names)] if names else []
    return said or [sentence("read_nothing")]


def _held(row: pd.Series) -> Sentence:
    """Word the reading of one campaign with a hold-out; a row without one is refused by its key."""
    names = ("campaign_id", "lift_share", "lift_low", "lift_high")
    values = {name: row[name] for name in names}
    if row["basis"] == "cluster":
        return sentence("held_cluster", reading=row["reading"], **values)
    key = {"lifted": "held_lifted", "lowered": "held_lowered"}.get(row["reading"], "held_open")
    names = ("treated_share", "control_share", "detectable_lift_share")
    return sentence(key, **values, **{name: row[name] for name in names})


def funnel_against_plan(funnel: pd.DataFrame) -> Sentence:
    """Name the stage that stayed furthest behind its plan."""
    known = funnel.dropna(subset=["reached_plan_ratio"])
    known = known[known["stage"] != "members"]
    if known.empty:
        return sentence("plan_funnel_none")
    row = known.loc[known["reached_plan_ratio"].idxmin()]
    if row["reached_plan_ratio"] >= 1:
        return sentence("plan_funnel_kept", campaigns_count=known["campaign_id"].nunique())
    return sentence(
        "funnel_gap",
        campaign_id=row["campaign_id"],
        stage=row["stage"],
        actual_count=row["actual_count"],
        planned_count=row["planned_count"],
    )


def list_quality(quality: pd.DataFrame) -> Sentence:
    """Say how many contacts had no basis, and what else is wrong with the lists."""
    sums = quality.sum(numeric_only=True)
    key = "list_clean" if not sums["no_basis_count"] + sums["called_control_count"] else "list_faults"
    names = ("members_count", "no_basis_count", "called_control_count", "unclaimed_count", "known_elsewhere_count")
    return sentence(key, **{name: int(sums[name]) for name in names})


def sample_ratio(ratio: pd.DataFrame) -> Sentence:
    """Say whether the arms have the sizes that were drawn."""
    tested = ratio.dropna(subset=["ratio_p"])
    if tested.empty:
        return sentence("ratio_none")
    broken = tested[~tested["is_ratio_kept"].astype(bool)]
    if broken.empty:
        return sentence("ratio_kept", campaigns_count=len(tested))
    row = broken.iloc[0]
    return sentence(
        "ratio_broken",
        campaign_id=row["campaign_id"],
        control_count=row["control_count"],
        planned_control_count=row["planned_control_count"],
    )


def arm_balance(balance: pd.DataFrame) -> Sentence:
    """Say in how many of the traits known before the arms differ."""
    if balance.empty:
        return sentence("balance_none")
    off = int((~balance["is_balanced"].astype(bool)).sum())
    return sentence("balance_off" if off else "balance_kept", traits_count=len(balance), off_count=off)


def costs_per_added(costs: pd.DataFrame, readings: pd.DataFrame) -> Sentence:
    """Set the naive cost per loan beside the cost per added loan of the campaign that may be read."""
    both = costs.merge(readings[["campaign_id", "reading"]], on="campaign_id")
    lifted = both[both["reading"].eq("lifted")]
    if lifted.empty:
        return sentence(
            "cost_unknown", cost_yuan=float(costs["cost_yuan"].sum()), loans_count=int(costs["loans_count"].sum())
        )
    row = lifted.loc[lifted["cost_yuan"].idxmax()]
    names = (
        "campaign_id",
        "cost_per_loan_yuan",
        "cost_per_added_yuan",
        "cost_per_added_low_yuan",
        "cost_per_added_high_yuan",
    )
    return sentence("held_cost", **{name: row[name] for name in names})


def adjusted_effects(adjusted: pd.DataFrame) -> Sentence:
    """Say how much narrower history makes the ranges."""
    if adjusted.empty:
        return sentence("adjusted_none")
    best = adjusted.loc[adjusted["variance_ratio"].idxmin()]
    return sentence("adjusted", campaign_id=best["campaign_id"], variance_share=1 - best["variance_ratio"])


def cluster_effects(clusters: pd.DataFrame) -> Sentence:
    """Say what whole clusters allow."""
    if clusters.empty:
        return sentence("clusters_none")
    row = clusters.sort_values("control_clusters_count").iloc[-1]
    counts = {name: row[name] for name in ("campaign_id", "treated_clusters_count", "control_clusters_count")}
    if row["inference"] in ("none", "one_cluster"):
        return sentence("one_market", **counts)
    key = "clusters_few" if row["inference"] == "few_clusters" else "clusters_read"
    return sentence(key, design_effect_ratio=row["design_effect_ratio"], **counts)


def matched_effects(matched: pd.DataFrame) -> Sentence:
    """Say how members differed from customers alike, never why."""
    if matched.empty:
        return sentence("matched_none")
    row = matched.iloc[0]
    if not str(row["inference"]).startswith("matched"):
        return sentence("matched_impossible", campaign_id=row["campaign_id"], members_count=row["members_count"])
    names = ("campaign_id", "difference_share", "difference_low", "difference_high", "others_count")
    key = "matched" if row["is_parallel"] else "matched_apart"
    return sentence(key, **{name: row[name] for name in names})


def programme_effects(programmes: pd.DataFrame) -> Sentence:
    """Say what the branches of a programme show together."""
    row = programmes.iloc[0]
    names = ("programme_id", "strata_count", "lift_share", "lift_low", "lift_high")
    return sentence("held_pooled" if row["lift_low"] > 0 else "held_pooled_open", **{name: row[name] for name in names})


def campaign_quality(quality: pd.DataFrame) -> Sentence:
    """Say how the contacted arm's loans have held up at the oldest age that enough of them have reached."""
    own = quality[quality["group"].eq("treated") & (quality["observed_count"] > 0)]
    if own.empty:
        return sentence("quality_waiting", loans_count=int(quality["loans_count"].max()) if len(quality) else 0)
    row = own.sort_values(["age_months", "observed_count"]).iloc[-1]
    names = ("campaign_id", "age_months", "bad_count", "observed_count", "bad_high")
    return sentence("campaign_quality", **{name: row[name] for name in names})


def referral_effects(referrals: pd.DataFrame) -> Sentence:
    """Say what the reward added and what each added loan cost."""
    row = referrals.iloc[0]
    names = ("referred_count", "control_referred_count", "cost_per_loan_yuan", "cost_per_added_yuan", "anyway_share")
    held = pd.notna(row.get("lift_low")) and row["lift_low"] > 0
    return sentence("held_referrals" if held else "referrals_open", **{name: row.get(name) for name in names})


#: what applications are split by -> its sentence
NEEDS = {"purpose": "need_by_purpose", "channel": "need_by_channel"}
#: how a campaign may be read -> its sentence
READINGS = {
    "lifted": "case_lifted",
    "lowered": "case_lowered",
    "not_distinguished": "case_not_distinguished",
    "no_inference": "case_no_inference",
}


def need_profile(profile: pd.DataFrame) -> Sentence:
    """Say the commonest part of what was asked for, its share and its amounts."""
    row, part = profile.iloc[0], profile.columns[0]
    return sentence(
        NEEDS[part],
        **{part: row[part]},
        share=rate_of(row, "asked_share"),
        p20_yuan=row["p20_yuan"],
        p50_yuan=row["p50_yuan"],
        p80_yuan=row["p80_yuan"],
        applications_count=profile["applications_count"].sum(),
    )


def refusal_reasons(reasons: pd.DataFrame) -> Sentence:
    """Name the commonest reason, with its range and count."""
    row = reasons.iloc[0]
    return sentence(
        "refusal_reasons",
        reason_code=row["reason_code"],
        share=rate_of(row, "refused_share"),
        refused_count=reasons["refused_count"].sum(),
    )


def group_floors(floors: pd.DataFrame) -> Sentence:
    """Say the floor of one loan alone and of the largest group, and what a group of that size can be given."""
    alone, large = floors.iloc[0], floors.iloc[-1]
    return sentence(
        "group_floors",
        floor_rate=alone["floor_rate"],
        large_rate=large["floor_rate"],
        size_count=large["size_count"],
        discount_rate=large["discount_rate"],
    )


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
    return sentence(
        key,
        day_number=row["day_number"],
        backlog_count=row["backlog_count"],
        wait_days=backlog["wait_days"].max(),
        needed_count=needed_count,
    )


def market_evidence(evidence: pd.DataFrame) -> Sentence:
    """Say of how many members there are flows, invoices, and either."""
    rows = evidence.set_index("proof")
    return sentence(
        "market_evidence",
        flows=rate_of(rows.loc["flows"], "known_share"),
        invoices=rate_of(rows.loc["invoices"], "known_share"),
    )


def weekly_visits(weeks: pd.DataFrame) -> Sentence:
    """Say how contacts and applications ran, first week against last."""
    best = weeks["visits_count"].idxmax() + 1
    return sentence(
        "weekly_visits",
        weeks_count=len(weeks),
        visits_count=weeks["visits_count"].sum(),
        applied_count=weeks["applied_count"].sum(),
        best_week=best,
    )


def stall_figures(figures: pd.DataFrame) -> Sentence:
    """Say what a stall in the middle takes in and pays in rent; what is not known is not said."""
    rows = figures.set_index("stall_figure")["middle"]
    key = "stall_figures" if {"inflow", "rent_share", "stock_days"} <= set(rows.index) else "stall_figures_some"
    return sentence(
        key, **{f"{name}_middle": value for name, value in rows.items()}, stalls_count=figures["stalls_count"].max()
    )


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
    return sentence(
        "case_cost",
        added_yuan=row["cost_per_added_yuan"],
        low_yuan=row["cost_per_added_low_yuan"],
        added_count=row["added_count"],
        break_even_count=plan["break_even_count"],
    )


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
        lift = Rate(row["lift_share"], row["lift_low"], row["lift_high"], row["treated_count"] + row["control_count"])
        key = "recalled" if not is_blank(row["lift_low"]) and row["lift_low"] > 0 else "not_recalled"
        told.append(sentence(key, recall_goal=row["goal"], lift=lift, added_yuan=row["cost_per_added_yuan"]))
    return told


def recall_pay(pay: pd.DataFrame) -> Sentence:
    """Say whether the pay rule pays for itself, on the low end of what came back."""
    row = pay.iloc[0]
    key = "recall_pays" if row["low_result_yuan"] > 0 else "recall_open" if row["result_yuan"] > 0 else "recall_loses"
    return sentence(
        key,
        paid_count=row["paid_count"],
        pay_yuan=row["pay_yuan"],
        result_yuan=row["result_yuan"],
        low_yuan=row["low_result_yuan"],
    )


VERDICTS = {
    "story_coverages": story_coverages,
    "closed_works": closed_works,
    "redesign": redesign,
    "redesign_closed": redesign_closed,
    "case_break_evens": break_evens,
    "trade_cases": trade_cases,
    "hidden_funding": hidden_funding,
    "hidden_parts": hidden_parts,
    "acceptance_delays": acceptance_delays,
    "lease_terms": lease_terms,
    "own_funds_clause": own_funds_clause,
    "opening_reserve_clause": opening_reserve_clause,
    "tenor_clause": tenor_clause,
    "campaign_readings": campaign_readings,
    "effects_told": effects_told,
    "campaign_effects": campaign_effects,
    "funnel_against_plan": funnel_against_plan,
    "list_quality": list_quality,
    "sample_ratio": sample_ratio,
    "arm_balance": arm_balance,
    "costs_per_added": costs_per_added,
    "adjusted_effects": adjusted_effects,
    "cluster_effects": cluster_effects,
    "matched_effects": matched_effects,
    "programme_effects": programme_effects,
    "campaign_quality": campaign_quality,
    "referral_effects": referral_effects,
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
