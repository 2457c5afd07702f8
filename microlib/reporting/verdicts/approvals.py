"""What rules, failure modes and the checklist say: what is broken, what nobody confirmed, what blocks, who signs."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.verdicts.sentences import Sentence, sentence


def rules(checked: pd.DataFrame) -> Sentence:
    """Say whether a rule is broken, and how many nobody has confirmed (`design.rules.checks`)."""
    counts = checked["state"].value_counts()
    failed = list(checked.loc[checked["state"] == "fail", "id"])
    asked = len(checked) - int(counts.get("not_applicable", 0)) - int(counts.get("not_in_force", 0))
    values = {"asked_count": asked, "unknown_count": int(counts.get("unknown", 0)),
              "unverified_count": int(counts.get("unverified_pass", 0))}  # fmt: skip
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
    """Say how many of the customer's protections stand, and which do not (`design.rules.protections`)."""
    broken = list(found.loc[found["state"] == "fail", "principle"])
    if broken:
        return sentence("protections_broken", principle=broken)
    open_ones = list(found.loc[found["state"] == "unknown", "principle"])
    if open_ones:
        return sentence("protections_open", principles_count=len(found), principle=open_ones)
    return sentence("protections_hold", principles_count=len(found))


def failure_modes(modes: pd.DataFrame) -> list[Sentence]:
    """Say which failures show today, which costs most, and which nobody watches (`design.failures.premortems`)."""
    asked = modes[modes["state"] != "not_applicable"]
    firing = list(asked.loc[asked["state"] == "fires", "mode"])
    known = asked.dropna(subset=["loss_yuan"]).sort_values("loss_yuan", ascending=False, kind="stable")
    unwatched = int(((asked["watched"] != "") & ~asked["is_covered"]).sum())
    said = [sentence("modes_fire", mode=firing) if firing else sentence("modes_quiet", modes_count=len(asked))]
    if len(known):
        said.append(sentence("modes_dearest", mode=known["mode"].iloc[0], loss_yuan=known["loss_yuan"].iloc[0]))
    return [*said, sentence("modes_unwatched", modes_count=unwatched)] if unwatched else said


def precision(found: pd.DataFrame) -> list[Sentence]:
    """Say what the pilot can prove: the bound with no bad loan, and the number of bad ones that refutes the price."""
    none, last = found.iloc[0], found.iloc[-1]
    values = {"total_count": none["total_count"], "upper_share": none["upper_share"],
              "break_even_rate": none["break_even_rate"]}  # fmt: skip
    if none["break_even_rate"] <= 0:
        return [sentence("precision_no_margin", **values)]
    key = "precision_confirms" if none["finding"] == "confirms" else "precision_cannot"
    said = [sentence(key, needed_count=none["needed_count"], **values)]
    return [*said, sentence("precision_refutes", bad_count=last["bad_count"])] if last["finding"] == "refutes" else said


def checklist(found: pd.DataFrame) -> Sentence:
    """Say how many items are answered, and how many block (`design.checklist`)."""
    yes, blocking = int((found["answer"] == "yes").sum()), int(found["blocks"].sum())
    values = {"items_count": len(found), "answered_count": yes}
    return sentence("checklist_blocked" if blocking else "checklist_clear", blocks_count=blocking, **values)


def checklist_open(found: pd.DataFrame) -> list[Sentence]:
    """Name what blocks: items answered by no, and items that a person answers."""
    stops = found[found["blocks"]]
    parts = {"checklist_no": stops[stops["answer"] == "no"], "checklist_open": stops[stops["answer"] == "open"]}
    said = [sentence(key, item=list(rows["item"])) for key, rows in parts.items() if len(rows)]
    return said or [sentence("checklist_ready")]


def signatures(found: pd.DataFrame) -> Sentence:
    """Say who must sign."""
    return sentence("signatures", role=list(found.loc[found["items_count"] > 0, "role"]),
                    lines_count=int(found["lines_count"].sum()))  # fmt: skip


VERDICTS = {
    "rules": rules, "rules_waiting": rules_waiting, "protections": protections, "failure_modes": failure_modes,
    "precision": precision, "checklist": checklist, "checklist_open": checklist_open, "signatures": signatures,
}  # fmt: skip
