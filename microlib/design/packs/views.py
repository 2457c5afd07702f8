"""Results of a design cut down to what a page shows."""

from __future__ import annotations

import pandas as pd

from microlib.design.peers.branches import peer_titles, usage_titles
from microlib.design.rules.checks import STATES

__all__ = ["asked_rules", "claim_view", "matrix_view", "peer_titles", "reached", "replay_view", "signing_view",
           "telling_caps", "usage_titles"]  # fmt: skip

#: what an offer is under every use alike
ALIKE = ("fees_yuan", "max_amount_yuan", "max_term_months", "approval_days", "needs_security")
CLAIM = ["usage", "measure", "own_value", "best_peer_value", "best_peer_id", "finding", "is_allowed"]
CAP = ["rule", "key", "yuan", "used_yuan", "room_yuan", "shadow_rate"]


def reached(found: pd.DataFrame) -> pd.DataFrame:
    """Keep the scenarios or single quantities that reach a line of this product.

    Parameters
    ----------
    found : DataFrame
        Of `stress.losses` or `stress.drivers`: ``hit_count`` or ``state``; the base row is kept. Not modified.

    Examples
    --------
    >>> reached(pd.DataFrame({"scenario": ["base", "core_fails"], "hit_count": [0, 0]}))["scenario"].to_list()
    ['base']
    """
    if "hit_count" not in found:
        return found[found["state"] != "not_applicable"].reset_index(drop=True)
    base = found["scenario"] == "base" if "scenario" in found else pd.Series(False, index=found.index)
    return found[base | (found["hit_count"] > 0)].reset_index(drop=True)


def replay_view(replayed: pd.DataFrame) -> pd.DataFrame:
    """Keep all rules together and each rule that would have refused somebody.

    Parameters
    ----------
    replayed : DataFrame
        Result of `rules.replays.replay_access`. Not modified.
    """
    return replayed[(replayed["rule"] == "all") | (replayed["refused_count"] > 0)].reset_index(drop=True)


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
