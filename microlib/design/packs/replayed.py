"""A product's access rules tried on what its groups applied for in one branch before."""

from __future__ import annotations

from typing import Any

import pandas as pd

from microlib.design.packs.attempts import attempt
from microlib.design.rules import pasts, replays


def replay_results(book: Any, memberships: pd.DataFrame, *, product: Any) -> dict[str, Any]:
    """Replay a product's rules on past applications of its groups.

    Parameters
    ----------
    book : Branch
        ``applications, loans, loan_months, invoices, customers``. Not modified.
    memberships : DataFrame
        Of `groups.group_evidence`. Not modified.
    product : Product

    Returns
    -------
    dict
        ``replay`` (`replays.replay_access`), ``overlap`` (pairs of `replays.rule_overlap` that refuse somebody in
        common), or why there are none.
    """
    primary = memberships[memberships["is_primary"]].drop_duplicates("customer_id")
    past = pasts.past_applications(book, segments=primary.set_index("customer_id")["segment"])
    own = past[past["segment"].isin(product.segments)].reset_index(drop=True)
    replayed = attempt(replays.replay_access, own, product=product)
    return {"replay": replayed, "overlap": attempt(_overlap, own, replayed, product=product)}


def _overlap(past: pd.DataFrame, _: pd.DataFrame, *, product: Any) -> pd.DataFrame:
    pairs = replays.rule_overlap(past, product=product)
    return pairs[pairs["both_count"] > 0].reset_index(drop=True)
