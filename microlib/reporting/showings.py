"""The part of a report that shows: tables, figures and single facts, each kept in the results as it is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from microlib.reporting import boxes, displays, tables
from microlib.reporting.desks import Desk


class Showings(Desk):
    """Tables, figures, facts."""

    def table(self, name: str, result: Any, *, columns: list[str] | None = None, rows: int = 40) -> displays.Shown:
        """Show `result` as the table `name` with its notes, and keep it whole.

        Parameters
        ----------
        name : str
            Name of the result; its caption and notes stand in the catalogue.
        result : DataFrame or NotComputed
        columns : list of str, optional
            Columns to show, in order; all are kept.
        rows : int
            Rows to show at most; all are kept.
        """
        caption, seen = self.words.entry("captions", name), name in self.waiting
        waiting = self.blocked(name, [result])
        if waiting is not None and seen:
            return displays.nothing()
        if waiting is not None:
            return displays.Shown(caption, f"<p><b>{displays.escaped(caption)}</b></p>") + boxes.waiting_box(
                self.words, waiting
            )
        kept = self.results.record(name, result)
        shown = tables.table(kept[columns] if columns else kept, self.words.of(name), caption=caption, rows=rows)
        return displays.joined([shown, *self._notes(name)])

    def chart(self, name: str, draw: Callable, result: Any, **options: Any) -> displays.Shown | displays.Picture:
        """Show `result` as the figure `name`, drawn by a function of ``reporting.charts``; keep the frame behind it."""
        from microlib.reporting import pictures

        waiting = self.blocked(name, [result])
        if waiting is not None:
            return boxes.waiting_box(self.words, waiting)
        if not self.results.source_of(result):
            self.results.record(name, result)
        caption = self.words.entry("captions", name)
        return pictures.picture(
            draw, result, words=self.words.of(name), texts=(caption, self._origin()), options=options
        )

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
        value = tables.rate_or_value(row, column)
        self.results.tell(name, value, source=self.results.source_of(result), column=column)
        said = tables.cell_of(value, column, self.words)
        return displays.paragraph(self.words.mark("pair", name=self.words.header(column), text=said))

    def _notes(self, name: str) -> list[displays.Shown]:
        kinds = [kind for kind in ("read", "misread") if self.words.has("notes", f"{name}.{kind}")]
        notes = [self.words.mark(kind, text=self.words.entry("notes", f"{name}.{kind}")) for kind in kinds]
        return [displays.paragraph(note, "note") for note in notes]

    def _origin(self) -> str:
        mark = "source_synthetic" if self.book.is_synthetic else "source"
        return self.words.mark(mark, branch=self.book.name, as_of=self.book.as_of)


def _row(frame: pd.DataFrame, where: Mapping[str, Any]) -> pd.Series:
    flat = frame.reset_index() if any(frame.index.names) else frame
    for column, value in where.items():
        flat = flat[flat[column] == value]
    return flat.iloc[0]
