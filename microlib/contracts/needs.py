"""What a measure needs beyond its parameters' names: the tables that may be absent, said once beside the measure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

Measure = TypeVar("Measure", bound=Callable[..., object])


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
