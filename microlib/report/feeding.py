"""A measure gets what it asks for by name, or the report says which table it waits for: never a guess."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, TypeVar, runtime_checkable

import pandas as pd

from microlib.contracts.needs import naming_columns, needs_of
from microlib.contracts.tables import TABLES
from microlib.errors import BadConfig, BadData, NeedsTable, UnknownBranch

Result = TypeVar("Result")
Parameters = Mapping[str, inspect.Parameter]
#: kinds of parameters that take whatever is left
VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
#: the default of a parameter that has none
VOID = inspect.Parameter.empty
#: what a measure may ask of a branch beside its tables
FACTS = ("as_of", "branch_id")


class Book(Protocol):
    """What a report asks of a branch's slice of the bank."""

    branch_id: str
    name: str
    as_of: date
    is_synthetic: bool

    def has(self, table: str) -> bool:
        """Return whether the branch has rows in `table`."""

    def __getitem__(self, table: str) -> pd.DataFrame:
        """Return the branch's rows of `table`, typed, empty where there are none."""


@runtime_checkable
class Branch(Protocol):
    """Who gives a measure the arguments that the report does not: tables, the date, parts of the policy."""

    def argument(self, name: str) -> object:
        """Return what the branch has under the name of a parameter; a table without a row is refused."""

    def compute(self, measure: Callable[..., Result], /, **given: object) -> Result:
        """Return ``measure(...)`` with what is not `given` taken by name."""


@dataclass(frozen=True)
class NotComputed:
    """What stands in the place of a result that could not be computed.

    Parameters
    ----------
    needs : tuple of str
        Tables that would make it computable.
    refusal : str
        Name of the refusal of the measure (``EmptyBook`` …) when the tables are there but do not suffice.
    detail : str
        The refusal's own sentence.
    """

    needs: tuple[str, ...] = ()
    refusal: str = ""
    detail: str = ""


@dataclass(frozen=True)
class BookBranch:
    """A branch that has nothing but its book: tables, the date of the data, the branch's code.

    Parameters
    ----------
    book : Book
    """

    book: Book

    def argument(self, name: str) -> object:
        """Return a table or a fact of the book.

        Raises
        ------
        NeedsTable
            If the table has no row.
        BadConfig
            If nothing of the book has that name.
        """
        if name in FACTS:
            return getattr(self.book, name)
        if name not in TABLES:
            fix = f"pass it by name: report.compute(measure, {name}=...), or teach it: report.keep({name}=...)"
            raise BadConfig(f"nothing of the branch is called {name}", where=name, fix=fix)
        if not self.book.has(name):
            raise NeedsTable(tables=[name])
        return self.book[name]

    def compute(self, measure: Callable[..., Result], /, **given: object) -> Result:
        """Return ``measure(...)`` with what is not `given` taken from the book; what it has not keeps its default."""
        parameters, known = inspect.signature(measure).parameters, (*TABLES, *FACTS)
        names = [name for name in asked(measure, given) if name in known or parameters[name].default is VOID]
        return measure(**given, **{name: self.argument(name) for name in names})


@dataclass
class Kept:
    """Results that a report computed or was told, by name, for later measures to ask for.

    Parameters
    ----------
    results : dict
        Name -> result.
    doubled : set of str
        Names under which two different results were computed: which is meant must be said.
    """

    results: dict[str, object] = field(default_factory=dict)
    doubled: set[str] = field(default_factory=set)

    def computed(self, name: str, result: object) -> None:
        """Keep a result under its measure's name; a second one makes the name ambiguous."""
        if name in self.results and self.results[name] is not result:
            self.doubled.add(name)
        self.results[name] = result

    def told(self, name: str, result: object) -> None:
        """Keep a result under a name that was given to it, in the place of any other."""
        self.doubled.discard(name)
        self.results[name] = result

    def one(self, name: str) -> object:
        """Return the result of that name.

        Raises
        ------
        BadConfig
            If there is none, or there are two.
        """
        if name in self.doubled:
            raise BadConfig(
                f"two results are called {name}", where=name, fix=f"say which is meant: report.keep({name}=...)"
            )
        if name not in self.results:
            raise BadConfig(f"no result is called {name} yet", where=name, fix="compute it first, or pass it")
        return self.results[name]


def name_of(measure: Callable[..., object]) -> str:
    """Return the name of a measure's result: the one registered with it, else the function's own.

    Examples
    --------
    >>> name_of(len)
    'len'
    """
    return getattr(measure, "result_name", "") or getattr(measure, "__name__", type(measure).__name__)


def asked(measure: Callable[..., object], given: Iterable[str]) -> list[str]:
    """Return the parameters that are to be fed by name: the required ones and the declared optional ones not `given`.

    A parameter with a default that is not declared optional keeps its default: nothing is fed that nobody asked for.

    Examples
    --------
    >>> def maturing(loans, *, as_of, days=(30, 90)):
    ...     return loans
    >>> asked(maturing, ["as_of"])
    ['loans']
    """
    declared = needs_of(measure).optional
    parameters = inspect.signature(measure).parameters.values()
    wanted = [each for each in parameters if each.kind not in VARIADIC and each.name not in given]
    return [each.name for each in wanted if each.default is VOID or each.name in declared]


def taken(function: Callable[..., object], given: Mapping[str, object]) -> dict[str, object]:
    """Return those of `given` that are parameters of `function`.

    Examples
    --------
    >>> taken(sorted, {"reverse": True, "colour": "red"})
    {'reverse': True}
    """
    parameters = inspect.signature(function).parameters
    return {name: value for name, value in given.items() if name in parameters}


def takes_frame(parameter: inspect.Parameter | None) -> bool:
    """Return whether a parameter takes a frame, so that a text in its place is a name."""
    return parameter is not None and "DataFrame" in str(parameter.annotation)


def refuse_untaken(given: Iterable[str], takers: Iterable[Callable[..., object]], *, where: str) -> None:
    """Refuse arguments that none of the functions of a page has.

    Raises
    ------
    BadConfig
        Naming the first of them.
    """
    names = {name for taker in takers for name in inspect.signature(taker).parameters}
    odd = sorted(set(given) - names)
    if odd:
        fix = f"use one of {', '.join(sorted(names))}"
        raise BadConfig(f"nothing on the page takes {odd[0]}", where=where, fix=fix)


def fed(
    branch: Branch,
    book: Book,
    measure: Callable[..., Result],
    given: Mapping[str, object],
    kept: Kept,
    optional: Iterable[str] = (),
) -> Result | NotComputed:
    """Call `measure` with what is given, then earlier results, then the branch's own; return its result or what waits.

    Parameters
    ----------
    branch, book : Branch, Book
    measure : callable
    given : mapping
        Arguments by name; a text that names a table, where a frame is expected, is passed as that table.
    kept : Kept
        Earlier results. A name of a table always means the bank's table.
    optional : iterable of str
        Parameters that `measure` can do without, beside those it declares. An absent table of them is passed empty;
        a result of them that was not computed is left out.

    Raises
    ------
    BadData
        If `measure` refuses in general terms: see `computed`.
    """
    spare, parameters = {*needs_of(measure).optional, *optional}, inspect.signature(measure).parameters
    wanted = asked(measure, given)
    earlier = {name: kept.one(name) for name in wanted if name in kept.results and name not in TABLES}
    empty = {name: book[name] for name in wanted if name in spare and name in TABLES and not book.has(name)}
    known = {**empty, **earlier, **given}
    known = {name: each for name, each in known.items() if not (isinstance(each, NotComputed) and name in spare)}
    named = {name: each for name, each in known.items() if _is_table(each, parameters.get(name))}
    unfed = [name for name in wanted if name not in known and _is_table(name, parameters[name])]
    waiting = blocked(known.values(), _absent(book, [*unfed, *named.values()], spare))
    if waiting is not None:
        return waiting
    return tried(book, branch.compute, (measure,), {**known, **{name: book[table] for name, table in named.items()}})


def computed(
    branch: Branch,
    book: Book,
    measure: Callable[..., Result],
    inputs: Iterable[object],
    options: Mapping[str, object],
    kept: Kept,
    optional: Iterable[str] = (),
) -> Result | NotComputed:
    """Call `measure` with tables of `book` and earlier results, passed one by one; return its result or what waits.

    A text among `inputs` names a table; it goes to the parameter of that name where `measure` has one, else to the
    next free position, as frames and results do. An option is a table where it names one and its parameter is a frame.
    What `measure` then still requires is fed by name, as `fed` does.

    Raises
    ------
    BadData
        If `measure` refuses in general terms: only its narrower refusals (an empty book, a short history) become
        `NotComputed`, broken data do not.
    """
    parameters = inspect.signature(measure).parameters
    named = {key: value for key, value in options.items() if _is_table(value, parameters.get(key))}
    wanted = [*(item for item in inputs if isinstance(item, str)), *named.values()]
    waiting = blocked([*inputs, *options.values()], _absent(book, wanted, optional))
    if waiting is not None:
        return waiting
    given = {**options, **{key: book[value] for key, value in named.items()}}
    given |= {item: book[item] for item in inputs if isinstance(item, str) and item in parameters}
    rest = [book[item] if isinstance(item, str) else item for item in inputs if not _among(item, given)]
    place, known = _placed(rest, given, parameters)
    lacking = [name for name in asked(measure, known) if parameters[name].default is VOID]
    if lacking and not place:
        return fed(branch, book, measure, known, kept, optional)
    return tried(book, measure, place, known)


def blocked(given: Iterable[object], absent: tuple[str, ...] = ()) -> NotComputed | None:
    """Return what waits where an argument was not computed or a table is absent; None where nothing does."""
    earlier = [item for item in given if isinstance(item, NotComputed)]
    needs = tuple(dict.fromkeys([*absent, *(name for item in earlier for name in item.needs)]))
    refused = next((item for item in earlier if item.refusal), None)
    if needs:
        return NotComputed(needs=needs, refusal=refused.refusal if refused else "")
    return refused or (earlier[0] if earlier else None)


def tried(
    book: Book, measure: Callable[..., Result], place: Iterable[object], options: Mapping[str, object]
) -> Result | NotComputed:
    """Call `measure`; a narrow refusal becomes `NotComputed`, a general one is raised."""
    try:
        with naming_columns(book):
            return measure(*place, **options)
    except BadData as refusal:
        if type(refusal) in (BadData, UnknownBranch):
            raise
        return told(refusal, book)


def told(result: object, book: Book) -> object:
    """Return a result, or what a refusal in its place says; a table that has rows is not asked for again.

    Where a table is absent and something else was refused beside it, which is its cause, both are told.
    """
    if not isinstance(result, BadData):
        return result
    tables = getattr(result, "tables", (result.where,))
    needs = tuple(name for name in tables if "." in name or (name in TABLES and not book.has(name)))
    if needs and isinstance(result, NeedsTable):
        beside = result.__cause__
        if not isinstance(beside, BadData):
            return NotComputed(needs=needs)
        more = told(beside, book)
        return NotComputed(needs=tuple(dict.fromkeys([*needs, *more.needs])), refusal=more.refusal)
    return NotComputed(needs=needs, refusal=type(result).__name__, detail=result.what)


def _placed(
    rest: list[object], given: dict[str, object], parameters: Parameters
) -> tuple[list[object], dict[str, object]]:
    """Give the inputs without a name the positions that are left, in order."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    open_names = [name for name, each in parameters.items() if each.kind in kinds and name not in given]
    if any(each.kind is inspect.Parameter.VAR_POSITIONAL for each in parameters.values()):
        return rest, given
    if len(rest) > len(open_names):
        return rest, given
    return [], {**given, **dict(zip(open_names, rest, strict=False))}


def _among(item: object, keyword: Mapping[str, object]) -> bool:
    return isinstance(item, str) and item in keyword


def _is_table(value: object, parameter: inspect.Parameter | None) -> bool:
    return isinstance(value, str) and value in TABLES and takes_frame(parameter)


def _absent(book: Book, wanted: Iterable[str], optional: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in wanted if name not in optional and not book.has(name)))
