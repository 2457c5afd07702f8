"""How many cases pass from one stage to the next, how long they take, and how many are too young to tell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import pandas as pd

from microlib.errors import BadData
from microlib.metrics.intervals import rate_interval

#: columns after the grouping columns
COLUMNS = [
    *["stage", "next_stage", "entered_count", "ripe_count", "passed_count", "open_count"],
    *["conversion_rate", "conversion_low", "conversion_high", "median_days", "p90_days"],
]


def stage_conversions(
    cases: pd.DataFrame, *, stages: Sequence[str], as_of: date, ripe_days: int = 30, by: Sequence[str] = ()
) -> pd.DataFrame:
    r"""Count how many cases pass each stage of a funnel (漏斗), one row per group and step.

    Answers "of those who got so far, how many went on, and where do we lose them?" Of the cases that entered stage s,
    those that have had `ripe_days` to go on, or did go on, are ripe; with :math:`n` ripe and :math:`k` passed

    .. math:: r_s = k / n

    with Jeffreys' interval. A case that entered yesterday has not failed: it is open, and counted apart.

    Parameters
    ----------
    cases : DataFrame
        One row per case: ``<stage>_date`` for each stage (missing where it was not reached), columns of `by`.
        A later stage reached without an earlier one's date counts the earlier one as passed on that later day.
        Not modified.
    stages : sequence of str
        Names of stages in order, two or more.
    as_of : date
        What happened later is not known yet.
    ripe_days : int
        Days after which a case that has not gone on counts as lost at the stage.
    by : sequence of str
        Grouping columns; none makes one funnel.

    Returns
    -------
    DataFrame
        Grouping columns and ``stage, next_stage``; ``entered_count, ripe_count, passed_count, open_count``;
        ``conversion_rate, conversion_low, conversion_high`` (fraction; missing where nobody is ripe);
        ``median_days, p90_days`` of those that passed (missing where nobody did).

    Raises
    ------
    BadData
        If there are fewer than two stages, or one's column is missing.

    Notes
    -----
    Managers and channels differ in whom they are given: a rate is no verdict on a person.

    Examples
    --------
    >>> days = ["2026-05-01", "2026-05-02", "2026-06-29"]
    >>> cases = pd.DataFrame({"lead_date": pd.to_datetime(days), "visit_date": pd.to_datetime([days[1], None, None])})
    >>> found = stage_conversions(cases, stages=["lead", "visit"], as_of=date(2026, 6, 30))
    >>> found[["entered_count", "ripe_count", "passed_count", "open_count"]].iloc[0].to_list()
    [3, 2, 1, 1]
    """
    columns = [f"{stage}_date" for stage in stages]
    missing = [name for name in [*columns, *by] if name not in cases]
    if len(stages) < 2 or missing:
        fix = "name two stages or more, each with a column <stage>_date"
        raise BadData("a funnel lacks a stage", where=", ".join(missing) or "stages", fix=fix)
    known = _filled_back(cases, columns, pd.Timestamp(as_of))
    steps = [_step(known, pair, by, pd.Timestamp(as_of), ripe_days) for pair in pairwise(stages)]
    found = pd.concat(steps, ignore_index=True)
    order = pd.Categorical(found["stage"], categories=list(stages), ordered=True)
    found = found.assign(_order=order).sort_values([*by, "_order"], kind="stable").reset_index(drop=True)
    return found[[*by, *COLUMNS]]


def _filled_back(cases: pd.DataFrame, columns: list[str], today: pd.Timestamp) -> pd.DataFrame:
    """Dates up to today; a stage that was skipped takes the date of the next one reached."""
    dates = cases[columns].apply(pd.to_datetime)
    dates = dates.where(dates <= today)
    return cases.assign(**dates.bfill(axis="columns").to_dict("series"))


def _step(
    cases: pd.DataFrame, pair: tuple[str, str], by: Sequence[str], today: pd.Timestamp, ripe_days: int
) -> pd.DataFrame:
    begun, ended = (cases[f"{stage}_date"] for stage in pair)
    entered, passed = begun.notna(), begun.notna() & ended.notna()
    ripe = passed | (entered & (begun <= today - pd.Timedelta(days=ripe_days)))
    flags = {"entered_count": entered, "ripe_count": ripe, "passed_count": passed, "open_count": entered & ~ripe}
    days = (ended - begun).dt.days.where(passed)
    part = cases[list(by)].assign(**flags, _days=days, _all=0)
    groups = part.groupby(list(by) or "_all", sort=True, observed=True)
    counts = groups[list(flags)].sum().astype("int64")
    counts["median_days"] = groups["_days"].median()
    counts["p90_days"] = groups["_days"].quantile(0.9)
    found = counts.reset_index().assign(stage=pair[0], next_stage=pair[1])
    return found.join(_rates(found))


def _rates(counts: pd.DataFrame) -> pd.DataFrame:
    held = counts[counts["ripe_count"] > 0]
    names = {"rate": "conversion_rate", "low": "conversion_low", "high": "conversion_high"}
    if held.empty:
        return pd.DataFrame(index=counts.index, columns=list(names.values()), dtype="float64")
    rates = rate_interval(held["passed_count"], held["ripe_count"]).rename(columns=names)
    return rates[list(names.values())].reindex(counts.index)
