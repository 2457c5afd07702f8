"""The frame around a report: cover, decisions, what was not computed, and the stamp of its inputs."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from microlib.files import file_hash
from microlib.reporting import boxes, cards, displays
from microlib.reporting.outlets import Outlets


class Fronts(Outlets):
    """Cover, decisions, missing pages, stamp."""

    def cover(self) -> displays.Shown:
        """Show whose report it is, as of when, on which data; and that it decides on no single customer."""
        words, book = self.words, self.book
        absent, level = self.reach()
        missing = words.join(boxes.table_label(words, table) for table in absent)
        rows = [
            [words.mark("branch"), f"{book.name} {book.branch_id}"],
            [words.mark("as_of"), words.mark("day", day=book.as_of)],
            [words.mark("level"), words.code("level", level)],
            [words.mark("tables_missing"), missing or words.mark("nothing_absent")],
        ]
        banner = [displays.aside(displays.box(words.mark("synthetic"), "warning"))] if book.is_synthetic else []
        ends = [displays.paragraph(words.mark(key), "note") for key in ("money", "statement")]
        return displays.joined([*banner, displays.facts(rows), *ends])

    def decisions(self, decisions: Any) -> displays.Shown:
        """Show at most three decisions as cards (columns: ``cards.COLUMNS``), and keep them."""
        waiting = self.blocked("decisions", [decisions])
        if waiting is not None:
            return boxes.waiting_box(self.words, waiting)
        shown = cards.decision_cards(decisions, self.words)
        self.results.record("decisions", decisions)
        self.results.show("table", "decisions", names=self.words.names, columns=None)
        return shown

    def missing(self) -> displays.Shown:
        """Show which pages were not computed and what each waits for; keep the list."""
        rows = [(page, need, found.refusal) for page, found in self.waiting.items() for need in found.needs or ("",)]
        kept = pd.DataFrame(rows, columns=["page", "needs", "refusal"], dtype="str")
        self.results.record("not_computed", kept)
        if kept.empty:
            return displays.paragraph(self.words.mark("nothing_missing"))
        by_reason: dict[str, list[str]] = {}
        for page, found in self.waiting.items():
            by_reason.setdefault(boxes.reason(self.words, found), []).append(self.words.entry("captions", page))
        pages = {why: self.words.join(captions) for why, captions in by_reason.items()}
        lines = [self.words.mark("unlocks", reason=why, pages=said) for why, said in pages.items()]
        return displays.joined(displays.box(line) for line in lines)

    def stamp(self, *files: str | Path) -> displays.Shown:
        """Show what the report was made of: the bank's files with their hashes, the terms given, the library's version.

        Tag its cell ``nbval-ignore-output``: hashes change with the data.

        Parameters
        ----------
        *files : str or Path
            Product, policy and segment files that were read.
        """
        stored = getattr(self.book, "files", None)
        names = ["name", "sha256"]
        pairs = [] if stored is None else stored[names].astype("str").drop_duplicates().itertuples(index=False)
        loaded = [[self.words.code("file", name), mark[:12]] for name, mark in pairs]
        terms = [[Path(file).name, file_hash(Path(file))[:12]] for file in files]
        own = [[self.words.mark("stamp_version"), version("microlib")]]
        return displays.facts([*own, *loaded, *terms])
