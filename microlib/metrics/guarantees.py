"""Guarantee circles (担保圈), mutual guarantees, chains, stars, and what a guarantor could really pay.

`guarantee_edges` makes the graph, `guarantee_circles` and `guarantee_areas` find circles and the reach of a
failure, `guarantee_burdens` and `first_round_covers` reckon cover left, `guarantee_motifs` counts shapes.
"""

from __future__ import annotations

from collections import deque

import numpy as np
import pandas as pd

from microlib.errors import BadData
from microlib.metrics.connections import linked_labels

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


def guarantee_circles(edges: pd.DataFrame) -> pd.DataFrame:
    """Find the circles: guarantors from each of whom a way leads to every other and back (strongly connected parts).

    Answers "which of these guarantees are given by people who need one themselves?"

    Parameters
    ----------
    edges : DataFrame
        Result of `guarantee_edges`. Not modified.

    Returns
    -------
    DataFrame
        One row per circle, largest sum first: ``circle_id`` (its smallest number), ``members_count``,
        ``guarantees_count, guaranteed_yuan`` (inside the circle), ``mutual_count`` (pairs both ways),
        ``from_outside_yuan`` (guarantees that members receive from others), ``shape``: mutual (two members), ring (one
        guarantee each, once round), web (more).

    Notes
    -----
    A circle is a figure, not a fault: neighbours of a trade stand for one another in good faith. What it says is that
    inside it a guarantee is no second source of repayment.

    Examples
    --------
    >>> edges = pd.DataFrame({"guarantor_id": ["A", "B", "C", "X"], "borrower_id": ["B", "C", "A", "A"],
    ...                       "guaranteed_yuan": 1e5, "loans_count": 1})
    >>> guarantee_circles(edges)[["circle_id", "members_count", "shape"]].to_numpy().tolist()
    [['A', 3, 'ring']]
    """
    first, second, names, labels = labelled(edges, strong=True)
    sizes = np.bincount(labels) if len(labels) else np.zeros(0, int)
    ids = _smallest(names, labels)
    inside = labels[first] == labels[second]
    pairs = set(zip(first.tolist(), second.tolist(), strict=True))
    both = np.array([(b, a) in pairs and a < b for a, b in zip(first.tolist(), second.tolist(), strict=True)], bool)
    rows = edges.assign(circle=labels[second], inside=inside, both=both & inside)
    rows = rows[sizes[rows["circle"]] > 1] if len(rows) else rows
    inner = rows["guaranteed_yuan"].where(rows["inside"], 0.0)
    rows = rows.assign(inner=inner, outer=rows["guaranteed_yuan"] - inner)
    found = rows.groupby("circle").agg(
        guarantees_count=("inside", "sum"),
        guaranteed_yuan=("inner", "sum"),
        mutual_count=("both", "sum"),
        from_outside_yuan=("outer", "sum"),
    )
    number = found.index.to_numpy("int64")
    found.insert(0, "circle_id", pd.Series(ids[number], index=found.index, dtype="str"))
    found.insert(1, "members_count", sizes[number])
    is_ring = found["guarantees_count"] == found["members_count"]
    shape = np.select([found["members_count"] == 2, is_ring], ["mutual", "ring"], "web")
    found["shape"] = pd.Series(shape, index=found.index, dtype="str")
    return found.sort_values(["guaranteed_yuan", "circle_id"], ascending=[False, True]).reset_index(drop=True)


def guarantee_areas(edges: pd.DataFrame) -> pd.DataFrame:
    """Find the areas within which a call on a guarantor may run on (weakly connected parts), and their longest chain.

    Answers "if one of them fails, how far can it go?"

    Parameters
    ----------
    edges : DataFrame
        Result of `guarantee_edges`. Not modified.

    Returns
    -------
    DataFrame
        One row per area, largest sum first: ``area_id`` (its smallest number), ``members_count, guarantors_count,
        borrowers_count, guaranteed_yuan, circles_count``, ``chain_count`` (guarantees along the longest chain, a
        circle taken as one) with ``chain`` (names joined by >, a circle by its smallest number), and ``shape``: pair,
        chain, star (one guarantor for all), fan (one borrower with several guarantors), circle, or mixed.

    Examples
    --------
    >>> edges = pd.DataFrame({"guarantor_id": ["A", "B"], "borrower_id": ["B", "C"], "guaranteed_yuan": 1e5,
    ...                       "loans_count": 1})
    >>> guarantee_areas(edges)[["area_id", "chain", "shape"]].to_numpy().tolist()
    [['A', 'A>B>C', 'chain']]
    """
    first, _, names, weak = labelled(edges, strong=False)
    rows = edges.assign(area=weak[first] if len(edges) else np.zeros(0, int))
    found = rows.groupby("area").agg(
        guarantors_count=("guarantor_id", "nunique"),
        borrowers_count=("borrower_id", "nunique"),
        guaranteed_yuan=("guaranteed_yuan", "sum"),
        guarantees_count=("guarantor_id", "size"),
    )
    number = found.index.to_numpy("int64")
    found.insert(0, "area_id", pd.Series(_smallest(names, weak)[number], index=found.index, dtype="str"))
    found.insert(1, "members_count", np.bincount(weak)[number] if len(weak) else number)
    found = found.join(_chains(edges, weak))
    found["shape"] = _shapes(found)
    found = found.drop(columns="guarantees_count")
    return found.sort_values(["guaranteed_yuan", "area_id"], ascending=[False, True]).reset_index(drop=True)


def _smallest(names: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return each part's smallest name; names come in ascending order."""
    _, places = np.unique(labels, return_index=True)
    return names[places]


def _shapes(areas: pd.DataFrame) -> pd.Series:
    one_each = areas["guarantees_count"] == areas["members_count"] - 1
    tests = {
        "circle": (areas["circles_count"] == 1) & (areas["chain_count"] == 0),
        "pair": areas["members_count"] == 2,
        "star": one_each & (areas["guarantors_count"] == 1),
        "fan": one_each & (areas["borrowers_count"] == 1),
        "chain": one_each & (areas["chain_count"] == areas["members_count"] - 1),
    }
    return pd.Series(np.select(list(tests.values()), list(tests), "mixed"), index=areas.index, dtype="str")


def _chains(edges: pd.DataFrame, weak: np.ndarray) -> pd.DataFrame:
    """Return for each area its number of circles and its longest chain once circles are shrunk to points."""
    first, second, names, strong = labelled(edges, strong=True)
    ids, sizes = _smallest(names, strong), np.bincount(strong) if len(strong) else np.zeros(0, int)
    area = np.zeros(len(ids), dtype=int)
    area[strong] = weak
    steps = {(a, b) for a, b in zip(strong[first].tolist(), strong[second].tolist(), strict=True) if a != b}
    length, before = _longest(steps, len(ids))
    points = pd.DataFrame({"area": area, "chain_count": length, "circle": sizes > 1, "point": range(len(ids))})
    last = points.sort_values(["chain_count", "point"], ascending=[False, True]).drop_duplicates("area")
    found = last.set_index("area")[["chain_count"]]
    paths = [">".join(map(str, ids[_path(before, point)])) for point in last["point"]]
    found["chain"] = pd.Series(paths, index=found.index, dtype="str")
    found["circles_count"] = points.groupby("area")["circle"].sum()
    return found[["circles_count", "chain_count", "chain"]]


def _longest(steps: set[tuple[int, int]], count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the longest way into each point of a graph without circles, and the point before it (-1: none)."""
    onward: dict[int, list[int]] = {}
    waiting = np.zeros(count, dtype=int)
    for one, two in sorted(steps):
        onward.setdefault(one, []).append(two)
        waiting[two] += 1
    length, before = np.zeros(count, dtype=int), np.full(count, -1)
    ready = deque(np.flatnonzero(waiting == 0).tolist())
    while ready:
        point = ready.popleft()
        for after in onward.get(point, ()):
            if length[point] + 1 > length[after]:
                length[after], before[after] = length[point] + 1, point
            waiting[after] -= 1
            if waiting[after] == 0:
                ready.append(after)
    return length, before


def _path(before: np.ndarray, point: int) -> list[int]:
    path = [point]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return path[::-1]


def guarantee_burdens(guarantees: pd.DataFrame, loans: pd.DataFrame, *, most_ratio: float = 1.0) -> pd.DataFrame:
    r"""Set what each guarantor stands for against what they own (过度担保).

    Answers "whose guarantee is worth less than it says?"

    .. math:: r_a = \frac{\sum_l \min(G_{al}, B_l)}{W_a}

    where :math:`G_{al}` is the guarantee of a for loan l, :math:`B_l` its balance, :math:`W_a` the guarantor's net
    worth; where several are on file, the smallest.

    Parameters
    ----------
    guarantees : DataFrame[guarantees]
        Uses ``loan_id, guarantor_id, amount_yuan, net_worth_yuan``. Not modified.
    loans : DataFrame[loans]
        Uses ``loan_id, customer_id, balance_yuan``; loans with a balance.
    most_ratio : float
        Guarantees over net worth from which a guarantor has given too many, > 0.

    Returns
    -------
    DataFrame
        One row per guarantor, those over first, then by sum: ``guarantor_id, borrowers_count, loans_count, given_yuan,
        received_yuan`` (guarantees others give for the guarantor's own loans), ``net_yuan`` (given less received),
        ``own_debt_yuan`` (own balance with us), ``net_worth_yuan`` (missing when unknown), ``worth_count`` (different
        figures on file), ``burden_ratio`` (missing when the worth is unknown; infinite when it is not above zero),
        ``is_over`` (missing when unknown: never taken as fine).

    Raises
    ------
    BadData
        If `most_ratio` is not above zero.

    Notes
    -----
    Net worth is what the file says on the day it was written, and guarantees at other banks are not in it: the ratio
    is a least.

    Examples
    --------
    >>> guarantees = pd.DataFrame({"loan_id": ["L1", "L2"], "guarantor_id": "G1", "amount_yuan": 3e5,
    ...                            "net_worth_yuan": [5e5, 4e5]})
    >>> loans = pd.DataFrame({"loan_id": ["L1", "L2"], "customer_id": ["C1", "C2"], "balance_yuan": 3e5})
    >>> guarantee_burdens(guarantees, loans)[["given_yuan", "burden_ratio"]].iloc[0].tolist()
    [600000.0, 1.5]
    """
    if not most_ratio > 0:
        raise BadData(f"ratio {most_ratio} is not above zero", fix="1.0 says: no more than one owns")
    rows = covered(guarantees, loans)
    found = (
        rows.groupby("guarantor_id", observed=True)
        .agg(
            borrowers_count=("borrower_id", "nunique"),
            loans_count=("loan_id", "nunique"),
            given_yuan=("covered_yuan", "sum"),
            net_worth_yuan=("net_worth_yuan", "min"),
            worth_count=("net_worth_yuan", "nunique"),
        )
        .reset_index()
    )
    received = rows.groupby("borrower_id", observed=True)["covered_yuan"].sum()
    found["received_yuan"] = found["guarantor_id"].map(received).astype("float64").fillna(0.0)
    found["net_yuan"] = found["given_yuan"] - found["received_yuan"]
    found["own_debt_yuan"] = found["guarantor_id"].map(_debts(loans)).astype("float64").fillna(0.0)
    worth = found["net_worth_yuan"].astype("float64")
    ratio = found["given_yuan"] / worth.where(worth > 0)
    found["burden_ratio"] = ratio.where(worth.isna() | (worth > 0), np.inf)
    found["is_over"] = (found["burden_ratio"] > most_ratio).astype("boolean").where(worth.notna(), pd.NA)
    names = [
        "guarantor_id",
        "borrowers_count",
        "loans_count",
        "given_yuan",
        "received_yuan",
        "net_yuan",
        "own_debt_yuan",
        "net_worth_yuan",
        "worth_count",
        "burden_ratio",
        "is_over",
    ]
    order = {"by": ["is_over", "given_yuan", "guarantor_id"], "ascending": [False, False, True]}
    return found.sort_values(**order)[names].reset_index(drop=True)


def first_round_covers(guarantees: pd.DataFrame, loans: pd.DataFrame) -> pd.DataFrame:
    r"""Ask for each guaranteed borrower what the guarantors pay if this borrower alone fails.

    Answers "if this one fails, is the loan covered, and whom do we lose along with it?"

    .. math::

        c_{ab} = \min(g_{ab}, \max(W_a, 0)), \quad
        C_b = \frac{\min(\sum_a c_{ab}, B_b)}{B_b}, \quad
        \text{broken: } g_{ab} > W_a

    where :math:`g_{ab}` is what a guarantees for b, :math:`W_a` a's net worth (unknown counts as nothing),
    :math:`B_b` the guaranteed balance of b. A guarantor called for more than they own is broken; what a broken
    guarantor owes us is exposed in the first round.

    Parameters
    ----------
    guarantees : DataFrame[guarantees]
        Uses ``loan_id, guarantor_id, amount_yuan, net_worth_yuan``. Not modified.
    loans : DataFrame[loans]
        Uses ``loan_id, customer_id, balance_yuan``.

    Returns
    -------
    DataFrame
        One row per borrower with a guaranteed balance, least covered first: ``borrower_id, guarantors_count,
        guaranteed_balance_yuan, guaranteed_yuan, covered_yuan, cover_share`` (0 .. 1), ``unknown_count`` (guarantors
        of unknown worth, in no cover), ``broken_count``, ``exposed_yuan`` (own balances of broken guarantors with us).

    Notes
    -----
    One borrower at a time and one round: a circle that fails together is not covered twice by one purse. Net worth is
    not cash, and collection takes time: the cover is a most.

    Examples
    --------
    >>> guarantees = pd.DataFrame({"loan_id": ["L1"], "guarantor_id": ["C2"], "amount_yuan": [4e5],
    ...                            "net_worth_yuan": [1e5]})
    >>> loans = pd.DataFrame({"loan_id": ["L1", "L2"], "customer_id": ["C1", "C2"], "balance_yuan": [4e5, 2e5]})
    >>> first_round_covers(guarantees, loans)[["cover_share", "broken_count", "exposed_yuan"]].iloc[0].tolist()
    [0.25, 1.0, 200000.0]
    """
    rows = covered(guarantees, loans)
    sides = ["borrower_id", "guarantor_id"]
    held = rows.groupby(sides, as_index=False, observed=True)["covered_yuan"].sum()
    worth = rows.groupby("guarantor_id", observed=True)["net_worth_yuan"].min()
    known = held["guarantor_id"].map(worth).astype("float64")
    owned = known.fillna(0.0).clip(lower=0.0)
    broken = known.notna() & (held["covered_yuan"] > owned)
    debts = held["guarantor_id"].map(_debts(loans)).astype("float64").fillna(0.0)
    held = held.assign(
        paid=np.minimum(held["covered_yuan"], owned),
        unknown=known.isna(),
        broken=broken,
        exposed=debts.where(broken, 0.0),
    )
    found = held.groupby("borrower_id", observed=True).agg(
        guarantors_count=("guarantor_id", "nunique"),
        guaranteed_yuan=("covered_yuan", "sum"),
        covered_yuan=("paid", "sum"),
        unknown_count=("unknown", "sum"),
        broken_count=("broken", "sum"),
        exposed_yuan=("exposed", "sum"),
    )
    balance = rows.drop_duplicates("loan_id").groupby("borrower_id", observed=True)["balance_yuan"].sum()
    found.insert(1, "guaranteed_balance_yuan", balance.astype("float64"))
    found["covered_yuan"] = np.minimum(found["covered_yuan"], found["guaranteed_balance_yuan"])
    found.insert(4, "cover_share", found["covered_yuan"] / found["guaranteed_balance_yuan"])
    return found.reset_index().sort_values(["cover_share", "borrower_id"]).reset_index(drop=True)


def covered(guarantees: pd.DataFrame, loans: pd.DataFrame) -> pd.DataFrame:
    """Return guarantees of loans with a balance, each no larger than the balance; nobody stands for themselves."""
    live = loans.loc[loans["balance_yuan"] > 0, ["loan_id", "customer_id", "balance_yuan"]]
    names = ["loan_id", "guarantor_id", "amount_yuan", "net_worth_yuan"]
    rows = guarantees.reindex(columns=names).merge(live, on="loan_id").rename(columns={"customer_id": "borrower_id"})
    rows = rows[rows["guarantor_id"] != rows["borrower_id"]]
    return rows.assign(covered_yuan=np.minimum(rows["amount_yuan"], rows["balance_yuan"]).astype("float64"))


def _debts(loans: pd.DataFrame) -> pd.Series:
    return loans.groupby("customer_id", observed=True)["balance_yuan"].sum()


MOTIFS = ("mutual", "cycle", "circle", "star", "chain")


def guarantee_motifs(edges: pd.DataFrame) -> pd.DataFrame:
    """Count the shapes in which guarantees hang together, and the amount that each holds.

    Answers "if one fails, does the call end with the guarantor or run on?"

    Parameters
    ----------
    edges : DataFrame
        Result of `guarantee_edges`. Not modified.

    Returns
    -------
    DataFrame
        One row per shape of `MOTIFS`: ``motif, motifs_count, largest_count`` (members of the largest).

        - ``mutual``: pairs that stand for each other; ``cycle``: ways on which a guarantee comes back
        - ``circle``: firms all reachable from each other; ``star``: guarantors of three borrowers or more
        - ``chain``: areas whose longest way has three steps or more
    """
    mutual, cycles, circles = mutual_guarantees(edges), guarantee_cycles(edges), guarantee_circles(edges)
    stars, areas = guarantee_stars(edges), guarantee_areas(edges)
    chains = areas[areas["chain_count"] >= 3]
    sizes = {
        "mutual": (len(mutual), 2 if len(mutual) else 0),
        "cycle": (len(cycles), cycles["members_count"].max() if len(cycles) else 0),
        "circle": (len(circles), circles["members_count"].max() if len(circles) else 0),
        "star": (len(stars), stars["borrowers_count"].max() if len(stars) else 0),
        "chain": (len(chains), chains["chain_count"].max() if len(chains) else 0),
    }
    rows = [(name, int(sizes[name][0]), int(sizes[name][1])) for name in MOTIFS]
    return pd.DataFrame(rows, columns=["motif", "motifs_count", "largest_count"])
