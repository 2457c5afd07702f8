"""The order in which a demo bank is made: its ground, sixty months of lending, its records, its evidence, its truth."""

from __future__ import annotations

from microlib.bank.demo import beginnings, closings, evidences
from microlib.bank.demo.worlds import World


def build_world(*, branches: int, seed: int, scale: float = 1.0) -> World:
    """Make a whole demo bank in memory: its frames by table, and what was planted.

    Parameters
    ----------
    branches : int
        How many branches.
    seed : int
        The same seed gives the same frames.
    scale : float
        Share of each branch's customers; below 1 only in quick tests.
    """
    world = World(seed=seed, branches=branches, scale=scale)
    for stage in (*beginnings.STAGES, *evidences.STAGES, *closings.STAGES):
        stage(world)
    return world
