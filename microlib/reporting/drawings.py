"""The part of a report that draws: figures with a title, a source note and the frame behind them kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from microlib.reporting import boxes, displays
from microlib.reporting.desks import Desk


class Drawings(Desk):
    """Figures."""

    def chart(self, name: str, draw: Callable, result: Any, **options: Any) -> displays.Shown | displays.Picture:
        """Show `result` as the figure `name`, drawn by a function of ``reporting.charts``; keep the frame behind it."""
        from microlib.reporting import pictures

        seen, waiting = name in self.waiting, self.blocked(name, [result])
        if waiting is not None:
            return displays.nothing() if seen else boxes.waiting_box(self.words, waiting)
        if not self.results.source_of(result):
            self.results.record(name, result)
        if result.empty:
            return displays.box(self.words.mark("nothing_to_draw"))
        self._list(name, draw.__name__, self.results.source_of(result), options)
        given = {key: None if self.is_waiting(value) else value for key, value in options.items()}
        words, texts = self.words.of(name), (self.words.entry("captions", name), self._origin())
        return pictures.picture(draw, result, words=words, texts=texts, options=given)

    def _list(self, name: str, draw: str, table: str, options: dict[str, Any]) -> None:
        """Note what was drawn of which columns, so that a workbook can draw it again."""
        columns = {key: value for key, value in options.items() if isinstance(value, str | list)}
        self.results.show("chart", name, names=self.words.names, draw=draw, table=table, options=columns)

    def _origin(self) -> str:
        mark = "source_synthetic" if self.book.is_synthetic else "source"
        return self.words.mark(mark, branch=self.book.name, as_of=self.book.as_of)
