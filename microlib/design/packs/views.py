"""Results of a design cut down to what a page shows, and the names that its codes bear in the files of terms."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from microlib.design.failures.premortems import read_modes
from microlib.design.packs.checklists import read_items
from microlib.design.peers.branches import peer_titles, usage_titles
from microlib.design.rules.checks import STATES, read_rules

__all__ = ["asked_rules", "claim_view", "item_titles", "matrix_view", "mode_titles", "peer_titles", "replay_view",
           "rule_numbers", "signing_view",
           "telling_caps", "usage_titles"]  # fmt: skip

#: what an offer is under every use alike
ALIKE = ("fees_yuan", "max_amount_yuan", "max_term_months", "approval_days", "needs_security")
CLAIM = ["usage", "measure", "own_value", "best_peer_value", "best_peer_id", "finding", "is_allowed"]
CAP = ["rule", "key", "yuan", "used_yuan", "room_yuan", "shadow_rate"]


def rule_numbers(home: Any, *, as_of: date) -> dict[str, dict[str, str]]:
    """Return the numbers of the rules under themselves, so that none is taken for another code."""
    return {each.terms.id: {"zh": each.terms.id, "en": each.terms.id} for each in read_rules(home, as_of=as_of)}


def replay_view(replayed: pd.DataFrame) -> pd.DataFrame:
    """Keep all rules together and each rule that would have refused somebody.

    Parameters
    ----------
    replayed : DataFrame
        Result of `rules.replays.replay_access`. Not modified.
    """
    return replayed[(replayed["rule"] == "all") | (replayed["refused_count"] > 0)].reset_index(drop=True)


def mode_titles(home: Any, *, as_of: date) -> dict[str, dict[str, str]]:
    """Return what each failure mode is called, by its code."""
    return _titles(read_modes(home, as_of=as_of))


def item_titles(home: Any, *, as_of: date) -> dict[str, dict[str, str]]:
    """Return what each item of the approval checklist is called, by its code."""
    return _titles(read_items(home, as_of=as_of))


def asked_rules(rules: pd.DataFrame) -> pd.DataFrame:
    """Keep the rules that a product must keep now or later; those that are not for it are left out.

    Examples
    --------
    >>> asked_rules(pd.DataFrame({"state": ["fail", "not_applicable"]}))["state"].to_list()
    ['fail']
    """
    return rules[rules["state"].isin(STATES) & (rules["state"] != "not_applicable")].reset_index(drop=True)


def matrix_view(matrix: pd.DataFrame) -> pd.DataFrame:
    """Keep of the cost matrix the offer, when it was seen, whether it is invented, and the rate under each use."""
    rates = [name for name in matrix.columns if name.endswith("_rate")]
    return matrix[["offer_id", *rates, "seen_date", "is_synthetic"]]


def claim_view(points: pd.DataFrame) -> pd.DataFrame:
    """Show costs under each use that we serve, and once what does not change with use.

    Parameters
    ----------
    points : DataFrame
        Result of `peers.comparisons.selling_points`. Not modified.
    """
    offered = points[points["finding"] != "not_offered"]
    alike = offered["measure"].isin(ALIKE)
    once = offered[alike].drop_duplicates("measure").assign(usage="all")
    return pd.concat([offered[~alike], once], ignore_index=True)[CLAIM]


def telling_caps(rules: pd.DataFrame) -> pd.DataFrame:
    """Keep the caps of the whole programme and those that bind, dearest first."""
    told = rules[(rules["scope"] == "programme") | (rules["shadow_rate"] != 0)]
    return told.sort_values("shadow_rate", ascending=False, kind="stable")[CAP].reset_index(drop=True)


def signing_view(signatures: pd.DataFrame) -> pd.DataFrame:
    """Leave room for a name and a day behind each role that signs."""
    return signatures.drop(columns="open_count").assign(signature="", signed_on="")


def _titles(written: tuple) -> dict[str, dict[str, str]]:
    return {each.code: {"zh": each.terms.title.zh, "en": each.terms.title.en} for each in written}
