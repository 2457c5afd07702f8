"""The smallest branch's reports say what they said when a person last looked; a change of a number is a decision."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from microlib.run.compare import label, read_facts
from microlib.run.jobs import Run

ACCEPT = "look at git diff after `.venv/bin/python tests/golden/goldens.py`; a changed number belongs in CHANGELOG.md"


@pytest.fixture(scope="module")
def goldens(script: Callable[[str], ModuleType]) -> ModuleType:
    """The module that makes and accepts golden results."""
    return script("golden/goldens.py")


@pytest.fixture(scope="module")
def made(goldens: ModuleType, smallest_run: Run) -> dict[str, str]:
    """The results as the reports make them now."""
    return goldens.made(smallest_run)


def test_the_same_tables_are_made(goldens: ModuleType, made: dict[str, str]) -> None:
    assert sorted(made) == sorted(goldens.stored()), ACCEPT


def test_every_table_says_the_same(goldens: ModuleType, made: dict[str, str]) -> None:
    stored = goldens.stored()
    assert not [place for place, text in made.items() if stored.get(place, text) != text], ACCEPT


def test_every_figure_that_runs_are_compared_by_has_words(smallest_run: Run) -> None:
    facts = {key: fact for outcome in smallest_run.outcomes for key, fact in read_facts(outcome.job.folder).items()}
    numbers = [key for key, fact in facts.items() if isinstance(fact["value"], float | int)]
    assert not [key for key in numbers if label(key, "zh") == key.rsplit(".", 1)[-1]]
