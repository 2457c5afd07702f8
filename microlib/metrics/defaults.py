"""Default rates of customer groups from few borrowers: counts, the bank's prior, bounds for a common source."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from microlib.contracts.policy import StressPolicy
from microlib.contracts.segment import Segment
from microlib.errors import BadData, EmptyBook
from microlib.metrics.loans import BAD_DAYS, is_bad, live_loans
from microlib.stats.intervals import rate_interval, upper_bound
from microlib.stats.shrinkage import Prior, fit_prior


def bad_borrowers(loans: pd.DataFrame, *, within: str) -> pd.DataFrame:
    """Count borrowers and bad borrowers of every group.

    A borrower is bad when any live loan is substandard or worse, or more than 90 days late.

    Parameters
    ----------
    loans : DataFrame[loans]
        With the column `within`. Not modified.
    within : str
        Column that names the group.

    Returns
    -------
    DataFrame
        One row per group, ascending: `within`, ``bad_count``, ``total_count`` (borrowers).

    Raises
    ------
    EmptyBook
        If no loan is live.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["L1", "L2"], "customer_id": ["C1", "C2"], "balance_yuan": [1.0, 1.0],
    ...                       "overdue_days": [0, 120], "status": ["normal", "overdue"], "segment": ["a", "a"]})
    >>> bad_borrowers(loans, within="segment")
      segment  bad_count  total_count
    0       a          1            2
    """
    live = live_loans(loans)
    bad = live.assign(is_bad=is_bad(live).astype(bool) | (live["overdue_days"] > BAD_DAYS).astype(bool))
    by_borrower = bad.groupby([within, "customer_id"])["is_bad"].max()
    counts = by_borrower.groupby(level=within).agg(bad_count="sum", total_count="size")
    return counts.astype("int64").reset_index()


def default_rates(customers: pd.DataFrame, *, within: str | None = None, level: float = 0.95) -> pd.DataFrame:
    """Measure the share of customers in default, where the customer file says so, with its interval.

    Answers "of these firms, how many have defaulted, and how sure is that rate?"

    Parameters
    ----------
    customers : DataFrame[customers]
        Uses ``is_defaulted`` and the column `within`; customers whose default is not known are left out and counted.
        Not modified.
    within : str or None
        Column that names the group; None for all as one.
    level : float
        Two-sided confidence of Jeffreys' interval.

    Returns
    -------
    DataFrame
        One row per group, ascending (rows without a group last, as ``unknown``): `within`, ``bad_count``,
        ``default_share, default_share_low, default_share_high`` (fraction), ``default_share_count`` (customers known),
        ``unknown_count``.

    Raises
    ------
    EmptyBook
        If nobody's default is known.

    Examples
    --------
    >>> customers = pd.DataFrame({"rating": ["A", "D"], "is_defaulted": [False, True]})
    >>> default_rates(customers, within="rating")[["rating", "bad_count", "default_share_count"]]
      rating  bad_count  default_share_count
    0      A          0                    1
    1      D          1                    1
    """
    known = customers["is_defaulted"].notna()
    if not known.any():
        raise EmptyBook("no customer's default is known", where="customers", fix="fill is_defaulted")
    group = customers[within].astype("str").fillna("unknown") if within else pd.Series("all", index=customers.index)
    defaulted = customers["is_defaulted"].fillna(False).astype(bool)
    flags = pd.DataFrame({"bad": defaulted & known, "known": known, "unknown": ~known})
    counts = flags.groupby(group.rename("_")).sum().loc[lambda rows: rows["known"] > 0]
    rates = rate_interval(counts["bad"], counts["known"], level=level)
    found = pd.DataFrame(
        {
            "bad_count": counts["bad"],
            "default_share": rates["rate"],
            "default_share_low": rates["low"],
            "default_share_high": rates["high"],
            "default_share_count": counts["known"],
            "unknown_count": counts["unknown"],
        }
    )
    return found.rename_axis(within).reset_index() if within else found.reset_index(drop=True)


def default_shares(customers: pd.DataFrame, memberships: pd.DataFrame) -> pd.DataFrame:
    """Measure default group by group, in the columns that decisions on a group want.

    Parameters
    ----------
    customers : DataFrame[customers]
        Not modified.
    memberships : DataFrame
        Result of `segments.assign_segments`; the primary group counts. Not modified.

    Returns
    -------
    DataFrame
        ``segment, share, share_low, share_high`` (fraction), ``share_count``, ``bad_count``, ``base_yuan`` (missing:
        they have borrowed nothing).

    Raises
    ------
    EmptyBook
        If nobody's default is known.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": ["C1"], "is_defaulted": [True]})
    >>> members = pd.DataFrame({"customer_id": ["C1"], "segment": ["a"], "is_primary": [True]})
    >>> default_shares(customers, members)[["segment", "bad_count", "share_count"]]
      segment  bad_count  share_count
    0       a          1            1
    """
    primary = memberships.loc[memberships["is_primary"], ["customer_id", "segment"]]
    rates = default_rates(customers.merge(primary, on="customer_id"), within="segment")
    names = {f"default_share{end}": f"share{end}" for end in ("", "_low", "_high", "_count")}
    return rates.rename(columns=names).drop(columns="unknown_count").assign(base_yuan=float("nan"))


def bank_prior(pieces: pd.DataFrame) -> Prior:
    """Learn from the whole bank's cells how far bad rates lie apart (see `shrinkage.fit_prior`).

    Parameters
    ----------
    pieces : DataFrame
        Sums of the engine: ``customers_count, bad_count``, one row per cell (branch and industry). Not modified.

    Examples
    --------
    >>> bank_prior(pd.DataFrame({"customers_count": [10, 20], "bad_count": [0, 1]})).method
    'jeffreys'
    """
    return fit_prior(pieces.rename(columns={"customers_count": "total_count"}))


def shared_bounds(
    cells: pd.DataFrame, *, segments: Iterable[Segment], stress: StressPolicy, level: float = 0.95
) -> pd.DataFrame:
    """Bound each group's bad rate from above, with and without the source its members share.

    Answers "none of forty suppliers of one hospital went bad: how bad may they be?" Forty suppliers of one hospital are
    not forty trials.

    Parameters
    ----------
    cells : DataFrame
        ``segment, bad_count, total_count``. Not modified.
    segments : iterable of Segment
        Their ``shared_source`` says what hits all members at once.
    stress : StressPolicy
        Uses ``correlation`` by kind of source.
    level : float
        One-sided confidence of the bounds.

    Returns
    -------
    DataFrame
        `cells` in their order: ``segment, shared_source, bad_count, total_count, rate, low, high``
        (Jeffreys, 95 %), ``upper_share`` (Clopper-Pearson), ``correlation_share`` and ``correlated_upper_share``
        (Vasicek; missing where members share no source).

    Raises
    ------
    BadData
        If the policy has no correlation for a kind of source.

    Examples
    --------
    >>> from microlib.stats.intervals import upper_bound
    >>> [round(float(upper_bound(0, 40, correlation=rho).iloc[0]), 3) for rho in (0.0, 0.12, 0.2)]
    [0.072, 0.127, 0.171]
    """
    kinds = {each.code: each.shared_source for each in segments}
    found = cells.reset_index(drop=True)
    source = found["segment"].map(kinds).fillna("none").astype("str")
    unknown = sorted(set(source) - {"none"} - set(stress.correlation))
    if unknown:
        raise BadData(f"policy has no correlation for {', '.join(unknown)}", fix="add it to data/policies/stress.toml")
    rho = source.map({kind: float(value) for kind, value in stress.correlation.items()}).fillna(0.0)
    rates = rate_interval(found["bad_count"], found["total_count"])
    return pd.DataFrame(
        {
            "segment": found["segment"],
            "shared_source": source,
            "bad_count": found["bad_count"],
            "total_count": found["total_count"],
            "rate": rates["rate"],
            "low": rates["low"],
            "high": rates["high"],
            "upper_share": upper_bound(found["bad_count"], found["total_count"], level=level),
            "correlation_share": rho.where(rho > 0),
            "correlated_upper_share": _correlated(found, rho, level),
        }
    )


def _correlated(cells: pd.DataFrame, rho: pd.Series, level: float) -> pd.Series:
    bounds = [
        float(upper_bound(bad, total, level=level, correlation=each).iloc[0]) if each > 0 else float("nan")
        for bad, total, each in zip(cells["bad_count"], cells["total_count"], rho, strict=True)
    ]
    return pd.Series(bounds, index=cells.index, dtype="float64")
