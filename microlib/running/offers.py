"""Which products a branch's report designs: those asked for, or those made for a customer group that lives there."""

from __future__ import annotations

from collections.abc import Iterable

from microlib.bank.slices import read_branch
from microlib.design import terms
from microlib.errors import BadConfig
from microlib.running import memberships
from microlib.running.inputs import Inputs


def check_products(found: Inputs, products: Iterable[str]) -> None:
    """Refuse a product that the home has not written down.

    Raises
    ------
    BadConfig
        With the nearest name.
    """
    known = terms.list_products(found.home)
    for product in products:
        if product not in known:
            raise BadConfig(
                f"there is no product {product}",
                where=str(found.home.config("products")),
                fix=f"choose from {', '.join(known)}",
            )


def products_of(found: Inputs, *, branch: str) -> tuple[str, ...]:
    """Return the codes of products whose customer group has a member in `branch`, and which it offers."""
    living = memberships.living_segments(read_branch(found.home, branch=branch, as_of=found.as_of))
    return tuple(terms.products_for(found.home, living, branch=branch, as_of=found.as_of))
