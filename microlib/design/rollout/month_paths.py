"""A year's target spread over months: the season it has, and the ramp of a thing just begun."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from microlib.errors import BadConfig


def month_path(total_yuan: float, *, season: Sequence[float], ramp_months: int = 0) -> pd.DataFrame:
    r"""Spread a target over months, to the fen.

    Answers "how much is asked for in which month, so that an empty February is not a failure?"

    .. math:: x_m = T \frac{s_m g_m}{\sum_k s_k g_k}, \qquad g_m = \min\Bigl(1, \frac{m - 1/2}{R}\Bigr)

    with season index :math:`s_m` and a ramp of R months over which managers learn. Fen are given to the largest
    remainders, so the months sum to T.

    Parameters
    ----------
    total_yuan : float
        T, >= 0.
    season : sequence of float
        An index per month in order, >= 0, some above 0; all 1 without a season.
    ramp_months : int
        R, 0 for none.

    Returns
    -------
    DataFrame
        ``month_number`` (1 ..), ``season_index``, ``ramp_share``, ``target_yuan``

    Raises
    ------
    BadConfig
        If the total, an index or the ramp is negative, or no month has any weight.

    Examples
    --------
    >>> month_path(100.0, season=[1, 1, 2]).target_yuan.to_list()
    [25.0, 25.0, 50.0]
    >>> month_path(100.0, season=[1, 1, 1], ramp_months=2).target_yuan.to_list()
    [12.5, 37.5, 50.0]
    """
    index = np.asarray(season, dtype=float)
    if total_yuan < 0 or ramp_months < 0 or not (index >= 0).all() or not index.sum() > 0:
        raise BadConfig("a month's weight or the total is negative or missing", where="season", fix="give 0 or more")
    number = np.arange(1, len(index) + 1)
    ramp = np.minimum(1.0, (number - 0.5) / ramp_months) if ramp_months else np.ones(len(index))
    exact = round(total_yuan * 100) * index * ramp / (index * ramp).sum()
    fen = np.floor(exact).astype("int64")
    fen[np.argsort(fen - exact, kind="stable")[: round(total_yuan * 100) - fen.sum()]] += 1
    return pd.DataFrame({"month_number": number, "season_index": index, "ramp_share": ramp, "target_yuan": fen / 100.0})
