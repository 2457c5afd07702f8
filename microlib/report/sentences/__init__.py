"""Which function says what: every module of this folder lists its sentences by key in `VERDICTS`.

A sentence is built from a result frame and the words of a language; each number in it is kept as a fact.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from microlib.errors import BadConfig


@lru_cache
def verdicts() -> dict[str, Callable]:
    """Return all verdicts, key -> function.

    Raises
    ------
    BadConfig
        If two modules claim one key.
    """
    found: dict[str, Callable] = {}
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        listed = getattr(importlib.import_module(f"{__package__}.{module.name}"), "VERDICTS", {})
        doubled = sorted(set(found) & set(listed))
        if doubled:
            raise BadConfig(f"the verdict {doubled[0]} stands twice", where=module.name, fix="rename one")
        found |= listed
    return found


def verdict(key: str) -> Callable:
    """Return the function that words the result `key`; an unknown key is a `BadConfig`."""
    if key not in verdicts():
        known = ", ".join(sorted(verdicts()))
        raise BadConfig(f"no verdict is called {key}", where="microlib/report/sentences", fix=f"use one of {known}")
    return verdicts()[key]
