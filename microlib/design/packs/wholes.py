"""Everything that is computed of one product in one branch, in order."""

from __future__ import annotations

from typing import Any

from microlib.design.packs import findings, outlooks, pasts, results


def whole_results(book: Any, *, product: Any, policy: Any) -> dict[str, Any]:
    """Compute the chain, then what peers, rules and failure modes say of it, what stress does, and its past.

    Returns
    -------
    dict
        Results of `results.chain_results`, `findings.finding_results`, `outlooks.outlook_results` and
        `pasts.past_results`.

    Raises
    ------
    NobodyHere
        If no customer of the branch belongs to the product's groups.
    """
    found = results.chain_results(book, product=product, policy=policy)
    found |= findings.finding_results(book, found, product=product, policy=policy)
    found |= outlooks.outlook_results(book, found, product=product, policy=policy)
    return found | pasts.past_results(book, found, product=product)
