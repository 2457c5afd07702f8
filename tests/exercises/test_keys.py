"""The numbers of the course: at seed nought every exercise has the keys that the course prints."""

from __future__ import annotations

import pytest

from microlib.exercises.exercise import tasks

KEYS = {
    "x06": {"saved": (22_000, 1), "break_even": (10.5, 0.05)},
    "x07": {"apr": ([4.20, 5.23, 4.41, 7.66, 5.95], 0.01), "eir": ([4.28, 5.36, 4.50, 7.94, 6.11], 0.01)},
    "x08": {"low": ([0, 1.43, 1.12], 0.02), "high": ([6.05, 12.74, 4.07], 0.02), "upper": ([7.22, 12.42, 3.89], 0.02)},
    "x09": {"capital": (296.85, 0.05), "loan": (126.85, 0.05)},
    "x10": {"size": (948, 1), "range": ([898, 998], 1)},
    "x14": {"lift": (3.0, 0.05), "range": ([-2.8, 6.4], 0.1), "added": (12, 0.1), "arm": (749, 0),
            "must_add": (6.129, 0.001)},
    "x15": {"lgd": ([5.65, 17.44], 0.01)},
    "x16": {"targets": ([1800, 1440, 960], 0.01), "gap": (300, 0.01)},
    "x17": {"par30": (2.20, 0.01), "adjusted": (5.80, 0.01), "with_exits": (6.64, 0.01), "lagged": (2.68, 0.01)},
    "x18": {"not_observed": (5.36, 0.01), "settled": (4.00, 0.01)},
    "x19": {"limits": ([267.6, 162.2, 281.5, 88.7], 0.1)},
    "x20": {"loans": (3.17, 0.01), "amount": (196.4, 0.1)},
    "x21": {"floors": ([4.11, 4.55, 5.59], 0.01)},
}  # fmt: skip
ROWS = [(code, name, *value) for code, answers in KEYS.items() for name, value in answers.items()]


@pytest.mark.parametrize(("code", "name", "value", "tolerance"), ROWS)
def test_the_key_of_the_course(code, name, value, tolerance) -> None:
    """Handbook 2.9 and the answer keys of the course."""
    task = tasks()[code]
    found = task.keys(task.data(0))[name]
    assert (list(found) if isinstance(value, list) else found) == pytest.approx(value, abs=tolerance)


def test_every_exercise_of_the_course_is_there() -> None:
    assert list(tasks()) == [f"x{number:02d}" for number in range(1, 22)]
