"""Is the strength of a season (STL) more than what noise shows? A permutation p-value from 48 months on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.errors import BadData
from microlib.metrics.season_fits import SEED, month_table
from microlib.metrics.seasons import season_strength

COLUMNS = ["segment", "months_count", "trend_strength", "season_strength", "noise_strength", "noise_p95", "p_value"]


def season_strengths(monthly: pd.DataFrame, *, draws: int = 199) -> pd.DataFrame:
    r"""Set each segment's STL strength against the strengths of the same months in random order.

    Answers "is .6 a season?" - of 48 months of noise it is the average. The months are shuffled around a straight
    trend, which is put back:

    .. math:: p = \frac{1 + \#\{F_S^* \ge F_S\}}{1 + draws}

    Parameters
    ----------
    monthly : DataFrame
        ``segment, month, amount_yuan`` without holes, 48 months or more, as for `seasons.credit_seasons`. Not modified.
    draws : int
        Shuffles, at least 99; the seed is fixed. STL takes about a millisecond each.

    Returns
    -------
    DataFrame
        One row per segment: ``segment, months_count, trend_strength, season_strength`` (0 .. 1),
        ``noise_strength, noise_p95`` (mean and 95 % quantile of the shuffled), ``p_value``

    Raises
    ------
    TooShort
        Under 48 months.
    EmptyBook, BadData
        As `seasons.month_shares`; or draws are too few.

    Notes
    -----
    Shuffling takes neighbouring months for independent: what wanders slowly without a season may still look like one,
    though less than by the strength alone.

    References
    ----------
    .. [1] Reference F of the course: noise of 48 months has a mean strength of .60 and a 95 % quantile of .74.

    Examples
    --------
    >>> months = [str(month) for month in pd.period_range("2022-07", "2026-06", freq="M")]
    >>> monthly = pd.DataFrame({"segment": "farm", "month": months})
    >>> monthly["amount_yuan"] = [300.0 if month.endswith("-03") else 100.0 for month in months]
    >>> season_strengths(monthly, draws=99)[["season_strength", "p_value"]].round(2).values.tolist()
    [[1.0, 0.01]]
    """
    if draws < 99:
        raise BadData(f"{draws} draws say nothing about tails", fix="ask for at least 99")
    table = month_table(monthly)
    rng = np.random.default_rng(SEED)
    orders = rng.permuted(np.tile(np.arange(len(table)), (draws, 1)), axis=1)
    rows = [{"segment": name, "months_count": len(table)} | _strength(table[name], orders) for name in table]
    return pd.DataFrame(rows)[COLUMNS]


def _strength(values: pd.Series, orders: np.ndarray) -> dict[str, float]:
    relative = values.to_numpy(float) / values.mean()
    trend, season = season_strength(relative)
    base = np.column_stack([np.ones(len(relative)), np.arange(len(relative))])
    line = base @ np.linalg.lstsq(base, relative, rcond=None)[0]
    noise = np.array([season_strength(line + (relative - line)[order])[1] for order in orders])
    return {
        "trend_strength": trend, "season_strength": season, "noise_strength": float(noise.mean()),
        "noise_p95": float(np.quantile(noise, 0.95)),
        "p_value": float((1 + (noise >= season - 1e-12).sum()) / (1 + len(noise))),
    }  # fmt: skip
