"""The room that one product's rate has: the corridor with what peers cost, and what each step of the rate earns."""

from __future__ import annotations

from typing import Any

import pandas as pd

from microlib.contracts.policies import PricingPolicy
from microlib.contracts.products import Product
from microlib.design.pricing.corridors import price_corridor
from microlib.design.pricing.values import value_by_rate

#: rates beside the asked one, in basis points; and the pattern of use that peers' yearly cost is taken under
STEPS_BP, USAGE = (-50, -30, -10, 0, 10, 30, 50), "whole_year"


def peer_costs(comparison: pd.DataFrame | None) -> pd.DataFrame:
    """Return what each peer's offer costs a year when used the whole year: ``offer_id, eir_rate, is_synthetic``."""
    if comparison is None:
        return pd.DataFrame({"offer_id": [], "eir_rate": [], "is_synthetic": []})
    rows = comparison[(comparison["usage"] == USAGE) & comparison["is_available"] & ~comparison["is_own"]]
    return rows.rename(columns={"used_rate": "eir_rate"})[["offer_id", "eir_rate", "is_synthetic"]]


def rate_corridor(floors: pd.DataFrame, *, comparison: pd.DataFrame | None) -> pd.DataFrame:
    """Lay the floor, peers' yearly cost and our rate beside each other, by loan size.

    Parameters
    ----------
    floors : DataFrame
        Result of `prices.price_floors`. Not modified.
    comparison : DataFrame or None
        Result of `peers.comparisons.compare_offers`; None where the home holds no peers.

    Returns
    -------
    DataFrame
        Result of `corridors.price_corridor` with ``is_synthetic``: some peer is not real, so its ceiling shows the
        shape and proves nothing.
    """
    peers = peer_costs(comparison)
    found = price_corridor(floors, peers=peers)
    return found.assign(is_synthetic=bool(len(peers)) and bool(peers["is_synthetic"].any()))


def rate_steps(
    floors: pd.DataFrame, *, product: Product, policy: PricingPolicy, parts_of: Any, balance_yuan: float
) -> pd.DataFrame:
    """Say what the pilot earns at the rate asked and at some steps below and above it.

    Answers "how much of a discount can a manager give away?"

    Parameters
    ----------
    floors : DataFrame
        Result of `line_margins.typical_floors`. Not modified.
    product : Product
    policy : PricingPolicy
    parts_of : callable
        `prices.Parts.of`.
    balance_yuan : float
        Balance drawn on average in the pilot's high case.

    Returns
    -------
    DataFrame
        By rate, ascending: ``yearly_rate`` (as asked of the customer), ``step_points`` (from our rate), and
        ``margin_rate, raroc_rate, hurdle_rate, eva_yuan, is_above_floor`` of `values.value_by_rate`.
    """
    mean = floors[floors["pd_case"] == "mean"].iloc[0]
    net = float(mean["floor_rate"] / mean["floor_taxed_rate"])
    parts = parts_of(policy, opex_rate=mean["opex_rate"], pd_rate=mean["pd_rate"], secured=product.secured)
    asked = [float(product.yearly_rate) + step / 10_000 for step in STEPS_BP]
    found = value_by_rate(parts, rates=[rate * net for rate in asked], balance_yuan=balance_yuan)
    return found.assign(yearly_rate=asked, step_points=list(STEPS_BP), margin_rate=found["margin_rate"] / net)
