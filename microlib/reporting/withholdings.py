"""The part of a report that goes to head office only: kept beside the report, never in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from microlib.reporting import displays
from microlib.reporting.annexes import Annex
from microlib.reporting.entries import page_words
from microlib.reporting.results import Results

FOLDER, PARTS = "head-office", "parts.json"
#: rows of a table that head office is shown where neither the call nor the words say how many
ROWS = 200


class HeadOffice:
    """Writes to the head office's supplement of a report; what the report itself gets is a box that says so.

    A notebook says ``report.head_office.table(…)`` instead of ``report.table(…)``, and so for every figure, heading and
    sentence about persons, firms or staff. Nothing that goes in here, not even how many rows there are, reaches the
    report's page, its other formats, its executed notebook, its ``results/`` or a branch's bundle: they stand in
    ``head-office/`` below the report's folder, in the same formats, for head office alone.

    Parameters
    ----------
    report : Report
        Its words and book are used; tables are recorded in ``head-office/results``.
    """

    def __init__(self, report: Any) -> None:
        folder = report.results.folder
        self.report = report
        self.inner = replace(report, results=Results(folder.parent / FOLDER if folder else ""))
        path = folder.parent / FOLDER / PARTS if folder else None
        self.annex = Annex(path, title=report.words.mark("head_office_title"))

    def table(
        self, name: str, result: object, *, columns: list[str] | None = None, rows: int | None = None
    ) -> displays.Shown:
        """Show a table to head office; arguments as `Report.table`, without `rows` 200 of them."""
        most = rows or page_words(name, report=self.report.name).rows or ROWS
        self._add(self._writer().table(name, result, columns=columns, rows=most))
        return self._box(name)

    def draw(self, name: str, result: object, **options: object) -> displays.Shown:
        """Show the figure that the words give to a name to head office; arguments as `Report.draw`."""
        self._add(self._writer().draw(name, result, **options))
        return self._box(name)

    def chart(self, name: str, draw: Callable, result: Any, **options: Any) -> displays.Shown:
        """Show a figure to head office; arguments as `Report.chart`."""
        self._add(self._writer().chart(name, draw, result, **options))
        return self._box(name)

    def title(self, key: str, *results: Any, **options: Any) -> displays.Shown:
        """Say a heading with its answer to head office; the report gets the caption without the answer."""
        self._add(self._writer().title(key, *results, **options))
        return displays.heading(self.report.words.entry("captions", key))

    def say(self, key: str, *results: Any, **options: Any) -> displays.Shown:
        """Say a sentence to head office; the report gets nothing."""
        self._add(self._writer().say(key, *results, **options))
        return displays.nothing()

    def fact(self, name: str, result: Any, **options: Any) -> displays.Shown:
        """Keep a number for head office; arguments as `Report.fact`, the report gets nothing."""
        self._add(self._writer().fact(name, result, **options))
        return displays.nothing()

    def _writer(self) -> Any:
        """Return the inner report, taught what the outer knows by now."""
        self.inner.words = self.report.words
        return self.inner

    def _add(self, shown: Any) -> None:
        self.annex.add(shown)

    def _box(self, name: str) -> displays.Shown:
        caption = self.report.words.entry("captions", name)
        return displays.box(self.report.words.mark("head_office_only", caption=caption))
