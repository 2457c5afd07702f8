"""The room that one product's rate has in one branch: corridor, steps of the rate, rates that count those who leave."""

from __future__ import annotations

from typing import Any

from microlib.design import prices
from microlib.design.packs.attempts import attempt
from microlib.design.packs.churned import churned_rates
from microlib.design.pricing import rooms


def offering_results(book: Any, found: dict[str, Any], *, product: Any, policy: Any) -> dict[str, Any]:
    """Find where the rate stands and what a step of it is worth.

    Parameters
    ----------
    book : Branch
    found : dict
        ``floors, floors_typical, volume``, and ``comparison`` where the home holds peers. Not modified.
    product, policy : Product, Policy

    Returns
    -------
    dict
        ``corridor, rate_steps`` (`rooms`), ``best_rates`` (`churned.churned_rates`) or why there are none.
    """
    floors, volume = found["floors_typical"], found["volume"]
    drawn = float(volume.loc[volume["case"] == "high", "balance_yuan"].iloc[0])
    given = {"product": product, "policy": policy.pricing, "parts_of": prices.Parts.of, "balance_yuan": drawn}
    return {
        "corridor": rooms.rate_corridor(found["floors"], comparison=found.get("comparison")),
        "rate_steps": rooms.rate_steps(floors, **given),
        "best_rates": attempt(churned_rates, book, floors),
    }
