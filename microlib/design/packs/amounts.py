"""Price, cost, volume and sources of one product in one branch."""

from __future__ import annotations

from typing import Any

import pandas as pd

from microlib.design import costs, line_margins, sample_loans, volumes
from microlib.design.prices import price_floors


def money_results(
    found: dict[str, Any], rates: pd.DataFrame, *, product: Any, policy: Any, start: Any
) -> dict[str, Any]:
    """Find what the lines cost, earn and may lose.

    Parameters
    ----------
    found : dict
        Result of `lines.line_results`. Not modified.
    rates : DataFrame
        Result of `rates.group_rates`.
    product, policy : Product, Policy
    start : date
        Day on which a sample loan is paid out.

    Returns
    -------
    dict
        ``amount_yuan`` (float, the typical loan), ``floors, floors_typical, cost, volume, sources`` (DataFrame) and
        ``figures`` (dict, watched figures), under the names that the term sheet expects.
    """
    limits = found["limits"]
    terms = {"product": product, "policy": policy.pricing}
    priced = price_floors(rates, **terms)
    amount = sample_loans.typical_size(limits, floors=priced)
    floors = line_margins.typical_floors(rates, amount_yuan=amount, **terms)
    volume = volumes.expected_volume(
        limits, product=product, default_rates=rates, lgd_share=policy.pricing.lgd[product.secured]
    )
    sources = volumes.worst_sources(limits, policy=policy.stress)
    return {
        "amount_yuan": amount,
        "floors": priced,
        "floors_typical": floors,
        "cost": costs.product_cost(product, amount_yuan=amount, start=start),
        "volume": volume,
        "sources": sources,
        "figures": volumes.watched_figures(
            found["screened"], limits=limits, volume=volume, floors=floors, sources=sources
        ),
    }
