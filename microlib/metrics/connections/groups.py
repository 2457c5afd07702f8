"""Connected groups of customers: who is in one, and what the bank has lent to it as a whole."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.metrics.connections.components import linked_labels
from microlib.metrics.connections.weights import ENDS

MEMBERS = {"connected_id": "str", "customer_id": "str", "members_count": "int64"}


def connected_groups(pairs: pd.DataFrame, *, unexplained: bool = False) -> pd.DataFrame:
    """Join linked pairs into groups: whoever is linked to a member is a member.

    Answers "who counts as one borrower?" or, with `unexplained`, "who hangs together without an ordinary reason?"

    Parameters
    ----------
    pairs : DataFrame
        Result of `checklists.link_checklist`. Not modified.
    unexplained : bool
        False takes pairs that count as one exposure, an owner and their company among them; True takes pairs that are
        not ruled out.

    Returns
    -------
    DataFrame
        One row per member of a group of two or more, by both: ``connected_id`` (the smallest customer number of the
        group), ``customer_id``, ``members_count``.

    Notes
    -----
    Links are transitive here: a chain of strong pairs makes one group, however long. Read a large group link by link.

    Examples
    --------
    >>> pairs = pd.DataFrame({"customer_id_a": ["C1", "C2"], "customer_id_b": ["C2", "C3"], "counts_as_one": True,
    ...                       "status": ["to_check", "ruled_out"]})
    >>> connected_groups(pairs)["connected_id"].tolist()
    ['C1', 'C1', 'C1']
    >>> connected_groups(pairs, unexplained=True)["customer_id"].tolist()
    ['C1', 'C2']
    """
    kept = pairs[(pairs["status"] != "ruled_out") if unexplained else pairs["counts_as_one"]]
    codes, names = pd.factorize(pd.concat([kept[end] for end in ENDS], ignore_index=True), sort=True)
    labels = linked_labels(codes[: len(kept)], codes[len(kept) :], count=len(names)) if len(kept) else np.zeros(0, int)
    members = pd.DataFrame({"label": labels, "customer_id": names})
    grouped = members.groupby("label")["customer_id"]
    members = members.assign(connected_id=grouped.transform("min"), members_count=grouped.transform("size"))
    return members.sort_values(["connected_id", "customer_id"])[list(MEMBERS)].astype(MEMBERS).reset_index(drop=True)


def group_exposures(
    members: pd.DataFrame, loans: pd.DataFrame, pairs: pd.DataFrame, *, cap_yuan: float
) -> pd.DataFrame:
    """Add up what each connected group owes and set it against its cap.

    Parameters
    ----------
    members : DataFrame
        Result of `connected_groups`. Not modified.
    loans : DataFrame[loans]
        Uses ``customer_id, loan_id, balance_yuan``.
    pairs : DataFrame
        Result of `checklists.link_checklist`; gives each group its status.
    cap_yuan : float
        Policy's cap for one linked group (``limits.group_cap_yuan``).

    Returns
    -------
    DataFrame
        One row per group with a balance, largest first: ``connected_id, members_count, borrowers_count, loans_count,
        balance_yuan, cap_yuan, headroom_yuan`` (below zero when exceeded), ``links_count``, ``evidence`` (all kinds,
        in alphabetical order) and ``status`` (to_check where any link is; ruled_out where all are; else confirmed).

    Examples
    --------
    >>> members = pd.DataFrame({"connected_id": "C1", "customer_id": ["C1", "C2"], "members_count": 2})
    >>> loans = pd.DataFrame({"customer_id": ["C1", "C2"], "loan_id": ["L1", "L2"], "balance_yuan": [3e6, 4e6]})
    >>> pairs = pd.DataFrame({"customer_id_a": ["C1"], "customer_id_b": ["C2"], "status": "ruled_out",
    ...                       "evidence": "spouse"})
    >>> group_exposures(members, loans, pairs, cap_yuan=5e6)[["balance_yuan", "headroom_yuan"]].iloc[0].tolist()
    [7000000.0, -2000000.0]
    """
    live = loans[loans["balance_yuan"] > 0].merge(members, on="customer_id")
    found = live.groupby("connected_id", observed=True).agg(
        members_count=("members_count", "first"), borrowers_count=("customer_id", "nunique"),
        loans_count=("loan_id", "nunique"), balance_yuan=("balance_yuan", "sum"),
    )  # fmt: skip
    found = found.join(_links_of(members, pairs)).reset_index()
    found.insert(5, "cap_yuan", float(cap_yuan))
    found.insert(6, "headroom_yuan", found["cap_yuan"] - found["balance_yuan"])
    return found.sort_values(["balance_yuan", "connected_id"], ascending=[False, True]).reset_index(drop=True)


def _links_of(members: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return number, kinds and status of each group's links."""
    group = members.set_index("customer_id")["connected_id"]
    one, two = (pairs[end].map(group) for end in ENDS)
    inside = pairs[(one == two).fillna(False)].assign(connected_id=one)
    return inside.groupby("connected_id").agg(
        links_count=("status", "size"), evidence=("evidence", joined_kinds), status=("status", worst_status)
    )


def joined_kinds(evidence: pd.Series) -> str:
    """Return all kinds of links in several chains of evidence, in alphabetical order, joined by +."""
    return "+".join(sorted({kind for chain in evidence for kind in chain.split("+")}))


def worst_status(status: pd.Series) -> str:
    """Return the status of a group: to_check where any link is, ruled_out where all are, else confirmed."""
    return "to_check" if status.eq("to_check").any() else "ruled_out" if status.eq("ruled_out").all() else "confirmed"
