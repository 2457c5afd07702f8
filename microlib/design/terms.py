"""Written terms, read for one branch and one day: products, and beside them the bank's policy."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from microlib.contracts.products import Product
from microlib.design import dated_files, narrowings
from microlib.design.policies import LimitsPolicy, Policy, policy_register, read_policy
from microlib.errors import BadConfig

__all__ = [
    "LimitsPolicy",
    "Policy",
    "Product",
    "list_products",
    "policy_register",
    "products_for",
    "read_policy",
    "read_product",
]


def read_product(home: dated_files.Place, *, product: str, branch: str = "", as_of: date | str) -> Product:
    """Read one product as it stands in a branch on a day.

    Every version that the file ever held is checked, so that a slip in an old or a coming term is found now.

    Parameters
    ----------
    home : Home or path
        The folder that holds ``data/``; the shipped products stand beside its own.
    product : str
        The product's code, which is its file's name.
    branch : str
        Branch code, text; its file in ``data/branches`` narrows the product. Empty for the bank's own terms.
    as_of : date or ISO text
        Selects among dated terms.

    Returns
    -------
    Product
        Frozen terms; shares and rates are ``Decimal``.

    Raises
    ------
    BadConfig
        If the file is not there, breaks its model, runs longer than the policy allows, is not offered by the branch,
        or is widened by it.

    Examples
    --------
    >>> read_product(".", product="market_stall", as_of="2026-06-30").segments
    ('hardware_market', 'garment_market')
    """
    folder, day = dated_files.home_at(home), dated_files.day_at(as_of)
    path = folder.config("products") / f"{product}.toml"
    dated_files.check_every_version(path, Product)
    found = dated_files.read_at(path, Product, as_of=day)
    if found.code != path.stem:
        raise BadConfig(f"code is {found.code}, the file is {path.name}", where=str(path), fix="give both one name")
    check_tenor(found, read_policy(folder, as_of=day), where=path)
    return narrowings.narrow_product(found, home=folder, branch=branch) if branch else found


def list_products(home: dated_files.Place) -> tuple[str, ...]:
    """Return the codes of all products, ascending; files whose name begins with ``_`` are templates.

    Examples
    --------
    >>> "hospital_supplier" in list_products(".")
    True
    """
    folder = dated_files.home_at(home).config("products")
    return tuple(path.stem for path in folder.glob("*.toml") if not path.stem.startswith("_"))


def products_for(home: dated_files.Place, segments: Iterable[str], *, branch: str = "", as_of: date | str) -> tuple:
    """Return the codes of products that are made for one of the segments living in a branch, and that it offers.

    Parameters
    ----------
    segments : iterable of str
        Segment codes with at least one member in the branch.
    """
    living, folder, found = set(segments), dated_files.home_at(home), []
    for code in list_products(home):
        terms = read_product(home, product=code, as_of=as_of)
        is_offered = narrowings.is_offered(folder, product=code, branch=branch)
        if living & set(terms.segments) and terms.status != "retired" and is_offered:
            found.append(code)
    return tuple(found)


def check_tenor(product: Product, policy: Policy, *, where: Path) -> None:
    """Refuse a product that runs longer than the policy allows; `where` is the file to name."""
    longest = policy.limits.max_term_months
    if product.max_term_months > longest:
        raise BadConfig(
            f"max_term_months = {product.max_term_months}: the policy allows {longest} at most",
            where=str(where),
            fix=f"write {longest} or less, or change max_term_months in data/policies/limits.toml first",
        )
