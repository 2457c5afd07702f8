"""The diff of a product on a day against the version before it, against another day, or by a proposal."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from microlib.design import terms
from microlib.design.versions import amendments, baselines, changes


def last_changes(home: Any, *, product: str, as_of: date | str) -> pd.DataFrame:
    """Compare a product with the version before it: kept, or before the last dated change; empty for a first version.

    Returns
    -------
    DataFrame
        Result of `changes.diff_terms` with ``against`` (label of the version before) first.

    Examples
    --------
    >>> last_changes(".", product="hospital_supplier", as_of="2026-08-01")["against"].unique().tolist()
    ['v1']
    """
    now = terms.read_product(home, product=product, as_of=as_of)
    before = baselines.last_baseline(home, product=product, as_of=as_of)
    if before is None:
        return _against(changes.diff_terms(now, now), "")
    return _against(changes.diff_terms(before.product, now, why=before.why), before.label)


def day_changes(home: Any, *, product: str, since: date, until: date) -> pd.DataFrame:
    """Compare a product's terms on two days; see `last_changes`.

    Raises
    ------
    BadConfig
        If the days are not in order, or the terms had not begun on the earlier one.
    """
    before = baselines.day_baseline(home, product=product, day=since, until=until)
    now = terms.read_product(home, product=product, as_of=until)
    return _against(changes.diff_terms(before.product, now, why=before.why), before.label)


def proposal_changes(home: Any, *, proposal: str) -> pd.DataFrame:
    """Compare a product before and after a proposal; see `last_changes`."""
    before, after = amendments.proposed_product(home, proposal=proposal)
    found = amendments.proposals.read_proposal(home, proposal=proposal)
    told = amendments.proposals.reasons(found)
    return _against(changes.diff_terms(before, after, why=told), f"v{before.version}")


def _against(found: pd.DataFrame, label: str) -> pd.DataFrame:
    whole = found.copy()
    whole.insert(0, "against", label)
    return whole
