"""What a product's committee is asked to decide: at most three things with money, owner, date and what overturns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd

from microlib.contracts.policies import DecisionsPolicy
from microlib.contracts.products import Product
from microlib.design.decisions import MOST, decision_frame

#: what a stop rule's action means for new lending
ACTIONS = {"stop_new_lending": "stop", "pause_and_review": "wait", "cut_limits": "do"}
OTHER_SIDE = {"above": "below", "below": "above"}


def pilot_results(
    limits: pd.DataFrame, volume: pd.DataFrame, floors: pd.DataFrame, stops: pd.DataFrame, margins: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Gather under their names the results that decisions on a pilot rest on (see `pilot_decisions`)."""
    return {"limits": limits, "volume": volume, "floors": floors, "stops": stops, "margins": margins}


def pilot_decisions(
    results: Mapping[str, pd.DataFrame],
    *,
    figures: Mapping[str, float],
    product: Product,
    policy: DecisionsPolicy,
    as_of: date,
) -> pd.DataFrame:
    """Propose what to decide on a product: fired stop rules first, then the pilot, small lines, missing evidence.

    Parameters
    ----------
    results : mapping of frames
        Result of `pilot_results`: ``limits`` (`limits.size_limits`), ``volume`` (`volumes.expected_volume`), ``floors``
        (`prices.price_floors` at the typical size), ``stops`` (`volumes.evaluate_stop_rules`), ``margins``
        (`line_margins.margin_summary`). None is modified.
    figures : mapping
        Result of `watches.gathered_figures`: what a stop of the worst source would cost.
    product : Product
        Whose decision it is.
    policy : DecisionsPolicy
        Days until each is due.
    as_of : date

    Returns
    -------
    DataFrame
        At most three rows, ``decisions.COLUMNS``. ``segment`` is the product's code; ``step`` and ``owner`` of a fired
        stop rule are the rule's code. The cost of not cutting a source is the pilot's loss if it stops; of not
        piloting, the margin over the floor that the low case would earn in a year; of small lines, their shortfall; of
        the rest it is missing.
    """
    volume, stops = results["volume"], results["stops"]
    fired = stops[stops["state"] == "fires"]
    high = volume.iloc[-1]
    dates = {name: pd.Timestamp(as_of + timedelta(days=getattr(policy, f"{name}_days"))) for name in
             ("stop", "design", "confirm")}  # fmt: skip
    made = {"amount_yuan": high["volume_yuan"] or results["limits"]["existing_yuan"].sum(), "due_date": dates["stop"]}
    rows = [{**made, **_fired(rule, figures=figures)} for _, rule in fired.iterrows()]
    if fired.empty:
        rows.append(_pilot(results, due=dates["design"]))
    rows += _small_lines(results["margins"].iloc[0], due=dates["design"])
    if high["customers_count"] or fired["rule"].size:
        rows += _evidence(results["limits"], due=dates["confirm"])
    return decision_frame([{"segment": product.code, **row} for row in rows[:MOST]])


def pilot_sources(sources: pd.DataFrame, *, volume: pd.DataFrame) -> pd.DataFrame:
    """Scale the loss if a source stops down to what the pilot lends in its high case, shares of sources unchanged.

    Parameters
    ----------
    sources : DataFrame
        Result of `volumes.worst_sources`, over all sized lines. Not modified.
    volume : DataFrame
        Result of `volumes.expected_volume`.

    Returns
    -------
    DataFrame
        `sources` with ``limit_yuan, loss_low_yuan, loss_high_yuan`` of the pilot.

    Examples
    --------
    >>> sources = pd.DataFrame({"source_id": ["H01"], "limit_yuan": [4e6], "limit_share": [0.5],
    ...                         "loss_low_yuan": [4e5], "loss_high_yuan": [1e6]})
    >>> volume = pd.DataFrame({"case": ["high"], "volume_yuan": [2e6], "sized_yuan": [8e6]})
    >>> pilot_sources(sources, volume=volume)["loss_high_yuan"].item()
    250000.0
    """
    high = volume[volume["case"] == "high"].iloc[0]
    part = high["volume_yuan"] / high["sized_yuan"] if high["sized_yuan"] else 0.0
    return sources.assign(**{name: sources[name] * part for name in ("limit_yuan", "loss_low_yuan", "loss_high_yuan")})


def _fired(rule: pd.Series, *, figures: Mapping[str, float]) -> dict[str, Any]:
    cost = figures.get("worst_source_loss_yuan") if rule["watched"].startswith("worst_source") else None
    head = {"action": ACTIONS[rule["action"]], "step": rule["rule"], "owner": rule["rule"], "waiting_cost_yuan": cost}
    return {**head, **_turn(rule["watched"], OTHER_SIDE[rule["test"]], rule["trigger_value"])}


def _pilot(results: Mapping[str, pd.DataFrame], *, due: pd.Timestamp) -> dict[str, Any]:
    low, high, floors = results["volume"].iloc[0], results["volume"].iloc[-1], results["floors"]
    made = {"due_date": due, "amount_yuan": high["volume_yuan"], "owner": "branch_head"}
    if high["customers_count"] == 0:
        return {**made, **_nobody(results["limits"], sized=high["sized_count"])}
    margin = float(floors.loc[floors["pd_case"] == "mean", "margin_rate"].iloc[0])
    if margin < 0:
        turn = ("floor_margin_rate", "above", 0.0)
        return {**made, "action": "wait", "step": "reprice_first", "owner": "product_manager", **_turn(*turn)}
    forgone = low["balance_yuan"] * margin
    return {**made, "action": "do", "step": "start_pilot", "waiting_cost_yuan": forgone,
            **_turn("floor_margin_rate", "below", 0.0)}  # fmt: skip


def _nobody(limits: pd.DataFrame, *, sized: int) -> dict[str, Any]:
    """Wait: for evidence where no line could be sized, for company where the few lines give not one customer."""
    if sized:
        return {"action": "wait", "step": "too_few", **_turn("sized_count", "above", float(sized))}
    held = float(limits["existing_yuan"].sum())
    turn = _turn("to_be_verified_share", "below", 1.0)
    return {"action": "wait", "step": "gather_evidence", "owner": "micro_manager", "amount_yuan": held, **turn}


def _small_lines(margins: pd.Series, *, due: pd.Timestamp) -> list[dict[str, Any]]:
    if not margins["losing_count"] or pd.isna(margins["break_even_yuan"]):
        return []
    return [{"action": "stop", "step": "stop_small_lines", "amount_yuan": margins["losing_yuan"], "due_date": due,
             "owner": "product_manager", "waiting_cost_yuan": margins["shortfall_yuan"],
             **_turn("break_even_yuan", "below", margins["break_even_yuan"])}]  # fmt: skip


def _evidence(limits: pd.DataFrame, *, due: pd.Timestamp) -> list[dict[str, Any]]:
    waiting = limits[limits["reason"] == "to_be_verified"]
    if waiting.empty:
        return []
    return [{"action": "do", "step": "complete_evidence", "amount_yuan": waiting["existing_yuan"].sum(),
             "due_date": due, "owner": "micro_manager", **_turn("to_be_verified_share", "below", 0.0)}]  # fmt: skip


def _turn(measure: str, side: str, value: float) -> dict[str, Any]:
    return {"overturning_measure": measure, "overturning_side": side, "overturning_value": value}
