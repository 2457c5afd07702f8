"""Sentences on what lies beyond a design: stress, pilot allocation, offers, rules and approval, versions."""

from __future__ import annotations

import math

import pandas as pd

from microlib.contracts.product import Product
from microlib.report.sentences import Sentence, rate_of, sentence

#: what a driver varies -> the sentence of its breaking point and the name of its value there
TURNS = {
    "income_share": ("breaks_share", "turning_share"),
    "months": ("breaks_months", "turning_months"),
    "rate_rise": ("breaks_rise", "turning_share"),
}


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
        "scenario": worst["scenario"],
        "lines_count": worst["lines_count"],
        "short_count": worst["short_count"],
        "loss_low_yuan": worst["loss_low_yuan"],
        "loss_high_yuan": worst["loss_high_yuan"],
        "together_yuan": both["loss_high_yuan"],
    }
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
    """Say which quantity matters most, and which not at all (`design.stress`)."""
    first = found.iloc[0]
    if not first["swing_yuan"] > 0:
        return sentence("tornado_flat")
    return sentence(
        "tornado",
        driver=first["driver"],
        loss_at_low_yuan=first["loss_at_low_yuan"],
        loss_at_high_yuan=first["loss_at_high_yuan"],
    )


def breaking_points(found: pd.DataFrame) -> list[Sentence]:
    """Say how far each quantity must turn before a year's margin is lost (`design.stress`)."""
    said = [sentence("year_margin", margin_yuan=found["margin_yuan"].iloc[0])]
    for _, row in found[found["state"] == "breaks"].iterrows():
        key, name = TURNS[row["varies"]]
        said.append(sentence(key, driver=row["driver"], **{name: row["breaking_value"]}))
    for state, key in (("holds", "breaks_holds"), ("broken", "breaks_broken")):
        rows = found.loc[found["state"] == state, "driver"]
        said += [sentence(key, driver=list(rows))] if len(rows) else []
    return said


def cap_frontier(found: pd.DataFrame) -> Sentence:
    """Say what a smaller cap of one line gives up and saves (`design.stress`)."""
    first, last = found.iloc[0], found.iloc[-1]
    if len(found) < 2:
        return sentence("frontier_one", cap_yuan=last["cap_yuan"])
    return sentence(
        "frontier",
        small_yuan=first["cap_yuan"],
        large_yuan=last["cap_yuan"],
        lost_count=last["served_count"] - first["served_count"],
        margin_lost_yuan=last["margin_yuan"] - first["margin_yuan"],
        loss_saved_yuan=last["worst_loss_yuan"] - first["worst_loss_yuan"],
    )


SHIFT = 0.005


def programme(totals: pd.DataFrame, *, rules: pd.DataFrame, spread: pd.DataFrame) -> Sentence:
    """Say how much the best sharing lends, what it earns, and what it does to the heaviest source."""
    row = totals.iloc[0]
    if not row["customers_count"]:
        return sentence("programme_nothing")
    told = {
        "customers_count": row["customers_count"],
        "allocated_yuan": row["allocated_yuan"],
        "profit_yuan": row["profit_yuan"],
    }
    shares = spread[spread.columns[0]]
    named = spread[shares != "none"]
    if named.empty or spread.columns[0] != "source_id":
        return sentence("programme_alone", **told)
    heaviest = named.iloc[0]
    moved = heaviest["moved_share"]
    turned = "programme_heavier" if moved > 0 else "programme_lighter"
    key = "programme_steady" if abs(moved) < SHIFT else turned
    return sentence(
        key,
        source_id=heaviest[spread.columns[0]],
        before_share=heaviest["before_share"],
        after_share=heaviest["after_share"],
        **told,
    )


def programme_rules(rules: pd.DataFrame) -> list[Sentence]:
    """Name the caps that bind, dearest first, with what one more yuan of each would earn."""
    priced = rules[(rules["shadow_rate"] > 0) & (rules["side"] == "at_most")]
    dear = priced.sort_values("shadow_rate", ascending=False, kind="stable").head(2)
    if dear.empty:
        return [sentence("caps_idle")]
    return [
        sentence(
            "cap_binds" if row["key"] else "cap_binds_whole",
            rule=row["rule"],
            source_id=row["key"],
            yuan=row["yuan"],
            extra_yuan=row["shadow_rate"] * 1e4,
        )
        for _, row in dear.iterrows()
    ]


def allocation_methods(found: pd.DataFrame) -> Sentence:
    """Say what the plainest way gives up, and which way rests least on one source (`design.programme`)."""
    rows = found.set_index("split")
    best, equal = rows.loc["most_profit"], rows.loc["equal"]
    values = {
        "best_yuan": best["profit_yuan"],
        "equal_yuan": equal["profit_yuan"],
        "upper_yuan": best["profit_upper_yuan"],
    }
    least = rows.loc["least_source_loss"]
    if pd.isna(best["worst_loss_yuan"]) or least["worst_loss_yuan"] > (1 - SHIFT) * best["worst_loss_yuan"]:
        return sentence("ways_alone", **values)
    return sentence(
        "ways",
        least_yuan=least["worst_loss_yuan"],
        worst_yuan=best["worst_loss_yuan"],
        least_profit_yuan=least["profit_yuan"],
        **values,
    )


def pilot_feasibility(conflicts: pd.DataFrame) -> Sentence:
    """Say whether the whole pilot can be lent, and if not which rules stand against it (`design.programme`)."""
    if conflicts.empty:
        return sentence("wish_kept")
    asked = conflicts[conflicts["side"] == "at_least"]
    if set(conflicts["rule"]) == {"volume_floor", "customer_limits"}:
        return sentence("wish_few", asked_yuan=asked["yuan"].max(), gap_yuan=conflicts["gap_yuan"].iloc[0])
    names = list(dict.fromkeys(conflicts.loc[conflicts["side"] == "at_most", "rule"]))
    return sentence("wish_broken", asked_yuan=asked["yuan"].max(), gap_yuan=conflicts["gap_yuan"].iloc[0], rule=names)


def methods(found: pd.DataFrame) -> Sentence:
    """Say what the product's way of repaying costs beside the cheapest, and whether cash keeps up with each."""
    own, others = found.iloc[0], found.iloc[1:]
    honest = others[others["method"] != "equal_principal_and_interest"]
    cheap = honest.loc[honest["interest_due_yuan"].idxmin()]
    values = {"method": own["method"], "interest_yuan": own["interest_due_yuan"], "eir_rate": own["eir_rate"]}
    if pd.isna(own["cover_ratio"]):
        return sentence("methods_unknown", **values)
    key = "methods_cover" if own["cover_ratio"] >= 1 else "methods_short"
    return sentence(
        key,
        cover_ratio=own["cover_ratio"],
        other_method=cheap["method"],
        other_yuan=cheap["interest_due_yuan"],
        other_ratio=cheap["cover_ratio"],
        **values,
    )


def rate_steps(found: pd.DataFrame) -> Sentence:
    """Say how many basis points a manager could give away before the floor (`design.rates`)."""
    own = found[found["step_points"] == 0].iloc[0]
    points = math.floor(own["margin_rate"] * 1e4 + 1e-6)
    values = {"yearly_rate": own["yearly_rate"], "eva_yuan": own["eva_yuan"]}
    if points < 0:
        return sentence("discount_none", short_points=-points, **values)
    return sentence("discount", room_points=points, **values)


def corridor(found: pd.DataFrame, *, amount_yuan: float) -> Sentence:
    """Say where our rate lies between floor and peers at one size of loan."""
    row = found.loc[(found["amount_yuan"] - amount_yuan).abs().idxmin()]
    values = {"amount_yuan": row["amount_yuan"], "yearly_rate": row["yearly_rate"], "floor_rate": row["floor_rate"]}
    if pd.isna(row["ceiling_rate"]):
        return sentence("corridor_open", **values)
    key = "corridor_shape" if row["is_synthetic"] else "corridor"
    return sentence(key, state=row["state"], ceiling_rate=row["ceiling_rate"], peers_count=row["peers_count"], **values)


def selling_points(points: pd.DataFrame) -> list[Sentence]:
    """Say what may be claimed, what only looks better than invented peers, and where we are behind."""
    asked = points[points["finding"] != "not_offered"]
    allowed = list(dict.fromkeys(asked.loc[asked["is_allowed"], "measure"]))
    shape = list(dict.fromkeys(asked.loc[(asked["finding"] == "best") & ~asked["is_allowed"], "measure"]))
    behind = list(dict.fromkeys(asked.loc[asked["finding"] == "behind", "measure"]))
    said = [sentence("claims", measure=allowed)] if allowed else [sentence("claims_none")]
    said += [sentence("claims_shape", measure=shape)] if shape else []
    return said + ([sentence("claims_behind", measure=behind)] if behind else [])


def dominated(found: pd.DataFrame, *, product: Product) -> Sentence:
    """Say whether some offer beats ours outright under some use (`design.peers`)."""
    over = found[found["beats_id"] == product.code]
    if over.empty:
        return sentence("beaten_never")
    return sentence("beaten", usage=list(dict.fromkeys(over["usage"])), offer_id=list(dict.fromkeys(over["offer_id"])))


def rules(checked: pd.DataFrame) -> Sentence:
    """Say whether a rule is broken, and how many nobody has confirmed (`design.rules`)."""
    counts = checked["state"].value_counts()
    failed = list(checked.loc[checked["state"] == "fail", "id"])
    asked = len(checked) - int(counts.get("not_applicable", 0)) - int(counts.get("not_in_force", 0))
    values = {
        "asked_count": asked,
        "unknown_count": int(counts.get("unknown", 0)),
        "unverified_count": int(counts.get("unverified_pass", 0)),
    }
    if failed:
        return sentence("rules_broken", id=failed, **values)
    return sentence("rules_kept", **values)


def rules_waiting(checked: pd.DataFrame) -> list[Sentence]:
    """Say which rules wait for a person and which for a figure, and what begins later."""
    open_rules = checked[checked["state"] == "unknown"]
    by_hand = int((open_rules["evidence"] == "person").sum())
    lacking = list(open_rules.loc[open_rules["evidence"] != "person", "id"])
    later = list(checked.loc[checked["state"] == "not_in_force", "id"])
    said = [sentence("rules_by_hand", rules_count=by_hand)] if by_hand else []
    said += [sentence("rules_lacking", id=lacking)] if lacking else []
    return said + ([sentence("rules_later", id=later)] if later else [])


def protections(found: pd.DataFrame) -> Sentence:
    """Say how many of the customer's protections stand, and which do not (`design.rules`)."""
    broken = list(found.loc[found["state"] == "fail", "principle"])
    if broken:
        return sentence("protections_broken", principle=broken)
    open_ones = list(found.loc[found["state"] == "unknown", "principle"])
    if open_ones:
        return sentence("protections_open", principles_count=len(found), principle=open_ones)
    return sentence("protections_hold", principles_count=len(found))


def failure_modes(modes: pd.DataFrame) -> list[Sentence]:
    """Say which failures show today, which costs most, and which nobody watches (`design.pre_mortem`)."""
    asked = modes[modes["state"] != "not_applicable"]
    firing = list(asked.loc[asked["state"] == "fires", "mode"])
    known = asked.dropna(subset=["loss_yuan"]).sort_values("loss_yuan", ascending=False, kind="stable")
    unwatched = int(((asked["watched"] != "") & ~asked["is_covered"]).sum())
    quiet = "modes_quiet" if (asked["state"] == "holds").any() else "modes_unjudged"
    said = [sentence("modes_fire", mode=firing) if firing else sentence(quiet, modes_count=len(asked))]
    if len(known):
        said.append(sentence("modes_dearest", mode=known["mode"].iloc[0], loss_yuan=known["loss_yuan"].iloc[0]))
    return [*said, sentence("modes_unwatched", modes_count=unwatched)] if unwatched else said


def precision(found: pd.DataFrame) -> list[Sentence]:
    """Say what the pilot can prove: the bound with no bad loan, and the number of bad ones that refutes the price."""
    none, last = found.iloc[0], found.iloc[-1]
    values = {
        "total_count": none["total_count"],
        "upper_share": none["upper_share"],
        "break_even_rate": none["break_even_rate"],
    }
    if none["break_even_rate"] <= 0:
        return [sentence("precision_no_margin", **values)]
    key = "precision_confirms" if none["finding"] == "confirms" else "precision_cannot"
    said = [sentence(key, needed_count=none["needed_count"], **values)]
    return [*said, sentence("precision_refutes", bad_count=last["bad_count"])] if last["finding"] == "refutes" else said


def checklist(found: pd.DataFrame) -> Sentence:
    """Say how many items are answered, and how many block (`design.checklist`)."""
    yes, blocking = int((found["answer"] == "yes").sum()), int(found["blocks"].sum())
    people = int((found["blocks"] & (found["answer"] == "open")).sum())
    values = {"items_count": len(found), "answered_count": yes, "blocks_count": blocking}
    return (
        sentence("checklist_blocked", open_count=people, **values)
        if blocking
        else sentence("checklist_clear", **values)
    )


def checklist_open(found: pd.DataFrame) -> list[Sentence]:
    """Name what blocks: items answered by no, and items that a person answers."""
    stops = found[found["blocks"]]
    answers = {"checklist_no": "no", "checklist_unknown": "unknown", "checklist_open": "open"}
    parts = {key: stops[stops["answer"] == answer] for key, answer in answers.items()}
    said = [sentence(key, item=list(rows["item"])) for key, rows in parts.items() if len(rows)]
    return said or [sentence("checklist_ready")]


def signatures(found: pd.DataFrame) -> Sentence:
    """Say who must sign."""
    return sentence(
        "signatures",
        role=list(found.loc[found["items_count"] > 0, "role"]),
        lines_count=int(found["lines_count"].sum()),
    )


#: what replay found of all rules together -> its sentence
REPLAYED = {"separates": "replay_separates", "inverts": "replay_inverts", "cannot_say": "replay_cannot_say"}


def versions(log: pd.DataFrame, *, changes: pd.DataFrame) -> Sentence:
    """Say which version is in force and what it changed (`design.versions`)."""
    now = log.iloc[-1]
    if changes.empty:
        return sentence("version_first", version_number=now["version"])
    told = _once(changes)
    unexplained = int((told["reason_zh"] == "").sum())
    counts = told["effect"].value_counts()
    values = {
        "version_number": now["version"],
        "against": str(changes["against"].iloc[0]),
        "changes_count": len(told),
        "widening_count": int(counts.get("widens", 0)),
        "narrowing_count": int(counts.get("narrows", 0)),
    }
    if unexplained:
        return sentence("version_unexplained", unexplained_count=unexplained, **values)
    return sentence("version_changed", **values)


def proposals(waiting: pd.DataFrame) -> Sentence:
    """Say how many proposals lie on the table (`design.versions`)."""
    if waiting.empty:
        return sentence("proposals_none")
    told = _once(waiting)
    counts = told["effect"].value_counts()
    proposed = waiting["proposal"].nunique()
    wider, narrower = (int(counts.get(effect, 0)) for effect in ("widens", "narrows"))
    return sentence(
        "proposals", proposals_count=proposed, changes_count=len(told), widening_count=wider, narrowing_count=narrower
    )


def replay(found: pd.DataFrame) -> list[Sentence]:
    """Say what today's access rules would have done to loans already granted (`design.replay`)."""
    whole, each = found.iloc[0], found.iloc[1:]
    untried = list(each.loc[each["finding"] == "not_replayed", "rule"])
    more = [sentence("replay_untried", rule=untried)] if untried else []
    if not whole["refused_count"]:
        return [
            sentence("replay_nobody", observed_count=whole["observed_count"], bad_count=whole["kept_bad_count"]),
            *more,
        ]
    said = sentence(
        REPLAYED[whole["finding"]],
        observed_count=whole["observed_count"],
        refused_count=whole["refused_count"],
        refused_bad_rate=rate_of(whole, "refused_bad_rate"),
        kept_bad_rate=rate_of(whole, "kept_bad_rate"),
        refused_good_count=whole["refused_good_count"],
    )
    return [said, *more]


def _once(changes: pd.DataFrame) -> pd.DataFrame:
    """Count a wording that changed in both languages once."""
    return changes[~changes["place"].str.endswith(".en")]


VERDICTS = {
    "scenarios": scenarios,
    "unreached": unreached,
    "tornado": tornado,
    "breaking_points": breaking_points,
    "cap_frontier": cap_frontier,
    "programme": programme,
    "programme_rules": programme_rules,
    "ways": allocation_methods,
    "wish": pilot_feasibility,
    "methods": methods,
    "rate_steps": rate_steps,
    "corridor": corridor,
    "selling_points": selling_points,
    "dominated": dominated,
    "rules": rules,
    "rules_waiting": rules_waiting,
    "protections": protections,
    "failure_modes": failure_modes,
    "precision": precision,
    "checklist": checklist,
    "checklist_open": checklist_open,
    "signatures": signatures,
    "versions": versions,
    "proposals": proposals,
    "replay": replay,
}
