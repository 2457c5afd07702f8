"""How files pile up when many come at once and few can be finished in a day."""

from __future__ import annotations

import pandas as pd

from microlib.contracts.outreach_cases import FileQueue


def daily_backlog(queue: FileQueue) -> pd.DataFrame:
    r"""Follow the files that wait, day by day.

    Answers "how long will the last one wait, and is that what we promised?"

    .. math:: B_t = \max(0, B_{t-1} + a_t - c), \qquad w_t = \lceil B_t / c \rceil

    with arrivals :math:`a`, capacity :math:`c`; :math:`w` is what a file that came today waits, in days.

    Returns
    -------
    DataFrame
        ``day_number, arrived_count, done_count, backlog_count, wait_days, is_kept`` (within the days promised).

    Examples
    --------
    >>> found = daily_backlog(FileQueue(days_count=4, arrivals=(5, 9), done_a_day=4, promised_days=2))
    >>> found.backlog_count.to_list(), found.wait_days.to_list()
    ([1, 6, 2, 0], [1, 2, 1, 0])
    """
    waiting, rows = 0, []
    for day in range(1, queue.days_count + 1):
        came = queue.arrivals[day - 1] if day <= len(queue.arrivals) else 0
        done = min(waiting + came, queue.done_a_day)
        waiting += came - done
        wait = -(-waiting // queue.done_a_day)
        rows.append((day, came, done, waiting, wait, wait <= queue.promised_days))
    names = ["day_number", "arrived_count", "done_count", "backlog_count", "wait_days", "is_kept"]
    return pd.DataFrame(rows, columns=names)


def needed_capacity(queue: FileQueue) -> int:
    """Return the fewest files a day that keep every wait within the days promised.

    Examples
    --------
    >>> needed_capacity(FileQueue(days_count=4, arrivals=(5, 9), done_a_day=4, promised_days=1))
    5
    """
    able = range(1, sum(queue.arrivals) + 1)
    return next(each for each in able if daily_backlog(queue.model_copy(update={"done_a_day": each}))["is_kept"].all())
