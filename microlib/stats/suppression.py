"""Which cells of a table may be told: small counts, dominance, and what subtraction would reveal.

`suppressed` hides cells so that nobody can be made out from margins; `bridges` and `way_around` are the
graph steps by which it finds the cheapest second cell to hide.
"""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from microlib.stats.grouping import told_apart

Node = Hashable
Edge = tuple[Node, Node]


def bridges(edges: list[Edge]) -> list[Edge]:
    """Return the edges whose removal parts what they join: those on no circle.

    In a table whose row and column sums are known, hidden cells are the edges between their rows and columns; a
    hidden cell can be computed exactly if and only if its edge is a bridge (Gusfield 1988).

    Parameters
    ----------
    edges : list of (node, node)
        Each pair once.

    Returns
    -------
    list of (node, node)
        In the order given.

    Examples
    --------
    >>> bridges([("a", "x"), ("a", "y"), ("b", "x"), ("b", "y"), ("c", "y")])
    [('c', 'y')]
    """
    near: dict[Node, list[Node]] = {}
    for one, other in edges:
        near.setdefault(one, []).append(other)
        near.setdefault(other, []).append(one)
    seen: dict[Node, int] = {}
    lowest: dict[Node, int] = {}
    found = {pair for start in near if start not in seen for pair in _below(start, near, seen, lowest)}
    return [(one, other) for one, other in edges if (one, other) in found or (other, one) in found]


def _below(start: Node, near: Mapping[Node, list[Node]], seen: dict[Node, int], lowest: dict[Node, int]) -> list[Edge]:
    """Walk in depth from a node; an edge is a bridge when nothing below it reaches above it (Tarjan 1974)."""
    found, path = [], [(start, None, iter(near[start]))]
    seen[start] = lowest[start] = len(seen)
    while path:
        node, parent, rest = path[-1]
        step = next(rest, None)
        if step is None:
            path.pop()
            if parent is not None:
                lowest[parent] = min(lowest[parent], lowest[node])
                found += [(parent, node)] if lowest[node] > seen[parent] else []
        elif step not in seen:
            seen[step] = lowest[step] = len(seen)
            path.append((step, node, iter(near[step])))
        elif step != parent:
            lowest[node] = min(lowest[node], seen[step])
    return found


def way_around(edge: Edge, costs: Mapping[Node, Mapping[Node, float]]) -> list[Edge]:
    """Return the edges of the cheapest path between the ends of `edge` that does not use it; empty where none leads.

    Parameters
    ----------
    edge : (node, node)
    costs : mapping
        Node -> neighbour -> cost of the edge between them, both ways.

    Examples
    --------
    >>> costs = {"a": {"x": 0, "y": 2}, "b": {"x": 1, "y": 1}, "x": {"a": 0, "b": 1}, "y": {"a": 2, "b": 1}}
    >>> way_around(("a", "x"), costs)
    [('a', 'y'), ('y', 'b'), ('b', 'x')]
    """
    start, goal = edge
    queue, came, number = [(0.0, 0, start, None)], {}, 0
    while queue:
        spent, _, node, before = heapq.heappop(queue)
        if node in came:
            continue
        came[node] = before
        if node == goal:
            return _path(came, goal)
        for step, cost in costs.get(node, {}).items():
            if step not in came and {node, step} != {start, goal}:
                number += 1
                heapq.heappush(queue, (spent + cost, number, step, node))
    return []


def _path(came: Mapping[Node, Node], goal: Node) -> list[Edge]:
    found, node = [], goal
    while came[node] is not None:
        found.append((came[node], node))
        node = came[node]
    return found[::-1]


#: the code of a sum over all rows or all columns
ALL = "all"
CELL_COLUMNS = ("customers_count", "total_yuan", "largest_yuan")
Place = tuple[Hashable, Hashable]


class _Cell(NamedTuple):
    customers: float
    total: float
    largest: float


def suppressed(cells: pd.DataFrame, *, by: Sequence[str], fewest: int, dominance_share: float) -> pd.DataFrame:
    r"""Hide the cells that would tell of few customers or of one, and as many more as make subtraction useless.

    Answers "which of these sums may be shown to somebody who is not of the house (or of the branch)?"

    A cell is hidden (``few``) when it holds customers, but fewer than `fewest`; (``dominant``) when its largest
    customer holds more than `dominance_share` of it. Margins are cells too. Then (``complement``)

    - the hidden cells of a line whose sum is shown are together neither few nor dominated, and
    - none can be computed from what is shown: with rows and columns as nodes and hidden cells as edges, each edge lies
      on a circle. The cheapest circle, by customers hidden, is closed until all do.

    A cell without customers is shown: nobody is in it, and everybody may know that.

    Parameters
    ----------
    cells : DataFrame
        A row per cell: the columns of `by`, ``customers_count`` (>= 0), ``total_yuan`` (yuan or any amount >= 0 that
        adds up), ``largest_yuan`` (its largest customer's). Where only heads are counted, both amounts are left out:
        each customer is one. Further columns are carried along and blanked with the cell. Not modified.
    by : sequence of str
        One column, or two: rows and columns of the table.
    fewest : int
        k: fewest customers that a shown cell may hold.
    dominance_share : float
        Fraction.

    Returns
    -------
    DataFrame
        The cells in their order, then the margins (``all`` in the place of a code): `by`, ``customers_count,
        total_yuan``, the further columns (of cells only), ``is_shown``, ``suppression`` (``few``, ``dominant``,
        ``complement``, empty where shown). **Hidden numbers are missing in it**: it may be handed on as it is.

    Notes
    -----
    Customers and amounts must add up; where one customer counts in two cells of a line, its margin cannot be used for
    subtraction, and the result hides rather too much. Exact recovery is excluded; bounds from amounts never being
    negative remain. Two tables of overlapping cells must be suppressed together.

    References
    ----------
    .. [1] Gusfield, D. (1988). A Graph Theoretic Approach to Statistical Data Security. SIAM J. Comput. 17(3).
    .. [2] Hundepool, A. et al. (2012). Statistical Disclosure Control, ch. 4: minimum frequency, dominance (1, k).

    Examples
    --------
    >>> cells = pd.DataFrame({"segment": ["stalls", "suppliers", "farms"], "customers_count": [40, 3, 12],
    ...                       "total_yuan": [8e6, 2e6, 3e6], "largest_yuan": [5e5, 1e6, 4e5]})
    >>> told = suppressed(cells, by=["segment"], fewest=5, dominance_share=0.7)
    >>> told.set_index("segment")["suppression"].to_dict()
    {'stalls': '', 'suppliers': 'few', 'farms': 'complement', 'all': ''}
    """
    told_apart(cells, known=by, table="cells")
    names = list(by) if len(by) == 2 else [*by, "_line"]
    known_cells = _counted(cells)
    full = _with_margins(known_cells if len(by) == 2 else known_cells.assign(_line=""), names)
    known = {
        place: _Cell(*row) for place, row in zip(_places(full, names), full[list(CELL_COLUMNS)].to_numpy(), strict=True)
    }
    why = {place: code for place, cell in known.items() if (code := _sensitive(cell, fewest, dominance_share))}
    while more := _unsafe_lines(known, why, fewest, dominance_share) or _open_edges(known, why):
        why |= dict.fromkeys((place for place in more if place not in why), "complement")
    told = full.assign(suppression=[why.get(place, "") for place in _places(full, names)])
    if len(by) == 1:
        told = told[told["_line"] == ""].drop(columns="_line")
    added = [] if "total_yuan" in cells.columns else ["total_yuan"]
    return _blanked(told.drop(columns=["largest_yuan", *added]), by)


def _counted(cells: pd.DataFrame) -> pd.DataFrame:
    """Return cells with amounts: where there are none, each customer counts one."""
    if "total_yuan" in cells.columns:
        return cells
    return cells.assign(
        total_yuan=cells["customers_count"], largest_yuan=(cells["customers_count"] > 0).astype("float64")
    )


def _with_margins(cells: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return cells with the sums of rows, columns and all."""
    sums = {"customers_count": "sum", "total_yuan": "sum", "largest_yuan": "max"}
    first, second = names
    parts = [cells]
    for left, constant in ((first, second), (second, first)):
        parts.append(cells.groupby(left, sort=False, as_index=False).agg(sums).assign(**{constant: ALL}))
    whole = {name: [getattr(cells[name], how)()] for name, how in sums.items()}
    return pd.concat([*parts, pd.DataFrame({first: [ALL], second: [ALL], **whole})], ignore_index=True)


def _places(full: pd.DataFrame, names: list[str]) -> list[Place]:
    return [(("row", one), ("column", other)) for one, other in full[names].itertuples(index=False, name=None)]


def _sensitive(cell: _Cell, fewest: int, dominance_share: float) -> str:
    if not cell.customers:
        return ""
    if cell.customers < fewest:
        return "few"
    return "dominant" if cell.largest > dominance_share * cell.total else ""


def _unsafe_lines(known: dict[Place, _Cell], why: dict[Place, str], fewest: int, share: float) -> list[Place]:
    """Return the smallest shown cell of each line whose hidden cells, known as a sum, are few or dominated."""
    lines: dict[Hashable, list[Place]] = {}
    for place in known:
        for node in place:
            lines.setdefault(node, []).append(place)
    found = []
    for node, places in lines.items():
        margin = next(place for place in places if place[place[0] == node][1] == ALL)
        hidden = [known[place] for place in places if place in why and place != margin]
        if margin in why or not hidden or not _sensitive(_joined(hidden), fewest, share):
            continue
        shown = [place for place in places if place not in why and place != margin and known[place].customers]
        found.append(min(shown, key=lambda place: known[place].customers, default=margin))
    return found


def _joined(cells: list[_Cell]) -> _Cell:
    return _Cell(sum(c.customers for c in cells), sum(c.total for c in cells), max(c.largest for c in cells))


def _open_edges(known: dict[Place, _Cell], why: dict[Place, str]) -> list[Place]:
    """Return the cells that close a circle through the first hidden cell that can be computed; empty for none."""
    costs: dict[Hashable, dict[Hashable, float]] = {}
    alone = bridges(list(why))
    if not alone:
        return []
    for (row, column), cell in known.items():
        if cell.customers:
            cost = 0.0 if (row, column) in why else cell.customers
            costs.setdefault(row, {})[column] = costs.setdefault(column, {})[row] = cost
    way = way_around(alone[0], costs)
    return [(one, other) if one[0] == "row" else (other, one) for one, other in way]


def _blanked(told: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    numbers = [name for name in told.columns if name not in (*by, "suppression")]
    is_shown = told["suppression"] == ""
    clean = told.assign(**{name: told[name].where(is_shown) for name in numbers}, is_shown=is_shown)
    return clean[[*by, *numbers, "is_shown", "suppression"]]
