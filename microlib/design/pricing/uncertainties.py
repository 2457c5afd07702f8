"""How far default rates may lie from what was counted: seeded draws, so that every run gives the same interval."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.errors import BadData


def draw_default_rates(counts: pd.DataFrame, *, draws_count: int = 4000, seed: int = 20260630) -> pd.DataFrame:
    r"""Draw default rates by grade from what the counts leave open (Jeffreys posterior).

    .. math:: p_g \sim Beta\left(b_g + \tfrac12,\; n_g - b_g + \tfrac12\right)

    Parameters
    ----------
    counts : DataFrame
        ``grade``, ``total_count`` (> 0), ``bad_count`` (0 .. total). Not modified.
    draws_count : int
        Draws, each of all grades.
    seed : int
        The same seed gives the same draws.

    Returns
    -------
    DataFrame
        One row per draw, one column per grade, fractions.

    Raises
    ------
    BadData
        If a count is missing, or bad exceed all.

    Examples
    --------
    >>> counts = pd.DataFrame({"grade": ["A", "B"], "total_count": [27, 38], "bad_count": [0, 1]})
    >>> draw_default_rates(counts).mean().round(2).to_dict()
    {'A': 0.02, 'B': 0.04}
    """
    total, bad = counts["total_count"], counts["bad_count"]
    if not ((total > 0) & (bad >= 0) & (bad <= total)).all():
        raise BadData("a count is missing, negative or above its total", where="counts", fix="count each grade again")
    shape = (draws_count, len(counts))
    drawn = np.random.default_rng(seed).beta(bad.to_numpy() + 0.5, (total - bad).to_numpy() + 0.5, size=shape)
    return pd.DataFrame(drawn, columns=counts["grade"].to_list())


def mean_default_rates(counts: pd.DataFrame) -> pd.DataFrame:
    r"""Return each grade's posterior mean :math:`(b + 1/2)/(n + 1)`: ``grade, pd_rate, total_count, bad_count``.

    Examples
    --------
    >>> counts = pd.DataFrame({"grade": ["A"], "total_count": [27], "bad_count": [0]})
    >>> mean_default_rates(counts).pd_rate.round(4).item()
    0.0179
    """
    rate = (counts["bad_count"] + 0.5) / (counts["total_count"] + 1)
    return counts[["grade"]].assign(pd_rate=rate, total_count=counts["total_count"], bad_count=counts["bad_count"])
