"""What every exercise draws for a seed, worked out once."""

from __future__ import annotations

from functools import cache

import pytest

from microlib.exercises.exercise import tasks


@cache
def _worked(code: str, seed: int):
    task = tasks()[code]
    data = task.data(seed)
    return task.keys(data), task.slips(data)


@pytest.fixture
def worked():
    """Keys and slips of an exercise for a seed."""
    return _worked
