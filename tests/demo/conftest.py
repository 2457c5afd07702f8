"""A small demo bank in memory, for the tests of its making."""

from __future__ import annotations

import pytest

from microlib.demo.build import build_world
from microlib.demo.world import World


@pytest.fixture(scope="session")
def small_world(once) -> World:
    return once("small_world", lambda _: build_world(branches=7, seed=7, scale=0.2))
