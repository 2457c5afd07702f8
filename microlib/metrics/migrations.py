"""Migration between states of arrears, month to month: counts of moves, and roll rates from them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import betaincinv

from microlib.errors import BadData, EmptyBook
from microlib.metrics.groupings import month_numbers

#: months late as the trade calls them, by days past due beyond each cut; then the two ways out
BUCKETS, CUTS = ("M0", "M1", "M2", "M3", "M4+"), (0, 30, 60, 90)
ENDS = {"settled": "settled", "written_off": "written_off", "transferred": "written_off"}
STATES = (*BUCKETS, "settled", "written_off")


def transition_counts(
    loan_months: pd.DataFrame, *, cuts: Sequence[int] = CUTS, by_balance: bool = False
) -> pd.DataFrame:
    """Count the moves between states of arrears from one month end to the next.

    Answers "of the loans up to a month late, how many are worse a month on?"

    Parameters
    ----------
    loan_months : DataFrame
        ``loan_id, month, balance_yuan, overdue_days, status``. Months that do not follow each other are not joined;
        a loan of unknown status, or without a row for the month in which it left, makes no move then. Not modified.
    cuts : sequence of int
        Four rising cuts of days past due; strictly more days are the next state.
    by_balance : bool
        Weigh each move by the balance before it (yuan) instead of counting loans.

    Returns
    -------
    DataFrame
        Square; index ``from_state``, columns ``to_state``: ``M0 M1 M2 M3 M4+ settled written_off`` (a transfer is a
        write-off here). The last two have no moves of their own.

    Raises
    ------
    EmptyBook
        If no loan is seen in two months running.
    BadData
        If a loan stands twice in a month, a month cannot be read, or the cuts are not four and rising.

    Examples
    --------
    >>> months = pd.DataFrame({"loan_id": ["L1", "L1"], "month": ["2026-05", "2026-06"], "balance_yuan": [9.0, 9.0],
    ...                        "overdue_days": [0, 12], "status": ["normal", "overdue"]})
    >>> transition_counts(months).loc["M0", "M1"].item()
    1.0
    """
    if len(cuts) != len(CUTS) or list(cuts) != sorted(set(cuts)):
        raise BadData("the cuts of arrears are not four and rising", fix="write (0, 30, 60, 90)")
    numbers = month_numbers(loan_months["month"])
    bucket = np.searchsorted(np.asarray(cuts), loan_months["overdue_days"].to_numpy(float), side="left")
    ends = loan_months["status"].map({key: STATES.index(value) for key, value in ENDS.items()})
    state = np.where(loan_months["status"] == "unknown", -1, ends.fillna(pd.Series(bucket, index=ends.index)))
    rows = pd.DataFrame({"loan": pd.factorize(loan_months["loan_id"])[0], "month": numbers, "state": state.astype(int)})
    rows["weight"] = loan_months["balance_yuan"].to_numpy(float) if by_balance else 1.0
    rows = rows.sort_values(["loan", "month"])
    if rows.duplicated(["loan", "month"]).any():
        raise BadData("a loan stands twice in a month", where="loan_months", fix="keep one row per loan and month")
    after = rows.shift(-1)
    moved = (after["loan"] == rows["loan"]) & (after["month"] == rows["month"] + 1)
    moved &= (rows["state"] >= 0) & (after["state"] >= 0) & (rows["state"] < len(BUCKETS))
    if not moved.any():
        raise EmptyBook("no loan is seen in two months running", fix="load more months")
    place = rows["state"][moved].to_numpy() * len(STATES) + after["state"][moved].to_numpy(int)
    counts = np.bincount(place, rows["weight"][moved], minlength=len(STATES) ** 2)
    index, columns = pd.Index(STATES, name="from_state"), pd.Index(STATES, name="to_state")
    return pd.DataFrame(counts.reshape(len(STATES), -1), index=index, columns=columns)


def roll_rates(counts: pd.DataFrame, *, strength: float = 1.0, level: float = 0.95) -> pd.DataFrame:
    r"""Turn moves into rates, each row drawn a little towards even odds.

    .. math::

        \hat p_{ij} = \frac{n_{ij} + \sigma\,\pi_{ij}}{\sum_k n_{ik} + \sigma}, \qquad
        p_{ij} \sim \mathrm{Beta}(n_{ij} + \sigma\pi_{ij},\; n_{i\cdot} - n_{ij} + \sigma(1 - \pi_{ij}))

    with :math:`\sigma` the strength in loans and :math:`\pi` even over the states (a Dirichlet prior): a move that was
    never seen does not get an impossible zero.

    Parameters
    ----------
    counts : DataFrame
        Square table of moves in loans, as `transition_counts`. Not modified.
    strength : float
        Weight of the prior in loans, >= 0; 0 gives the raw rates.
    level : float
        Two-sided credibility.

    Returns
    -------
    DataFrame
        One row per pair of states from which loans moved; ``from_state, to_state, moves_count, from_count, rate``,
        ``smoothed_rate, smoothed_rate_low, smoothed_rate_high`` (fraction; smoothed rates of a state sum to 1).

    Raises
    ------
    EmptyBook
        If there is no move at all.
    BadData
        If the table is not square, or a count or the strength is negative, missing or infinite.

    Examples
    --------
    >>> counts = pd.DataFrame([[8.0, 2.0], [0.0, 0.0]], index=["a", "b"], columns=["a", "b"])
    >>> roll_rates(counts)[["rate", "smoothed_rate"]].round(3).to_numpy().tolist()
    [[0.8, 0.773], [0.2, 0.227]]
    """
    values = _checked(counts)
    if not (np.isfinite(strength) and strength >= 0):
        raise BadData("the strength of the prior is not a number of loans", fix="give 0 or more")
    totals = values.sum(axis=1, keepdims=True)
    left = totals.ravel() > 0
    if not left.any():
        raise EmptyBook("no move to take a rate from", fix="load more months")
    prior = strength / len(values)
    hits, trials = values[left] + prior, np.broadcast_to(totals[left] + strength, values[left].shape)
    low, high = _beta_limits(hits, trials - hits, 1 - level)
    columns = {
        "moves_count": values[left],
        "from_count": np.broadcast_to(totals[left], hits.shape),
        "rate": values[left] / totals[left],
        "smoothed_rate": hits / trials,
        "smoothed_rate_low": low,
        "smoothed_rate_high": high,
    }
    names = pd.MultiIndex.from_product([counts.index[left], counts.columns], names=["from_state", "to_state"])
    return pd.DataFrame({name: value.ravel() for name, value in columns.items()}, index=names).reset_index()


def _checked(counts: pd.DataFrame) -> np.ndarray:
    """The table's values, if it is a square table of numbers not below zero."""
    values = counts.to_numpy(float)
    if values.ndim != 2 or values.shape[0] != values.shape[1] or not values.size:
        raise BadData("the table of moves is not square", fix="give the same states as rows and columns")
    if not np.isfinite(values).all() or (values < 0).any():
        raise BadData("a count of moves is missing, infinite or negative", fix="check the table of moves")
    return values


def _beta_limits(first: np.ndarray, second: np.ndarray, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    """Equal-tailed limits of Beta(first, second); a certain rate where one of the two is zero."""
    a, b = np.maximum(first, 1e-12), np.maximum(second, 1e-12)
    sure = (first <= 0) | (second <= 0)
    rate = first / (first + second)
    return tuple(np.where(sure, rate, betaincinv(a, b, tail)) for tail in (alpha / 2, 1 - alpha / 2))
