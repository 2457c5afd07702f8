"""Proposals that wait for a decision: every change they ask for, with author, reason and evidence."""

from __future__ import annotations

from typing import Any

import pandas as pd

from microlib.design.versions import changes, diffs, proposals


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
    names = [
        name
        for name in proposals.list_proposals(home)
        if proposals.read_proposal(home, proposal=name).product == product
    ]
    frames = [
        diffs.proposal_changes(home, proposal=name).drop(columns="against").assign(proposal=name) for name in names
    ]
    whole = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*changes.COLUMNS, "proposal"])
    return whole[["proposal", *changes.COLUMNS]]
