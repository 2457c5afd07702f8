"""Pseudonyms of the demo bank: every invented identifier goes through the keyed HMAC with the published demo key."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from microlib.bank.privacy import DEMO_KEY
from microlib.bank.pseudonyms import pseudonym


def masked(text: str) -> str:
    """Return the 64-digit pseudonym of one invented identifier.

    Examples
    --------
    >>> len(masked("示例电话000001"))
    64
    """
    return pseudonym(text, key=DEMO_KEY)


def masked_all(texts: Iterable[str]) -> np.ndarray:
    """Return pseudonyms of many identifiers; an empty text stays missing."""
    return np.array([masked(text) if text else None for text in texts], dtype=object)
