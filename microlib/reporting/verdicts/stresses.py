"""What stress says: the worst scenario and the worst two together, what matters most, what loses a year's margin."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.verdicts.sentences import Sentence, sentence

#: what a driver varies -> the sentence of its breaking point and the name of its value there
TURNS = {"income_share": ("breaks_share", "turning_share"), "months": ("breaks_months", "turning_months"),
         "rate_rise": ("breaks_rise", "turning_share")}  # fmt: skip


def scenarios(found: pd.DataFrame) -> Sentence:
    """Say which single scenario costs most, and what the worst two together cost (`design.stress.losses`)."""
    single = found.iloc[1:-1]
    known = single[single["state"] == "computed"].sort_values("loss_high_yuan", ascending=False, kind="stable")
    both = found.iloc[-1]
    if known.empty:
        return sentence("stress_unknown", unknown_count=int(single["unknown_count"].max()))
    worst = known.iloc[0]
    if not worst["loss_high_yuan"] > 0:
        return sentence("stress_none", lines_count=worst["lines_count"], scenarios_count=len(known))
    values = {
        "scenario": worst["scenario"], "lines_count": worst["lines_count"], "short_count": worst["short_count"],
        "loss_low_yuan": worst["loss_low_yuan"], "loss_high_yuan": worst["loss_high_yuan"],
        "together_yuan": both["loss_high_yuan"],
    }  # fmt: skip
    if pd.isna(worst["margins_ratio"]):
        return sentence("stress_worst_no_margin", **values)
    return sentence("stress_worst", margins_ratio=worst["margins_ratio"], **values)


def unreached(found: pd.DataFrame) -> Sentence:
    """Say which scenarios reach nobody, and how many lines lack the evidence to be tested."""
    idle = list(found.loc[found["state"] == "not_applicable", "scenario"])
    blind = int(found["unknown_count"].max())
    if not idle:
        return sentence("stress_all_reach", unknown_count=blind)
    return sentence("stress_unreached", scenario=idle, unknown_count=blind)


def tornado(found: pd.DataFrame) -> Sentence:
    """Say which quantity matters most, and which not at all (`design.stress.drivers`)."""
    first = found.iloc[0]
    if not first["swing_yuan"] > 0:
        return sentence("tornado_flat")
    return sentence("tornado", driver=first["driver"], loss_at_low_yuan=first["loss_at_low_yuan"],
                    loss_at_high_yuan=first["loss_at_high_yuan"])  # fmt: skip


def breaking_points(found: pd.DataFrame) -> list[Sentence]:
    """Say how far each quantity must turn before a year's margin is lost (`design.stress.drivers`)."""
    said = [sentence("year_margin", margin_yuan=found["margin_yuan"].iloc[0])]
    for _, row in found[found["state"] == "breaks"].iterrows():
        key, name = TURNS[row["varies"]]
        said.append(sentence(key, driver=row["driver"], **{name: row["breaking_value"]}))
    for state, key in (("holds", "breaks_holds"), ("broken", "breaks_broken")):
        rows = found.loc[found["state"] == state, "driver"]
        said += [sentence(key, driver=list(rows))] if len(rows) else []
    return said


def cap_frontier(found: pd.DataFrame) -> Sentence:
    """Say what a smaller cap of one line gives up and saves (`design.stress.frontiers`)."""
    first, last = found.iloc[0], found.iloc[-1]
    if len(found) < 2:
        return sentence("frontier_one", cap_yuan=last["cap_yuan"])
    return sentence("frontier", small_yuan=first["cap_yuan"], large_yuan=last["cap_yuan"],
                    lost_count=last["served_count"] - first["served_count"],
                    margin_lost_yuan=last["margin_yuan"] - first["margin_yuan"],
                    loss_saved_yuan=last["worst_loss_yuan"] - first["worst_loss_yuan"])  # fmt: skip


VERDICTS = {"scenarios": scenarios, "unreached": unreached, "tornado": tornado, "breaking_points": breaking_points,
            "cap_frontier": cap_frontier}  # fmt: skip
