"""Ranges that probabilities and correlations must keep before a formula may use them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.errors import BadData, EmptyBook

#: a number, or a column of them
Numbers = float | np.ndarray | pd.Series


def checked_fractions(values: Numbers, *, name: str, below_one: bool = False) -> np.ndarray:
    """Return the values as an array, all of them fractions 0 .. 1.

    Raises
    ------
    BadData
        If one is missing, infinite or out of range; with `below_one` also if it is 1.

    Examples
    --------
    >>> checked_fractions([0.01, 0.02], name="default_rate")
    array([0.01, 0.02])
    """
    array = np.asarray(values, dtype="float64")
    wrong = ~((array >= 0.0) & (array < 1.0 if below_one else array <= 1.0))
    if wrong.any():
        limit = "0 .. 1, 1 excluded" if below_one else "0 .. 1"
        raise BadData(f"{int(wrong.sum())} values are not in {limit}", where=name, fix="write 2 % as 0.02")
    return array


def checked_level(level: float) -> float:
    """Return the confidence level, strictly between 0 and 1, or refuse."""
    if not 0.0 < level < 1.0:
        raise BadData(f"level {level} is not between 0 and 1", fix="write 99.9 % as 0.999")
    return level


def checked_book(names: pd.DataFrame) -> np.ndarray:
    """Return the balances of a book of names, all finite and >= 0, with a sum above zero.

    Raises
    ------
    BadData
        If a balance is missing, infinite or negative.
    EmptyBook
        If the balances sum to zero.
    """
    amounts = names["balance_yuan"].to_numpy(dtype="float64", na_value=np.nan)
    wrong = int((~np.isfinite(amounts) | (amounts < 0)).sum())
    if wrong:
        raise BadData(f"{wrong} balances are missing, infinite or negative", where="balance_yuan", fix="correct them")
    if not amounts.sum() > 0:
        raise EmptyBook("the balances sum to zero", where="balance_yuan", fix="leave this measure out")
    return amounts


def like(values: Numbers, result: np.ndarray, *, name: str) -> float | np.ndarray | pd.Series:
    """Return a result in the shape its input came in: number, array or Series with its index."""
    if isinstance(values, pd.Series):
        return pd.Series(result, index=values.index, name=name)
    return float(result) if np.ndim(result) == 0 else result
