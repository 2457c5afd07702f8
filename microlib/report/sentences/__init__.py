"""Which function says what: every module of this folder lists its sentences by key in `VERDICTS`.

A sentence is built from a result frame and the words of a language; each number in it is kept as a fact.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from microlib.errors import BadConfig
from microlib.report.tables import rate_or_value
from microlib.report.words import Rate, is_blank


@dataclass(frozen=True)
class Sentence:
    """One sentence before it is worded: nothing here belongs to a language.

    Parameters
    ----------
    key : str
        Its entry in the catalogue.
    values : dict
        Placeholder -> number, date, code, `Rate` or list of codes.
    """

    key: str
    values: dict[str, Any] = field(default_factory=dict)


def sentence(key: str, **values: object) -> Sentence:
    """Return a sentence with its values."""
    return Sentence(key, values)


def rate_of(row: pd.Series, column: str) -> Rate:
    """Return the rate in `column` of a row with the bounds and the count that stand beside it.

    Examples
    --------
    >>> row = pd.Series({"npl_share": 0.02, "npl_share_low": 0.01, "npl_share_high": 0.03, "npl_share_count": 60.0})
    >>> float(rate_of(row, "npl_share").count)
    60.0
    """
    found = rate_or_value(row, column)
    return found if isinstance(found, Rate) else Rate(found)


def interval_position(rate: Rate, appetite: float) -> str:
    """Return where a rate's whole interval lies: ``inside`` the appetite, ``outside`` it, or ``open`` (不可判).

    Examples
    --------
    >>> interval_position(Rate(0.02, 0.01, 0.03), 0.05), interval_position(Rate(0.04, 0.01, 0.09), 0.05)
    ('inside', 'open')
    """
    if is_blank(rate.low) or is_blank(rate.high):
        return "open"
    return "inside" if rate.high <= appetite else "outside" if rate.low > appetite else "open"


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
