"""Which exercises there are: every module of `tasks` is one, known by its code."""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache
from pathlib import Path
from types import ModuleType

from microlib.errors import BadConfig
from microlib.exercises.items import Task

FOLDER = Path(__file__).parent / "tasks"


@lru_cache
def tasks() -> dict[str, Task]:
    """Return all exercises by code, in order.

    Examples
    --------
    >>> tasks()["x17"].items[0].name
    'par30'
    """
    modules = [importlib.import_module(f"microlib.exercises.tasks.{each.name}")
               for each in pkgutil.iter_modules([str(FOLDER)])]  # fmt: skip
    found = [_task(module) for module in modules]
    return {task.code: task for task in sorted(found, key=lambda task: task.code)}


def find_task(name: str) -> Task:
    """Return the exercise of that code; ``x17`` and ``x17_hidden_arrears`` are the same.

    Raises
    ------
    BadConfig
        If there is none.
    """
    code = name.split("_")[0].lower()
    if code not in tasks():
        raise BadConfig(
            f"there is no exercise {name}", where="microlib/exercises", fix=f"use one of {', '.join(tasks())}"
        )
    return tasks()[code]


def _task(module: ModuleType) -> Task:
    return Task(
        module.CODE, module.ITEMS, module.draw, module.solve, getattr(module, "keys", module.solve), module.slips,
        getattr(module, "ASKED", module.ITEMS), getattr(module, "measured", _as_given), module,
    )  # fmt: skip


def _as_given(data: dict, answer: dict) -> dict:
    return answer
