"""Loading: everything is checked against what is kept, then written in one transaction, or nothing is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from microlib.bank import plans, writes
from microlib.bank.staged import FileMark, Staged, stage_frame
from microlib.bank.stores import Store, open_store


@dataclass(frozen=True)
class Loaded:
    """What became of one table of one file.

    Parameters
    ----------
    file : str
        The file's name.
    table : str
        The table's name.
    as_of : date
        The date of the file.
    rows_count : int
        Rows that are new in the store.
    shared_rows_count : int
        Rows that an earlier file had said already.
    is_known : bool
        True when the same bytes had been loaded before: nothing was done.
    supersedes : tuple of str
        Names of the files whose rows it replaced.
    """

    file: str
    table: str
    as_of: date
    rows_count: int = 0
    shared_rows_count: int = 0
    is_known: bool = False
    supersedes: tuple[str, ...] = ()


@dataclass(frozen=True)
class LoadSummary:
    """What a load did, a line per file and table, and what it noticed without blocking."""

    loaded: tuple[Loaded, ...]
    findings: pd.DataFrame = field(repr=False)


def load_staged(
    store: Store, staged: Sequence[Staged], *, files: Sequence[FileMark], replace: bool = False
) -> LoadSummary:
    """Check staged tables against their contracts, each other and the store; keep them or refuse them whole.

    Parameters
    ----------
    store : Store
        A writable store, in whose session the staged relations stand.
    staged : sequence of Staged
        One table of one file each.
    files : sequence of FileMark
        A mark for every origin among `staged`.
    replace : bool
        Let each file supersede the rows of the one file it corrects.

    Returns
    -------
    LoadSummary
        Lines for what was new and for what was known; findings hold warnings and notes.

    Raises
    ------
    BadData
        If anything blocks; ``failures`` holds all that was found and nothing was written.
    """
    plan = plans.plan_load(store, staged, files=files, replace=replace)
    known = [Loaded(part.origin, part.table, part.as_of, is_known=True) for part in plan.known]
    findings = writes.write_plan(plan)
    done = [_loaded(store, file_id, part) for file_id, part in plan.parts.items()]
    return LoadSummary((*done, *known), findings)


def load_frames(
    home: str | Path, frames: Mapping[str, pd.DataFrame], *, as_of: date, name: str, synthetic: bool = False
) -> LoadSummary:
    """Load frames that hold contract columns, with the checks and the transaction of any file.

    Parameters
    ----------
    home : path
        The folder that holds, or will hold, ``data/bank.duckdb``.
    frames : mapping of DataFrame
        A frame per table name; identifiers are pseudonyms already. Not modified.
    as_of : date
        The date of the rows.
    name : str
        What stands for the name of a file.
    synthetic : bool
        Whether a generator made them; all that is fed by the store then says so.

    Raises
    ------
    BadData
        If anything blocks.
    """
    mark = FileMark(name, _digest(frames), is_synthetic=synthetic)
    with open_store(home, writable=True) as store:
        staged = [stage_frame(store, frame, table=table, origin=name, as_of=as_of) for table, frame in frames.items()]
        return load_staged(store, staged, files=[mark])


def _loaded(store: Store, file_id: int, part: Staged) -> Loaded:
    counts = store.rows("SELECT rows_count, shared_rows_count FROM files WHERE file_id = ?", [file_id])[0]
    old = store.rows("SELECT name FROM files WHERE superseded_by = ?", [file_id])
    return Loaded(part.origin, part.table, part.as_of, *counts, supersedes=tuple(name for (name,) in old))


def _digest(frames: Mapping[str, pd.DataFrame]) -> str:
    digest = hashlib.sha256()
    for table, frame in frames.items():
        digest.update(f"{table}:{','.join(frame.columns)}".encode())
        digest.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return digest.hexdigest()
