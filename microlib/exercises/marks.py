"""Answers judged item by item, on the data of a seed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from microlib.exercises.items import Task
from microlib.exercises.judges import Judgement, judge


def judged(task: Task, answer: Mapping[str, Any], seed: int) -> list[Judgement]:
    """Judge every answer that a task asks for, on the data of a seed; names it does not know are told too."""
    given = dict(answer) if isinstance(answer, Mapping) else {}
    data = task.data(seed)
    keys, slips, tried = task.keys(data), task.slips(data), task.measured(data, given)
    found = [judge(item, tried.get(item.name), key=keys[item.name], slips=slips.get(item.name, {}))
             for item in task.items]  # fmt: skip
    strange = [name for name in given if name not in {item.name for item in task.asked}]
    return found + [Judgement(str(name), "wrong", "unknown_name") for name in strange]
