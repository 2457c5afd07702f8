"""Connected groups of two million customers over ten million links, hubs suppressed, against scipy and networkx."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import networkx
import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from bench import clocks
from microlib.metrics.connections import HOUSE_RULES, CodedLinks, coded_groups

CUSTOMERS, LINKS = 2_000_000, 10_000_000
NETWORKX_LINKS = 2_000_000
#: one link in twenty hangs on one of these common values
HUBS = 200
KINDS = ["controller", "spouse", "phone", "account", "address", "device"]
SEED = 20260630


def rows() -> list[dict]:
    """Return the rows of the bench table."""
    name = f"groups of {CUSTOMERS / 1e6:g}M customers, {LINKS / 1e6:g}M links"
    few = f"groups of {CUSTOMERS / 1e6:g}M customers, {NETWORKX_LINKS / 1e6:g}M links"
    with tempfile.TemporaryDirectory() as folder:
        whole, part = f"{folder}/whole.npz", f"{folder}/part.npz"
        _make(Path(whole), LINKS)
        _make(Path(part), NETWORKX_LINKS)
        ours, memory = min(_ran("group_ours", whole) for _ in range(3))
        bare = min(_ran("group_by_scipy", whole) for _ in range(3))[0]
        small = min(_ran("group_ours", part) for _ in range(3))[0]
        graph = _ran("group_by_networkx", part)[0]
    return [
        clocks.row(f"{name}, hubs suppressed / scipy connected_components with its CSR (s)", ours, bare, bound=3.0),
        clocks.row(f"{few}, hubs suppressed / networkx (s)", small, graph, bound=1 / 8),
        clocks.row(f"{name}, peak / 6 GiB (MiB)", memory, 6144.0, bound=1.0),
    ]


def group_ours(path: str) -> float:
    """Group with weights that fall with how common a value is."""
    first, second, kinds, values = _read(path)
    start = time.perf_counter()
    links = CodedLinks(first, second, kinds, values, CUSTOMERS)
    coded_groups(links, weights=HOUSE_RULES.table(KINDS), threshold=HOUSE_RULES.threshold)
    return time.perf_counter() - start


def group_by_scipy(path: str) -> float:
    """Group the same edges with nothing suppressed."""
    first, second, _, _ = _read(path)
    start = time.perf_counter()
    graph = sparse.csr_matrix((np.ones(len(first), dtype=np.int8), (first, second)), shape=(CUSTOMERS, CUSTOMERS))
    connected_components(graph, directed=False)
    return time.perf_counter() - start


def group_by_networkx(path: str) -> float:
    """Group the same edges as a graph of Python objects."""
    first, second, _, _ = _read(path)
    start = time.perf_counter()
    graph = networkx.Graph()
    graph.add_nodes_from(range(CUSTOMERS))
    graph.add_edges_from(zip(first.tolist(), second.tolist(), strict=True))
    sum(1 for _ in networkx.connected_components(graph))
    return time.perf_counter() - start


def _ran(function: str, path: str) -> tuple[float, float]:
    """Return seconds of the work without reading the file, and the peak of the whole process."""
    return clocks.in_child("connections", function, path)


def _read(path: str) -> tuple[np.ndarray, ...]:
    with np.load(path) as file:
        return tuple(file[name] for name in ("first", "second", "kinds", "values"))


def _make(path: Path, count: int) -> None:
    """Write links: most values held by two to four customers, a twentieth of the links by hubs of thousands."""
    dice = np.random.default_rng(SEED)
    common = count // 20
    plain = count - common
    holders = dice.integers(1, 4, plain)
    values = np.repeat(np.arange(plain), holders)[:plain]
    first = dice.integers(0, CUSTOMERS, plain)[values]
    second = dice.integers(0, CUSTOMERS, plain)
    second = np.where(second == first, (second + 1) % CUSTOMERS, second)
    hub = dice.integers(0, HUBS, common)
    hub_ends = np.arange(common) % (CUSTOMERS - HUBS) + HUBS
    values = np.r_[values, int(values.max()) + 1 + hub]
    kinds = np.r_[dice.integers(0, len(KINDS), plain)[values[:plain]], np.full(common, KINDS.index("address"))]
    order = dice.permutation(count)
    links = {"first": np.r_[first, hub], "second": np.r_[second, hub_ends], "kinds": kinds, "values": values}
    np.savez(path, **{name: column[order] for name, column in links.items()})
