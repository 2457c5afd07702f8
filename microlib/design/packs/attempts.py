"""A step of a design that may be refused: its refusal takes the result's place, and later steps carry it on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from microlib.errors import BadData


def attempt(fn: Callable, *inputs: Any, **options: Any) -> Any:
    """Return ``fn(…)``, or why it could not be had.

    Answers "which of this design's results exist here?" A design of a branch without a sized line still has its price
    and its rules; what it lacks says why.

    Parameters
    ----------
    fn : callable
        A step of the design.
    *inputs, **options
        As `fn` takes them; a refusal of an earlier step among them is returned as it is.

    Returns
    -------
    object or BadData
        The result, or a narrower refusal (an empty book, a short history).

    Raises
    ------
    BadData
        If `fn` refuses in general terms: broken data are no reason to go on.

    Examples
    --------
    >>> from microlib.errors import EmptyBook
    >>> def halved(lines):
    ...     if not lines:
    ...         raise EmptyBook("no line was sized")
    ...     return lines / 2
    >>> attempt(halved, 4), str(attempt(halved, attempt(halved, 0)))
    (2.0, 'no line was sized')
    """
    earlier = [each for each in (*inputs, *options.values()) if isinstance(each, BadData)]
    if earlier:
        return earlier[0]
    try:
        return fn(*inputs, **options)
    except BadData as refusal:
        if type(refusal) is BadData:
            raise
        return refusal
