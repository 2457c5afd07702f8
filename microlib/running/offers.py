"""Which products a branch's report designs: those asked for, or those made for a customer group that lives there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from microlib.design import terms
from microlib.design.narrowings import is_offered
from microlib.errors import BadConfig, WorkbenchError
from microlib.running import memberships
from microlib.running.inputs import Home, Inputs


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


def products_of(found: Inputs, *, branches: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return, by branch, the codes of products whose customer group has a member there, and which it offers.

    Each product is read once; for one branch `terms.products_for` gives the same.
    """
    home, day = found.home, found.as_of
    written = [terms.read_product(home, product=code, as_of=day) for code in terms.list_products(home)]
    made = [product for product in written if product.status != "retired"]
    living = memberships.living_segments(home, branches=branches, as_of=day)
    return {branch: tuple(_offered(made, home, branch, codes)) for branch, codes in living.items()}


def product_titles(found: Inputs, products: Iterable[str]) -> dict[str, Any]:
    """Return the titles of products by code; one that cannot be followed on that day has none.

    Returns
    -------
    dict
        Code -> what has ``zh`` and ``en``.
    """
    titles = {}
    for code in products:
        with suppress(WorkbenchError):
            titles[code] = terms.read_product(found.home, product=code, as_of=found.as_of).title
    return titles


def _offered(made: Iterable[terms.Product], home: Home, branch: str, living: tuple[str, ...]) -> Iterator[str]:
    for product in made:
        if set(living) & set(product.segments) and is_offered(home, product=product.code, branch=branch):
            yield product.code
