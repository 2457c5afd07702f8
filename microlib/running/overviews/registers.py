"""The product register: what is offered in which stage and version, since when, where it was designed for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from microlib.design.policies import policy_register, read_policy
from microlib.design.terms import read_product
from microlib.errors import WorkbenchError
from microlib.homes import Home
from microlib.running.overviews.stages import product_stage

__all__ = ["Home", "policy_register", "policy_state", "product_rows", "read_policy"]


def policy_state(home: Home, *, as_of: date) -> tuple[int, int]:
    """Return how many policy values in force nobody has verified yet, and how many there are."""
    register = policy_register(home, as_of=as_of)
    return int((register["status"] == "unverified").sum()), len(register)


def product_rows(home: Home, *, as_of: date, entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a row per product file, by code; one that cannot be followed on that day says so instead of its terms.

    Returns
    -------
    list of dict
        ``code, title, status, version, branches_count`` (with a design made of it), ``source``, ``error``, and what
        `stages.product_stage` says.
    """
    designed: dict[str, set[str]] = {}
    for entry in entries:
        if entry["product"] and entry["status"] == "ok":
            designed.setdefault(entry["product"], set()).add(entry["branch"])
    paths = [path for path in home.config("products").glob("*.toml") if not path.stem.startswith("_")]
    return [{**_terms(home, path.stem, as_of), "branches_count": len(designed.get(path.stem, ()))} for path in paths]


def _terms(home: Home, code: str, as_of: date) -> dict[str, Any]:
    try:
        product = read_product(home, product=code, as_of=as_of)
    except WorkbenchError as error:
        return {"code": code, "error": error.what}
    return {
        "code": code,
        "title": {"zh": product.title.zh, "en": product.title.en},
        "status": product.status,
        "version": product.version,
        **product_stage(home, product, as_of=as_of),
        "source": product.source,
        "error": "",
    }
