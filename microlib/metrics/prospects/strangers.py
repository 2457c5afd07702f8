"""Firms we know of and do not serve: members on a venue's roster, suppliers a core enterprise pays."""

from __future__ import annotations

import pandas as pd

from microlib.metrics.populations import roster_matches


def roster_strangers(venue_rosters: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Count, venue by venue, the members of the rosters who are no customers of ours.

    Answers "how many are there whom we have never served, and on which list do they stand?"

    Parameters
    ----------
    venue_rosters : DataFrame[venue_rosters]
    customers : DataFrame[customers]
        The branch's. Neither is modified.

    Returns
    -------
    DataFrame
        ``venue_id, list_source, members_count, known_count, strangers_count``.
    """
    matched = roster_matches(venue_rosters, customers)
    known = matched["customer_id"].notna() & (matched["customer_id"] != "")
    groups = known.groupby([matched["venue_id"], matched["list_source"]])
    found = pd.DataFrame({"members_count": groups.size(), "known_count": groups.sum().astype("int64")}).reset_index()
    return found.assign(strangers_count=found["members_count"] - found["known_count"])


def supplier_strangers(core_payables: pd.DataFrame) -> pd.DataFrame:
    """Count, core by core, the suppliers who are paid there and whom we do not know, with what they are paid.

    Parameters
    ----------
    core_payables : DataFrame[core_payables]
        ``core_id, customer_id, supplier_hash, amount_yuan``. Not modified.

    Returns
    -------
    DataFrame
        ``core_id, members_count`` (suppliers), ``known_count, strangers_count, strangers_yuan`` (their payables),
        most yuan first.

    Examples
    --------
    >>> paid = pd.DataFrame({"core_id": "H1", "customer_id": ["C1", None], "supplier_hash": ["a", "b"],
    ...                      "amount_yuan": [10.0, 30.0]})
    >>> supplier_strangers(paid).to_numpy().tolist()
    [['H1', 2, 1, 1, 30.0]]
    """
    ours = core_payables["customer_id"].notna() & (core_payables["customer_id"] != "")
    name = core_payables["supplier_hash"].where(core_payables["supplier_hash"].notna(), core_payables["customer_id"])
    told = core_payables.assign(name=name, ours=ours, stranger_yuan=core_payables["amount_yuan"].where(~ours, 0.0))
    firms = told.groupby(["core_id", "name"]).agg(ours=("ours", "max"), yuan=("stranger_yuan", "sum")).reset_index()
    groups = firms.groupby("core_id")
    found = pd.DataFrame({"members_count": groups.size(), "known_count": groups["ours"].sum().astype("int64")})
    found["strangers_count"] = found["members_count"] - found["known_count"]
    found["strangers_yuan"] = firms[~firms["ours"]].groupby("core_id")["yuan"].sum()
    found = found.fillna({"strangers_yuan": 0.0}).reset_index()
    return found.sort_values(["strangers_yuan", "core_id"], ascending=[False, True]).reset_index(drop=True)
