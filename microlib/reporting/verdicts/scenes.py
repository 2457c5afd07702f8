"""What the design pages of a chain say: strength, thresholds, lines, pilot, joint list, scenes, steps."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.formats import Rate
from microlib.reporting.verdicts.sentences import Sentence, sentence

#: verdict or what binds -> its sentence
MATCHES = {"separates": "match_separates", "misleads": "match_misleads", "unclear": "match_unclear"}
PILOTS = {"evidence": "pilot_evidence", "budget": "pilot_budget", "too_small": "pilot_too_small"}


def strengths(counts: pd.DataFrame) -> Sentence:
    """Say how many borrowers would not carry their debt without their core (`payables.strengths`)."""
    sums = counts.groupby("standing")[["borrowers_count", "balance_yuan"]].sum()
    hanging = sums.loc["hangs_on_core"] if "hangs_on_core" in sums.index else None
    unknown = sums.reindex(["dependent_unknown", "unknown"]).fillna(0).sum()
    told = {"unknown_count": unknown["borrowers_count"], "unknown_yuan": unknown["balance_yuan"]}
    if hanging is None:
        return sentence("strengths_none", **told)
    return sentence(
        "strengths", borrowers_count=hanging["borrowers_count"], balance_yuan=hanging["balance_yuan"], **told
    )


def strengths_decision(counts: pd.DataFrame) -> Sentence:
    """Say under what lending to those who hang on a core stands."""
    alone = counts.loc[counts["standing"] == "stands_alone", "borrowers_count"].sum()
    return sentence("strengths_decision", borrowers_count=alone)


def match_thresholds(tests: pd.DataFrame, *, gap_share: float) -> Sentence:
    """Say whether the line in use tells bad from good on the past (`trade.match_rules`)."""
    row = tests.loc[(tests["threshold_share"] - gap_share).abs().idxmin()]
    bad = Rate(row["bad_rate"], row["bad_low"], row["bad_high"], row["passing_count"])
    told = {name: row[name] for name in ("threshold_share", "passing_share", "passing_count", "failing_count")}
    return sentence(MATCHES[row["verdict"]], **told, bad_rate=bad)


def match_decision(tests: pd.DataFrame) -> Sentence:
    """Say which line to use from here on."""
    telling = tests[tests["verdict"] == "separates"]
    if telling.empty:
        return sentence("match_decision_keep")
    return sentence("match_decision_use", threshold_share=telling.iloc[0]["threshold_share"])


def supplier_lines(lines: pd.DataFrame) -> Sentence:
    """Say what suppliers' lines add up to, and what bound them (`supply.controls.supplier_lines`)."""
    given = lines[lines["limit_yuan"] > 0]
    bound = int((lines["bound_by"] == "source").sum())
    return sentence("supplier_lines" if len(given) else "supplier_lines_none", suppliers_count=len(lines),
                    sized_count=len(given), limit_yuan=given["limit_yuan"].sum(), source_count=bound)  # fmt: skip


def lines_decision(lines: pd.DataFrame) -> Sentence:
    """Say what would raise most lines."""
    bound = lines["bound_by"].value_counts()
    return sentence("lines_decision", bound_by=bound.index[0] if len(bound) else "unknown")


def coverage(covered: pd.DataFrame) -> Sentence:
    """Say how many suppliers no confirmed programme reaches (`supply.coverages`)."""
    outside = covered["outside_count"].sum()
    if outside == 0:
        return sentence("chain_covered", suppliers_count=covered["suppliers_count"].sum())
    return sentence("chain_coverage", outside_count=outside, suppliers_count=covered["suppliers_count"].sum(),
                    outside_yuan=covered["outside_yuan"].sum())  # fmt: skip


def evidence_left(steps: pd.DataFrame) -> Sentence:
    """Say how many outside programmes pass on evidence, and what took most away."""
    rest = steps.iloc[1:]
    worst = rest.loc[rest["failing_count"].idxmax()]
    return sentence("evidence_left", entering_count=steps.iloc[0]["remaining_count"],
                    remaining_count=steps.iloc[-1]["remaining_count"], rule=worst["rule"],
                    failing_count=worst["failing_count"])  # fmt: skip


def pilot_sizes(pilot: pd.DataFrame) -> Sentence:
    """Say how large the pilot may be and at which default it stops."""
    row = pilot.iloc[0]
    names = ("pilot_count", "pilot_yuan", "stop_count", "needed_count", "passing_count")
    return sentence(PILOTS[row["bound_by"]], **{name: row[name] for name in names})


def early_values(values: pd.DataFrame) -> Sentence:
    """Name the core whose suppliers would gain most from earlier payment (`supply.early_payments`)."""
    known = values.dropna(subset=["value_high_yuan"])
    if known.empty or known["value_high_yuan"].max() <= 0:
        return sentence("early_none")
    row = known.loc[known["value_high_yuan"].idxmax()]
    names = ("core_id", "saved_days", "target_days", "value_low_yuan", "value_high_yuan")
    return sentence("early_value", **{name: row[name] for name in names})


def joint_counts(counts: pd.DataFrame) -> Sentence:
    """Say how many counterparties are borrowers, other customers, unknown, and whom we may approach."""
    sums = (
        counts.groupby("stands")["counterparties_count"].sum().reindex(["borrower", "account", "customer", "unknown"])
    )
    named = {f"{name}_count": int(value) for name, value in sums.fillna(0).items()}
    free = counts[counts["stands"].isin(["account", "customer"])]
    return sentence("joint_counts", **named, reachable_count=free["reachable_count"].sum())


def shared_margins(shared: pd.DataFrame) -> Sentence:
    """Say what both lines of business would earn together, low and high, and who books what."""
    sums = shared.groupby("case")[["margin_yuan", "corporate_yuan", "small_yuan"]].sum()
    low, high = sums.loc["low"], sums.loc["high"]
    return sentence("shared_margins", low_yuan=low["margin_yuan"], high_yuan=high["margin_yuan"],
                    corporate_yuan=high["corporate_yuan"], small_yuan=high["small_yuan"])  # fmt: skip


def joint_decision(caps: pd.DataFrame) -> Sentence:
    """Say who watches the core, who stops lending, and under which one cap."""
    row = caps.iloc[0]
    return sentence("joint_decision", core_id=row["core_id"], proposed_cap_yuan=row["proposed_cap_yuan"])


def scene(points: pd.DataFrame, *, part: str = "answer") -> Sentence:
    """Say how many points of a scene are past their line, and for which source most are; or what is decided."""
    if part == "decision":
        return scene_decision(points)
    failing = points[points["state"] == "past"]
    open_count = int(points["state"].isin(["ask", "unknown"]).sum())
    if failing.empty:
        return sentence("scene_holds", open_count=open_count, points_count=len(points))
    worst = failing["source_id"].value_counts(sort=True).index[0]
    return sentence("scene_fails", failing_count=len(failing), points_count=len(points), source_id=worst,
                    open_count=open_count)  # fmt: skip


def scene_decision(points: pd.DataFrame) -> Sentence:
    """Say what is done first, and that each point's own line overturns it."""
    failing = points[points["state"] == "past"]
    if failing.empty:
        return sentence("scene_decision_go")
    return sentence("scene_decision_fix", point=failing["point"].drop_duplicates().to_list())


def opportunity(verdicts: pd.DataFrame) -> Sentence:
    """Say which scenes are worth a design on their whole range (`steps.opportunities`)."""
    worth = verdicts.loc[verdicts["action"] == "do", "core_id"].to_list()
    if worth:
        row = verdicts[verdicts["action"] == "do"].iloc[0]
        return sentence(
            "opportunity_do", core_id=worth, low_yuan=row["result_low_yuan"], high_yuan=row["result_high_yuan"]
        )
    row = verdicts.loc[verdicts["result_high_yuan"].idxmax()]
    key = "opportunity_wait" if row["action"] == "wait" else "opportunity_stop"
    return sentence(key, core_id=row["core_id"], low_yuan=row["result_low_yuan"], high_yuan=row["result_high_yuan"])


def opportunity_decision(verdicts: pd.DataFrame) -> Sentence:
    """Say the need at which the best scene earns its cost."""
    known = verdicts.dropna(subset=["break_even_yuan"])
    if known.empty:
        return sentence("opportunity_never")
    row = known.loc[known["break_even_yuan"].idxmin()]
    return sentence("opportunity_turn", core_id=row["core_id"], break_even_yuan=row["break_even_yuan"])


def design_log(log: pd.DataFrame) -> Sentence:
    """Say how far a product's design has come by its log (`steps.logs`)."""
    if log.empty:
        return sentence("design_log_none")
    row = log.iloc[-1]
    stale = int((log.drop_duplicates("step", keep="last")["evidence_state"] != "as_recorded").sum())
    return sentence("design_log", steps_count=log["step"].nunique(), step=row["step"], action=row["action"],
                    stale_count=stale)  # fmt: skip


VERDICTS = {
    "strengths": strengths, "strengths_decision": strengths_decision, "match_thresholds": match_thresholds,
    "match_decision": match_decision, "supplier_lines": supplier_lines, "lines_decision": lines_decision,
    "coverage": coverage, "evidence_left": evidence_left, "pilot_sizes": pilot_sizes, "early_values": early_values,
    "joint_counts": joint_counts, "shared_margins": shared_margins, "joint_decision": joint_decision,
    "scene_hospital": scene, "scene_infrastructure": scene, "scene_market": scene, 
    "opportunity": opportunity, "opportunity_decision": opportunity_decision, "design_log": design_log,
}  # fmt: skip
