"""Days that a core takes to pay, with what is still unpaid counted: Kaplan-Meier, ranges by month of delivery."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.errors import EmptyBook
from microlib.metrics.intervals import rate_interval
from microlib.metrics.shares import resampled_sums

#: longer waits are counted in the last day
LONGEST = 720
COLUMNS = ["payables_count", "unpaid_count", "unpaid_yuan", "median_days", "median_low", "median_high",
           "paid_only_days"]  # fmt: skip


def days_to_pay(lives: pd.DataFrame, *, within: str | list[str] = "core_id", level: float = 0.95) -> pd.DataFrame:
    r"""Find after how many days a core has paid half of what it received, unpaid payables included.

    Answers "how long does it really take?" With :math:`d_t` payables paid on day t after delivery and :math:`n_t`
    that had waited at least t days,

    .. math:: S(t) = \prod_{u \le t} \left(1 - \frac{d_u}{n_u}\right), \qquad m = \min\{t : S(t) \le \tfrac12\}

    Ranges resample whole months of delivery (1,000 draws, fixed seed): a core pays in runs, so payables of one month
    are no independent trials.

    Parameters
    ----------
    lives : DataFrame
        Result of `lives.payable_lives`. Not modified.
    within : str or list of str
        What a row is.
    level : float
        Two-sided.

    Returns
    -------
    DataFrame
        One row per group, ascending: ``payables_count, unpaid_count, unpaid_yuan, median_days`` (missing where not
        half is paid yet) with ``median_low, median_high``, and ``paid_only_days``: the mean over paid ones alone, which
        is too low.

    Raises
    ------
    EmptyBook
        If there is no payable.

    References
    ----------
    .. [1] Kaplan, E. L., Meier, P. (1958). Journal of the American Statistical Association 53, 457-481.

    Examples
    --------
    >>> lives = pd.DataFrame({"core_id": "H1", "month": "2026-01", "days": [30, 40, 50, 90], "net_yuan": 1.0,
    ...                       "is_paid": [True, True, False, True]})
    >>> days_to_pay(lives)[["median_days", "paid_only_days"]].iloc[0].round(1).tolist()
    [40.0, 53.3]
    """
    rows = [_median(group, level) for _, group in _groups(lives, within)]
    return _frame(lives, within, rows, COLUMNS)


def paid_within(
    lives: pd.DataFrame, *, terms: pd.Series, within: str | list[str] = "core_id", level: float = 0.95
) -> pd.DataFrame:
    """Measure which part of payables is paid within a term, unpaid ones counted as long as they have waited.

    Parameters
    ----------
    lives : DataFrame
        Result of `lives.payable_lives`. Not modified.
    terms : Series
        Days by core; a core without one has no share.
    within : str or list of str
        What a row is; holds ``core_id`` (first, if a list).
    level : float

    Returns
    -------
    DataFrame
        One row per group: ``term_days``, ``within_share, within_low, within_high, within_share_count``.

    Raises
    ------
    EmptyBook
        If there is no payable.

    Examples
    --------
    >>> lives = pd.DataFrame({"core_id": "H1", "month": "2026-01", "days": [30, 40, 50, 90], "net_yuan": 1.0,
    ...                       "is_paid": [True, True, False, True]})
    >>> paid_within(lives, terms=pd.Series({"H1": 60}))["within_share"].tolist()
    [0.5]
    """
    rows = []
    for key, group in _groups(lives, within):
        term = terms.get(key[0] if isinstance(key, tuple) else key, np.nan)
        rows.append(_within(group, term, level))
    return _frame(lives, within, rows, ["term_days", "within_share", "within_low", "within_high", "within_share_count"])


def _groups(lives: pd.DataFrame, within: str | list[str]) -> list:
    if lives.empty:
        raise EmptyBook("there is no payable", where="core_payables", fix="deliver the core's list of payables")
    return list(lives.groupby(within, sort=True))


def _frame(lives: pd.DataFrame, within: str | list[str], rows: list[dict], columns: list[str]) -> pd.DataFrame:
    keys = lives.groupby(within, sort=True).size().reset_index()[[within] if isinstance(within, str) else within]
    return pd.concat([keys, pd.DataFrame(rows, columns=columns)], axis="columns")


def _median(group: pd.DataFrame, level: float) -> dict:
    own, drawn = _survivals(group)
    low, high = _range(_half(drawn), level)
    open_ones = ~group["is_paid"]
    return {
        "payables_count": len(group), "unpaid_count": int(open_ones.sum()),
        "unpaid_yuan": float(group.loc[open_ones, "net_yuan"].sum()),
        "median_days": float(_half(own[None])[0]), "median_low": low, "median_high": high,
        "paid_only_days": float(group.loc[group["is_paid"], "days"].mean()) if group["is_paid"].any() else np.nan,
    }  # fmt: skip


def _within(group: pd.DataFrame, term: float, level: float) -> dict:
    if np.isnan(term):
        return {"term_days": np.nan, "within_share_count": len(group)}
    own, drawn = _survivals(group)
    day = min(int(term), LONGEST)
    low, high = _range(1.0 - drawn[:, day], level)
    if low == high:
        low, high = _of_months(low, group["month"].nunique(), level)
    return {"term_days": float(term), "within_share": 1.0 - own[day], "within_low": min(low, 1.0 - own[day]),
            "within_high": max(high, 1.0 - own[day]), "within_share_count": len(group)}  # fmt: skip


def _of_months(share: float, months: int, level: float) -> tuple[float, float]:
    """Return the range of a share that is alike in all months: as many trials as months, not as payables."""
    found = rate_interval(share * months, months, level=level)
    return float(found["low"].iloc[0]), float(found["high"].iloc[0])


def _range(values: np.ndarray, level: float) -> tuple[float, float]:
    known = np.where(np.isnan(values), np.inf, values)
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2], method="inverted_cdf")
    return (np.nan if np.isinf(low) else float(low)), (np.nan if np.isinf(high) else float(high))


def _half(survivals: np.ndarray) -> np.ndarray:
    """Return, row by row, the first day on which no more than half is unpaid; missing where there is none."""
    reached = survivals <= 0.5
    return np.where(reached.any(axis=1), reached.argmax(axis=1), np.nan)


def _survivals(group: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the share still unpaid after each day, of the group itself and of its redraws by month."""
    months = group["month"].factorize()[0]
    days = group["days"].clip(upper=LONGEST).to_numpy()
    size, width = months.max() + 1, LONGEST + 1
    paid = group["is_paid"].to_numpy()
    ends, left = np.zeros((size, width)), np.zeros((size, width))
    np.add.at(ends, (months[paid], days[paid]), 1.0)
    np.add.at(left, (months, days), 1.0)
    waiting = left[:, ::-1].cumsum(axis=1)[:, ::-1]
    sums = resampled_sums(np.hstack([ends, waiting]))
    drawn = _product(sums[:, :width], sums[:, width:])
    return _product(ends.sum(axis=0)[None], waiting.sum(axis=0)[None])[0], drawn


def _product(ends: np.ndarray, waiting: np.ndarray) -> np.ndarray:
    return np.cumprod(1.0 - ends / np.maximum(waiting, 1.0), axis=1)
