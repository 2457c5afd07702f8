"""What campaigns showed, in sentences: those that say a campaign did something need members held out by lot."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.verdicts.sentences import Sentence, sentence

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
    return sentence("effects_told", readable_count=readable, lifted_count=found["lifted"],
                    lowered_count=found["lowered"], open_count=found["not_distinguished"],
                    rest_count=len(over) - readable)  # fmt: skip


def campaign_effects(readings: pd.DataFrame, effects: pd.DataFrame) -> list[Sentence]:
    """Say the effect of each campaign that may be read, and of the others that they may not."""
    both = readings.merge(effects.drop(columns=["lift_share", "lift_low", "lift_high"]), on="campaign_id")
    said = [_held(row) for _, row in both[both["is_causal"]].iterrows()]
    keys = {
        "process_only": "read_process_only", "too_few": "read_too_few", "ratio_broken": "read_ratio_broken",
        "no_inference": "read_no_inference", "all_borrowed": "read_all_borrowed", "unfinished": "read_unfinished",
    }  # fmt: skip
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
    return sentence("funnel_gap", campaign_id=row["campaign_id"], stage=row["stage"],
                    actual_count=row["actual_count"], planned_count=row["planned_count"])  # fmt: skip


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
    return sentence("ratio_broken", campaign_id=row["campaign_id"], control_count=row["control_count"],
                    planned_control_count=row["planned_control_count"])  # fmt: skip


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
    names = ("campaign_id", "cost_per_loan_yuan", "cost_per_added_yuan", "cost_per_added_low_yuan",
             "cost_per_added_high_yuan")  # fmt: skip
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


VERDICTS = {
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
}
