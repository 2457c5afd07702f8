"""Price, cost, volume and sources of one product in one branch."""

from __future__ import annotations

from datetime import date
from typing import Any

from microlib.design import costs, line_margins, sample_loans, volumes


def money_results(found: dict[str, Any], *, product: Any, policy: Any, start: date) -> dict[str, Any]:
    """Find what the lines cost, earn and may lose.

    Parameters
    ----------
    found : dict
        Results of `lines.line_results` and `rates.price_results`. Not modified.
    product, policy : Product, Policy
    start : date
        Day on which a sample loan is paid out.

    Returns
    -------
    dict
        ``amount_yuan`` (float, the typical loan), ``floors_typical, cost, volume, sources`` (DataFrame) and
        ``figures`` (dict, watched figures), under the names that the term sheet expects.
    """
    limits, rates = found["limits"], found["rates"]
    terms = {"product": product, "policy": policy.pricing}
    amount = sample_loans.typical_size(limits, floors=found["floors"])
    floors = line_margins.typical_floors(rates, amount_yuan=amount, **terms)
    volume = volumes.expected_volume(
        limits, product=product, default_rates=rates, lgd_share=policy.pricing.lgd[product.secured]
    )
    sources = volumes.worst_sources(limits, policy=policy.stress)
    return {
        "amount_yuan": amount,
        "floors_typical": floors,
        "cost": costs.product_cost(product, amount_yuan=amount, start=start),
        "volume": volume,
        "sources": sources,
        "figures": volumes.watched_figures(
            found["screened"], limits=limits, volume=volume, floors=floors, sources=sources
        ),
    }
