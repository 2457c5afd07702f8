"""One product designed for one branch: every result that a term sheet, its checklist and its evidence need."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from microlib.design import terms
from microlib.design.packs.wholes import whole_results


@dataclass(frozen=True)
class Design:
    """A product designed for a branch.

    Parameters
    ----------
    book : Branch
    product : Product
        As the branch offers it.
    policy : Policy
    results : dict
        Frames by name; ``figures`` (dict) and ``amount_yuan`` (float) beside them.
    """

    book: Any
    product: terms.Product
    policy: terms.Policy
    results: dict[str, Any] = field(repr=False)


def design_product(book: Any, *, product: str) -> Design:
    """Compute a product's design in a branch from the branch's tables and the written terms.

    Answers "what would this product do here, and may it be approved?"

    Parameters
    ----------
    book : Branch
        As `bank.slices.read_branch` gives it; its home holds the terms. Not modified.
    product : str
        Code of a product that the branch offers.

    Returns
    -------
    Design
        ``results`` hold ``waterfall, screened, not_served, limits, bound, rates, floors, floors_typical, cost, volume,
        sources, stop_rules, rules, failure_modes, changes``, and ``comparison, dominated, selling_points`` where the
        home holds peers; then those of `outlooks.outlook_results` and `pasts.past_results`. A result that could not be
        had (nobody sized, no past applications) is the refusal that says why.

    Raises
    ------
    BadConfig
        If terms or policy cannot be followed.
    NobodyHere
        If no customer of the branch belongs to the product's groups.
    """
    offer = terms.read_product(book.home, product=product, branch=book.branch_id, as_of=book.as_of)
    policy = terms.read_policy(book.home, as_of=book.as_of)
    found = whole_results(book, product=offer, policy=policy)
    return Design(book, offer, policy, found)
