"""The book of a teaching case: invented tables in memory, in the place of a branch's slice of the bank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol

import pandas as pd

from microlib.contracts.documents import Bilingual
from microlib.report.display import Shown, box, facts, joined, paragraph
from microlib.report.report import Report


@dataclass(frozen=True)
class CaseBook:
    """What a case is told from.

    Parameters
    ----------
    title : mapping
        The case in words, ``zh`` and ``en``.
    as_of : date
        Day on which it is told.
    lang : str
    tables : mapping of DataFrame
        Tables of the bank that the case makes up; may be empty.
    """

    title: Mapping[str, str]
    as_of: date
    lang: str = "zh"
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    branch_id: str = ""
    is_synthetic: bool = True

    @property
    def name(self) -> str:
        """What sources of figures call it."""
        return self.title[self.lang]

    def has(self, table: str) -> bool:
        """Return whether the case has rows in `table`."""
        return table in self.tables and len(self.tables[table]) > 0

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.tables[table]


class CaseReport(Report):
    """A report on a case: its front names the case and says that it is invented."""

    def cover(self) -> Shown:
        """Show what case it is, as of when, and that every figure is invented."""
        words = self.words
        rows = [[words.mark("case"), self.book.name], [words.mark("as_of"), words.mark("day", day=self.book.as_of)]]
        banner = box(words.mark("synthetic_case"), "warning")
        return joined([banner, facts(rows), paragraph(words.mark("money_case"), "note")])


class Titled(Protocol):
    """A written case: any model with a title in both languages."""

    title: Bilingual


def open_case(case: Titled, *, as_of: str, lang: str, out: str | Path) -> CaseReport:
    """Return a new report on a written case (which has a ``title``); `lang` and `out` as of `report.open_report`."""
    book = CaseBook({"zh": case.title.zh, "en": case.title.en}, date.fromisoformat(as_of), lang)
    return CaseReport.opened(book, lang=lang, out=out)
