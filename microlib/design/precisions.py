"""What a pilot of so many customers can prove: how bad the rate may still be, and when the price is refuted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.contracts.policies import StressPolicy
from microlib.contracts.products import Product
from microlib.errors import NobodyPiloted
from microlib.metrics.intervals import lower_bound, rate_interval, upper_bound

LEVEL = 0.95
MOST_BAD = 6
FINDINGS = ("confirms", "cannot_say", "refutes")


def break_even_rate(floors: pd.DataFrame) -> float:
    r"""Return the default rate at which the asked rate just covers the floor, at the size the floors are for.

    .. math:: PD^* = \frac{r' - FTP - o - k}{LGD}

    with :math:`r'` the asked rate without value added tax and :math:`k` the capital part. Negative where funds, opex
    and capital alone are more than the rate.

    Parameters
    ----------
    floors : DataFrame
        Result of `line_margins.typical_floors`. Not modified.

    Examples
    --------
    >>> row = {"pd_case": "mean", "yearly_rate": 0.05, "floor_rate": 0.045, "floor_taxed_rate": 0.045,
    ...        "ftp_rate": 0.02, "opex_rate": 0.01, "capital_rate": 0.008, "lgd_share": 0.4}
    >>> round(break_even_rate(pd.DataFrame([row])), 4)
    0.03
    """
    mean = floors[floors["pd_case"] == "mean"].iloc[0]
    asked = mean["yearly_rate"] * mean["floor_rate"] / mean["floor_taxed_rate"]
    left = asked - mean["ftp_rate"] - mean["opex_rate"] - mean["capital_rate"]
    return float(left / mean["lgd_share"])


def pilot_precision(
    volume: pd.DataFrame, *, floors: pd.DataFrame, product: Product, policy: StressPolicy, level: float = LEVEL
) -> pd.DataFrame:
    r"""Say before the pilot starts what each number of bad loans in it would prove.

    Answers "if all goes well, may we scale; and how many bad loans are one too many?" Written down beforehand, so that
    nobody moves the line afterwards.

    Parameters
    ----------
    volume : DataFrame
        Result of `volumes.expected_volume`; the high case's customers are the pilot's size. Not modified.
    floors : DataFrame
        Result of `line_margins.typical_floors`. Not modified.
    product : Product
        Kind of common source.
    policy : StressPolicy
        Correlation by kind of source.
    level : float
        One-sided confidence of both bounds.

    Returns
    -------
    DataFrame
        One row per number of bad borrowers, from none to the first that refutes (six at most)

        - ``bad_count, total_count``; ``bad_rate`` with ``bad_rate_low, bad_rate_high`` (Jeffreys, 95 %)
        - ``lower_share, upper_share`` (one-sided, independent), ``correlated_upper_share`` (sharing a source)
        - ``break_even_rate`` (`break_even_rate`); ``finding``: ``confirms`` (upper bound under it), ``refutes`` (lower
          bound over it), ``cannot_say``
        - ``needed_count``: customers without any bad one that would confirm the price; missing where none would

    Raises
    ------
    NobodyPiloted
        If the pilot would have no customer.
    """
    total = int(volume.loc[volume["case"] == "high", "customers_count"].iloc[0])
    if not total:
        raise NobodyPiloted("the pilot would have no customer", where=product.code, fix="look at volume and take-up")
    counts = pd.Series(range(min(MOST_BAD, total) + 1), dtype="int64")
    many = pd.Series(total, index=counts.index)
    rate = break_even_rate(floors)
    rho = float(policy.correlation.get(product.limit.source, 0.0))
    interval = rate_interval(counts, many)
    rows = pd.DataFrame({
        "bad_count": counts, "total_count": many,
        "bad_rate": interval["rate"], "bad_rate_low": interval["low"], "bad_rate_high": interval["high"],
        "lower_share": lower_bound(counts, many, level=level), "upper_share": upper_bound(counts, many, level=level),
        "correlated_upper_share": upper_bound(counts, many, level=level, correlation=rho) if rho else np.nan,
        "break_even_rate": rate, "needed_count": _needed(rate, level),
    })  # fmt: skip
    tests = [rows["lower_share"] > rate, rows["upper_share"] < rate]
    rows = rows.assign(finding=np.select(tests, ["refutes", "confirms"], "cannot_say"))
    first = rows.index[rows["finding"] == "refutes"]
    return rows.loc[: first[0] if len(first) else rows.index[-1], COLUMNS]


def _needed(rate: float, level: float) -> float:
    """Return how many customers without a bad one push the upper bound under a rate."""
    if not 0 < rate < 1:
        return float("nan")
    return float(np.ceil(np.log(1 - level) / np.log(1 - rate)))


COLUMNS = ["bad_count", "total_count", "bad_rate", "bad_rate_low", "bad_rate_high", "lower_share", "upper_share",
           "correlated_upper_share", "break_even_rate", "needed_count", "finding"]  # fmt: skip
