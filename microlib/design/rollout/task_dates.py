"""A plan's tasks: when each will be done as things stand, what is critical, and whom to call."""

from __future__ import annotations

from datetime import date
from graphlib import CycleError, TopologicalSorter

import numpy as np
import pandas as pd

from microlib.errors import BadData

STATES = ("done", "late", "at_risk", "on_time")


def task_dates(tasks: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Forecast each task's end from what is done, what is late and what waits for what.

    Answers "what will the launch day be if we do nothing, and which task moves it?" A task that is not begun begins
    when all it depends on are done, not before its planned day nor today; it takes as many days as planned; one that
    runs past its days ends today at the earliest. A task is critical when one more day of it moves the last day.

    Parameters
    ----------
    tasks : DataFrame[plan_tasks]
        ``task_id, planned_start_date, planned_end_date, started_date, done_date, depends`` (ids with ``;`` between).
        Not modified.
    as_of : date
        Today.

    Returns
    -------
    DataFrame
        `tasks` with ``forecast_start_date``, ``forecast_end_date``, ``slip_days`` (forecast less planned end; negative
        is early), ``slack_days`` (days it may take longer before the last day moves), ``is_critical`` (bool),
        ``blocked_by`` (tasks not done that it waits for), ``state`` (``done, late`` (past its day),
        ``at_risk`` (will end late), ``on_time``)

    Raises
    ------
    BadData
        If a task depends on one that is not there, or tasks wait for one another in a circle.

    Notes
    -----
    There is no percentage of completion: a task is done or it is not.

    Examples
    --------
    >>> days = pd.to_datetime(["2026-06-01", "2026-06-10"]), pd.to_datetime(["2026-06-09", "2026-06-12"])
    >>> tasks = pd.DataFrame({"task_id": ["A", "B"], "planned_start_date": days[0], "planned_end_date": days[1],
    ...     "started_date": [days[0][0], pd.NaT], "done_date": pd.NaT, "depends": ["", "A"]})
    >>> task_dates(tasks, as_of=date(2026, 6, 11))[["slip_days", "state"]].to_numpy().tolist()
    [[2, 'late'], [2, 'at_risk']]
    """
    known = tasks.set_index("task_id", drop=False)
    waits = {task: _named(text) for task, text in known["depends"].items()}
    order = _ordered(waits)
    starts, ends = _forward(known, waits, order, pd.Timestamp(as_of))
    slack = _slack(known, waits, order, starts, ends)
    done, today = known["done_date"].notna(), pd.Timestamp(as_of)
    slip = (ends - known["planned_end_date"]).dt.days
    open_waits = {task: "; ".join(name for name in names if not done[name]) for task, names in waits.items()}
    late = ~done & (known["planned_end_date"] < today)
    state = np.select([done, late, slip > 0], ["done", "late", "at_risk"], "on_time")
    found = known.assign(
        forecast_start_date=starts, forecast_end_date=ends, slip_days=slip, slack_days=slack,
        is_critical=~done & (slack == 0), blocked_by=pd.Series(open_waits), state=state,
    )  # fmt: skip
    return found.set_axis(tasks.index)


def _named(text: object) -> list[str]:
    return [name.strip() for name in str(text).split(";") if name.strip()] if pd.notna(text) else []


def _ordered(waits: dict[str, list[str]]) -> list[str]:
    lost = sorted({name for names in waits.values() for name in names} - set(waits))
    if lost:
        raise BadData(f"a task waits for {lost[0]}, which is not in the plan", where="depends", fix="name a task_id")
    try:
        return list(TopologicalSorter(waits).static_order())
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        raise BadData(f"tasks wait for one another: {circle}", where="depends", fix="take one link away") from None


def _forward(
    known: pd.DataFrame, waits: dict[str, list[str]], order: list[str], today: pd.Timestamp
) -> tuple[pd.Series, pd.Series]:
    """First and last day of each task as things stand, those it waits for before it."""
    starts: dict[str, pd.Timestamp] = {}
    ends: dict[str, pd.Timestamp] = {}
    for name in order:
        task = known.loc[name]
        length = task["planned_end_date"] - task["planned_start_date"]
        free = max([ends[other] + pd.Timedelta(days=1) for other in waits[name]], default=task["planned_start_date"])
        waiting = max(free, task["planned_start_date"], today)
        starts[name] = task["started_date"] if pd.notna(task["started_date"]) else waiting
        running = max(starts[name] + length, today)
        ends[name] = task["done_date"] if pd.notna(task["done_date"]) else running
    return pd.Series(starts).reindex(known.index), pd.Series(ends).reindex(known.index)


def _slack(
    known: pd.DataFrame, waits: dict[str, list[str]], order: list[str], starts: pd.Series, ends: pd.Series
) -> pd.Series:
    """Days each task may end later before the last day of all moves."""
    last = {name: ends.max() for name in order}
    for name in reversed(order):
        for other in waits[name]:
            begins = last[name] - (ends[name] - starts[name]) - pd.Timedelta(days=1)
            last[other] = min(last[other], begins)
    return (pd.Series(last).reindex(known.index) - ends).dt.days
