"""Figures that answer the items of the approval checklist, from a design's own results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd


def answer_figures(found: Mapping[str, Any]) -> dict[str, float]:
    """Turn a design's results into the figures that the checklist asks for; what is absent is left open.

    Parameters
    ----------
    found : mapping
        Frames by name: ``screened, not_served, limits, rules, changes, stop_rules, failure_modes, cost,
        selling_points``, and ``figures`` (dict). Not modified.

    Returns
    -------
    dict
        Value by measure of ``contracts.approvals``.
    """
    makers = {
        "screened": _served, "not_served": _excluded, "limits": _sized, "rules": _ruled, "changes": _changed,
        "stop_rules": _stopped, "failure_modes": _failing, "cost": _costed, "selling_points": _claimed,
    }  # fmt: skip
    answers: dict[str, float] = {}
    for name, maker in makers.items():
        if isinstance(found.get(name), pd.DataFrame):
            answers |= maker(found[name])
    figures = found.get("figures", {})
    kept = ("floor_margin_rate", "to_be_verified_share", "worst_source_loss_share")
    answers |= {name: figures[name] for name in kept if name in figures}
    if "sources" in found and not len(found["sources"]):
        answers["worst_source_loss_share"] = 0.0
    return {name: float(value) for name, value in answers.items() if not pd.isna(value)}


def _served(screened: pd.DataFrame) -> dict:
    return {"members_count": len(screened), "eligible_count": (screened["outcome"] == "eligible").sum()}


def _excluded(listed: pd.DataFrame) -> dict:
    return {"exclusions_count": len(listed)}


def _sized(limits: pd.DataFrame) -> dict:
    return {"sized_count": (limits["limit_yuan"] > 0).sum()}


def _ruled(rules: pd.DataFrame) -> dict:
    names = {
        "fail": "rules_failed_count",
        "unknown": "rules_unknown_count",
        "unverified_pass": "rules_unverified_count",
    }
    return {name: (rules["state"] == state).sum() for state, name in names.items()}


def _changed(changes: pd.DataFrame) -> dict:
    return {"changes_unexplained_count": (changes["reason_zh"] == "").sum()}


def _stopped(stops: pd.DataFrame) -> dict:
    names = {"fires": "stop_rules_firing_count", "unknown": "stop_rules_unknown_count"}
    return {name: (stops["state"] == state).sum() for state, name in names.items()}


def _failing(modes: pd.DataFrame) -> dict:
    asked = modes[modes["state"] != "not_applicable"]
    return {
        "modes_unwatched_count": ((asked["watched"] != "") & ~asked["is_covered"]).sum(),
        "modes_unknown_loss_count": (asked["loss_state"] == "unknown").sum(),
    }


def _costed(cost: pd.DataFrame) -> dict:
    return {"stated_cost_rate": cost.set_index("scope").loc["borrower", "eir_rate"]}


def _claimed(points: pd.DataFrame) -> dict:
    return {"claims_unproven_count": ((points["finding"] == "best") & ~points["is_allowed"]).sum()}
