"""One branch's slice of the bank: a frame per table, read when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

import pandas as pd

from microlib.bank import readings
from microlib.bank.branches import known_branch, parse_day
from microlib.bank.readings import Cut, cut_branch
from microlib.bank.stores import open_store, refuse_changed, stamp
from microlib.homes import Home, find_home

FILES = (
    'SELECT name, table_name AS "table", as_of, rows_count, shared_rows_count, sha256[:12] AS sha256, mapping'
    " FROM files WHERE superseded_by IS NULL AND as_of <= ? ORDER BY as_of, file_id"
)
FINDINGS = (
    'SELECT file, findings.table_name AS "table", column_name AS "column", severity, rule,'
    " findings.rows_count, fix"
    " FROM findings LEFT JOIN files USING (file_id) WHERE as_of IS NULL OR as_of <= ?"
    " ORDER BY severity, file, 2, 3, rule"
)


@dataclass(frozen=True)
class BranchBook:
    """One branch at one date: its tables as frames, and what is known of where they came from.

    ``book["loans"]`` is a frame with the contract's columns and dtypes in the order of the key;
    of a table that the bank does not hold it is an empty frame of the same shape. Frames are
    read when first asked for and kept; the store is open only while it is read.

    Parameters
    ----------
    branch_id : str
        The branch's code, text.
    name : str
        Its name at that date.
    as_of : date
        The date asked about.
    home : Home
        Whose bank it is.
    is_synthetic : bool
        Whether any row of the bank came from a generator.
    """

    branch_id: str
    name: str
    as_of: date
    home: Home
    is_synthetic: bool
    _stamp: int = field(default=0, repr=False)
    frames: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    def __getitem__(self, table: str) -> pd.DataFrame:
        if table not in self.frames:
            self.fetch(table)
        return self.frames[table]

    def fetch(self, *tables: str) -> BranchBook:
        """Read several tables in one session of the store; those read before are kept."""
        wanted = [table for table in tables if table not in self.frames]
        self.frames.update(readings.read_frames(wanted, marks=self._marks, session=self._session))
        return self

    def has(self, table: str) -> bool:
        """Return whether the branch has any row of `table`; nothing is read to know it."""
        return len(self.frames[table]) > 0 if table in self.frames else table in self.filled

    @cached_property
    def filled(self) -> frozenset[str]:
        """Names of the tables of which the branch has any row."""
        return readings.filled_names(marks=self._marks, session=self._session)

    @cached_property
    def held(self) -> tuple[str, ...]:
        """Names of the tables that the bank holds, state tables only if they have a snapshot for this branch."""
        with self._session() as cut:
            return tuple(cut.held())

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """Names of the tables that the bank does not hold for this branch, in contract order."""
        with self._session() as cut:
            return tuple(name for name in cut.store.names if name not in self.held)

    @cached_property
    def level(self) -> int:
        """The highest data level of a table that is held: 0 ledger only … 4 marketing."""
        with self._session() as cut:
            return max((cut.store.contract(name).level for name in self.held), default=0)

    @cached_property
    def files(self) -> pd.DataFrame:
        """The files that the bank holds at that date: name, table, as_of, rows, shared rows, hash, mapping."""
        with self._session() as cut:
            return _dated(cut.store.con.con.execute(FILES, [self.as_of]).df())

    @cached_property
    def findings(self) -> pd.DataFrame:
        """What ingest noticed and did not block: a line per file, column and rule, with a count.

        The files are the bank's, so no value of a row is told here: it may be another branch's.
        """
        with self._session() as cut:
            return cut.store.con.con.execute(FINDINGS, [self.as_of]).df()

    @property
    def _marks(self) -> tuple[object, ...]:
        """What tells this book from any other."""
        return str(self.home.bank.resolve()), self._stamp, self.branch_id, self.as_of

    @contextmanager
    def _session(self) -> Iterator[Cut]:
        with open_store(self.home) as store:
            refuse_changed(self.home, self._stamp)
            yield cut_branch(store, branch=self.branch_id, as_of=self.as_of)


def read_branch(home: str | Path | Home, *, branch: str, as_of: str | date) -> BranchBook:
    """Open one branch's book at a date; its frames are read when they are asked for.

    Parameters
    ----------
    home : path
        The folder that holds ``data/bank.duckdb``, or one with a demo bank below it.
    branch : str
        The branch's code, text: ``"0755"``.
    as_of : str or date
        The date, ISO text.

    Raises
    ------
    BadConfig
        If there is no bank, or the date cannot be read.
    BadData
        If the date is before the bank's first tables.
    UnknownBranch
        If the bank has no such branch at that date.
    """
    place = home if isinstance(home, Home) else find_home(home)
    day = parse_day(as_of)
    with open_store(place) as store:
        name = known_branch(store, branch=branch, as_of=day)
        return BranchBook(branch, name, day, place, store.is_synthetic, stamp(place))


def _dated(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype({"as_of": "datetime64[s]"})
