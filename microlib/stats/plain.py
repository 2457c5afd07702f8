"""The one gate of measures and designs: whatever kind of column a frame comes in with, what computes sees plain ones.

A ledger read with categories, nullable or Arrow columns, exact decimals, loose objects or a time zone tells the same
as a plain one, so it must measure the same. Each public function of the `GATED` packages stands behind `gated`: the
frames of a call from outside are made plain once; a call from function to function costs nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextvars import ContextVar
from decimal import Decimal
from functools import wraps
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from inspect import isfunction
from numbers import Real
from types import ModuleType
from typing import ParamSpec, TypeVar

import numpy as np
import pandas as pd

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
#: packages whose public functions take frames
GATED = ("microlib.stats.", "microlib.metrics.", "microlib.design.")
#: units of columns of numbers, however few of them are known
NUMBERED = ("_yuan", "_count", "_days", "_months", "_share", "_rate")
#: how pandas keeps plain text
TEXT = pd.Series([""]).dtype
#: whether a call runs inside another that came through the gate
_INSIDE: ContextVar[bool] = ContextVar("inside the gate", default=False)


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


def plain_argument(value: object) -> object:
    """Return a frame, a column, or a mapping or plain sequence of them, made plain; anything else as it is.

    Examples
    --------
    >>> plain_argument({"loans": pd.DataFrame({"balance_yuan": [Decimal("5.5")]})})["loans"].dtypes.astype(str).tolist()
    ['float64']
    """
    if isinstance(value, pd.DataFrame):
        return plain_frame(value)
    if isinstance(value, pd.Series):
        return plain_column(value)
    if type(value) is dict and any(isinstance(each, pd.DataFrame | pd.Series) for each in value.values()):
        return {key: plain_argument(each) for key, each in value.items()}
    if type(value) in (list, tuple) and any(isinstance(each, pd.DataFrame | pd.Series) for each in value):
        return type(value)([plain_argument(each) for each in value])
    return value


def gated(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Return the function as it is called from outside: its frames and columns made plain before it computes.

    Examples
    --------
    >>> total = gated(lambda loans: loans["balance_yuan"].sum() * 0.5)
    >>> total(pd.DataFrame({"balance_yuan": [Decimal("5.5"), Decimal("4.5")]})).item()
    5.0
    """

    @wraps(function)
    def called(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        if _INSIDE.get():
            return function(*args, **kwargs)
        plain = [plain_argument(each) for each in args]
        named = {key: plain_argument(each) for key, each in kwargs.items()}
        token = _INSIDE.set(True)
        try:
            return function(*plain, **named)
        finally:
            _INSIDE.reset(token)

    return called


class Gatekeeper(SourceFileLoader):
    """Loads a module and puts each of its public functions behind the gate."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the module, then gate what it defines."""
        super().exec_module(module)
        for name, value in list(vars(module).items()):
            if isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_"):
                setattr(module, name, gated(value))

    @classmethod
    def find_spec(cls, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Say how a module of a gated package is loaded; of any other, nothing."""
        if not name.startswith(GATED) or name == __name__:
            return None
        spec = PathFinder.find_spec(name, path)  # type: ignore[arg-type]
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = cls(spec.loader.name, spec.loader.path)
        return spec


def kept_gate() -> type[Gatekeeper]:
    """Have modules of the gated packages loaded through the gate, from now on; done once however often asked.

    Examples
    --------
    >>> kept_gate() is Gatekeeper and sys.meta_path.count(Gatekeeper)
    1
    """
    if Gatekeeper not in sys.meta_path:
        sys.meta_path.insert(0, Gatekeeper)  # type: ignore[arg-type]
    return Gatekeeper
