"""Guarantee circles and the areas through which a failure may run (担保圈、互保链)."""

from __future__ import annotations

from collections import deque

import numpy as np
import pandas as pd

from microlib.metrics.connections.guarantee_edges import labelled


def guarantee_circles(edges: pd.DataFrame) -> pd.DataFrame:
    """Find the circles: guarantors from each of whom a way leads to every other and back (strongly connected parts).

    Answers "which of these guarantees are given by people who need one themselves?"

    Parameters
    ----------
    edges : DataFrame
        Result of `guarantee_edges.guarantee_edges`. Not modified.

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
        guarantees_count=("inside", "sum"), guaranteed_yuan=("inner", "sum"), mutual_count=("both", "sum"),
        from_outside_yuan=("outer", "sum"),
    )  # fmt: skip
    number = found.index.to_numpy("int64")
    found.insert(0, "circle_id", pd.Series(ids[number], index=found.index, dtype="str"))
    found.insert(1, "members_count", sizes[number])
    is_ring = found["guarantees_count"] == found["members_count"]
    shape = np.select([found["members_count"] == 2, is_ring], ["mutual", "ring"], "web")
    found["shape"] = pd.Series(shape, index=found.index, dtype="str")
    return found.sort_values(["guaranteed_yuan", "circle_id"], ascending=[False, True]).reset_index(drop=True)


def circle_members(edges: pd.DataFrame) -> pd.DataFrame:
    """List the members of each circle.

    Parameters
    ----------
    edges : DataFrame
        Result of `guarantee_edges.guarantee_edges`. Not modified.

    Returns
    -------
    DataFrame
        One row per member, by both: ``circle_id, customer_id``.

    Examples
    --------
    >>> edges = pd.DataFrame({"guarantor_id": ["A", "B"], "borrower_id": ["B", "A"], "guaranteed_yuan": 1.0,
    ...                       "loans_count": 1})
    >>> circle_members(edges).to_numpy().tolist()
    [['A', 'A'], ['A', 'B']]
    """
    _, _, names, labels = labelled(edges, strong=True)
    sizes = np.bincount(labels) if len(labels) else np.zeros(0, int)
    kept = sizes[labels] > 1 if len(labels) else np.zeros(0, bool)
    rows = {"circle_id": _smallest(names, labels)[labels[kept]], "customer_id": names[kept]}
    return pd.DataFrame(rows, dtype="str").sort_values(["circle_id", "customer_id"]).reset_index(drop=True)


def guarantee_areas(edges: pd.DataFrame) -> pd.DataFrame:
    """Find the areas within which a call on a guarantor may run on (weakly connected parts), and their longest chain.

    Answers "if one of them fails, how far can it go?"

    Parameters
    ----------
    edges : DataFrame
        Result of `guarantee_edges.guarantee_edges`. Not modified.

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
        guarantors_count=("guarantor_id", "nunique"), borrowers_count=("borrower_id", "nunique"),
        guaranteed_yuan=("guaranteed_yuan", "sum"), guarantees_count=("guarantor_id", "size"),
    )  # fmt: skip
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
