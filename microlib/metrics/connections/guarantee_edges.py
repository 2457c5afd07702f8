"""Who stands for whom: guarantees as the arrows of a graph, and its simplest figures: both ways, stars, cycles."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.errors import BadData
from microlib.metrics.connections.components import linked_labels

EDGES = {"guarantor_id": "str", "borrower_id": "str", "guaranteed_yuan": "float64", "loans_count": "int64"}
#: more cycles than this are no list; the members of the circle are
MOST_CYCLES = 10_000


def guarantee_edges(guarantees: pd.DataFrame, loans: pd.DataFrame) -> pd.DataFrame:
    r"""Add up what each guarantor stands for on behalf of each borrower.

    .. math:: g_{ab} = \sum_{l \in b} \min(G_{al}, B_l)

    where :math:`G_{al}` is what a guarantees of loan l and :math:`B_l` the loan's balance.

    Parameters
    ----------
    guarantees : DataFrame[guarantees]
        Uses ``loan_id, guarantor_id, amount_yuan``. Not modified.
    loans : DataFrame[loans]
        Uses ``loan_id, customer_id, balance_yuan``; loans without a balance need no guarantor any more.

    Returns
    -------
    DataFrame
        One row per guarantor and borrower, by both: ``guarantor_id, borrower_id, guaranteed_yuan, loans_count``. A
        borrower who stands for their own loan is left out.

    Examples
    --------
    >>> guarantees = pd.DataFrame({"loan_id": ["L1", "L2"], "guarantor_id": ["C2", "C2"], "amount_yuan": [3e5, 1e5]})
    >>> loans = pd.DataFrame({"loan_id": ["L1", "L2"], "customer_id": ["C1", "C1"], "balance_yuan": [2e5, 2e5]})
    >>> guarantee_edges(guarantees, loans)["guaranteed_yuan"].tolist()
    [300000.0]
    """
    live = loans.loc[loans["balance_yuan"] > 0, ["loan_id", "customer_id", "balance_yuan"]]
    rows = guarantees[["loan_id", "guarantor_id", "amount_yuan"]].merge(live, on="loan_id")
    rows = rows.rename(columns={"customer_id": "borrower_id"})
    rows["guaranteed_yuan"] = np.minimum(rows["amount_yuan"], rows["balance_yuan"])
    rows = rows[rows["guarantor_id"] != rows["borrower_id"]]
    found = rows.groupby(["guarantor_id", "borrower_id"], as_index=False, observed=True).agg(
        guaranteed_yuan=("guaranteed_yuan", "sum"), loans_count=("loan_id", "nunique")
    )
    return found[list(EDGES)].astype(EDGES)


def labelled(edges: pd.DataFrame, *, strong: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return both ends as numbers, the names in order, and each name's connected part."""
    codes, names = pd.factorize(pd.concat([edges["guarantor_id"], edges["borrower_id"]], ignore_index=True), sort=True)
    first, second = codes[: len(edges)], codes[len(edges) :]
    labels = linked_labels(first, second, count=len(names), strong=strong) if len(names) else np.zeros(0, int)
    return first, second, np.asarray(names), labels


def mutual_guarantees(edges: pd.DataFrame) -> pd.DataFrame:
    """List the pairs that stand for each other (互保).

    Parameters
    ----------
    edges : DataFrame
        Result of `guarantee_edges`. Not modified.

    Returns
    -------
    DataFrame
        One row per pair: ``customer_id_a < customer_id_b, a_for_b_yuan, b_for_a_yuan``.

    Examples
    --------
    >>> edges = pd.DataFrame({"guarantor_id": ["A", "B", "B"], "borrower_id": ["B", "A", "C"],
    ...                       "guaranteed_yuan": [1.0, 2.0, 3.0], "loans_count": 1})
    >>> mutual_guarantees(edges).to_numpy().tolist()
    [['A', 'B', 1.0, 2.0]]
    """
    ends = ["guarantor_id", "borrower_id"]
    back = edges[[*ends, "guaranteed_yuan"]].set_axis([*ends[::-1], "back_yuan"], axis=1)
    both = edges.merge(back, on=ends)
    both = both[both["guarantor_id"] < both["borrower_id"]].sort_values(ends)
    names = ["customer_id_a", "customer_id_b", "a_for_b_yuan", "b_for_a_yuan"]
    return both[[*ends, "guaranteed_yuan", "back_yuan"]].set_axis(names, axis=1).reset_index(drop=True)


def guarantee_stars(edges: pd.DataFrame, *, least_borrowers: int = 3) -> pd.DataFrame:
    """List guarantors who stand for many: a market, a guarantee company, one wealthy relative.

    Parameters
    ----------
    edges : DataFrame
        Result of `guarantee_edges`. Not modified.
    least_borrowers : int
        From how many borrowers on.

    Returns
    -------
    DataFrame
        One row per such guarantor, largest sum first: ``guarantor_id, borrowers_count, guaranteed_yuan``.

    Examples
    --------
    >>> edges = pd.DataFrame({"guarantor_id": "M", "borrower_id": ["A", "B", "C"], "guaranteed_yuan": 1e5,
    ...                       "loans_count": 1})
    >>> guarantee_stars(edges).to_numpy().tolist()
    [['M', 3, 300000.0]]
    """
    found = edges.groupby("guarantor_id", as_index=False, observed=True).agg(
        borrowers_count=("borrower_id", "nunique"), guaranteed_yuan=("guaranteed_yuan", "sum")
    )
    found = found[found["borrowers_count"] >= least_borrowers]
    order = ["guaranteed_yuan", "guarantor_id"]
    return found.sort_values(order, ascending=[False, True]).reset_index(drop=True)


def guarantee_cycles(edges: pd.DataFrame, *, longest: int = 5) -> pd.DataFrame:
    """List every way in which a guarantee comes back to its giver (循环担保), up to a length.

    Parameters
    ----------
    edges : DataFrame
        Result of `guarantee_edges`. Not modified.
    longest : int
        Most members of a cycle, at least 2.

    Returns
    -------
    DataFrame
        One row per cycle, shortest first: ``cycle`` (members joined by >, from the smallest number on),
        ``members_count, least_yuan`` (its smallest guarantee: what really goes round).

    Raises
    ------
    BadData
        If there are more than 10,000: so dense a circle is read by its members (`guarantee_circles`).

    Examples
    --------
    >>> edges = pd.DataFrame({"guarantor_id": ["A", "B", "C"], "borrower_id": ["B", "C", "A"],
    ...                       "guaranteed_yuan": [3.0, 1.0, 2.0], "loans_count": 1})
    >>> guarantee_cycles(edges).to_numpy().tolist()
    [['A>B>C', 3, 1.0]]
    """
    first, second, names, labels = labelled(edges, strong=True)
    amounts = edges["guaranteed_yuan"].to_numpy("float64")
    onward: dict[int, list[tuple[int, float]]] = {}
    for one, two, yuan in zip(first, second, amounts, strict=True):
        if labels[one] == labels[two] and one != two:
            onward.setdefault(int(one), []).append((int(two), float(yuan)))
    found = [(">".join(map(str, names[list(path)])), len(path), least) for path, least in _cycles(onward, longest)]
    rows = pd.DataFrame(found, columns=["cycle", "members_count", "least_yuan"])
    return rows.astype({"cycle": "str"}).sort_values(["members_count", "cycle"]).reset_index(drop=True)


def _cycles(onward: dict[int, list[tuple[int, float]]], longest: int) -> list[tuple[tuple[int, ...], float]]:
    """Walk from each node over larger ones only, so that every cycle is found once, from its smallest node."""
    found: list[tuple[tuple[int, ...], float]] = []
    for start in sorted(onward):
        walks = [((start,), np.inf)]
        while walks:
            path, least = walks.pop()
            for node, yuan in onward.get(path[-1], ()):
                if node == start:
                    found.append((path, min(least, yuan)))
                elif node > start and node not in path and len(path) < longest:
                    walks.append(((*path, node), min(least, yuan)))
            if len(found) + len(walks) > MOST_CYCLES:
                raise BadData(f"more than {MOST_CYCLES:,} cycles", fix="read guarantee_circles, or a shorter length")
    return found
