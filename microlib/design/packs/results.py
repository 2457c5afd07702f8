"""The chain from a branch's tables to every result of one product, in order."""

from __future__ import annotations

from typing import Any

from microlib.design.packs import amounts, lines, rates, verdicts


def chain_results(book: Any, *, product: Any, policy: Any) -> dict[str, Any]:
    """Compute access, limits, default rates, price, cost, volume and sources of one product in one branch.

    Returns
    -------
    dict
        Results of `lines.line_results` and `amounts.money_results`, and ``rates``.

    Raises
    ------
    EmptyBook
        If no customer of the branch belongs to the product's groups.
    """
    found = lines.line_results(book, product=product, policy=policy)
    found["rates"] = rates.group_rates(
        book, found["memberships"], product=product, upper=policy.quality.price_level
    )
    return {**found, **amounts.money_results(found, found["rates"], product=product, policy=policy, start=book.as_of)}


def checked_results(book: Any, found: dict[str, Any], *, product: Any, policy: Any) -> dict[str, Any]:
    """Add what rules, stop rules and failure modes say; ``figures`` are already those of the group."""
    return {**found, **verdicts.rule_results(book, found, product=product, policy=policy)}
