"""The good calls beside the tests are imported by path: a folder of tests is no package."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def calls(script: Callable[[str], ModuleType]) -> ModuleType:
    """One good call of every function of the face."""
    return script("face/calls.py")
