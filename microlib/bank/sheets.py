"""A sheet: one grid of cells in a file, its first rows seen, the others waiting to be loaded as text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

#: how many first rows are looked at for a header
HEAD_ROWS = 30

#: puts the rows after the first `skip` ones into a temporary table of that name, cells c0, c1 … as text;
#: returns the rows that could not be read: row, line, error
Loader = Callable[[duckdb.DuckDBPyConnection, str, int], list[dict]]


@dataclass(frozen=True)
class Sheet:
    """One grid of cells.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        The sheet's name in a workbook; empty elsewhere.
    head : list of list of str
        Its first rows as text, an empty text where a cell is empty.
    load : callable
        Puts the rows below the header into the engine.
    """

    path: Path
    name: str
    head: list[list[str]] = field(repr=False)
    load: Loader = field(repr=False)

    @property
    def origin(self) -> str:
        """What an error calls it: the file, and the sheet where there are several."""
        return f"{self.path.name}[{self.name}]" if self.name else self.path.name


def cell_names(width: int) -> list[str]:
    """Return the names of a raw table's columns.

    Examples
    --------
    >>> cell_names(3)
    ['c0', 'c1', 'c2']
    """
    return [f"c{place}" for place in range(width)]
