"""Shares of balances, with the range left by the borrowers who happen to be in the book."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from microlib.stats.grouping import keys
from microlib.stats.intervals import rate_interval

#: resamples of a bootstrap, its fixed seed, and how many random draws are held at once
RESAMPLES, SEED, HELD = 1_000, 20_260_630, 250_000
#: with fewer borrowers than this on either side a bootstrap is not to be trusted
FEWEST = 10
#: columns of every table of shares, after the grouping columns
COLUMNS = [
    *["measure", "share", "share_low", "share_high", "hit_yuan", "base_yuan"],
    *["loans_count", "customers_count", "base_customers_count", "unknown_count", "unknown_yuan"],
    *["interval", "reason"],
]


def borrower_shares(
    parts: pd.DataFrame, *, measures: Mapping[str, tuple[str, ...]], within: str | list[str] | None, level: float = 0.95
) -> pd.DataFrame:
    r"""Divide sums of yuan by sums of yuan, with intervals that resample borrowers, not loans.

    .. math::

        r = \frac{\sum_b x_b}{\sum_b y_b}, \qquad b \text{ borrowers or connected groups}

    The range is the percentile interval of 1,000 bootstrap samples of whole borrowers, drawn
    with a fixed seed over borrowers in the order of their keys. Where fewer than ten borrowers
    are hit, or fewer than ten are not, it is Clopper-Pearson's on the effective number of borrowers
    :math:`n = (\sum y_b)^2 / \sum y_b^2` (Korn and Graubard), so that no hit never reads as 0 .. 0.

    Parameters
    ----------
    parts : DataFrame
        One row per loan: the grouping columns, ``customer_id`` (and ``group_id`` where borrowers
        are connected: it then takes the customer's place) and the columns of yuan. Not modified.
    measures : mapping
        Name of each share -> (column above, column below the line[, column of yuan that could not
        be judged]).
    within : str, list of str or None
        Grouping columns; None for one book.
    level : float
        Two-sided confidence.

    Returns
    -------
    DataFrame
        One row per group and measure, groups ascending, measures in the order given; columns
        grouping columns and

        - ``measure`` (code); ``share, share_low, share_high`` (fraction; a net flow may be negative)
        - ``hit_yuan``, ``base_yuan`` (yuan): above and below the line
        - ``loans_count``, ``customers_count``: loans and borrowers above the line;
          ``base_customers_count``: borrowers below it
        - ``unknown_count``, ``unknown_yuan``: loans and yuan that could not be judged and are not above the line
        - ``interval`` (code): ``bootstrap``, ``effective_count`` or empty
        - ``reason`` (code): empty, or ``no_base`` where there is nothing to divide by; the share
          and its range are then missing

    Notes
    -----
    Borrowers are taken as independent of one another: connected ones belong in one ``group_id``.

    References
    ----------
    .. [1] Efron, B., Tibshirani, R. (1993). An Introduction to the Bootstrap, chapter 13.
    .. [2] Korn, E., Graubard, B. (1998). Confidence intervals for proportions with small expected
       number of positive counts estimated from survey data. Survey Methodology 24(2), 193-201.

    Examples
    --------
    >>> parts = pd.DataFrame({"customer_id": ["a", "b"], "late": [0.0, 0.0], "all": [60.0, 40.0]})
    >>> shares = borrower_shares(parts, measures={"par30": ("late", "all")}, within=None)
    >>> shares[["share", "share_low", "share_high"]].round(3).iloc[0].to_list()
    [0.0, 0.0, 0.853]
    """
    by = keys(within)
    groups = parts.groupby(by, sort=True) if by else [((), parts)]
    rows = [
        dict(zip(by, key, strict=True)) | row for key, group in groups for row in _group_rows(group, measures, level)
    ]
    return pd.DataFrame(rows, columns=[*by, *COLUMNS])


def _group_rows(group: pd.DataFrame, measures: Mapping[str, tuple[str, ...]], level: float) -> list[dict]:
    """All measures of one group, on the same resamples."""
    names = list(dict.fromkeys(name for columns in measures.values() for name in columns))
    held = group[names].astype(float).groupby(borrowers(group), sort=True).sum()  # squares of whole yuan would wrap
    few = {measure: _is_few(held[above], held[below]) for measure, (above, below, *_) in measures.items()}
    sums = None if all(few.values()) else pd.DataFrame(resampled_sums(held.to_numpy(float)), columns=names)
    rows = []
    for measure, (above, below, *unknown) in measures.items():
        doubts = group[unknown[0]] if unknown else pd.Series(dtype=float)
        row = {
            "measure": measure,
            "hit_yuan": held[above].sum(),
            "base_yuan": held[below].sum(),
            "loans_count": int((group[above] != 0).sum()),
            "customers_count": int((held[above] != 0).sum()),
            "base_customers_count": int((held[below] > 0).sum()),
            "unknown_count": int((doubts != 0).sum()),
            "unknown_yuan": doubts.sum(),
        }
        drawn = None if few[measure] else (sums[above], sums[below])
        rows.append(row | _range(row["hit_yuan"], held[below], drawn, level))
    return rows


def _range(hit: float, base: pd.Series, drawn: tuple[pd.Series, pd.Series] | None, level: float) -> dict:
    """The share and its range, by the resamples drawn or by the effective number of borrowers."""
    if base.sum() == 0:
        missing = dict.fromkeys(("share", "share_low", "share_high"), np.nan)
        return missing | {"interval": "", "reason": "no_base"}
    share = hit / base.sum()
    if drawn is None:
        effective = base.sum() ** 2 / (base**2).sum()
        fraction = min(max(share, 0.0), 1.0)
        limits = rate_interval(fraction * effective, effective, method="clopper_pearson", level=level).iloc[0]
        low, high, name = limits["low"], limits["high"], "effective_count"
    else:
        ratios = drawn[0].to_numpy() / np.maximum(drawn[1].to_numpy(), 1e-9)
        low, high = np.quantile(ratios, [(1 - level) / 2, (1 + level) / 2])
        name = "bootstrap"
    bounds = {"share_low": float(min(low, share)), "share_high": float(max(high, share))}
    return {"share": float(share), **bounds, "interval": name, "reason": ""}


def _is_few(above: pd.Series, below: pd.Series) -> bool:
    hits = (above != 0).sum()
    return bool(min(hits, ((below > 0) & (above == 0)).sum()) < FEWEST)


def not_computed(shares: pd.DataFrame, rows: pd.Series, reason: str) -> pd.DataFrame:
    """Return the shares with those rows emptied of numbers, saying what they would need."""
    numbers = ["share", "share_low", "share_high", "hit_yuan", "base_yuan"]
    counts = ["loans_count", "customers_count", "base_customers_count"]
    emptied = shares.astype(dict.fromkeys(counts, "Int64"))
    emptied.loc[rows, numbers] = np.nan
    emptied.loc[rows, counts] = pd.NA
    emptied.loc[rows, ["interval", "reason"]] = ["", reason]
    return emptied


def borrowers(parts: pd.DataFrame) -> pd.Series:
    """Return who stands behind each row: the connected group where one is known, else the customer."""
    customers = parts["customer_id"]
    return parts["group_id"].astype(object).fillna(customers) if "group_id" in parts.columns else customers


def resampled_sums(values: np.ndarray, *, resamples: int = RESAMPLES, seed: int = SEED) -> np.ndarray:
    """Sum the rows of many samples drawn with replacement, all columns on the same draws.

    Parameters
    ----------
    values : ndarray
        One row per borrower, one column per amount. Not modified.
    resamples, seed : int
        How many samples, and where the generator starts.

    Returns
    -------
    ndarray
        One row per sample.

    Examples
    --------
    >>> resampled_sums(np.ones((5, 1)), resamples=3).ravel().tolist()
    [5.0, 5.0, 5.0]
    """
    generator, rows = np.random.default_rng(seed), len(values)
    step = max(1, HELD // max(rows, 1))
    sums = []
    for start in range(0, resamples, step):
        size = min(step, resamples - start)
        draws = generator.integers(0, rows, size=(size, rows)) + rows * np.arange(size)[:, None]
        sums.append(np.bincount(draws.ravel(), minlength=size * rows).reshape(size, rows) @ values)
    return np.concatenate(sums)
