"""How results are asked for: what a measure can do without, and attributes computed once, refusals kept like values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from microlib.errors import BadData, NeedsColumn, UnknownName

Measure = TypeVar("Measure", bound=Callable[..., object])
T = TypeVar("T")
REFUSALS = "_refusals"


@dataclass(frozen=True)
class Needs:
    """What a measure does without.

    Parameters
    ----------
    optional : tuple of str
        Tables of the bank that may be absent: the measure is then given an empty frame of the table's contract.
    """

    optional: tuple[str, ...] = ()


def measure(*, optional: Iterable[str] = ()) -> Callable[[Measure], Measure]:
    """Declare which tables a measure may be without; the measure itself is returned, with an attribute ``needs``.

    Answers "which tables must a branch have for this?" The parameters that bear a table's name are its tables; those
    named here may be absent, all others must be there.

    Parameters
    ----------
    optional : iterable of str
        Names of tables, each a parameter of the measure.

    Examples
    --------
    >>> @measure(optional=("schedules",))
    ... def promised(loans, schedules):
    ...     return len(schedules)
    >>> needs_of(promised).optional, needs_of(len).optional
    (('schedules',), ())
    """

    def marked(fn: Measure) -> Measure:
        fn.needs = Needs(tuple(optional))  # type: ignore[attr-defined]
        return fn

    return marked


def needs_of(fn: Callable[..., object]) -> Needs:
    """Return what was declared of a measure; one that declared nothing needs every table that it names."""
    return getattr(fn, "needs", Needs())


@contextmanager
def naming_columns(book: object) -> Iterator[None]:
    """Turn the stumble of a measure over a column that a book lacks into a refusal that names the column.

    Parameters
    ----------
    book : object
        Whose ``lacking`` names such columns, as ``loans.overdue_days``; whoever has none lacks none.

    Raises
    ------
    NeedsColumn
        In the place of the error that a frame without the column raised.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> with naming_columns(SimpleNamespace(lacking={"loans.overdue_days"})):
    ...     {}["overdue_days"]
    Traceback (most recent call last):
    ...
    microlib.errors.NeedsColumn: the branch's files lack loans.overdue_days
      where: loans.overdue_days
      fix: load loans.overdue_days
    """
    try:
        yield
    except (LookupError, AttributeError, NameError, ValueError) as error:
        named = set(re.findall(r"\w+", str(error)))
        needed = sorted(each for each in getattr(book, "lacking", ()) if each.partition(".")[2] in named)
        if not needed:
            raise
        raise NeedsColumn(tables=needed) from None


class result(cached_property[T]):
    """A property computed on first access; what was refused is not computed again, and refused alike.

    A `functools.cached_property` forgets an error and tries again at every access. A report asks for the same result
    on many pages, so that a refusal (`microlib.errors.BadData` and its kinds) is kept as a value is; any other error
    is a fault and is not kept.

    Examples
    --------
    >>> from microlib.errors import EmptyBook
    >>> class Book(Computed):
    ...     tries = 0
    ...
    ...     @result
    ...     def balance_yuan(self) -> float:
    ...         '''What is owed.'''
    ...         self.tries += 1
    ...         raise EmptyBook("no loan")
    >>> book = Book()
    >>> [str(book.part("balance_yuan")) for _ in range(3)], book.tries
    (['no loan', 'no loan', 'no loan'], 1)
    """

    def __get__(self, owner: object, kind: type | None = None) -> T:
        """Return the value, or raise the refusal in its place."""
        if owner is None:
            return self  # type: ignore[return-value]
        refusals = vars(owner).setdefault(REFUSALS, {})
        if self.attrname in refusals:
            raise refusals[self.attrname].with_traceback(None)
        try:
            with naming_columns(owner):
                return super().__get__(owner, kind)
        except BadData as refusal:
            refusals[self.attrname] = refusal
            raise
        except AttributeError as fault:  # an owner that answers to further names would take it for an unknown one
            raise RuntimeError(f"{self.attrname}: {fault}") from fault


class Computed:
    """An object whose results are `result` attributes, each computed when it is first asked for."""

    @classmethod
    def result_names(cls) -> tuple[str, ...]:
        """Return the names of all results, those of the classes it rests on first."""
        held = {name: each for base in reversed(cls.__mro__) for name, each in vars(base).items()}
        return tuple(name for name, each in held.items() if isinstance(each, result) and not name.startswith("_"))

    def part(self, name: str) -> object:
        """Return a result by its name; where it was refused, the refusal itself, so that a page can say why.

        Parameters
        ----------
        name : str
            One of `result_names`.

        Returns
        -------
        object or BadData

        Raises
        ------
        UnknownName
            If there is no result of that name.
        BadData
            If it was refused in general terms: broken data are no reason to go on.
        """
        if name not in self.result_names():
            known, whose = self.result_names(), type(self).__name__
            raise UnknownName.nearest(name, known, of=whose, fix="press Tab after the dot", kind="result")
        try:
            return getattr(self, name)
        except BadData as refusal:
            if type(refusal) is BadData:
                raise
            return refusal
