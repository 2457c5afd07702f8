"""What a table of migration rates implies: the book some months on, and where loans end in the long run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from microlib.errors import BadData

#: rows must sum to 1 within this
TOLERANCE = 1e-6


def projected_book(start: pd.Series, rates: pd.DataFrame, *, steps: int) -> pd.DataFrame:
    r"""Roll a book forward: :math:`v_n = v_0 P^n`, with :math:`P_{ij}` the rate from state i to state j.

    Parameters
    ----------
    start : Series
        Balance or loans by state, >= 0. Not modified.
    rates : DataFrame
        Square; rows and columns the states of `start`, rows summing to 1. Not modified.
    steps : int
        Months ahead, >= 0; beyond 12 the rates will have changed.

    Returns
    -------
    DataFrame
        Index ``step`` 0 .. `steps`, columns the states; every row sums to the first.

    Raises
    ------
    BadData
        If the table is not square, its rows do not sum to 1, a rate is outside 0 .. 1, its states are not
        those of `start`, or a balance is missing, infinite or negative.

    Notes
    -----
    The next state is taken to depend on the present one only: arrears that lengthen by habit break this.

    Examples
    --------
    >>> rates = pd.DataFrame([[0.9, 0.1], [0.0, 1.0]], index=["good", "bad"], columns=["good", "bad"])
    >>> projected_book(pd.Series({"good": 100.0, "bad": 0.0}), rates, steps=2).bad.round(6).to_list()
    [0.0, 10.0, 19.0]
    """
    matrix = _checked(rates)
    if set(start.index) != set(rates.index) or steps < 0:
        raise BadData("the states of the book are not those of the rates", fix="give both the same states")
    book = start.reindex(rates.index).to_numpy(float)
    if not np.isfinite(book).all() or (book < 0).any():
        raise BadData("a balance is missing, infinite or negative", fix="check the opening book")
    path = [book]
    for _ in range(steps):
        path.append(path[-1] @ matrix)
    return pd.DataFrame(path, columns=rates.columns, index=pd.RangeIndex(steps + 1, name="step"))


def absorption(rates: pd.DataFrame, *, ends: Sequence[str]) -> pd.DataFrame:
    r"""Find where loans of each state end at last, and how many months that takes.

    .. math::

        B = (I - Q)^{-1} R, \qquad t = (I - Q)^{-1} 1

    with :math:`Q` the rates among states that are left, :math:`R` those into the `ends`.

    Parameters
    ----------
    rates : DataFrame
        Rows: states; columns: states and ends; rows of the other states sum to 1. Rows of the ends are not read.
        Not modified.
    ends : sequence of str
        States that are never left.

    Returns
    -------
    DataFrame
        One row per other state; a column per end (fraction, rows summing to 1) and ``months`` (expected).

    Raises
    ------
    BadData
        If an end is not a column, rows do not sum to 1, or some state never reaches an end.

    References
    ----------
    .. [1] Kemeny, J., Snell, J. (1960). Finite Markov Chains, chapter 3.

    Examples
    --------
    >>> rates = pd.DataFrame([[0.9, 0.1]], index=["good"], columns=["good", "bad"])
    >>> absorption(rates, ends=["bad"]).round(6).loc["good"].to_dict()
    {'bad': 1.0, 'months': 10.0}
    """
    absent = [name for name in ends if name not in rates.columns]
    if absent:
        raise BadData(f"no column {', '.join(absent)}", fix="name ends that are columns of the rates")
    states = [name for name in rates.columns if name not in ends]
    table = rates.loc[states]
    _checked_rows(table.to_numpy(float))
    inner = np.eye(len(states)) - table[states].to_numpy(float)
    if np.linalg.matrix_rank(inner) < len(states):
        raise BadData("some state never reaches an end", fix="smooth the rates, or name more ends")
    reached = np.linalg.solve(inner, table[list(ends)].to_numpy(float))
    found = pd.DataFrame(reached, index=pd.Index(states, name="from_state"), columns=list(ends))
    return found.assign(months=np.linalg.solve(inner, np.ones(len(states))))


def _checked(rates: pd.DataFrame) -> np.ndarray:
    if list(rates.index) != list(rates.columns):
        raise BadData("the rates are not a square table of the same states", fix="give the same rows and columns")
    return _checked_rows(rates.to_numpy(float))


def _checked_rows(matrix: np.ndarray) -> np.ndarray:
    if not np.isfinite(matrix).all() or (matrix < 0).any() or (np.abs(matrix.sum(axis=1) - 1) > TOLERANCE).any():
        raise BadData("a row of rates is negative, missing, or does not sum to 1", fix="smooth the counts first")
    return matrix
