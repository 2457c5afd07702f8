"""All concentration indices of 100,000 cells of 50 names, against bare numpy and a loop over concentrationMetrics."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from concentrationMetrics import Index

from bench import clocks
from microlib.stats.concentration import concentration

CELLS, NAMES = 100_000, 50
#: the loop is run over so many cells and its time scaled up: each cell costs the same
LOOPED = 5_000
SEED = 20260630


def rows() -> list[dict]:
    """Return the rows of the bench table."""
    frame = _book()
    both = [(_seconds(_ours, frame), _seconds(_by_hand, frame)) for _ in range(6)]
    ours, bare = (min(times[1:]) for times in zip(*both, strict=True))
    arrays = frame.sort_values(["cell", "name"])["balance_yuan"].to_numpy().reshape(CELLS, NAMES)
    looped = _loop(arrays[:LOOPED]) * CELLS / LOOPED
    name = f"all indices of {CELLS:,} cells of {NAMES} names"
    return [
        clocks.row(f"{name} / bare numpy, grouping and sorting on both sides (s)", ours, bare, bound=3.0),
        clocks.row(f"{name} / loop over concentrationMetrics, split before (s)", ours, looped, bound=1 / 5),
    ]


def _seconds(work: Callable[[pd.DataFrame], object], frame: pd.DataFrame) -> float:
    start = time.perf_counter()
    work(frame)
    return time.perf_counter() - start


def _ours(frame: pd.DataFrame) -> pd.DataFrame:
    return concentration(frame, within="cell", across="name")


def _book() -> pd.DataFrame:
    """Return one row per cell and name, in no order."""
    dice = np.random.default_rng(SEED)
    order = dice.permutation(CELLS * NAMES)
    cells, names = np.divmod(order, NAMES)
    return pd.DataFrame({"cell": cells, "name": names, "balance_yuan": dice.lognormal(12.0, 1.0, len(order))})


def _by_hand(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """Compute the same indices as somebody would who knows that every cell has 50 names, numbered from 0."""
    cells, names = frame["cell"].to_numpy(), frame["name"].to_numpy()
    amounts = np.bincount(cells * NAMES + names, weights=frame["balance_yuan"].to_numpy(), minlength=CELLS * NAMES)
    sized = -np.sort(-amounts.reshape(CELLS, NAMES), axis=1)
    totals = sized.sum(axis=1)
    shares = sized / totals[:, None]
    squares = shares**2
    hhi, ranked = squares.sum(axis=1), shares @ np.arange(1, NAMES + 1)
    shannon, roots = -(shares * np.log(shares)).sum(axis=1), np.sqrt(shares).sum(axis=1)
    return {
        "balance_yuan": totals, "largest": amounts.reshape(CELLS, NAMES).argmax(axis=1),
        **{f"cr{top}": shares[:, :top].sum(axis=1) for top in (1, 3, 5, 10)},
        "hhi": hhi, "hhi_normalised": (hhi - 1 / NAMES) / (1 - 1 / NAMES), "effective": 1 / hhi,
        "gini": 1 + (1 - 2 * ranked) / NAMES, "theil": np.log(NAMES) - shannon, "shannon": shannon,
        "hall_tideman": 1 / (2 * ranked - 1), "hannah_kay": roots**2, "renyi": -np.log(hhi),
        "atkinson": 1 - roots**2 / NAMES, "cci": shares[:, 0] + (squares * (2 - shares))[:, 1:].sum(axis=1),
    }  # fmt: skip


def _loop(arrays: np.ndarray) -> float:
    """Return the seconds of one call per cell and index; the package has no Rényi index and no CCI."""
    index = Index()
    start = time.perf_counter()
    for cell in arrays:
        for top in (1, 3, 5, 10):
            index.cr(cell, top)
        index.hhi(cell, normalized=False), index.hhi(cell), index.invsimpson(cell), index.gini(cell)
        index.theil(cell), index.shannon(cell), index.hti(cell), index.hk(cell, 0.5), index.atkinson(cell, 0.5)
    return time.perf_counter() - start
