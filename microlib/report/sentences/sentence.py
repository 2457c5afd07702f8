"""What a verdict returns: the key of a sentence and the numbers that go into it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

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
