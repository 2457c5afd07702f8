"""Plainer ways to share a budget, under the same caps: equal, in proportion, best grade first; and how they compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from microlib.design.programmes.caps import rule_matrix
from microlib.errors import BadConfig

#: halvings when the common factor is sought: to far less than a fen
HALVINGS = 100


def split_in_proportion(
    candidates: pd.DataFrame, *, weights: pd.Series, rules: pd.DataFrame, floor_yuan: float = 0.0
) -> pd.Series:
    r"""Share a budget in proportion to weights, each line under its own limit and every cap; equal weights: equally.

    .. math:: x_i = \min(L_i,\; \theta w_i)

    scaled down where a cap of a part would break, with the largest :math:`\theta` that the programme's caps allow.

    Parameters
    ----------
    candidates : DataFrame
        ``limit_yuan`` and the columns of the rules' scopes. Not modified.
    weights : Series
        >= 0, index of `candidates`.
    rules : DataFrame
        Caps only.
    floor_yuan : float
        A line under this is not made; the rest is shared again.

    Returns
    -------
    Series
        Yuan to the fen, index of `candidates`.

    Raises
    ------
    BadConfig
        If a rule asks for a least amount, which a plain split cannot promise.

    Examples
    --------
    >>> firms = pd.DataFrame({"limit_yuan": [10.0, 50, 50]})
    >>> budget = pd.DataFrame([("budget", "programme", "", "at_most", 70.0)],
    ...                       columns=["rule", "scope", "key", "side", "yuan"])
    >>> split_in_proportion(firms, weights=pd.Series([1.0, 1, 1]), rules=budget).to_list()
    [10.0, 30.0, 30.0]
    """
    if (rules["side"] == "at_least").any():
        raise BadConfig("a plain split keeps caps only", where="rules", fix="leave the floors to allocate_budget")
    matrix, yuan = rule_matrix(candidates, rules), rules["yuan"].to_numpy(dtype=float)
    allowed, part = candidates["limit_yuan"].to_numpy(dtype=float), weights.to_numpy(dtype=float)
    amounts = _filled(allowed, part, matrix, yuan)
    while ((amounts > 0) & (amounts < floor_yuan - 0.01)).any():
        small = (amounts > 0) & (amounts < floor_yuan - 0.01)
        drop = small & (amounts <= np.min(amounts[small]) + 0.01)
        allowed = np.where(drop, 0.0, allowed)
        amounts = _filled(allowed, part, matrix, yuan)
    return pd.Series(np.floor(amounts * 100 + 1e-6) / 100, index=candidates.index)


def split_by_grade(
    candidates: pd.DataFrame, *, grades: Iterable[str], rules: pd.DataFrame, floor_yuan: float = 0.0
) -> pd.Series:
    """Serve grades one after another, best first, equally within a grade: all that a bare grade can decide.

    Parameters
    ----------
    candidates : DataFrame
        With ``grade``. Not modified.
    grades : iterable of str
        Best first; a grade not named gets nothing.
    rules, floor_yuan
        As for `split_in_proportion`.
    """
    matrix, left = rule_matrix(candidates, rules), rules["yuan"].to_numpy(dtype=float)
    amounts = pd.Series(0.0, index=candidates.index)
    for grade in grades:
        weights = (candidates["grade"] == grade).astype("float64")
        room = rules.assign(yuan=np.maximum(left - matrix @ amounts.to_numpy(), 0.0))
        amounts += split_in_proportion(candidates, weights=weights, rules=room, floor_yuan=floor_yuan)
    return amounts.round(2)


def compare_splits(
    candidates: pd.DataFrame,
    *,
    splits: Mapping[str, pd.Series],
    drawn_rates: pd.DataFrame,
    level: float = 0.9,
    rules: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Hold several ways of sharing one budget side by side, on the same candidates, profits and draws.

    Answers "is the clever way worth its trouble, or within what we do not know?"

    Parameters
    ----------
    candidates : DataFrame
        ``profit_rate``. Not modified.
    splits : mapping of Series
        Yuan by way of sharing, index of `candidates`; the first is the one others are compared with.
    drawn_rates : DataFrame
        Profit rate of each candidate (columns, index of `candidates`) in each draw (rows).
    level : float
        Of the interval.
    rules : DataFrame, optional
        To say whether a way breaks one.

    Returns
    -------
    DataFrame
        One row per way, as given: ``split, customers_count, allocated_yuan, profit_yuan`` (expected),
        ``profit_low_yuan, profit_high_yuan``, ``loses_share`` (draws with a loss), ``behind_yuan`` (the first way's
        expected profit less this one's), ``behind_low_yuan, behind_high_yuan`` (the same draws for both),
        ``is_behind`` (the interval excludes zero), ``rules_broken_count``
    """
    rate, tail = candidates["profit_rate"].to_numpy(dtype=float), (1 - level) / 2
    draws = drawn_rates[candidates.index].to_numpy(dtype=float)
    matrix = None if rules is None else rule_matrix(candidates, rules)
    earned = {name: draws @ amounts.to_numpy(dtype=float) for name, amounts in splits.items()}
    first = next(iter(splits))
    rows = []
    for name, amounts in splits.items():
        behind = np.quantile(earned[first] - earned[name], [tail, 1 - tail])
        used = None if matrix is None else matrix @ amounts.to_numpy(dtype=float)
        rows.append({
            "split": name, "customers_count": int((amounts > 0).sum()), "allocated_yuan": float(amounts.sum()),
            "profit_yuan": float(rate @ amounts.to_numpy(dtype=float)),
            "profit_low_yuan": np.quantile(earned[name], tail), "profit_high_yuan": np.quantile(earned[name], 1 - tail),
            "loses_share": float((earned[name] < 0).mean()),
            "behind_yuan": float(rate @ (splits[first] - amounts).to_numpy(dtype=float)),
            "behind_low_yuan": behind[0], "behind_high_yuan": behind[1],
            "is_behind": bool(behind[0] > 0),
            "rules_broken_count": 0 if used is None else int((used > rules["yuan"].to_numpy() + 0.5).sum()),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _filled(allowed: np.ndarray, weights: np.ndarray, matrix, yuan: np.ndarray) -> np.ndarray:
    """Return the fullest split within limits and caps: the largest common factor, found by halving."""
    sizes = matrix.sum(axis=1)
    ceiling = yuan[sizes >= matrix.shape[1]].min(initial=np.inf)
    parts = [
        (matrix.indices[matrix.indptr[place] : matrix.indptr[place + 1]], yuan[place])
        for place in np.flatnonzero(sizes < matrix.shape[1])
    ]
    ratios = allowed[weights > 0] / weights[weights > 0]
    low, high = 0.0, float(ratios.max(initial=0.0))
    widest = _within(high, allowed, weights, parts)
    if widest.sum() <= ceiling + 1e-9:
        return widest
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        fits = _within(middle, allowed, weights, parts).sum() <= ceiling
        low, high = (middle, high) if fits else (low, middle)
    return _within(low, allowed, weights, parts)


def _within(factor: float, allowed: np.ndarray, weights: np.ndarray, parts: list) -> np.ndarray:
    """Return lines at a common factor, those of a part that breaks its cap scaled down to it."""
    amounts = np.minimum(allowed, factor * weights)
    for members, cap in parts:
        total = amounts[members].sum()
        if total > cap:
            amounts[members] *= cap / total
    return amounts
