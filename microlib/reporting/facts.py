"""The part of a report that points: single numbers kept under a name for the index of reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from microlib.reporting import boxes, cells, displays
from microlib.reporting.desks import Desk


class Facts(Desk):
    """Single numbers."""

    def fact(self, name: str, result: Any, *, column: str, where: Mapping[str, Any] | None = None) -> displays.Shown:
        """Keep one number of `result` under `name` for the index of reports, and show it.

        Parameters
        ----------
        name : str
            Name of the fact in ``facts.json``.
        result : DataFrame or NotComputed
        column : str
            The column that holds it; bounds and count beside it are kept with it.
        where : mapping, optional
            Column -> value of the row; without it the first row.
        """
        if self.is_waiting(result):
            return boxes.waiting_box(self.words, result)
        row = _row(result, where or {})
        value = cells.rate_or_value(row, column)
        self.results.tell(name, value, source=self.results.source_of(result), column=column)
        said = cells.cell_of(value, column, self.words)
        return displays.paragraph(self.words.mark("pair", name=self.words.header(column), text=said))


def _row(frame: pd.DataFrame, where: Mapping[str, Any]) -> pd.Series:
    flat = frame.reset_index() if any(frame.index.names) else frame
    for column, value in where.items():
        flat = flat[flat[column] == value]
    return flat.iloc[0]
