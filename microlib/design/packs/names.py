"""Every name that the codes of one design bear, by the column that holds them."""

from __future__ import annotations

from datetime import date
from typing import Any

from microlib.contracts.segments import read_segments
from microlib.design import written_terms
from microlib.design.packs import stresses, titles


def design_names(home: Any, *, product: Any, as_of: date) -> dict[str, Any]:
    """Return the words of terms, policies, groups and proposals, as a report is taught them.

    Parameters
    ----------
    home : Home
    product : Product
    as_of : date

    Returns
    -------
    dict
        Column -> code -> words in both languages, or terms that carry them.
    """
    return {
        "segment": read_segments(home.config("segments")),
        "product": [product],
        "need": {product.code: product.need},
        "purpose": {product.code: product.purpose},
        "place": titles.place_titles(home, product=product),
        "rule": [*product.access, *product.stop_rules],
        "refer_to": written_terms.referrals(product),
        "item": titles.item_titles(home, as_of=as_of),
        "mode": titles.mode_titles(home, as_of=as_of),
        "id": titles.rule_numbers(home, as_of=as_of),
        "proposal": titles.proposal_titles(home),
        "scenario": stresses.stress_titles(home),
    }
