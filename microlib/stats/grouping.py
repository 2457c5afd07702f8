"""How a table is cut before it is measured: the columns that name a group, and months counted as integers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from microlib.calendars import last_complete_month_end, month_end
from microlib.errors import BadData, EmptyBook

#: a date as a caller may write it
Day = str | date | pd.Timestamp


def keys(within: str | Sequence[str] | None) -> list[str]:
    """Return the grouping columns as a list; none for the whole book.

    Examples
    --------
    >>> keys("kind"), keys(None)
    (['kind'], [])
    """
    return [] if within is None else [within] if isinstance(within, str) else list(within)


def told_apart(frame: pd.DataFrame, *, known: Sequence[str] = (), key: Sequence[str] = (), table: str) -> pd.DataFrame:
    """Return the frame, or refuse it where a row does not say what it must, or two rows bear one key.

    Parameters
    ----------
    frame : DataFrame
        Not modified.
    known : sequence of str
        Columns in which every row needs a value.
    key : sequence of str
        Columns that together name a row.
    table : str
        What the refusal calls the frame.

    Raises
    ------
    BadData
        With how many rows are wrong and the first of them.

    Examples
    --------
    >>> told_apart(pd.DataFrame({"segment": ["a", None]}), known=["segment"], table="cells")
    Traceback (most recent call last):
    microlib.errors.BadData: segment is missing in 1 of 2 rows, first in row 2
      where: cells, column segment
      fix: complete these rows or leave them out
    """
    for column in known:
        gaps = frame[column].isna().to_numpy()
        if gaps.any():
            what = f"{column} is missing in {gaps.sum()} of {len(frame)} rows, first in row {gaps.argmax() + 1}"
            raise BadData(what, where=f"{table}, column {column}", fix="complete these rows or leave them out")
    if key:
        again = frame.duplicated(list(key)).to_numpy()
        if again.any():
            what = f"{' and '.join(key)} of row {again.argmax() + 1} stand in a row before it too"
            raise BadData(what, where=f"{table}, column {key[0]}", fix=f"keep one row for each {' and '.join(key)}")
    return frame


def paired(first: object, second: object) -> object:
    """Return `second` in the order of `first` where both are Series: rows belong together by label, never by place.

    Raises
    ------
    BadData
        If the two have other labels, or the same in another order with one of them twice: what belongs to what is
        not said.

    Examples
    --------
    >>> paired(pd.Series([3, 4], index=["a", "b"]), pd.Series([70, 60], index=["b", "a"])).tolist()
    [60, 70]
    """
    if not (isinstance(first, pd.Series) and isinstance(second, pd.Series)) or first.index.equals(second.index):
        return second
    one, other = first.index, second.index
    if not (one.is_unique and other.is_unique and len(one) == len(other) and one.isin(other).all()):
        raise BadData(
            "two columns do not belong together: the labels of their rows differ",
            fix="take both from one frame, or give them one index",
        )
    return second.reindex(one)


def checked_level(level: float, *, name: str = "level") -> float:
    """Return the confidence level, strictly between 0 and 1, or refuse.

    Examples
    --------
    >>> checked_level(0.95)
    0.95
    """
    if not 0.0 < level < 1.0:
        raise BadData(f"{name} {level} is not between 0 and 1", fix="write 95 % as 0.95")
    return level


def looked_up(keys: pd.Series, table: pd.Series) -> pd.Series:
    """Return the value of each key; missing where the table has none, also where it is empty (of any kind of value).

    Parameters
    ----------
    keys : Series
        Not modified.
    table : Series
        Values by key, each key once.

    Examples
    --------
    >>> looked_up(pd.Series(["a", "b"]), pd.Series(pd.to_datetime([]), index=pd.Index([], dtype="str"))).isna().tolist()
    [True, True]
    """
    return table.reindex(keys.to_numpy()).set_axis(keys.index)


def year_before(as_of: Day, *, months: int = 12) -> pd.Timestamp:
    """Return the month end that lies `months` before: the opening of the window.

    Examples
    --------
    >>> year_before("2026-06-30"), year_before("2026-06-15")
    (Timestamp('2025-06-30 00:00:00'), Timestamp('2025-05-31 00:00:00'))
    """
    today = pd.Timestamp(as_of)
    day = (today - pd.DateOffset(months=months)).date()
    closed = month_end(day) if today.is_month_end else last_complete_month_end(day)
    return pd.Timestamp(closed)


def whole_months(first: pd.Series, last: pd.Series | pd.Timestamp) -> pd.Series:
    """Count the calendar months that are over between two days, the last day of a month closing it; missing if one is.

    Examples
    --------
    >>> begun = pd.Series(pd.to_datetime(["2024-06-30", "2024-07-01", "2026-01-31", None]))
    >>> whole_months(begun, pd.Timestamp("2026-06-30")).tolist()
    [24.0, 23.0, 5.0, nan]
    """
    end = last.dt if isinstance(last, pd.Series) else last
    count = 12 * (end.year - first.dt.year) + end.month - first.dt.month
    return (count - (first.dt.day.clip(upper=end.days_in_month) > end.day)).astype("float64")


def payments_left(ends: pd.Series, *, as_of: Day) -> pd.Series:
    """Count the monthly payments after a day up to each loan's last one; none after it, missing where it is.

    Payments fall on the last one's day of the month, or on the last day of a month that is shorter.

    Examples
    --------
    >>> ends = pd.Series(pd.to_datetime(["2026-07-15", "2027-06-30", "2027-07-01", "2026-07-31", "2026-06-30", None]))
    >>> payments_left(ends, as_of="2026-06-30").tolist()
    [1.0, 12.0, 13.0, 1.0, 0.0, nan]
    """
    today = pd.Timestamp(as_of)
    months = 12 * (ends.dt.year - today.year) + ends.dt.month - today.month
    later = ends.dt.day.clip(upper=today.days_in_month) > today.day
    return (months + later).clip(lower=0).astype("float64").where(ends.notna())


def one_row(frame: pd.DataFrame, what: str, **named: str) -> pd.Series:
    """Return the row of a table that bears what is named, or its first; a table without it is refused by name.

    Raises
    ------
    EmptyBook
        If there is no such row.

    Examples
    --------
    >>> volume = pd.DataFrame({"case": ["low", "high"], "volume_yuan": [1.0, 2.0]})
    >>> one_row(volume, "volume", case="high")["volume_yuan"].item()
    2.0
    """
    rows = frame
    for column, value in named.items():
        rows = rows[rows[column].eq(value)] if column in rows else rows.iloc[:0]
    if rows.empty:
        told = ", ".join(f"{column} {value}" for column, value in named.items())
        raise EmptyBook(f"{what} has no row {told}".rstrip(), where=what, fix=f"compute {what} first")
    return rows.iloc[0]


def month_numbers(months: pd.Series) -> np.ndarray:
    """Turn ``YYYY-MM`` into consecutive integers: parsed once per distinct month, so cheap on long tables.

    Raises
    ------
    BadData
        If a month is missing or not written so.

    Examples
    --------
    >>> month_numbers(pd.Series(["2025-12", "2026-01"])).tolist()
    [24311, 24312]
    """
    codes, names = pd.factorize(months)
    known = names.str.fullmatch(r"\d{4}-(0[1-9]|1[0-2])") if len(names) else np.array([], bool)
    if (codes < 0).any() or not np.all(known):
        raise BadData("a month is missing or not written YYYY-MM", fix="write 2026-06")
    numbers = np.array([int(name[:4]) * 12 + int(name[5:]) - 1 for name in names], dtype=np.int64)
    return numbers[codes]


def month_name(number: int) -> str:
    """Turn such an integer back into ``YYYY-MM``.

    Examples
    --------
    >>> month_name(24312)
    '2026-01'
    """
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def day_numbers(days: pd.Series) -> np.ndarray:
    """Turn dates into the same month integers; a missing date becomes -1.

    Examples
    --------
    >>> day_numbers(pd.Series(pd.to_datetime(["2026-01-31", None]))).tolist()
    [24312, -1]
    """
    days = pd.to_datetime(days)
    return (days.dt.year * 12 + days.dt.month - 1).fillna(-1).to_numpy(dtype=np.int64)
