"""Sentences of a risk review: when and why loans fail, missed controls, and signs in use, links, collateral."""

from __future__ import annotations

import pandas as pd

from microlib.design.replay import separating_rules
from microlib.report.sentences import Sentence, sentence
from microlib.report.tables import turn_of
from microlib.report.words import Rate


def page_decision(decided: pd.DataFrame) -> Sentence:
    """Say a page's decision and the number that would overturn it (`design.review_decisions`)."""
    row = decided.iloc[0]
    names = ("action", "step", "owner", "due_date")
    values = {name: row[name] for name in names} | {"overturning": turn_of(row)}
    if pd.isna(row["amount_yuan"]):
        return sentence("page_decision", **values)
    return sentence("page_decision_money", **values, amount_yuan=row["amount_yuan"])


def times_to_bad(times: pd.DataFrame) -> Sentence:
    """Say at which month on book the middle bad loan showed (`metrics.loan_failures.times_to_bad`)."""
    row = times.iloc[0]
    names = ("bad_count", "months_p50", "months_p25", "months_p75", "early_count")
    return sentence("times_to_bad", **{name: row[name] for name in names})


def roll_rates(rates: pd.DataFrame) -> Sentence:
    """Say how many late loans get a month worse, and how many current ones fall late (`metrics.migration`)."""
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
    """Name the first reason with its range, and whether its lead is more than chance (`loan_failures`)."""
    row = pareto.iloc[0]
    share = Rate(row["reason_share"], row["reason_low"], row["reason_high"], row["reviewed_count"])
    key = "reason_first" if row["is_first_for_sure"] else "reason_first_unsure"
    return sentence(
        key,
        reason_code=row["reason_code"],
        reason_share=share,
        loss_share=row["loss_share"],
        second=pareto["reason_code"].iloc[min(1, len(pareto) - 1)],
    )


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
    return sentence(
        "missed_controls", **{name: row[name] for name in names}, undecided_count=controls["undecided_count"].sum()
    )


def control_replays(replays: pd.DataFrame) -> Sentence:
    """Say what the best control would have caught and cost, or that nothing can be said."""
    good = replays[replays["finding"] == "separates"]
    if good.empty:
        return sentence("controls_cannot_say", tested_count=int(replays["tested_count"].max()))
    row = good.loc[good["lost_yuan"].idxmax()]
    caught = Rate(
        row["bad_caught_share"],
        row["bad_caught_low"],
        row["bad_caught_high"],
        row["stopped_bad_count"] + row["missed_bad_count"],
    )
    names = ("control_step", "stopped_bad_count", "stopped_good_count", "lost_yuan", "refused_yuan")
    return sentence("controls_separate", bad_caught_share=caught, **{name: row[name] for name in names})


def rules_checked(checked: pd.DataFrame) -> Sentence:
    """Count the rules that fail, hold unconfirmed, and cannot be answered (`design.rules`)."""
    counts = checked["state"].value_counts()
    fails = list(checked.loc[checked["state"] == "fail", "rule"])
    names = {name: int(counts.get(name, 0)) for name in ("unverified_pass", "unknown", "pass")}
    values = {f"{name}_count": count for name, count in names.items()}
    if fails:
        return sentence("rules_fail", rule=fails, **values)
    if names["unknown"] == len(checked):
        return sentence("rules_unknown", unknown_count=len(checked))
    return sentence("rules_none_fails", **values)


def two_axes(axes: pd.DataFrame) -> Sentence:
    """Name the groups whose place on the two axes can be told, and what that asks for."""
    told = axes[axes["quadrant"] != "cannot_say"]
    if told.empty:
        return sentence("axes_cannot_say", groups_count=len(axes))
    row = told.iloc[0]
    return sentence(
        "axes_told", segment=row["segment"], quadrant=row["quadrant"], told_count=len(told), groups_count=len(axes)
    )


def use_summary(summary: pd.DataFrame) -> Sentence:
    """Say how many loans show a sign in their use of funds (`conduct.use_summary`)."""
    rows = summary.set_index("sign")
    whole = rows.loc["any_sign"]
    if whole["known_count"] == 0:
        return sentence("uses_unknown")
    if whole["loans_count"] == 0:
        return sentence("uses_none", known_count=whole["known_count"])
    counts = {f"{name}_count": int(rows.loc[name, "loans_count"]) for name in rows.index.drop("any_sign")}
    return sentence(
        "uses_some",
        loans_count=whole["loans_count"],
        known_count=whole["known_count"],
        balance_yuan=whole["balance_yuan"],
        **counts,
    )


def cycle_needs(needs: pd.DataFrame) -> Sentence:
    """Say for how many visited customers the debt is above the money of several cycles."""
    above = needs[needs["is_above_need"]]
    return sentence(
        "cycle_needs",
        customers_count=len(needs),
        above_count=len(above),
        balance_yuan=above["balance_yuan"].sum(),
        need_ratio=needs["need_ratio"].median(),
    )


def unexplained_equity(equity: pd.DataFrame) -> Sentence:
    """Say for how many visited customers the worth is not explained by their own story."""
    open_ones = equity[~equity["is_explained"]]
    if open_ones.empty:
        return sentence("equity_explained", tested_count=len(equity)) if len(equity) else sentence("equity_unknown")
    return sentence(
        "equity_open", tested_count=len(equity), open_count=len(open_ones), hidden_yuan=open_ones["hidden_yuan"].sum()
    )


def own_parts(parts: pd.DataFrame) -> Sentence:
    """Say how many projects fall short of the own part asked."""
    short = parts[~parts["is_met"]]
    return sentence(
        "own_parts",
        projects_count=len(parts),
        short_count=len(short),
        borrowed_count=int((parts["borrowed_yuan"] > 0).sum()),
        shortfall_yuan=short["shortfall_yuan"].sum(),
    )


def hidden_coverages(coverages: pd.DataFrame) -> Sentence:
    """Say how many cover their debt without the hidden part and not with it (`capacity`)."""
    known = coverages[coverages["is_hidden_known"] & (coverages["hidden_month_yuan"] > 0)]
    if known.empty:
        return sentence("hidden_none")
    turned = known[(known["dscr_p25"] >= 1) & (known["dscr_p25_hidden"] < 1)]
    return sentence(
        "hidden_turns",
        customers_count=len(known),
        turned_count=len(turned),
        dscr_p25=known["dscr_p25"].median(),
        dscr_p25_hidden=known["dscr_p25_hidden"].median(),
    )


def elasticities(found: pd.DataFrame) -> Sentence:
    """Name the series that sales follow with its range, or say that none can be told."""
    follows = found[found["finding"].isin(["follows", "runs_against"])]
    if found.empty:
        return sentence("drivers_none")
    if follows.empty:
        short = int(found["finding"].isin(["too_short", "too_few"]).sum())
        return sentence("drivers_cannot_say", series_count=len(found), short_count=short)
    row = follows.iloc[0]
    names = (
        "series_id",
        "elasticity",
        "elasticity_low",
        "elasticity_high",
        "months_count",
        "balance_share",
        "scenario_share",
    )
    fall = Rate(row["fall_share"], row["fall_low"], row["fall_high"])
    return sentence("drivers_follow", fall_share=fall, **{name: row[name] for name in names})


def funnel(found: pd.DataFrame) -> Sentence:
    """Say how many lie outside the action limit (head office only)."""
    outside = found[found["funnel_place"] == "above_action"]
    warned = found[found["funnel_place"] == "above_warning"]
    if found.empty:
        return sentence("funnel_unknown")
    key = "funnel_outside" if len(outside) else "funnel_inside"
    return sentence(key, persons_count=len(found), outside_count=len(outside), warned_count=len(warned))


def timeline_summary(summary: pd.DataFrame) -> Sentence:
    """Say how many files have steps out of order, by the commonest check."""
    some = summary[summary["files_count"] > 0]
    looked = int(summary["looked_count"].max())
    if some.empty:
        return sentence("timelines_none", looked_count=looked) if looked else sentence("timelines_unknown")
    row = some.loc[some["files_count"].idxmax()]
    return sentence(
        "timelines_some", looked_count=looked, check=row["check"], files_count=row["files_count"], kinds_count=len(some)
    )


def linked_groups(groups: pd.DataFrame, common: pd.DataFrame) -> Sentence:
    """Say how many groups are to be looked into, and how many were ruled out."""
    counts = groups["status"].value_counts()
    open_ones = groups[groups["status"] == "to_check"]
    key = "links_to_check" if len(open_ones) else "links_none_open"
    return sentence(
        key,
        to_check_count=len(open_ones),
        balance_yuan=open_ones["balance_yuan"].sum(),
        ruled_out_count=int(counts.get("ruled_out", 0)),
        confirmed_count=int(counts.get("confirmed", 0)),
        common_count=len(common),
    )


def side_by_side(clusters: pd.DataFrame) -> Sentence:
    """Say how many connected groups hold loans side by side above one approver's authority."""
    if clusters.empty:
        return sentence("side_by_side_none")
    row = clusters.iloc[0]
    return sentence(
        "side_by_side",
        groups_count=len(clusters),
        loans_count=row["loans_count"],
        sum_yuan=row["sum_yuan"],
        limit_yuan=row["limit_yuan"],
        needed_level=row["needed_level"],
    )


def twin_books(pairs: pd.DataFrame) -> Sentence:
    """Say how many pairs of books hold the same invoices (发票高度雷同，待核)."""
    return sentence("twins_some" if len(pairs) else "twins_none", pairs_count=len(pairs))


def replayed_access(replays: pd.DataFrame) -> Sentence:
    """Say which access rule separates the bad from the good on past approvals of its group (`design.replay`)."""
    apart = separating_rules(replays)
    if apart.empty:
        whole = replays[replays["rule"] == "all"]
        return sentence("access_cannot_say", observed_count=whole["observed_count"].sum(), products_count=len(whole))
    row = apart.iloc[0]
    names = ("product", "rule", "refused_count", "refused_bad_count", "refused_good_count")
    names += ("ratio", "ratio_low", "ratio_high")
    return sentence("access_separates", **{name: row[name] for name in names})


def appraisers(found: pd.DataFrame) -> Sentence:
    """Say whether somebody values higher than others on like items (head office only)."""
    high = found[found["is_high"]]
    if high.empty:
        return sentence("appraisers_level", persons_count=len(found))
    row = high.iloc[0]
    bias = Rate(row["shrunk_bias_share"], row["shrunk_bias_low"], row["shrunk_bias_high"], row["items_count"])
    return sentence("appraisers_high", appraiser_id=row["appraiser_id"], bias_share=bias)


def value_shocks(shocks: pd.DataFrame) -> list[Sentence]:
    """Say what appraisals cover, what sales as they were made would leave open, and what stands behind others."""
    first, last = shocks.loc[shocks["fall_share"].idxmin()], shocks.loc[shocks["fall_share"].idxmax()]
    paper = {"balance_yuan": first["balance_yuan"], "lost_yuan": first["lost_yuan"]}
    if first["uncovered_yuan"] > 0:
        said = [sentence("shocks_short", open_yuan=first["uncovered_yuan"], **paper)]
    else:
        said = [sentence("shocks_covered", **paper)]
    sold = {"sold_open_yuan": first["sold_open_yuan"], "fall_share": last["fall_share"]}
    sold |= {"worst_yuan": last["sold_open_yuan"]}
    if pd.isna(first["sold_open_low_yuan"]):
        said.append(sentence("shocks_unsold", **sold))
    else:
        ends = {name: first[f"sold_open_{name}"] for name in ("low_yuan", "high_yuan")}
        sold |= {f"sold_open_{name}": value for name, value in ends.items()}
        sold |= {f"worst_{name}": last[f"sold_open_{name}"] for name in ends}
        said.append(sentence("shocks_sold", sales_count=first["sales_count"], lgd_share=last["lgd_share"], **sold))
    if first["behind_count"]:
        said.append(sentence("shocks_second", behind_count=first["behind_count"], behind_yuan=first["behind_yuan"]))
    return said


def realised_values(sold: pd.DataFrame) -> Sentence:
    """Say what sold pledges brought of their appraisal."""
    row = sold.loc[sold["items_count"].idxmax()]
    rate = Rate(row["realised_share"], row["realised_low"], row["realised_high"], row["items_count"])
    return sentence("realised_values", kind=row["kind"], realised_share=rate)


def guarantee_motifs(motifs: pd.DataFrame, covers: pd.DataFrame, *, least: float) -> Sentence:
    """Say the shapes of guarantees and what the first call would leave open."""
    counts = motifs.set_index("motif")["motifs_count"]
    weak = covers[covers["cover_share"] < least]
    values = {f"{name}_count": int(counts.get(name, 0)) for name in ("mutual", "circle", "star", "chain")}
    return sentence(
        "guarantee_shapes",
        weak_count=len(weak),
        borrowers_count=len(covers),
        open_yuan=(weak["guaranteed_balance_yuan"] - weak["covered_yuan"]).sum(),
        **values,
    )


VERDICTS = {
    "page_decision": page_decision,
    "times_to_bad": times_to_bad,
    "roll_rates": roll_rates,
    "reason_pareto": reason_pareto,
    "coder_agreement": coder_agreement,
    "missed_controls": missed_controls,
    "control_replays": control_replays,
    "rules_checked": rules_checked,
    "two_axes": two_axes,
    "use_summary": use_summary,
    "cycle_needs": cycle_needs,
    "unexplained_equity": unexplained_equity,
    "own_parts": own_parts,
    "hidden_coverages": hidden_coverages,
    "elasticities": elasticities,
    "funnel": funnel,
    "timeline_summary": timeline_summary,
    "linked_groups": linked_groups,
    "side_by_side": side_by_side,
    "twin_books": twin_books,
    "replayed_access": replayed_access,
    "appraisers": appraisers,
    "value_shocks": value_shocks,
    "realised_values": realised_values,
    "guarantee_motifs": guarantee_motifs,
}
