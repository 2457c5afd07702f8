"""Plain columns: whatever kind a frame comes in with, what computes sees numbers, flags, days and text.

A ledger read with categories, nullable or Arrow columns, exact decimals, loose objects or a time zone tells the same
as a plain one, so it must measure the same.
"""

from __future__ import annotations

from decimal import Decimal
from numbers import Real

import numpy as np
import pandas as pd

#: units of columns of numbers, however few of them are known
NUMBERED = ("_yuan", "_count", "_days", "_months", "_share", "_rate")
#: how pandas keeps plain text
TEXT = pd.Series([""]).dtype


def plain_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose columns are plain (`plain_column`): itself where they are, else a new one.

    A length of time in a column of days becomes their number, where it is whole days.

    Examples
    --------
    >>> odd = pd.DataFrame({"balance_yuan": [Decimal("5.5")], "segment": ["farm"]}).convert_dtypes()
    >>> plain_frame(odd).dtypes.astype(str).to_dict()
    {'balance_yuan': 'float64', 'segment': 'str'}
    """
    if all(map(_is_plain, frame.dtypes.array)):
        return frame
    given = [frame.iloc[:, place] for place in range(frame.shape[1])]
    plain = [values if _is_plain(values.dtype) else _days_or_plain(values) for values in given]
    if all(new is old for new, old in zip(plain, given, strict=True)):
        return frame
    return pd.DataFrame(dict(enumerate(plain)), index=frame.index).set_axis(frame.columns, axis="columns")


def _is_plain(dtype: object) -> bool:
    """Say whether a column of the dtype is plain as it is: numbers, flags, days without a zone, text."""
    return dtype.kind not in "Om" if isinstance(dtype, np.dtype) else dtype == TEXT


def _days_or_plain(values: pd.Series) -> pd.Series:
    if not (str(values.name).endswith("_days") and pd.api.types.is_timedelta64_dtype(values.dtype)):
        return plain_column(values)
    days = values / pd.Timedelta(days=1)
    return days if (days.isna() | (days == days.round())).all() else values


def plain_column(values: pd.Series) -> pd.Series:
    """Return a column in the form that the measures compute with, where nothing is lost on the way.

    Categories become their labels, exact decimals floats, nullable and Arrow columns and loose objects plain ones, a
    Period of a month its text and that of a day its date, a day of a time zone the day there.

    Examples
    --------
    >>> plain_column(pd.Series(pd.period_range("2026-05", periods=2, freq="M"))).tolist()
    ['2026-05', '2026-06']
    >>> plain_column(pd.Series([1, None], dtype="Int64")).tolist()
    [1.0, nan]
    """
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return plain_column(values.astype(object).infer_objects())
    if isinstance(dtype, pd.PeriodDtype):
        if str(dtype) == "period[D]":
            return values.dt.to_timestamp()
        return values.dt.strftime("%Y-%m") if str(dtype) == "period[M]" else values
    if isinstance(dtype, pd.DatetimeTZDtype):
        return values.dt.tz_localize(None)
    if isinstance(dtype, pd.StringDtype):
        return values if dtype == TEXT else values.astype(TEXT)
    if dtype.kind in "iuf" and not isinstance(dtype, np.dtype):
        return values.astype("float64") if values.isna().any() or dtype.kind == "f" else values.astype("int64")
    if dtype.kind == "b" and not isinstance(dtype, np.dtype):
        return values.astype("boolean") if values.isna().any() else values.astype("bool")
    if isinstance(dtype, pd.ArrowDtype):
        return plain_column(values.astype(object).where(values.notna(), None).infer_objects())
    return _plain_objects(values) if dtype.kind == "O" else values


def _plain_objects(values: pd.Series) -> pd.Series:
    """Turn exact decimals and loose numbers, flags or days into columns of them, where it holds nothing else."""
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind == "empty" and str(values.name).endswith(NUMBERED):
        return values.where(values.notna(), np.nan).astype("float64")
    if kind == "date" or (kind == "empty" and str(values.name).endswith("_date")):
        return pd.to_datetime(values)
    if kind in ("datetime", "datetime64"):
        days = values.infer_objects()
        return plain_column(days) if days.dtype.kind == "M" else pd.to_datetime(values) if values.isna().all() else days
    gaps = values.isna()
    if kind == "boolean":
        return values if gaps.any() else values.astype("bool")
    if kind in ("integer", "floating", "mixed-integer-float") and not gaps.any():
        return values.infer_objects()
    numbers = kind in ("decimal", "integer", "floating", "mixed-integer-float")
    numbers |= kind.startswith("mixed") and all(map(_is_number, values[~gaps]))
    return values.where(~gaps, np.nan).astype("float64") if numbers and not gaps.all() else values


def _is_number(value: object) -> bool:
    return isinstance(value, Decimal | Real) and not isinstance(value, bool)


def plain_values(values: object) -> object:
    """Turn a list or array that holds exact decimals, or a pandas array, into plain numbers."""
    if isinstance(values, np.ndarray) and values.dtype.kind != "O":
        return values
    column = pd.Series(values)
    plain = plain_column(column)
    return values if plain.dtype == column.dtype else plain.to_numpy()
