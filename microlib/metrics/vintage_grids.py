"""Ends of loans that the engine has added up, laid out as the full grid from which a vintage is drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.errors import BadData, EmptyBook
from microlib.metrics.groupings import keys

#: ends that take a loan off the book for good, in the order in which they are kept
ENDS = ("bad", "settled", "renewed", "transferred")
#: ends counted at each month on book; open loans leave by censoring
PARTS = (*ENDS, "open")
#: units of the grid and the columns of the ends that hold them
UNITS = {"count": "loans_count", "yuan": "amount_yuan", "square": "amount_square"}


def vintage_grid(ends: pd.DataFrame, *, within: str | list[str] | None = None) -> pd.DataFrame:
    r"""Lay ends out by cohort and month on book, with what is still at risk at the start of each month.

    .. math:: Y_t = \sum_{s \ge t} \sum_k c_{ks}

    where :math:`c_{ks}` is what ended as k in month s: everybody ends once, be it by being last seen.

    Parameters
    ----------
    ends : DataFrame
        Cohort columns, ``month_on_book`` (>= 0), ``outcome`` (bad, settled, renewed, transferred, open),
        ``loans_count``, ``amount_yuan``, ``amount_square``: sums that add up, of the engine or of several banks; a
        cohort, month and outcome may stand in several rows. Not modified.
    within : str, list of str or None
        Cohort columns.

    Returns
    -------
    DataFrame
        As `vintages.vintage_pieces`: a full grid, cohorts ascending x month on book 0 .. the longest.

    Raises
    ------
    EmptyBook
        If there is no end.
    BadData
        If an outcome is unknown, or a month or an amount is missing, infinite or negative.

    Examples
    --------
    >>> ends = pd.DataFrame({"month_on_book": [1, 2], "outcome": ["bad", "open"], "loans_count": [1, 1],
    ...                      "amount_yuan": [10.0, 30.0], "amount_square": [100.0, 900.0]})
    >>> vintage_grid(ends)[["at_risk_yuan", "bad_yuan"]].to_numpy().tolist()
    [[40.0, 0.0], [40.0, 10.0], [30.0, 0.0]]
    """
    if ends.empty:
        raise EmptyBook("no loan was made within the months seen", fix="load more months, or later loans")
    codes, said = pd.factorize(ends["outcome"])
    kinds = np.append(pd.Index(PARTS).get_indexer(said), -1)[codes]
    numbers = ends[["month_on_book", *UNITS.values()]].to_numpy(dtype="float64", na_value=np.nan)
    if (kinds < 0).any() or not (np.isfinite(numbers) & (numbers >= 0)).all():
        raise BadData("an outcome is unknown, or a month or amount is missing or negative", fix="check the ends")
    cohorts, names = coded_cohorts(ends, keys(within))
    months = ends["month_on_book"].to_numpy(np.int64)
    shape = (len(PARTS), len(names), int(months.max()) + 1)
    place = np.ravel_multi_index((kinds, cohorts, months), shape)
    sums = {
        unit: np.bincount(place, ends[column].to_numpy(float), minlength=np.prod(shape)).reshape(shape)
        for unit, column in UNITS.items()
    }
    return _framed(sums, names, shape)


def coded_cohorts(rows: pd.DataFrame, by: list[str]) -> tuple[np.ndarray, pd.DataFrame]:
    """Return the code of each row's cohort, and the cohorts in ascending order."""
    if not by:
        return np.zeros(len(rows), np.int64), pd.DataFrame(index=[0])
    groups = rows.groupby(by, sort=True)
    return groups.ngroup().to_numpy(np.int64), groups.size().reset_index()[by]


def _framed(sums: dict[str, np.ndarray], names: pd.DataFrame, shape: tuple[int, ...]) -> pd.DataFrame:
    """Lay the sums out as a full grid of cohorts and months, with what is still at risk."""
    grid = names.loc[names.index.repeat(shape[2])].reset_index(drop=True)
    columns = {"month_on_book": np.tile(np.arange(shape[2]), shape[1])}
    for unit, cube in sums.items():
        leaving = cube.sum(axis=0)
        columns[f"at_risk_{unit}"] = leaving[:, ::-1].cumsum(axis=1)[:, ::-1].ravel()
    for place, name in enumerate(PARTS):
        columns[f"{name}_count"] = sums["count"][place].ravel()
        columns[f"{name}_yuan"] = sums["yuan"][place].ravel()
    columns["bad_square"] = sums["square"][0].ravel()
    columns["other_square"] = sums["square"][1:4].sum(axis=0).ravel()
    counts = [name for name in columns if name.endswith("_count")]
    return grid.assign(**columns).astype(dict.fromkeys(counts, "int64"))
