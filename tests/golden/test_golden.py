"""The smallest branch's reports say what they said when a person last looked; a change of a number is a decision."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).resolve().parent
ACCEPT = "look at git diff after `.venv/bin/python tests/golden/goldens.py`; a changed number belongs in CHANGELOG.md"


@pytest.fixture(scope="module")
def goldens() -> ModuleType:
    """The module that makes and accepts golden results."""
    spec = importlib.util.spec_from_file_location("goldens", HERE / "goldens.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def made(goldens: ModuleType, demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The results as the reports make them now."""
    return goldens.made(tmp_path_factory.mktemp("golden"))


def test_the_same_tables_are_made(goldens: ModuleType, made: dict[str, str]) -> None:
    assert sorted(made) == sorted(goldens.stored()), ACCEPT


def test_every_table_says_the_same(goldens: ModuleType, made: dict[str, str]) -> None:
    stored = goldens.stored()
    assert not [place for place, text in made.items() if stored.get(place, text) != text], ACCEPT
