"""What few members prove: the upper bound of a group's bad rate, as independent trials and as members of one source."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from microlib.contracts.policies import StressPolicy
from microlib.contracts.segments import Segment
from microlib.errors import BadData
from microlib.metrics.intervals import rate_interval, upper_bound


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
    >>> from microlib.metrics.intervals import upper_bound
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
    return pd.DataFrame({
        "segment": found["segment"], "shared_source": source,
        "bad_count": found["bad_count"], "total_count": found["total_count"],
        "rate": rates["rate"], "low": rates["low"], "high": rates["high"],
        "upper_share": upper_bound(found["bad_count"], found["total_count"], level=level),
        "correlation_share": rho.where(rho > 0),
        "correlated_upper_share": _correlated(found, rho, level),
    })  # fmt: skip


def _correlated(cells: pd.DataFrame, rho: pd.Series, level: float) -> pd.Series:
    bounds = [
        float(upper_bound(bad, total, level=level, correlation=each).iloc[0]) if each > 0 else float("nan")
        for bad, total, each in zip(cells["bad_count"], cells["total_count"], rho, strict=True)
    ]
    return pd.Series(bounds, index=cells.index, dtype="float64")
