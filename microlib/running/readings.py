"""How each kind of written terms is read to the end, with a word on what state it is in."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from microlib.contracts.segments import read_segment
from microlib.design import narrowings, terms
from microlib.homes import home_of_terms


def read_product(path: Path) -> str:
    """Read every version of a product; return its status."""
    return terms.read_product(home_of_terms(path), product=path.stem, as_of=date.today()).status


def read_policy(path: Path) -> str:
    """Read the policy that a part belongs to."""
    terms.read_policy(home_of_terms(path), as_of=date.today())
    return "policy"


def read_group(path: Path) -> str:
    """Read a customer group; return its version."""
    return f"version {read_segment(path).version}"


def read_branch_terms(path: Path) -> str:
    """Read every product as the branch narrows it; return how many it offers."""
    home = home_of_terms(path)
    offered = [
        code for code in terms.list_products(home) if narrowings.is_offered(home, product=code, branch=path.stem)
    ]
    read = [terms.read_product(home, product=code, branch=path.stem, as_of=date.today()) for code in offered]
    return f"{len(read)} products offered"


#: folder that holds a file -> how it is read
READERS = {
    "products": read_product,
    "policies": read_policy,
    "segments": read_group,
    "branches": read_branch_terms,
}
