"""The table of how many leave at which rate, where a bank has one, and the rates that follow for a branch's grades."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from microlib.design.pricing.churns import COLUMNS, best_rates, smooth_churn
from microlib.design.pricing.uncertainties import mean_default_rates
from microlib.errors import BadData, EmptyBook, MissingTable
from microlib.homes import Overlay

NAME = "churns.csv"


class NoChurns(MissingTable):
    """The home holds no table of churn by rate."""


def read_churns(folder: str | Path | Overlay) -> pd.DataFrame:
    """Read ``churns.csv`` (``grade, yearly_rate, churn_share``, fractions) of a home's peers.

    Raises
    ------
    NoChurns
        If the file is not there: what customers do at another rate is then not known.
    BadData
        If a column is absent or a cell is no number.
    """
    path = (Path(folder) if isinstance(folder, str) else folder) / NAME
    if not path.is_file():
        raise NoChurns(
            "there is no table of churn by rate", where=str(path), fix="write grade, yearly_rate, churn_share"
        )
    frame = pd.read_csv(path, dtype="str", encoding="utf-8-sig")
    absent = [name for name in COLUMNS if name not in frame]
    if absent:
        raise BadData(f"no column {', '.join(absent)}", where=str(path), fix="write grade, yearly_rate, churn_share")
    numbers = frame[["yearly_rate", "churn_share"]].apply(pd.to_numeric, errors="coerce")
    wrong = frame.index[numbers.isna().any(axis="columns")]
    if len(wrong):
        row = int(wrong[0])
        what = f"row {row + 1}: {frame.loc[row, 'yearly_rate']}, {frame.loc[row, 'churn_share']} are no two numbers"
        raise BadData(what, where=str(path), fix="write fractions: 0.0465 is 4.65 percent")
    return frame[["grade"]].assign(**{name: numbers[name] for name in numbers})


def churn_prices(churns: pd.DataFrame, *, customers: pd.DataFrame, cost_rate: float, lgd_share: float) -> pd.DataFrame:
    """Choose the rate of each grade that pays best once those who would leave are gone.

    Parameters
    ----------
    churns : DataFrame
        Result of `read_churns`; made monotone first. Not modified.
    customers : DataFrame[customers]
        ``rating, is_defaulted`` of the branch. Not modified.
    cost_rate : float
        Funds and operating cost, a year.
    lgd_share : float
        Loss given default.

    Returns
    -------
    DataFrame
        Result of `churns.best_rates` for the grades that the table and the branch share, with ``total_count,
        bad_count`` of the branch: the default rate is the posterior mean of that count alone.

    Raises
    ------
    EmptyBook
        If the branch has nobody of those grades with a known outcome.
    """
    known = customers[customers["rating"].isin(churns["grade"]) & customers["is_defaulted"].notna()]
    if known.empty:
        raise EmptyBook(
            "no customer has a grade of the churn table", where="customers", fix="use the bank's own grades"
        )
    flags = known.assign(grade=known["rating"].astype("str"), bad=known["is_defaulted"].astype("int64"))
    counts = flags.groupby("grade", as_index=False).agg(total_count=("bad", "size"), bad_count=("bad", "sum"))
    rates = mean_default_rates(counts).assign(lgd_share=lgd_share)
    curves = smooth_churn(churns[churns["grade"].isin(counts["grade"])])
    found = best_rates(curves, default_rates=rates, cost_rate=cost_rate)
    return found.merge(counts, on="grade")
