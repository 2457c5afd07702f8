"""What a zygote works out while nobody asks: the same for every report, so that no kernel has to do it again."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from functools import partial


def chores() -> Iterator[Callable[[], object]]:
    """Yield small pieces of work whose results stay in memory; none opens a bank.

    What the modules imported so far do not hold is left out: a notebook of another kind is not made to wait.

    Examples
    --------
    >>> all(callable(chore) for chore in chores())
    True
    """
    names = ("bank.statements", "reporting.entries", "reporting.fonts", "reporting.verdicts.registry")
    bank, words, fonts, verdicts = (sys.modules.get(f"microlib.{name}") for name in names)
    if bank is not None:
        yield from (partial(bank.branch_statement, table) for table in bank.TABLES)
    if words is not None:
        yield from (partial(words.read, file) for file in words.page_files())
        yield from (partial(words.entries, kind) for kind in (*words.PAGED, *words.KINDS))
        yield words.same_codes
    if verdicts is not None:
        yield verdicts.verdicts
    if fonts is not None and "matplotlib.font_manager" in sys.modules:
        yield fonts.figure_family
    yield settled


def settled() -> None:
    """Put everything there is out of the collector's sight: a collection in a kernel would copy the shared pages."""
    gc.collect()
    gc.freeze()
