"""A measure is computed, or it says which table it waits for: never a guess."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import pandas as pd

from microlib.contracts.tables.registry import TABLES
from microlib.errors import BadData, UnknownBranch


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


class Computing:
    """The part of a report that computes: tables of its book and earlier results go in, a result comes out."""

    book: Book

    def compute(self, fn: Callable, *inputs: Any, optional: Iterable[str] = (), **options: Any) -> Any:
        """Return ``fn(…)`` or, where something it needs is missing, `NotComputed`.

        Parameters
        ----------
        fn : callable
            A measure or a design.
        *inputs
            Names of the bank's tables, frames, or results of earlier computations, as `fn` takes them.
        optional : iterable of str
            Tables that may be absent; they are passed as empty frames.
        **options
            Further arguments of `fn`; one that names a table, where a frame is expected, is passed as that table.
        """
        return computed(self.book, fn, inputs, options, optional)

    def parts(self, found: Any, *names: str) -> list[Any]:
        """Return results of a whole that was computed at once, by name; a refusal in a part's place is told as such.

        Parameters
        ----------
        found : object with ``part`` or NotComputed
            E.g. the design of a product.
        *names : str
            Names of its parts.
        """
        if isinstance(found, NotComputed):
            return [found] * len(names)
        return [_told(found.part(name), self.book) for name in names]

    def known(self, *results: Any) -> list[Any]:
        """Return those of `results` that were computed, for a step that makes do with what there is."""
        return [result for result in results if not isinstance(result, NotComputed)]

    def first(self, *results: Any) -> Any:
        """Return the first of `results` that was computed; where none was, why the first was not."""
        return next(iter(self.known(*results)), results[0])


def computed(book: Book, fn: Callable, inputs: Iterable, options: Mapping[str, Any], optional: Iterable[str]) -> Any:
    """Call `fn` with tables of `book` and earlier results; return its result or `NotComputed`.

    A text among `inputs` names a table; it goes to the parameter of that name where `fn` has one, else to the next
    free position, as frames and results do. An option is a table where it names one and its parameter is a frame.

    Raises
    ------
    BadData
        If `fn` refuses in general terms: only its narrower refusals (an empty book, a short history) become
        `NotComputed`, broken data do not.
    """
    parameters = inspect.signature(fn).parameters
    named = {key: value for key, value in options.items() if _is_table(value, parameters.get(key))}
    wanted = [*(item for item in inputs if isinstance(item, str)), *named.values()]
    blocked = _blocked([*inputs, *options.values()], _absent(book, wanted, optional))
    if blocked is not None:
        return blocked
    given = {**options, **{key: book[value] for key, value in named.items()}}
    given |= {item: book[item] for item in inputs if isinstance(item, str) and item in parameters}
    rest = [book[item] if isinstance(item, str) else item for item in inputs if not _among(item, given)]
    return _tried(book, fn, *_placed(rest, given, parameters))


def _placed(rest: list, given: dict[str, Any], parameters: Mapping[str, inspect.Parameter]) -> tuple[list, dict]:
    """Give the inputs without a name the positions that are left, in order."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    open_names = [name for name, each in parameters.items() if each.kind in kinds and name not in given]
    if any(each.kind is inspect.Parameter.VAR_POSITIONAL for each in parameters.values()):
        return rest, given
    spare = len(rest) - len(open_names)
    if spare > 0:
        return rest, given
    return [], {**given, **dict(zip(open_names, rest, strict=False))}


def _tried(book: Book, fn: Callable, place: list, options: dict[str, Any]) -> Any:
    try:
        return fn(*place, **options)
    except BadData as refusal:
        if type(refusal) in (BadData, UnknownBranch):
            raise
        return _told(refusal, book)


def _told(result: Any, book: Book) -> Any:
    """Return a result, or what a refusal in its place says; a table that has rows is not asked for again."""
    if not isinstance(result, BadData):
        return result
    asked = getattr(result, "tables", (result.where,))
    needs = tuple(name for name in asked if name in TABLES and not book.has(name))
    return NotComputed(needs=needs, refusal=type(result).__name__, detail=result.what)


def _among(item: Any, keyword: Mapping[str, Any]) -> bool:
    return isinstance(item, str) and item in keyword


def _is_table(value: Any, parameter: inspect.Parameter | None) -> bool:
    framed = parameter is not None and "DataFrame" in str(parameter.annotation)
    return isinstance(value, str) and value in TABLES and framed


def _absent(book: Book, wanted: Iterable[str], optional: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in wanted if name not in optional and not book.has(name)))


def _blocked(given: Iterable[Any], absent: tuple[str, ...]) -> NotComputed | None:
    earlier = [item for item in given if isinstance(item, NotComputed)]
    needs = tuple(dict.fromkeys([*absent, *(name for item in earlier for name in item.needs)]))
    refused = next((item for item in earlier if item.refusal), None)
    if needs:
        return NotComputed(needs=needs, refusal=refused.refusal if refused else "")
    return refused or (earlier[0] if earlier else None)
