"""One good call of every public measure: taken from the example in its docstring, spoilt by the laws.

Every public function of `metrics` and `stats` has an example that runs; the face has its good calls beside its tests.
"""

from __future__ import annotations

import copy
import dataclasses
import doctest
import importlib
import inspect
import pkgutil
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

import microlib.metrics
import microlib.stats
from microlib.contracts.columns import Column
from microlib.contracts.tables import TABLES
from microlib.metrics.payables import payable_lives

ROOMS = (microlib.metrics, microlib.stats)


class Call:
    """A function with the arguments of one good call of it, by name."""

    def __init__(self, name: str, function: Callable[..., Any], given: dict[str, Any]) -> None:
        self.name, self.function, self.given = name, function, given
        self.signature = inspect.signature(function)

    def __call__(self, **changed: Any) -> Any:
        """Call again, with some arguments in place of the good ones."""
        bound = self.signature.bind_partial()
        bound.arguments.update(self.given | changed)
        return self.function(*bound.args, **bound.kwargs)

    def of(self, kind: type) -> dict[str, Any]:
        """Return the arguments of one type."""
        return {name: value for name, value in self.given.items() if isinstance(value, kind)}


def public_measures() -> dict[str, Callable[..., Any]]:
    """Return every public function of the rooms of measures: ``module.name`` -> function."""
    found = {}
    for room in ROOMS:
        for each in pkgutil.iter_modules(room.__path__):
            if each.name == "plain":  # what kinds of columns become, no measure
                continue
            module = importlib.import_module(f"{room.__name__}.{each.name}")
            for name, value in vars(module).items():
                is_own = inspect.isfunction(value) and value.__module__ == module.__name__
                if is_own and not name.startswith("_"):
                    found[f"{each.name}.{name}"] = value
    return found


def example_call(name: str, function: Callable[..., Any]) -> Call | None:
    """Run the example of a function and keep the arguments of its last call; nothing where it makes none."""
    calls: list[dict[str, Any]] = []
    signature = inspect.signature(function)

    def recorded(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        calls.append(copy.deepcopy(dict(bound.arguments)))
        return function(*args, **kwargs)

    space = {**vars(inspect.getmodule(function)), function.__name__: recorded}
    for test in doctest.DocTestFinder(recurse=False).find(function, name=name, globs=space):
        test.globs[function.__name__] = recorded
        doctest.DocTestRunner(verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS).run(
            test, out=lambda text: None, clear_globs=False
        )
    return Call(name, function, calls[-1]) if calls else None


def told(result: Any) -> Any:
    """Return a result without what the order of rows may change: its labels where they name nothing, its own order."""
    if isinstance(result, pd.DataFrame):
        named = result.reset_index() if any(result.index.names) else result.reset_index(drop=True)
        named = named.set_axis([str(column) for column in named.columns], axis="columns")
        named = named[sorted(named.columns)] if named.columns.is_unique else named
        keys = pd.DataFrame({place: _plainly(named.iloc[:, place]) for place in range(named.shape[1])})
        order = keys.sort_values(list(keys.columns), kind="stable").index if keys.shape[1] else keys.index
        return named.loc[order].reset_index(drop=True)
    if isinstance(result, pd.Series):
        return result.rename("value").sort_index(key=lambda index: index.astype(str))
    if isinstance(result, tuple | list) and any(isinstance(each, pd.DataFrame | pd.Series) for each in result):
        return [told(each) for each in result]
    if isinstance(result, dict):
        return {key: told(value) for key, value in result.items()}
    return result


def _plainly(column: pd.Series) -> pd.Series:
    if column.dtype.kind in "iu" and isinstance(column.dtype, np.dtype):
        return column
    if column.dtype.kind == "f" and isinstance(column.dtype, np.dtype):
        values = column.to_numpy()
        size = np.where((values == 0) | ~np.isfinite(values), 1.0, np.abs(values))
        unit = 10.0 ** (np.floor(np.log10(size)) - 5)
        return pd.Series(np.round(values / unit) * unit, index=column.index)
    return column.astype(str)


def alike(one: Any, other: Any, *, relative: float = 1e-9) -> bool:
    """Say whether two results tell the same."""
    if isinstance(one, pd.DataFrame) and isinstance(other, pd.DataFrame) and _equal(one, other, relative):
        return True
    if dataclasses.is_dataclass(one) and type(one) is type(other):
        one, other = vars(one), vars(other)
    one, other = told(one), told(other)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(alike(a, b, relative=relative) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict) and isinstance(other, dict):
        return set(one) == set(other) and all(alike(one[key], other[key], relative=relative) for key in one)
    if isinstance(one, pd.DataFrame):
        return isinstance(other, pd.DataFrame) and _equal(one, other, relative)
    try:
        if isinstance(one, pd.Series):
            pd.testing.assert_series_equal(one, other, check_dtype=False, rtol=relative, atol=1e-9)
        elif isinstance(one, float | np.ndarray | tuple) and np.asarray(one).dtype.kind in "fiu":
            np.testing.assert_allclose(np.asarray(one, float), np.asarray(other, float), rtol=relative, atol=1e-9)
        else:
            return bool(one == other)
    except (AssertionError, TypeError, ValueError):
        return False
    return True


def _equal(one: pd.DataFrame, other: pd.DataFrame, relative: float) -> bool:
    """Compare two frames column by column, faster than `assert_frame_equal` says where they differ."""
    if list(one.columns) != list(other.columns) or len(one) != len(other):
        return False
    for place in range(one.shape[1]):
        first, second = one.iloc[:, place], other.iloc[:, place]
        if first.dtype.kind in "iuf" and second.dtype.kind in "iuf":
            pair = (each.to_numpy("float64", na_value=np.nan) for each in (first, second))
            if not np.allclose(*pair, rtol=relative, atol=1e-9, equal_nan=True):
                return False
        elif not (first.astype(object).fillna("-") == second.astype(object).fillna("-").to_numpy()).all():
            return False
    return True


#: a share that is a difference, a growth or a loss may lie below nought or above one
DIFFERENCES = [
    "lift",
    "gap",
    "change",
    "difference",
    "growth",
    "margin",
    "break_even",
    "bias",
    "deviation",
    "part_of_gap",
    "used",
]


def unsound(result: Any) -> str:
    """Say what is infinite in a result, or a share below nought or above one; nothing where all is sound."""
    if isinstance(result, tuple | list | dict):
        parts = result.values() if isinstance(result, dict) else result
        return next((fault for each in parts if (fault := unsound(each))), "")
    if not isinstance(result, pd.DataFrame):
        return ""
    for column in result.select_dtypes("number"):
        values = result[column].astype("float64").to_numpy()
        if np.isinf(values).any():
            return f"{column} is infinite"
        is_share = str(column).endswith("_share") and not any(word in str(column) for word in DIFFERENCES)
        if is_share and ((values < -1e-9) | (values > 1 + 1e-9)).any():
            return f"{column} is {values[(values < 0) | (values > 1)][0]}"
    return ""


def named(result: Any) -> Any:
    """Return a Series without labels that only number its rows, in the order of its values."""
    if isinstance(result, pd.Series) and result.index.dtype.kind == "i" and result.index.name is None:
        return result.sort_values(ignore_index=True)
    return result


def optional_columns(argument: str) -> list[str]:
    """Return the columns of a table that its contract lets be missing; none where the argument is no table."""
    return [column.name for column in TABLES[argument].columns if not column.required] if argument in TABLES else []


def gapped(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with a gap in each column, each in a row of its own as far as rows go round."""
    columns = {}
    for place in range(frame.shape[1]):
        values = frame.iloc[:, place]
        gap = np.arange(len(frame)) == place % len(frame)
        columns[place] = values.astype("float64").mask(gap) if values.dtype.kind in "iu" else values.mask(gap)
    return pd.DataFrame(columns, index=frame.index).set_axis(frame.columns, axis="columns")


def levelled(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the frame with the first row's values in every row, but for the columns that name a row."""
    kept = TABLES[name].key if name in TABLES else ()
    if not frame.columns.is_unique:
        return frame
    same = {column: frame[column].iloc[[0] * len(frame)].to_numpy() for column in frame if column not in kept}
    parts = {column: same.get(column, frame[column].to_numpy()) for column in frame}
    return pd.DataFrame(parts, index=frame.index, columns=frame.columns).astype(frame.dtypes.to_dict())


def changed(value: Any, change: Callable[[str, Any], Any], name: str = "") -> Any:
    """Return an argument with its frames and Series changed, those of a mapping under their own names."""
    if isinstance(value, pd.DataFrame | pd.Series):
        return change(name, value)
    if isinstance(value, dict) and any(isinstance(each, pd.DataFrame | pd.Series) for each in value.values()):
        other = copy.copy(value)
        other.update({key: changed(each, change, str(key)) for key, each in value.items()})
        return other
    return value


def mixed(name: str, value: Any) -> Any:
    """Return rows in another order and columns reversed; rows bear the labels they bore."""
    rows = value.iloc[np.random.default_rng(len(name)).permutation(len(value))]
    return rows.iloc[:, ::-1] if isinstance(rows, pd.DataFrame) else rows


def spoilt(law: str) -> Callable[[str, Any], Any]:
    """Return how a law spoils a frame: no row, one, a gap in each column, or all rows alike but for their key."""

    def change(name: str, value: Any) -> Any:
        if law in ("empty", "one row"):
            return value.iloc[: int(law == "one row")]
        if len(value) < 2 or not isinstance(value, pd.DataFrame) or not value.columns.is_unique:
            return value
        return gapped(value) if law == "gaps" else levelled(value, name)

    return change


def rows_of(value: Any) -> int:
    """Return the number of rows in all frames and Series of an argument."""
    if isinstance(value, pd.DataFrame | pd.Series):
        return len(value)
    return sum(map(rows_of, value.values())) if isinstance(value, dict) else 0


#: rows of a table drawn, and names that a key may take
ROWS, NAMES = 40, 12
#: what a measure asks for besides tables
WITH: dict[str, Any] = {
    "as_of": date(2026, 6, 30),
    "notional_months": 36,
    "months": 12,
    "branch": "branches1",
    "threshold_yuan": 5e5,
    "window_days": 90,
    "return_share": 0.3,
    "margin_share": 0.1,
    "most_ratio": 1.5,
    "own_share": 0.3,
    "tolerance_share": 0.3,
    "yearly_rate": 0.1,
    "fastest_minutes": 30.0,
    "slow_days": 30,
    "limits": [5e5, 1e6],
    "most_distance": 0.5,
    "least_shared": 0.3,
    "days": 30,
    "since": "2025-07",
    "until": "2026-06",
    "step": 2,
    "most_share": 0.05,
    "windows": {"retain": 90, "regain": 90},
}
#: arguments that mean something else where they stand
OWN: dict[str, dict[str, Any]] = {
    "book.book_spread": {"across": ("guarantee", "product_id")},
    "concentration.concentration": {"within": "branch_id", "across": "customer_id"},
    "defaults.bad_borrowers": {"within": "branch_id"},
    "loans.optional": {"name": "extensions_count"},
    "loans.yuan": {"name": "written_off_yuan"},
    "products.replacements": {"days": 30},
    "arrears.maturing": {"days": (30, 60, 90)},
    "quality.portfolio_at_risk": {"days": (30,)},
    "selling.touch_responses": {"by": ["rm_id"]},
    "service.swap_set": {"online_products": ("products1", "products2")},
}


def _payable_lives() -> dict[str, Any]:
    return {"lives": payable_lives(drawn("core_payables", rows=200), as_of=WITH["as_of"])}


def _names_and_sectors() -> dict[str, Any]:
    dice = np.random.default_rng(5)
    columns = {"sector": dice.choice(["b", "a"], 20), "balance_yuan": 10.0 ** dice.uniform(3, 6, 20)}
    columns |= {"default_rate": dice.uniform(0, 0.1, 20), "lgd_share": 0.45, "correlation_share": 0.15}
    matrix = pd.DataFrame([[1.0, 0.4], [0.4, 1.0]], index=["b", "a"], columns=["b", "a"])
    return {"names": pd.DataFrame(columns), "correlations": matrix, "draws": 2_000, "level": 0.95}


#: measures whose example is too small to show a law broken -> arguments that would
RICHER: dict[str, Callable[[], dict[str, Any]]] = {
    "payables.days_to_pay": _payable_lives,
    "capital.simulated_losses": _names_and_sectors,
}
#: measures that call the result of another by the name of a table
OF_RESULTS = {"arrears.first_payment_defaults"}


def drawn(table: str, *, rows: int = ROWS, seed: int = 0) -> pd.DataFrame:
    """Draw a table by its contract: every kind, range, code and reference kept, a fifth of what may be missing is."""
    contract = TABLES[table]
    dice = np.random.default_rng([seed, *table.encode()])
    columns = {}
    for column in contract.columns:
        values = pd.Series(_values(column, table, rows, dice))
        gaps = dice.random(rows) < (0.0 if column.required else 0.2)
        columns[column.name] = values.mask(gaps).astype(column.frame_type)
    return pd.DataFrame(columns).drop_duplicates(list(contract.key), ignore_index=True)


def _values(column: Column, table: str, rows: int, dice: np.random.Generator) -> Any:
    low = 0.0 if column.low is None else float(column.low)
    kind = column.kind
    if kind == "key" and TABLES[table].key == (column.name,):
        return [f"{table}{place}" for place in range(rows)]
    if kind in ("key", "hash", "text"):
        pool = column.refers or column.name
        return [f"{pool}{place}" for place in dice.integers(0, ROWS if column.refers == "loans" else NAMES, rows)]
    if kind == "code":
        return dice.choice(np.array(column.codes), rows)
    if kind == "month":
        return dice.choice(np.array([str(each) for each in pd.period_range("2024-07", "2026-06", freq="M")]), rows)
    if kind in ("date", "moment"):
        days = pd.Timestamp("2024-07-01") + pd.to_timedelta(dice.integers(0, 729, rows), unit="D")
        return days + pd.to_timedelta(dice.integers(0, 86_400, rows), unit="s") if kind == "moment" else days
    if kind == "flag":
        return dice.random(rows) < 0.5
    if kind == "yuan":
        return (np.round(10.0 ** dice.uniform(3, 6, rows), 2) - (2e4 if column.low is None else 0.0)).round(2)
    high = float(column.high) if column.high is not None else low + 40.0
    if kind == "count":
        return dice.integers(int(low), int(high) + 1, rows)
    return dice.uniform(low, high, rows)


def drawn_call(name: str, function: Callable[..., Any], *, seed: int = 0) -> Call | None:
    """Return a call on tables drawn by their contracts; nothing where an argument is no table and not known."""
    given: dict[str, Any] = {}
    own = OWN.get(name, {})
    if name in OF_RESULTS:
        return None
    if name in RICHER:
        return Call(name, function, RICHER[name]())
    for argument, each in inspect.signature(function).parameters.items():
        is_needed = each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
        if argument in own:
            given[argument] = own[argument]
        elif argument in TABLES and "DataFrame" in str(each.annotation):
            given[argument] = drawn(argument, seed=seed)
        elif argument in WITH and (is_needed or argument == "as_of"):
            given[argument] = WITH[argument]
        elif is_needed:
            return None
    return Call(name, function, given) if any(isinstance(value, pd.DataFrame) for value in given.values()) else None
