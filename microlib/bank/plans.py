"""What a load would do: which files are new, which rows arrive, whose rows they supersede."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from microlib.bank.replacements import superseded_files
from microlib.bank.staged import FileMark, Staged, arrivals, missing_columns
from microlib.bank.stores import Store
from microlib.bank.views import View


@dataclass(frozen=True)
class LoadPlan:
    """A load that has been thought through and not yet checked.

    Parameters
    ----------
    parts : mapping
        The staged tables that are new, by the ``file_id`` each will have.
    marks : mapping
        What is remembered of each file, by its name.
    view : View
        The bank as it would stand at the newest arriving date.
    replaced : mapping
        Files whose rows go, each with the ``file_id`` that supersedes it.
    known : tuple of Staged
        Staged tables that the store already has from the same bytes: nothing to do.
    """

    parts: dict[int, Staged] = field(repr=False)
    marks: dict[str, FileMark] = field(repr=False)
    view: View = field(repr=False)
    replaced: dict[int, int]
    known: tuple[Staged, ...] = field(repr=False)

    def problems(self) -> Iterator[pd.DataFrame]:
        """Yield what was found before any row was looked at: while converting, and columns that are missing."""
        for part in self.parts.values():
            yield part.problems
            yield missing_columns(self.view.store, part)

    @property
    def dates(self) -> dict[str, set[date]]:
        """The arriving dates of each arriving table."""
        parts = self.parts.values()
        return {table: {part.as_of for part in parts if part.table == table} for table in self.view.arriving}


def plan_load(store: Store, staged: Sequence[Staged], *, files: Sequence[FileMark], replace: bool = False) -> LoadPlan:
    """Plan a load: set apart what is known already, number the rest, find what it supersedes."""
    marks = {mark.name: mark for mark in files}
    new = [part for part in staged if not _is_known(store, part, marks[part.origin])]
    first = store.rows("SELECT coalesce(max(file_id), 0) + 1 FROM files")[0][0]
    parts = dict(enumerate(new, start=first))
    arriving = arrivals(store, new, file_ids=list(parts))
    replaced = superseded_files(store, arriving, parts=parts) if replace else {}
    newest = max((part.as_of for part in staged), default=date.min)
    view = View(store, {arrival.table: arrival for arrival in arriving}, replaced, newest)
    known = [part for part in staged if _is_known(store, part, marks[part.origin])]
    return LoadPlan(parts, marks, view, replaced, tuple(known))


def _is_known(store: Store, part: Staged, mark: FileMark) -> bool:
    found = store.rows(
        "SELECT count(*) FROM files WHERE superseded_by IS NULL AND sha256 = ? AND table_name = ? AND as_of = ?"
        " AND mapping = ?",
        [mark.sha256, part.table, part.as_of, mark.mapping],
    )
    return bool(found[0][0])
