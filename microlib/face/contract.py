"""What a name of the face asks of the frames and numbers it is given, checked once before anything is computed."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from functools import wraps
from numbers import Real
from typing import ParamSpec, TypeVar

import numpy as np
import pandas as pd

from microlib.contracts.failures import failure_frame
from microlib.contracts.tables.behaviour import LOAN_MONTHS
from microlib.contracts.tables.ledger import CLASSES, ISSUE_TYPES, LOAN_STATUSES, LOANS
from microlib.errors import BadConfig, BadData, EmptyBook, NeedsColumn, WorkbenchError
from microlib.stats.plain import plain_column, plain_frame, plain_values

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
#: what a value handed to the face may be; the contract is what finds out
Given = object
#: endings of a column's name (its unit) -> kind of its values
ENDINGS = {
    "_id": "key",
    "_id_a": "key",
    "_id_b": "key",
    "_yuan": "amount",
    "_count": "amount",
    "_days": "amount",
    "_months": "amount",
    "_eur": "amount",
    "_years": "amount",
    "_share": "fraction",
    "_rate": "fraction",
    "_date": "date",
    "_confirmed": "flag",
}
#: whole names, and beginnings of names, that say their kind themselves
NAMES = {"date": "date", "month": "month", "stated": "amount", "checked": "amount", "counts_as_one": "flag"}
BEGINNINGS = ("is_", "has_")
#: kinds whose values are numbers, with the least and the greatest that make sense
NUMBERS = {"amount": (0.0, np.inf), "fraction": (0.0, 1.0), "number": (-np.inf, np.inf)}
#: columns of codes -> the codes that a measure knows
CODES = {
    "status": tuple(LOAN_STATUSES.split()),
    "class5": tuple(CLASSES.split()),
    "issue_type": tuple(ISSUE_TYPES.split()),
    "arm": ("treated", "control"),
}
#: arguments that mean the same wherever they stand
DAYS, LEVELS = ("as_of", "start"), ("level",)
MONTH = r"\d{4}-(0[1-9]|1[0-2])"
MONEY_UNITS = ("元", "万", "¥", "￥", "yuan", "RMB", "CNY")
#: what is no number, though Python reckons with it
STRANGE = (str, bool, np.bool_, complex, np.complexfloating)
#: what stands in quotes in the text of a `KeyError`
NAMED = r"'([^']+)'"
#: what goes wrong inside pandas or Python when a value has passed the contract and still cannot be used
FOREIGN = (KeyError, TypeError, ValueError, IndexError, AttributeError, ArithmeticError)


class MissingColumn(NeedsColumn):
    """A frame lacks columns that a measure cannot do without; `tables` says which, as ``loans.overdue_days``."""

    def __init__(self, what: str, *, where: str, columns: Sequence[str], fix: str) -> None:
        super().__init__(what, tables=[where], fix=fix)
        self.tables = tuple(f"{where}.{column}" for column in columns)


class NotUsable(BadData):
    """What was given passed its contract and still could not be computed with."""


@dataclass(frozen=True)
class Frame:
    """What one argument must be, if it is a frame.

    Parameters
    ----------
    columns : str
        Columns it cannot do without, blanks between; each row needs a value in them. Their kinds follow from the
        units that their names end in (`kind_of`).
    optional : str
        Columns that are checked where they are there; values may be missing in them.
    together : str
        Further columns, of which all are needed where one is there.
    key : str
        Columns that together name one row: no two rows may share them, or those of them that are there.
    labels : tuple of str
        Arguments that name grouping columns, in which no value may be missing.
    parts : tuple of str
        Arguments that name columns in which a missing label is a part of its own.
    amounts : tuple of str
        Arguments that name columns of numbers >= 0 (by a mapping: its values); values may be missing.
    unknown : str
        Columns among `columns` whose values may be missing: not known, which is not zero.
    is_optional : bool
        Whether None may be given instead.
    may_be_empty : bool
        Whether a frame without a row says something: that there is none.
    """

    columns: str = ""
    optional: str = ""
    together: str = ""
    key: str = ""
    labels: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    amounts: tuple[str, ...] = ()
    unknown: str = ""
    is_optional: bool = False
    may_be_empty: bool = False

    def checked(self, value: Given, *, name: str, others: Mapping[str, Given], called: Mapping[str, str]) -> Given:
        """Return the frame, or refuse it (see `checked_frame`)."""
        if value is None and self.is_optional:
            return None
        return checked_frame(value, self, name=name, others=others, called=called)


@dataclass(frozen=True)
class Number:
    """What one argument must be, if it is a number, or one number a row (Series, array, list).

    Parameters
    ----------
    low, high : float
        Inclusive range.
    is_optional : bool
        Whether None may be given instead.
    is_column : bool
        Whether only one number a row will do: a single number is refused.
    gaps : bool
        Whether a row may be missing.
    is_whole : bool
        Whether a part of one is refused: months are not cut to whole ones.
    is_flag : bool
        Whether it is yes or no (True and False, 1 and 0); anywhere else True is no number.
    """

    low: float = -np.inf
    high: float = np.inf
    is_optional: bool = False
    is_column: bool = False
    gaps: bool = False
    is_whole: bool = False
    is_flag: bool = False

    def checked(self, value: Given, *, name: str, others: Mapping[str, Given], called: Mapping[str, str]) -> Given:
        """Return the number or numbers in plain form, or refuse them."""
        if value is None and self.is_optional:
            return None
        if isinstance(value, Real | Decimal) and not isinstance(value, bool) and not self.is_column:
            number = float(value) if isinstance(value, Decimal) else value
            _refuse_number(number, name, (self.low, self.high))
            if self.is_whole and number != int(number):
                raise BadData(
                    f"{name} is {number}: not a whole number", where=name, fix=f"write {int(number)}, or one more"
                )
            return int(number) if self.is_whole else number
        if isinstance(value, pd.Series | np.ndarray | Sequence) and not isinstance(value, str):
            value = plain_column(value) if isinstance(value, pd.Series) else plain_values(value)
            column = pd.Series(value).reset_index(drop=True)
        else:
            wanted = "a column of numbers" if self.is_column else "a number"
            raise BadData(f"{name} is {_shown(value)}: not {wanted}", where=name, fix=_numeric_remedy(value, name))
        if column.empty:
            raise EmptyBook(f"{name} holds no number", where=name, fix="give at least one row")
        if self.is_flag:
            wrong = column.notna() & ~column.isin([True, False])
            if column.isin([np.inf, -np.inf]).any():
                raise BadData(f"{name} holds an infinite value", where=name, fix="write True or False")
            fix = "write True or 1 where it is so, False or 0 where not"
            _refuse_rows(
                column.to_frame(name), name, wrong, name=name, why="neither yes nor no", called={}, rule="flag", fix=fix
            )
            return value
        _refuse_numbers(column, name, name, (self.low, self.high), gaps=self.gaps)
        return value


Need = Frame | Number


def kind_of(column: str) -> str:
    """Return the kind that a column's name promises: by its unit, the last word of it.

    Examples
    --------
    >>> [kind_of(name) for name in ("balance_yuan", "customer_id", "month", "closed_date", "par30_share", "status")]
    ['amount', 'key', 'month', 'date', 'fraction', 'label']
    """
    if column in NAMES:
        return NAMES[column]
    if column.startswith(BEGINNINGS):
        return "flag"
    return next((kind for ending, kind in ENDINGS.items() if column.endswith(ending)), "label")


def checked_frame(
    frame: Given,
    need: Frame,
    *,
    name: str = "the frame",
    others: Mapping[str, Given] | None = None,
    called: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return the frame with its columns in plain form, or refuse it in one sentence with column, row, value and remedy.

    Parameters
    ----------
    frame : DataFrame
        What was given; it comes back itself where nothing had to be converted (`plain_column`). Not modified.
    need : Frame
        What is asked of it.
    name : str
        What the refusal calls it: the argument's name.
    others : mapping, optional
        The call's other arguments, some of which name columns.
    called : mapping, optional
        Our name of a column -> what its owner calls it.

    Raises
    ------
    BadConfig
        If an argument that names columns does not.
    MissingColumn
        If a column is not there; the nearest name that is there is told.
    EmptyBook
        If there is no row.
    BadData
        If it is no frame, a column stands twice, a number is text, missing, infinite or out of range, a code is not
        known, a key, label, month or date is missing or not one, a row's key stands twice; ``failures`` holds every
        broken row.

    Examples
    --------
    >>> bad = pd.DataFrame({"loan_id": ["L1", "L2"], "balance_yuan": [5000.0, "12,000元"]})
    >>> checked_frame(bad, Frame("loan_id balance_yuan", key="loan_id"), name="loans")
    Traceback (most recent call last):
    microlib.errors.BadData: balance_yuan of row 2 is '12,000元': not a number
      where: loans, column balance_yuan, row 2
      fix: write plain yuan without units or commas (12万元 is 120000); pd.to_numeric turns texts into numbers
    """
    others, called = others or {}, called or {}
    for argument in (*need.labels, *need.parts, *need.amounts):
        _refuse_no_name(others.get(argument), argument, must=argument not in need.labels)
    if not isinstance(frame, pd.DataFrame):
        what = f"{name} is {_shown(frame)}: not a table"
        raise BadData(what, where=name, fix="give a pandas DataFrame, for example of pd.read_csv")
    columns, together = _asked(need, others), need.together.split()
    if any(column in frame.columns for column in together):
        columns |= dict.fromkeys(together, True)
    _refuse_missing_columns(frame, columns, name=name, called=called)
    frame = plain_frame(frame)
    if frame.empty and not need.may_be_empty:
        raise EmptyBook(f"{name} has no row", where=name, fix="give at least one row: nothing can be measured of none")
    unknown = need.unknown.split()
    for column, must in columns.items():
        _refuse_column(frame, column, name=name, must=must and column not in unknown, called=called)
    for column, kind in _chosen(need, others).items():
        _refuse_column(frame, column, name=name, must=kind == "label", called=called, kind=kind)
    _refuse_doubles(frame, _key(need, others), name=name, called=called)
    return frame


def guarded(
    function: Callable[Arguments, Result], *, name: str, needs: Mapping[str, Need]
) -> Callable[Arguments, Result]:
    """Return the function behind its contract: arguments are checked first, and no foreign error comes out.

    Parameters
    ----------
    function : callable
        A function of the library.
    name : str
        What the face calls it.
    needs : mapping
        Argument -> what it must be. A day (``as_of, start``) and a ``level`` are checked in any case.

    Raises
    ------
    BadConfig
        By the function returned, if it is called with arguments that it does not have, or without one it needs.
    NotUsable
        By the function returned, if pandas or Python stumbles over what the contract let pass.

    Examples
    --------
    >>> half = guarded(lambda term_number: term_number / 2, name="half", needs={"term_number": Number(low=0)})
    >>> half(3.0)
    1.5
    >>> half("three")
    Traceback (most recent call last):
    microlib.errors.BadData: term_number is 'three': not a number
      where: term_number
      fix: write a plain number
    """
    signature = inspect.signature(function)

    @wraps(function)
    def called(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise BadConfig(f"ml.{name}: {error}", where=name, fix=f"write ml.{name}{_short(signature)}") from None
        bound.apply_defaults()
        given = bound.arguments
        for argument, need in needs.items():
            given[argument] = need.checked(given[argument], name=argument, others=given, called={})
        _refuse_unlike_keys({argument: given[argument] for argument in needs})
        for argument in [argument for argument in DAYS if given.get(argument) is not None]:
            day = checked_day(given[argument], name=argument)
            if argument == "as_of" and "loans" in needs:
                given["loans"] = _paid_out(given["loans"], day)
        for argument in [argument for argument in LEVELS if argument in given]:
            Number(0.0, 1.0).checked(given[argument], name=argument, others=given, called={})
        try:
            return function(*bound.args, **bound.kwargs)
        except WorkbenchError:
            raise
        except FOREIGN as error:
            what = f"ml.{name} cannot be computed from what it was given: {_reason(error)}"
            raise NotUsable(what, where=name, fix=f"see help(ml.{name}) for what each argument must be") from error

    return called


def _paid_out(loans: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Leave out the loans paid out after a day: of that day they are not known. A loan without a date is kept."""
    if "disbursed_date" not in loans.columns or not (late := loans["disbursed_date"] > day).any():
        return loans
    if late.all():
        what = f"no loan had been paid out by {day:%Y-%m-%d}"
        raise EmptyBook(what, where="loans, column disbursed_date", fix="give a later as_of, or an earlier ledger")
    return loans[~late]


def checked_day(value: Given, *, name: str) -> pd.Timestamp:
    """Return a date given as such or as text ``YYYY-MM-DD``, or refuse it.

    Examples
    --------
    >>> checked_day("2026-06-31", name="as_of")
    Traceback (most recent call last):
    microlib.errors.BadConfig: as_of '2026-06-31' is no date
      where: as_of
      fix: write it as YYYY-MM-DD
    """
    try:
        if isinstance(value, bool | Real):
            raise TypeError("a number is no date")
        day = pd.Timestamp(value)
    except (TypeError, ValueError) as error:
        raise BadConfig(f"{name} {_shown(value)} is no date", where=name, fix="write it as YYYY-MM-DD") from error
    if pd.isna(day):
        raise BadConfig(f"{name} is missing", where=name, fix="write it as YYYY-MM-DD")
    return day


def _refuse_no_name(value: Given, argument: str, *, must: bool) -> None:
    """Refuse what names no column: neither a text, nor a list of texts, nor a mapping to texts and numbers."""
    is_named = isinstance(value, str | Mapping) or (
        isinstance(value, Sequence) and all(isinstance(each, str) for each in value)
    )
    if not is_named and (must or value is not None):
        what = f"{argument} is {_shown(value)}: not the name of a column"
        raise BadConfig(what, where=argument, fix=f'write the column as text: {argument}="segment"')


def _asked(need: Frame, others: Mapping[str, Given]) -> dict[str, bool]:
    """Columns that must be there, and optional ones: name -> whether it must hold a value in every row."""
    chosen = _chosen(need, others)
    asked = {column: True for column in need.columns.split() if column not in chosen}
    return asked | {column: False for column in need.optional.split() if column not in asked | chosen}


def _chosen(need: Frame, others: Mapping[str, Given]) -> dict[str, str]:
    """Columns that other arguments name -> the kind they must be of."""
    chosen = {column: "part" for argument in need.parts for column in _columns_in(others.get(argument))}
    chosen |= {column: "label" for argument in need.labels for column in _columns_in(others.get(argument))}
    return chosen | {column: "amount" for argument in need.amounts for column in _columns_in(others.get(argument))}


def _columns_in(value: Given) -> list[str]:
    """Return the column names that an argument holds: one, several, or the texts among a mapping's values."""
    if isinstance(value, Mapping):
        return [each for each in value.values() if isinstance(each, str)]
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, Sequence) else []


def _key(need: Frame, others: Mapping[str, Given]) -> list[str]:
    """Return the columns that name a row; a word of `key` that is an argument stands for the columns it names."""
    words = need.key.split()
    return [name for word in words for name in (_columns_in(others[word]) if word in others else [word])]


def _refuse_missing_columns(
    frame: pd.DataFrame, columns: Mapping[str, bool], *, name: str, called: Mapping[str, str]
) -> None:
    there = [str(column) for column in frame.columns]
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise BadData(f"{name} has two columns {twice[0]}", where=name, fix="keep one of the two, or rename it")
    missing = [column for column, must in columns.items() if must and column not in frame.columns]
    if missing:
        raise missing_column(missing, there, name=name, called=called)


def missing_column(
    missing: Sequence[str], there: Sequence[str], *, name: str, called: Mapping[str, str] | None = None
) -> MissingColumn:
    """Return the refusal of a frame that lacks columns, with the nearest names that it has.

    Examples
    --------
    >>> print(missing_column(["balance_yuan"], ["loan_id", "balance"], name="loans"))
    loans has no column balance_yuan
      where: loans
      fix: add it, or name yours, as in ml.loans(frame, balance_yuan="balance"); there are: loan_id, balance
    """
    said = ", ".join(str((called or {}).get(column, column)) for column in missing)
    first = str(missing[0])
    # a column that bears a name of ours is that one, not another under a wrong name
    free = [each for each in there if each and each not in {*LOANS.names, *LOAN_MONTHS.names}]
    near = [each for each in free if each in first or first in each]
    near = near or get_close_matches(first, free, n=1, cutoff=0.6)
    shown = ", ".join(there[:12]) + (" …" if len(there) > 12 else "")
    maker = {"months": "month_ends", "loan_months": "month_ends", "month_ends": "month_ends", "loans": "loans"}.get(
        name
    )
    yours = near[0] if near else "your column"
    named = f'ml.{maker}(frame, {first}="{yours}")' if maker else f'{name}.rename(columns={{"{yours}": "{first}"}})'
    fix = f"add it, or name yours, as in {named}; there are: {shown or 'none'}"
    return MissingColumn(f"{name} has no column {said}", where=name, columns=missing, fix=fix)


def _refuse_column(
    frame: pd.DataFrame, column: str, *, name: str, must: bool, called: Mapping[str, str], kind: str = ""
) -> None:
    """Refuse a column whose values are not of its kind."""
    if column not in frame.columns:
        if kind:
            raise missing_column([column], [str(each) for each in frame.columns], name=name, called=called)
        return
    values, kind = frame[column], kind or kind_of(column)
    if must:
        _refuse_rows(
            frame,
            column,
            values.isna(),
            name=name,
            why="missing",
            called=called,
            rule="required",
            fix=_absent_remedy(column, kind),
        )
    if kind in NUMBERS:
        _refuse_numbers(values, column, name, NUMBERS[kind], gaps=True, frame=frame, called=called)
    elif kind == "date" and not pd.api.types.is_datetime64_any_dtype(values):
        wrong = ~values.map(lambda value: isinstance(value, pd.Timestamp) or pd.isna(value)).astype(bool)
        fix = f'turn the column into dates: frame["{called.get(column, column)}"] = pd.to_datetime(...)'
        _refuse_rows(frame, column, wrong, name=name, why="not a date", called=called, rule="dtype", fix=fix)
    elif kind == "month":
        wrong = values.notna() & ~values.astype("str").str.fullmatch(MONTH)
        _refuse_rows(
            frame,
            column,
            wrong,
            name=name,
            why="not a month",
            called=called,
            rule="month",
            fix="write months as YYYY-MM, for example 2026-06",
        )
    elif kind == "flag":
        wrong = values.notna() & ~values.isin([True, False])
        _refuse_rows(
            frame,
            column,
            wrong,
            name=name,
            why="neither True nor False",
            called=called,
            rule="flag",
            fix="write True or False",
        )
    elif kind == "key":
        _refuse_keys(frame, column, name=name, called=called)
    elif column in CODES:
        _refuse_codes(frame, column, name=name, called=called)


def _refuse_codes(frame: pd.DataFrame, column: str, *, name: str, called: Mapping[str, str]) -> None:
    """Refuse codes that no measure knows, with the way to translate them."""
    codes, values = CODES[column], frame[column]
    wrong = values.notna() & ~values.isin(codes)
    strange = values[wrong].iloc[0] if wrong.any() else ""
    fix = f'translate the codes first: frame["{called.get(column, column)}"].map({{"{strange}": "{codes[0]}", …}})'
    why = f"not one of {', '.join(codes)}"
    _refuse_rows(frame, column, wrong, name=name, why=why, called=called, rule="code", fix=fix)


def _refuse_keys(frame: pd.DataFrame, column: str, *, name: str, called: Mapping[str, str]) -> None:
    """Refuse keys that are numbers with a fraction, blank, or of two kinds: they would meet no other table's."""
    values = frame[column]
    if pd.api.types.is_integer_dtype(values):
        return
    fix = f'read the file with dtype={{"{called.get(column, column)}": str}}'
    if isinstance(values.dtype, pd.StringDtype):
        is_text = values.notna()
    else:
        is_text = values.map(lambda value: isinstance(value, str)).astype(bool)
    if not is_text.any():
        whole = values.map(lambda value: isinstance(value, int | np.integer) or pd.isna(value)).astype(bool)
        _refuse_rows(frame, column, ~whole, name=name, why="not an identifier", called=called, rule="dtype", fix=fix)
        return
    wrong = (~is_text & values.notna()) | (is_text & values.astype("str").str.strip().eq(""))
    _refuse_rows(
        frame, column, wrong, name=name, why="not a text as the others are", called=called, rule="dtype", fix=fix
    )


def _refuse_numbers(
    values: pd.Series,
    column: str,
    name: str,
    span: tuple[float, float],
    *,
    gaps: bool,
    frame: pd.DataFrame | None = None,
    called: Mapping[str, str] | None = None,
) -> None:
    """Refuse what is no number, infinite, or out of the range."""
    rows = values.to_frame(column) if frame is None else frame
    is_real = not isinstance(values.dtype, np.dtype) or values.dtype.kind not in "cmM"
    numbers = pd.to_numeric(values if is_real else values.astype("str"), errors="coerce")
    numbers = numbers.to_numpy("float64", na_value=np.nan)
    is_text = np.array([isinstance(value, STRANGE) for value in values]) if values.dtype.kind not in "iuf" else False
    is_strange = np.isnan(numbers) & ~values.isna().to_numpy()
    finds = [(is_text | is_strange, "not a number", "dtype")]
    finds += [] if gaps else [(np.isnan(numbers), "missing", "required")]
    low, high = span
    finds += [
        (np.isinf(numbers), "infinite", "range"),
        (numbers < low, f"below {low:g}", "range"),
        (numbers > high, f"above {high:g}", "range"),
    ]
    for wrong, why, rule in finds:
        mask = pd.Series(np.broadcast_to(wrong, len(values)), index=rows.index)
        fix = _number_remedy(column, why, values[mask.to_numpy()].iloc[0]) if mask.any() else ""
        _refuse_rows(rows, column, mask, name=name, why=why, called=called or {}, rule=rule, fix=fix)


def _refuse_number(value: Real, name: str, span: tuple[float, float]) -> None:
    """Refuse a single number that is missing, infinite or out of its range."""
    low, high = span
    number = float(value)
    faults = {
        "missing": np.isnan(number),
        "infinite": np.isinf(number),
        f"below {low:g}": number < low,
        f"above {high:g}": number > high,
    }
    for why in [why for why, is_so in faults.items() if is_so]:
        fix = "give a number" if why == "missing" else _number_remedy(name, why, value)
        raise BadData(f"{name} is {value}: {why}", where=name, fix=fix)


def _refuse_doubles(frame: pd.DataFrame, key: list[str], *, name: str, called: Mapping[str, str]) -> None:
    known = [column for column in key if column in frame.columns]
    if not known:
        return
    wrong = frame.duplicated(known, keep=False)
    if not wrong.any():
        return
    first, second = np.flatnonzero(frame[known].eq(frame.loc[wrong, known].iloc[0]).all(axis="columns").to_numpy())[:2]
    value = " ".join(str(each) for each in frame[known].iloc[first])
    said = " and ".join(called.get(column, column) for column in known)
    what = f"{said} {value} stands twice: in rows {first + 1} and {second + 1}"
    raise BadData(
        what,
        where=f"{name}, column {known[0]}, row {second + 1}",
        fix=f"keep one row for each {said}",
        failures=_failures(frame, known[0], wrong, name, "unique", f"keep one row for each {said}"),
    )


def _refuse_unlike_keys(frames: Mapping[str, Given]) -> None:
    """Refuse frames of one call whose common keys are text in one and numbers in the other: no row would meet."""
    seen: dict[str, tuple[str, bool]] = {}
    for name, frame in frames.items():
        columns = frame.columns if isinstance(frame, pd.DataFrame) else []
        for column in [each for each in columns if isinstance(each, str) and kind_of(each) == "key"]:
            is_text = not pd.api.types.is_numeric_dtype(frame[column])
            other, was_text = seen.setdefault(column, (name, is_text))
            if was_text != is_text:
                what = f"{column} is text in {name if is_text else other} and a number in {other if is_text else name}"
                raise BadData(what, where=column, fix=f'read both files with dtype={{"{column}": str}}')


def _refuse_rows(
    frame: pd.DataFrame,
    column: str,
    wrong: pd.Series,
    *,
    name: str,
    why: str,
    called: Mapping[str, str],
    rule: str,
    fix: str,
) -> None:
    places = np.flatnonzero(np.asarray(wrong, dtype=bool))
    if not len(places):
        return
    row, said = int(places[0]) + 1, called.get(column, column)
    own = f" ({column})" if said != column else ""
    shown = "" if why == "missing" else f" {_shown(frame[column].iloc[row - 1])}:"
    more = f" (and {len(places) - 1} more rows)" if len(places) > 1 else ""
    where = f"{name}, column {said}, row {row}"
    failures = _failures(frame, column, wrong, name, rule, fix)
    raise BadData(f"{said}{own} of row {row} is{shown} {why}{more}", where=where, fix=fix, failures=failures)


def _failures(frame: pd.DataFrame, column: str, wrong: pd.Series, name: str, rule: str, fix: str) -> pd.DataFrame:
    told = [
        {
            "file": "",
            "table": name,
            "row": int(place) + 1,
            "column": column,
            "value": str(frame[column].iloc[place]),
            "severity": "block",
            "rule": rule,
            "fix": fix,
        }
        for place in np.flatnonzero(np.asarray(wrong, dtype=bool))
    ]
    return failure_frame(told)


def _absent_remedy(column: str, kind: str) -> str:
    if kind in NUMBERS:
        return f"write 0 where there is none, or leave those rows out with dropna(subset=['{column}'])"
    if kind == "label":
        return f"name what is not known: frame['{column}'].fillna('unknown')"
    return f"complete it, or leave those rows out with dropna(subset=['{column}'])"


def _number_remedy(column: str, why: str, value: Given) -> str:
    if isinstance(value, bool | np.bool_):
        return "write a number: True and False are none"
    if why == "not a number":
        return _numeric_remedy(value, column)
    if why == "above 1":
        return f"write {value} % as the fraction {float(value) / 100:g}" if float(value) <= 100 else "write a fraction"
    return "correct it"


def _numeric_remedy(value: Given, column: str) -> str:
    text = str(value)
    if column.endswith("_yuan") or any(unit in text for unit in MONEY_UNITS):
        how = "without units or commas (12万元 is 120000)"
        return f"write plain yuan {how}; pd.to_numeric turns texts into numbers"
    if text.strip().endswith("%"):
        return "write percent as a fraction: 4.35 % is 0.0435"
    return "write a plain number"


def _shown(value: Given) -> str:
    if isinstance(value, pd.DataFrame | pd.Series | np.ndarray):
        return f"a {type(value).__name__}"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def _short(signature: inspect.Signature) -> str:
    plain = [each.replace(annotation=inspect.Parameter.empty) for each in signature.parameters.values()]
    return str(inspect.Signature(plain))


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"no column, row or label is called {', '.join(re.findall(NAMED, str(error))) or 'so'}"[:160]
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else 'no more is known'}"[:160]
