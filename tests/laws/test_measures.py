"""Every measure has its page, and the index of measures is the one that docstrings imply."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

#: what measures stand on: how a ledger is read and cut, no measures themselves
TOOLS = {"grouping", "loans", "plain"}


@pytest.fixture(scope="module")
def measures(script: Callable[[str], ModuleType]) -> ModuleType:
    return script("laws/measures.py")


def test_every_measure_has_one_page(measures: ModuleType) -> None:
    named = [name for names in measures.pages().values() for name in names]
    wanted = {name for name in measures.measures() if name.split(".")[0] not in TOOLS}
    missing = sorted(wanted - set(named))
    assert not missing, f"no page in docs/methods names these after 'Measures:': {', '.join(missing)}"
    assert len(named) == len(set(named))


def test_every_page_names_measures_that_exist(measures: ModuleType) -> None:
    named = {name for names in measures.pages().values() for name in names}
    assert named <= set(measures.measures()), sorted(named - set(measures.measures()))


def test_every_measure_says_what_it_is_in_one_line(measures: ModuleType) -> None:
    silent = [name for name, said in measures.measures().items() if not said]
    assert not silent, silent


def test_the_index_is_the_one_that_docstrings_imply(measures: ModuleType) -> None:
    index = measures.PAGES / "README.md"
    assert index.read_text(encoding="utf8") == measures.rendered(), "run `python tests/laws/measures.py`"


def test_every_page_holds_its_five_parts(measures: ModuleType) -> None:
    parts = ("**Question.**", "**Formula.**", "**How to read", "**How it misleads.**", "**Sources.**")
    texts = {
        page: (measures.PAGES / page).read_text(encoding="utf8") for page, names in measures.pages().items() if names
    }
    short = {page: [part for part in parts if part not in text] for page, text in texts.items()}
    assert not {page: gone for page, gone in short.items() if gone}
