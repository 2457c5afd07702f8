"""The chain from a branch's tables to the results of one product, in order."""

from __future__ import annotations

from typing import Any

from microlib.design.packs import amounts, lines, rates, watches


def chain_results(book: Any, *, product: Any, policy: Any) -> dict[str, Any]:
    """Compute access, limits, default rates, price, cost, volume, sources and watched figures of one product.

    Returns
    -------
    dict
        Results of `lines.line_results`, `rates.price_results` and `amounts.money_results`, and ``figures`` as
        `watches.group_figures` gathers them.

    Raises
    ------
    EmptyBook
        If no customer of the branch belongs to the product's groups.
    """
    found = lines.line_results(book, product=product, policy=policy)
    found |= rates.price_results(book, found["memberships"], product=product, policy=policy)
    found |= amounts.money_results(found, product=product, policy=policy, start=book.as_of)
    return {**found, "figures": watches.group_figures(book, found)}
