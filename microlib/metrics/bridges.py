"""Edges of a graph that lie on no circle, and the cheapest way around one."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Mapping

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
