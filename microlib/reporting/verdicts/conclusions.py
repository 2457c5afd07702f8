"""The one-page conclusions: what the branch does, what a product's committee is asked, what few members prove."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.verdicts.prices import typical_size
from microlib.reporting.verdicts.sentences import Sentence, sentence

ACTIONS = ("do", "stop", "wait")


def decisions(chosen: pd.DataFrame) -> list[Sentence]:
    """Say the decisions of page 1 in one heading (columns as `cards.COLUMNS`)."""
    if chosen.empty:
        return [sentence("decisions_none")]
    rows = [row for action in ACTIONS for _, row in chosen[chosen["action"] == action].iterrows()]
    return [_decision(row) for row in rows]


def _decision(row: pd.Series) -> Sentence:
    told = {"segment": row["segment"], "step": row["step"]}
    if pd.isna(row["amount_yuan"]):
        return sentence(f"decision_{row['action']}_open", **told)
    return sentence(f"decision_{row['action']}", **told, amount_yuan=row["amount_yuan"])


def product_conclusion(
    volume: pd.DataFrame, *, floors: pd.DataFrame, stops: pd.DataFrame, quantiles: pd.DataFrame | None = None
) -> Sentence:
    """Say whether the pilot may start, on price, demand and stop rules together.

    Parameters
    ----------
    volume, floors, stops : DataFrame
        Results of `design.volumes.expected_volume`, `design.prices.price_floors`, `design.volumes.evaluate_stop_rules`.
    quantiles : DataFrame, optional
        Result of `design.limits.limit_quantiles`: the price is judged at the size nearest the median line.
    """
    floors = typical_size(floors, quantiles)
    mean, other = floors[floors["pd_case"] == "mean"].iloc[0], floors[floors["pd_case"] != "mean"]
    low, high = volume.iloc[0], volume.iloc[-1]
    values = {"low_yuan": low["volume_yuan"], "high_yuan": high["volume_yuan"], "high_loss_yuan": high["loss_yuan"]}
    if high["customers_count"] == 0:
        sized = high.get("sized_count", 0)
        return sentence("product_few", sized_count=sized) if sized else sentence("product_no_demand")
    if mean["margin_rate"] < 0:
        return sentence("product_price_short", yearly_rate=mean["yearly_rate"], floor_rate=mean["floor_taxed_rate"],
                        margin_rate=mean["margin_rate"])  # fmt: skip
    if (stops["state"] == "fires").any():
        return sentence("product_stopped", rule=list(stops.loc[stops["state"] == "fires", "rule"]))
    return sentence("product_small" if (other["margin_rate"] < 0).any() else "product_go", **values)


def shared_source_bound(bounds: pd.DataFrame) -> list[Sentence]:
    """Say the upper bound of a group's bad rate, as independent trials and as members of one source.

    Parameters
    ----------
    bounds : DataFrame
        One row per group: ``segment, bad_count, total_count, upper_share`` and, where its members share a source,
        ``correlated_upper_share`` with ``correlation``.
    """
    said = [_bound(row) for _, row in bounds.iterrows()]
    shared = bounds["correlated_upper_share"].notna().any()
    return [*said, sentence("never_stopped")] if shared else said


def _bound(row: pd.Series) -> Sentence:
    names = ["segment", "bad_count", "total_count", "upper_share"]
    shared = pd.notna(row["correlated_upper_share"])
    values = {name: row[name] for name in [*names, *(["correlated_upper_share"] if shared else [])]}
    return sentence("bound_shared" if shared else "bound_alone", **values)


VERDICTS = {
    "decisions": decisions,
    "product_conclusion": product_conclusion,
    "shared_source_bound": shared_source_bound,
}
