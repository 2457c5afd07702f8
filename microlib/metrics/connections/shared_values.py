"""Links that the bank's own tables hold: one phone, address, guarantor or piece of collateral under two customers."""

from __future__ import annotations

from itertools import combinations

import pandas as pd

from microlib.contracts.needs import measure

#: column of the customers' table -> kind of link
COLUMNS = {"phone_hash": "phone", "address_hash": "address"}
#: up to so many holders every pair is listed; above, one holder against all others, enough to count them
MOST_PAIRED = 50
NAMES = ["customer_id_a", "customer_id_b", "link_type", "value_hash", "source"]


@measure(optional=("guarantees", "collateral_links"))
def shared_links(
    customers: pd.DataFrame,
    loans: pd.DataFrame | None = None,
    guarantees: pd.DataFrame | None = None,
    collateral_links: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """List which customers share a phone, an address, a guarantor or a piece of collateral.

    Answers "which links stand in our own ledger, though nobody wrote them down as links?"

    Parameters
    ----------
    customers : DataFrame[customers]
        Uses ``customer_id, phone_hash, address_hash``. Not modified.
    loans : DataFrame[loans], optional
        Says whose the guaranteed and secured loans are; only loans with a balance count.
    guarantees : DataFrame[guarantees], optional
        Two borrowers of one guarantor.
    collateral_links : DataFrame[collateral_links], optional
        Two borrowers on one piece.

    Returns
    -------
    DataFrame
        Columns of customer_links: ``customer_id_a, customer_id_b, link_type, value_hash, source`` (the table it was
        read from). All pairs of a value's holders up to 50 holders, else one holder against each of the others.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": ["C1", "C2", "C3"], "phone_hash": ["p", "p", None]})
    >>> shared_links(customers)[["customer_id_a", "customer_id_b", "link_type"]].to_numpy().tolist()
    [['C1', 'C2', 'phone']]
    """
    pieces = [_held(customers, column, kind, "customers") for column, kind in COLUMNS.items() if column in customers]
    owners = None if loans is None else loans.loc[loans["balance_yuan"] > 0, ["loan_id", "customer_id"]]
    if owners is not None and guarantees is not None:
        pieces.append(_held(guarantees.merge(owners, on="loan_id"), "guarantor_id", "guarantee", "guarantees"))
    if owners is not None and collateral_links is not None:
        joined = collateral_links.merge(owners, on="loan_id")
        pieces.append(_held(joined, "collateral_id", "shared_collateral", "collateral_links"))
    rows = [row for piece in pieces for row in _pairs(piece)]
    return pd.DataFrame(rows, columns=NAMES).astype("str")


def _held(frame: pd.DataFrame, column: str, kind: str, source: str) -> pd.DataFrame:
    """Return the values that two customers or more hold, with their holders."""
    held = frame[["customer_id", column]].dropna().drop_duplicates().set_axis(["customer_id", "value"], axis=1)
    held = held[held["value"].duplicated(keep=False)].sort_values(["value", "customer_id"])
    return held.assign(kind=kind, source=source)


def _pairs(held: pd.DataFrame) -> list[tuple]:
    found = []
    for (value, kind, source), part in held.groupby(["value", "kind", "source"], observed=True)["customer_id"]:
        who = part.tolist()
        pairs = combinations(who, 2) if len(who) <= MOST_PAIRED else ((who[0], other) for other in who[1:])
        found += [(one, other, kind, value, source) for one, other in pairs]
    return found
