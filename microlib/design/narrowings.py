"""What a branch offers: the bank's product, narrowed by the branch's file, never widened."""

from __future__ import annotations

from microlib.contracts import branches, documents
from microlib.contracts.products import Product
from microlib.errors import BadConfig
from microlib.homes import Home


def is_offered(home: Home, *, product: str, branch: str) -> bool:
    """Say whether a branch offers a product: yes unless its file says no."""
    terms = _branch_terms(home, branch)
    return terms is None or product not in terms.products or terms.products[product].offered


def narrow_product(product: Product, *, home: Home, branch: str) -> Product:
    """Return the product as a branch offers it.

    Parameters
    ----------
    product : Product
        The bank's terms on the day.
    home : Home
        Where the branch's file is; a branch without one offers the bank's terms.
    branch : str
        Branch code, text.

    Raises
    ------
    BadConfig
        If the branch does not offer the product, widens any of its terms, or narrows it to a contradiction.
    """
    terms = _branch_terms(home, branch)
    narrowing = terms.products.get(product.code) if terms else None
    if narrowing is None:
        return product
    where = home.config("branches") / f"{branch}.toml"
    if not narrowing.offered:
        what = f"branch {branch} does not offer {product.code}"
        raise BadConfig(what, where=str(where), fix="choose another product")
    for key, ours, theirs in branches.widenings(product, narrowing):
        raise BadConfig(
            f"products.{product.code}.{key} = {theirs}: widens the bank's {ours}; a branch may only narrow",
            where=str(where),
            fix=f"write a narrower {key} than {ours}, or propose the change for data/products/{product.code}.toml",
        )
    return documents.checked(branches.narrowed(product, narrowing), Product, where=where)


def _branch_terms(home: Home, branch: str) -> branches.BranchTerms | None:
    folder, name = home.config("branches"), f"{branch}.toml"
    path = folder / name
    if not branch or not folder.has(name):
        return None
    terms = documents.read_document(path, branches.BranchTerms)
    if terms.branch_id != branch:
        raise BadConfig(
            f"branch_id is {terms.branch_id}, the file is {path.name}", where=str(path), fix="give both one name"
        )
    return terms
