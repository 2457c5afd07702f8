"""Simulated losses of a book over several correlated sectors, with the simulation's own error stated."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from microlib.errors import BadData
from microlib.metrics.capital.ranges import checked_book, checked_fractions, checked_level

SEED = 20260630
#: names times draws held in memory at once
BATCH = 4_000_000
#: half-width of a 95 % interval in standard errors
REACH = 1.959963984540054


def simulated_losses(
    names: pd.DataFrame, correlations: pd.DataFrame, *, draws: int = 100_000, level: float = 0.999, seed: int = SEED
) -> pd.DataFrame:
    r"""Simulate a year's loss of a book whose names hang on correlated sectors.

    Answers "two sectors, one of them heavy: how bad is a bad year, large names and all?" Name i of sector k fails when

    .. math:: \sqrt{\rho_i}\,F_k + \sqrt{1 - \rho_i}\,\epsilon_i < \Phi^{-1}(p_i), \qquad F \sim N(0, \Sigma)

    Parameters
    ----------
    names : DataFrame
        One row per name, connected groups added up; ``sector``, ``balance_yuan``, ``default_rate``, ``lgd_share``,
        ``correlation_share`` (:math:`\rho_i`, below 1). Not modified.
    correlations : DataFrame
        :math:`\Sigma`: sectors as index and columns, 1 on the diagonal.
    draws : int
        Simulated years, at least 100 beyond the level's tail (100 / (1 - level)).
    level : float
        Of quantile and shortfall.
    seed : int
        The same seed gives the same losses.

    Returns
    -------
    DataFrame
        One row, fractions of the balance: ``names_count, balance_yuan, draws_count, expected_share`` (exact, without
        simulation), ``mean_share, mean_error_share`` (standard error), ``deviation_share``, ``quantile_share,
        quantile_low_share, quantile_high_share`` (95 %, from order statistics), ``shortfall_share,
        shortfall_error_share`` (mean of the losses from the quantile on), ``capital_share`` (quantile less expected).

    Raises
    ------
    EmptyBook
        If the balances sum to zero.
    BadData
        If a number is missing or out of range, a sector has no correlations, the matrix is no correlation matrix, or
        the draws are too few for the level.

    Notes
    -----
    The interval says how well the quantile of *this model* is known, nothing about the model: correlations are
    assumed. With one sector and many equal names the quantile goes to `limit_losses.vasicek_loss` plus
    `granularities.gaussian_granularity`, which is tested. Losses given default do not move with the year.

    References
    ----------
    .. [1] Düllmann, K. and Masschelein, N. (2007). A tractable model to measure sector concentration risk in credit
       portfolios. Journal of Financial Services Research 32, 55-79.

    Examples
    --------
    >>> names = pd.DataFrame({"sector": "trade", "balance_yuan": [1.0] * 50, "default_rate": 0.02, "lgd_share": 0.45,
    ...                       "correlation_share": 0.15})
    >>> one = pd.DataFrame([[1.0]], index=["trade"], columns=["trade"])
    >>> found = simulated_losses(names, one, draws=20_000, level=0.99).iloc[0]
    >>> bool(abs(found["mean_share"] - found["expected_share"]) < 4 * found["mean_error_share"])
    True
    """
    if draws < 100 / (1.0 - checked_level(level)):
        raise BadData(f"{draws:,} draws leave the tail beyond {level} bare", fix=f"draw {100 / (1 - level):,.0f}")
    model = _model(names, correlations)
    losses = np.sort(_losses(model, draws, np.random.default_rng(seed)))
    expected = float((model["weight"] * model["rate"]).sum())
    cut = min(int(np.ceil(level * draws)) - 1, draws - 1)
    reach = int(np.ceil(REACH * np.sqrt(draws * level * (1.0 - level))))
    tail = losses[cut:]
    return pd.DataFrame([{
        "names_count": int((names["balance_yuan"] > 0).sum()), "balance_yuan": float(names["balance_yuan"].sum()),
        "draws_count": draws, "expected_share": expected,
        "mean_share": losses.mean(), "mean_error_share": losses.std(ddof=1) / np.sqrt(draws),
        "deviation_share": losses.std(ddof=1), "quantile_share": losses[cut],
        "quantile_low_share": losses[max(cut - reach, 0)], "quantile_high_share": losses[min(cut + reach, draws - 1)],
        "shortfall_share": tail.mean(), "shortfall_error_share": tail.std() / np.sqrt(len(tail)),
        "capital_share": losses[cut] - expected,
    }])  # fmt: skip


def _model(names: pd.DataFrame, correlations: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the numbers of the simulation: weights, cuts, loads, sector of each name, root of the matrix."""
    amounts = checked_book(names)
    rho = checked_fractions(names["correlation_share"], name="correlation_share", below_one=True)
    rate = checked_fractions(names["default_rate"], name="default_rate")
    sector = pd.Index(correlations.columns).get_indexer(names["sector"])
    if (sector < 0).any():
        lost = sorted(set(names["sector"][sector < 0].astype("str")))
        raise BadData(f"no correlations for {', '.join(lost)}", where="sector", fix="add them to the matrix")
    loss = checked_fractions(names["lgd_share"], name="lgd_share")
    return {
        "weight": amounts / amounts.sum() * loss, "rate": rate, "cut": ndtri(rate), "rho": rho, "sector": sector,
        "root": _root(correlations),
    }  # fmt: skip


def _root(correlations: pd.DataFrame) -> np.ndarray:
    matrix = correlations.to_numpy(dtype="float64")
    square = matrix.shape[0] == matrix.shape[1] and list(correlations.index) == list(correlations.columns)
    if not square or not np.isfinite(matrix).all() or not np.allclose(matrix, matrix.T, atol=1e-12):
        raise BadData("the sector matrix is not square and symmetric", fix="same sectors in rows and columns")
    values, vectors = np.linalg.eigh(matrix)
    if not np.allclose(np.diag(matrix), 1.0) or values.min() < -1e-10:
        raise BadData("the sector matrix is no correlation matrix", fix="1 on the diagonal, no negative eigenvalue")
    return vectors * np.sqrt(np.clip(values, 0.0, None))


def _losses(model: dict[str, np.ndarray], draws: int, dice: np.random.Generator) -> np.ndarray:
    size = max(1, BATCH // len(model["weight"]))
    found = [_batch(model, min(size, draws - start), dice) for start in range(0, draws, size)]
    return np.concatenate(found)


def _batch(model: dict[str, np.ndarray], count: int, dice: np.random.Generator) -> np.ndarray:
    factors = dice.standard_normal((count, len(model["root"]))) @ model["root"].T
    pull = np.sqrt(model["rho"]) * factors[:, model["sector"]]
    chance = ndtr((model["cut"] - pull) / np.sqrt(1.0 - model["rho"]))
    return (dice.random(chance.shape) < chance) @ model["weight"]
