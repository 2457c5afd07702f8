"""The part of a report that shows tables: labelled, with their notes, kept in the results as they are shown."""

from __future__ import annotations

from typing import Any

from microlib.reporting import boxes, displays, tables
from microlib.reporting.drawings import Drawings


class Showings(Drawings):
    """Tables, and figures."""

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
        self.results.show("table", name, names=self.words.names, columns=columns)
        shown = tables.table(kept[columns] if columns else kept, self.words.of(name), caption=caption, rows=rows)
        return displays.joined([shown, *self._notes(name)])

    def _notes(self, name: str) -> list[displays.Shown]:
        kinds = [kind for kind in ("read", "misread") if self.words.has("notes", f"{name}.{kind}")]
        notes = [self.words.mark(kind, text=self.words.entry("notes", f"{name}.{kind}")) for kind in kinds]
        return [displays.paragraph(note, "note") for note in notes]
