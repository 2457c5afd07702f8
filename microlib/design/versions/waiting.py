"""Proposals that wait for a decision: every change they ask for, with author, reason and evidence."""

from __future__ import annotations

from typing import Any

import pandas as pd

from microlib.design import written_terms
from microlib.design.versions import amendments, changes, diffs


def waiting_proposals(home: Any, *, product: str) -> pd.DataFrame:
    """List the changes that written proposals ask for in a product.

    Answers "which changes lie on the table, and what would each move?"

    Returns
    -------
    DataFrame
        One row per change: ``proposal`` (name of the file), then the columns of `changes.diff_terms`; empty where no
        proposal names the product.

    Examples
    --------
    >>> found = waiting_proposals(".", product="hospital_supplier")
    >>> found["proposal"].unique().tolist()
    ['hospital_supplier_18_months']
    """
    names = _names(home, product=product)
    frames = [
        diffs.proposal_changes(home, proposal=name).drop(columns="against").assign(proposal=name) for name in names
    ]
    whole = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*changes.COLUMNS, "proposal"])
    return whole[["proposal", *changes.COLUMNS]]


def place_titles(home: Any, *, product: Any) -> dict[str, Any]:
    """Return the words of every named line of a product's terms, and of those that proposals would add, by its code.

    Examples
    --------
    >>> from microlib.design.terms import read_product
    >>> stall = read_product(".", product="market_stall", as_of="2026-06-30")
    >>> "weekly_takings" in place_titles(".", product=stall)
    True
    """
    proposed = [amendments.proposed_product(home, proposal=name)[1] for name in _names(home, product=product.code)]
    return {code: said for each in (*proposed, product) for code, said in written_terms.item_titles(each).items()}


def _names(home: Any, *, product: str) -> list[str]:
    read = amendments.proposals
    return [name for name in read.list_proposals(home) if read.read_proposal(home, proposal=name).product == product]
