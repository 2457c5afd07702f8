"""Which customers are one exposure: groups joined by strong links, and what a group already owes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def linked_groups(customers: pd.DataFrame, customer_links: pd.DataFrame, *, strong: Sequence[str]) -> pd.DataFrame:
    """Join customers that one owner, family or pledge makes one exposure.

    Answers "if this one fails, who fails with it?" A shared phone, address or accountant joins nobody here: those are
    leads to look into, not one exposure.

    Parameters
    ----------
    customers : DataFrame[customers]
        Uses ``customer_id`` and ``group_id``. Not modified.
    customer_links : DataFrame[customer_links]
        Links; those of other types, or to customers outside the frame, are left out.
    strong : sequence of str
        Link types that make one exposure.

    Returns
    -------
    DataFrame
        One row per customer: ``customer_id``, ``group_key`` (the group's first customer), ``linked_count`` (others in
        the group)
    """
    ids = pd.Index(sorted(customers["customer_id"]))
    kept = customer_links[customer_links["link_type"].isin(list(strong))]
    ends = [ids.get_indexer(kept[name]) for name in ("customer_id_a", "customer_id_b")]
    pairs = np.array([*ends]).T
    pairs = np.vstack([pairs[(pairs >= 0).all(axis=1)], _named_groups(customers, ids)])
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(ids), len(ids)))
    _, labels = connected_components(graph, directed=False)
    groups = pd.DataFrame({"customer_id": ids, "label": labels})
    by_label = groups.groupby("label")["customer_id"]
    groups["group_key"] = by_label.transform("first")
    groups["linked_count"] = by_label.transform("size") - 1
    return groups.drop(columns="label")


def group_exposure(groups: pd.DataFrame, *, exposures: pd.Series) -> pd.Series:
    """Add up what each customer's group owes, the customer included: yuan by ``customer_id``."""
    owed = groups["customer_id"].map(exposures).astype("float64").fillna(0.0)
    total = owed.groupby(groups["group_key"]).transform("sum")
    return pd.Series(total.to_numpy(), index=groups["customer_id"])


def _named_groups(customers: pd.DataFrame, ids: pd.Index) -> np.ndarray:
    """Return pairs that chain the members of each group the bank has named itself."""
    named = customers.loc[customers["group_id"].notna(), ["customer_id", "group_id"]]
    first = named.groupby("group_id")["customer_id"].transform("first")
    pairs = [ids.get_indexer(first), ids.get_indexer(named["customer_id"])]
    return np.array(pairs, dtype=int).T.reshape(-1, 2)
