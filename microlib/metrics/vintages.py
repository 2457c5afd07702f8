"""Vintage curves (账龄): the share of what was lent that went bad by months on book, exits told apart."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.errors import BadData, EmptyBook
from microlib.metrics import influences
from microlib.metrics.groupings import keys
from microlib.metrics.vintage_grids import ENDS, vintage_grid


def vintage_pieces(outcomes: pd.DataFrame, *, within: str | list[str] | None = None) -> pd.DataFrame:
    """Count, by cohort and month on book, what is still at risk and what ends: sums that may be added up.

    Parameters
    ----------
    outcomes : DataFrame
        ``outcome``, ``month_on_book``, ``amount_yuan`` (> 0) and the cohort columns; ``not_observed`` rows are left
        out. Not modified.
    within : str, list of str or None
        Cohort columns.

    Returns
    -------
    DataFrame
        A full grid, cohorts ascending x month on book 0 .. the longest; the cohort columns, ``month_on_book``,
        ``at_risk_count``, ``at_risk_yuan``, ``at_risk_square`` (yuan squared) at the start of the month;
        ``<end>_count`` and ``<end>_yuan`` for ``bad, settled, renewed, transferred, open``; ``bad_square``,
        ``other_square``.

    Raises
    ------
    EmptyBook
        If no loan is observed.
    BadData
        If an amount is missing, infinite or not above zero, or an outcome is unknown.

    Examples
    --------
    >>> outcomes = pd.DataFrame({"outcome": ["bad", "open"], "month_on_book": [1, 2], "amount_yuan": [10.0, 30.0]})
    >>> vintage_pieces(outcomes)[["at_risk_yuan", "bad_yuan"]].to_numpy().tolist()
    [[40.0, 0.0], [40.0, 10.0], [30.0, 0.0]]
    """
    rows = outcomes[(outcomes["outcome"] != "not_observed").to_numpy()]
    if rows.empty:
        raise EmptyBook("no loan was made within the months seen", fix="load more months, or later loans")
    amounts = rows["amount_yuan"].to_numpy(float)
    if not np.isfinite(amounts).all() or (amounts <= 0).any():
        raise BadData("an amount is not above zero", fix="check amount_yuan")
    ends = rows[[*keys(within), "month_on_book", "outcome"]].assign(
        loans_count=1, amount_yuan=amounts, amount_square=amounts**2
    )
    return vintage_grid(ends, within=within)


def vintage_curve(pieces: pd.DataFrame, *, within: str | list[str] | None = None, level: float = 0.95) -> pd.DataFrame:
    r"""Draw the share of the amount lent that went bad, with settlement and renewal as exits of their own.

    Answers "of each yuan lent, how many fen go bad within so many months?" At month :math:`t` let
    :math:`Y_t` be the amount at risk, :math:`d_t` what goes bad, :math:`c_t` what is settled, renewed or transferred:

    .. math::

        F_t = \sum_{s \le t} S_{s-1}\,\frac{d_s}{Y_s}, \qquad S_t = \prod_{s \le t}\Big(1 - \frac{d_s + c_s}{Y_s}\Big),
        \qquad K_t = 1 - \prod_{s \le t}\Big(1 - \frac{d_s}{Y_s}\Big)

    :math:`F` is Aalen-Johansen, the headline; :math:`K` is Kaplan-Meier, which treats a settled loan as one
    that could still go bad. Loans still open leave the risk set after their last month and count in neither.

    Parameters
    ----------
    pieces : DataFrame
        As `vintage_pieces`, or `vintage_grids.vintage_grid` of the engine's ends. Not modified.
    within : str, list of str or None
        Cohort columns.
    level : float
        Two-sided confidence.

    Returns
    -------
    DataFrame
        `pieces` without the squares, ordered by cohort and month, with

        - ``bad_share, bad_share_low, bad_share_high`` (fraction): :math:`F_t`, never falling
        - ``km_share, km_share_low, km_share_high`` (fraction): :math:`K_t >= F_t`
        - ``settled_share, renewed_share, transferred_share, alive_share`` (fraction): with ``bad_share`` they sum to 1

        A month at which nothing is at risk any more repeats the share before it.

    Raises
    ------
    BadData
        If the months of a cohort do not run 0, 1, 2 … or an amount at risk is less than what ends in it.

    Notes
    -----
    Intervals: Greenwood's variance with amounts as weights (each loan's squared influence), on the log(-log) scale;
    where nothing is bad yet, Clopper-Pearson on the effective number of loans still at risk. Loans are taken as
    independent: for members of one source they are too short. Ends in one month compete on equal terms.

    References
    ----------
    .. [1] Aalen, O., Johansen, S. (1978). An empirical transition matrix for non-homogeneous Markov chains
       based on censored observations. Scandinavian Journal of Statistics 5, 141-150.
    .. [2] Kaplan, E., Meier, P. (1958). JASA 53(282), 457-481.
    .. [3] Kalbfleisch, J., Prentice, R. (2002). The Statistical Analysis of Failure Time Data, 2nd ed., 1.4 and 8.2.

    Examples
    --------
    >>> outcomes = pd.DataFrame({"outcome": ["bad", "settled", "bad", "open"], "month_on_book": [1, 2, 3, 3],
    ...                          "amount_yuan": [10.0, 10.0, 10.0, 10.0]})
    >>> vintage_curve(vintage_pieces(outcomes))[["bad_share", "km_share"]].round(3).to_numpy().tolist()
    [[0.0, 0.0], [0.25, 0.25], [0.25, 0.25], [0.5, 0.625]]
    """
    ordered = pieces.sort_values([*keys(within), "month_on_book"], kind="stable").reset_index(drop=True)
    grid = _grid(ordered)
    at_risk = np.where(grid["at_risk_yuan"] > 0, grid["at_risk_yuan"], 1.0)
    hazards = {name: grid[f"{name}_yuan"] / at_risk for name in ENDS}
    other = sum(hazards[name] for name in ENDS[1:])
    alive = np.cumprod(1.0 - np.minimum(hazards["bad"] + other, 1.0), axis=1)
    before = np.concatenate([np.ones((len(alive), 1)), alive[:, :-1]], axis=1)
    incidence = {f"{name}_share": np.cumsum(before * hazard, axis=1) for name, hazard in hazards.items()}
    kaplan = 1.0 - np.cumprod(1.0 - hazards["bad"], axis=1)
    columns = {
        **_limits("bad_share", incidence.pop("bad_share"), grid, (hazards["bad"], other), level),
        **_limits("km_share", kaplan, grid, (hazards["bad"], 0.0 * other), level),
        **incidence,
        "alive_share": alive,
    }
    kept = ordered.drop(columns=["at_risk_square", "bad_square", "other_square"])
    return kept.assign(**{name: values.ravel() for name, values in columns.items()})


def _limits(
    name: str, share: np.ndarray, grid: dict[str, np.ndarray], hazards: tuple[np.ndarray, np.ndarray], level: float
) -> dict[str, np.ndarray]:
    """A share with its range, under its own columns."""
    bad, other = hazards
    at_risk = np.where(grid["at_risk_yuan"] > 0, grid["at_risk_yuan"], 1.0)
    left = np.where(other > 0, grid["other_square"], 0.0)
    squares = (grid["at_risk_square"], grid["bad_square"], left)
    variance = influences.weighted_variance(squares, at_risk, bad=bad, other=other)
    effective = grid["at_risk_yuan"] ** 2 / np.where(grid["at_risk_square"] > 0, grid["at_risk_square"], 1.0)
    low, high = influences.share_limits(share, variance, effective=effective, level=level)
    return {name: share, f"{name}_low": low, f"{name}_high": high}


def _grid(pieces: pd.DataFrame) -> dict[str, np.ndarray]:
    """Every column of sums as cohorts x months."""
    length = int(pieces["month_on_book"].max()) + 1 if len(pieces) else 1
    expected = np.tile(np.arange(length), max(len(pieces) // length, 1))
    if len(expected) != len(pieces) or (pieces["month_on_book"].to_numpy() != expected).any():
        raise BadData("the months on book do not run 0, 1, 2 … in every cohort", fix="give a full grid")
    names = ["at_risk_yuan", "at_risk_square", "bad_square", "other_square", *(f"{name}_yuan" for name in ENDS)]
    grid = {name: pieces[name].to_numpy(float).reshape(-1, length) for name in names}
    if (sum(grid[f"{name}_yuan"] for name in ENDS) > grid["at_risk_yuan"] * (1 + 1e-9)).any():
        raise BadData("more ends in a month than was at risk", fix="check the sums by cohort and month")
    return grid
