"""The desk of one learner at one exercise: the question's data, the list of answers asked for, and the check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from microlib.exercises import marks, pages
from microlib.exercises.registry import Task, find_task
from microlib.reporting.catalogues import Words


@dataclass(frozen=True)
class Desk:
    """An exercise with the data of one seed, in one language.

    Parameters
    ----------
    task : Task
    seed : int
    words : Words
    data : dict of DataFrame
        What the learner may use; `question` shows it.
    """

    task: Task
    seed: int
    words: Words
    data: dict[str, pd.DataFrame]

    def question(self, *names: str, rows: int = 60) -> pages.Shown:
        """Show the exercise's data, all tables or those named, then the answers that are asked for."""
        chosen = {name: frame for name, frame in self.data.items() if not names or name in names}
        return pages.question(chosen, self.task, self.words, rows=rows)

    def check(self, answer: Mapping[str, Any]) -> pages.Shown:
        """Judge the answers and show, for each, right, close (with the usual mistake named), wrong or blank."""
        return pages.marked(self.task, marks.judged(self.task, answer, self.seed), self.words)


def open_exercise(name: str, *, seed: int = 0, lang: str = "zh") -> Desk:
    """Sit down at an exercise.

    Parameters
    ----------
    name : str
        Its code, ``x17``.
    seed : int
        0 gives the course's own numbers; any other gives numbers and keys of its own.
    lang : str
        ``zh`` or ``en``.

    Raises
    ------
    BadConfig
        If there is no such exercise or language.

    Examples
    --------
    >>> desk = open_exercise("x17", lang="en")
    >>> "right" in repr(desk.check({"par30": 2.2}))
    True
    """
    task = find_task(name)
    shown = {key: value for key, value in task.data(seed).items() if not key.startswith("_")}
    return Desk(task, int(seed), Words(lang), shown)
