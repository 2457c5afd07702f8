"""A small demo bank of two branches: signs are planted in the first, the second is clean."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from microlib.bank.demo.recipes import build_world
from microlib.bank.demo.worlds import World


@pytest.fixture(scope="session")
def alarms(script: Callable[[str], ModuleType]) -> ModuleType:
    """The module that counts signs branch by branch."""
    return script("metrics/reviewing/alarms.py")


@pytest.fixture(scope="session")
def world(once) -> World:
    return once("reviewed_world", lambda _: build_world(branches=2, seed=7, scale=0.25))


@pytest.fixture(scope="session")
def planted(alarms: ModuleType, world: World) -> dict:
    """Tables of the branch in which signs are planted."""
    return alarms.book(world, "0755")


@pytest.fixture(scope="session")
def clean(alarms: ModuleType, world: World) -> dict:
    """Tables of a branch in which nothing of conduct is planted."""
    return alarms.book(world, "0021")
