"""Ingest: files of a bank's own, read through a mapping, checked and kept, all of them or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from microlib.bank import intakes
from microlib.bank.loads import Loaded, LoadSummary, load_staged
from microlib.bank.stores import open_store
from microlib.errors import BadData
from microlib.homes import Home


@dataclass(frozen=True)
class IngestOptions:
    """How an ingest goes about what is there already.

    Parameters
    ----------
    replace : bool
        Let each file supersede the rows of the file that it corrects.
    """

    replace: bool = False


def ingest_files(
    home: str | Path,
    files: Sequence[str | Path],
    *,
    mapping: str | Path,
    as_of: date | None = None,
    options: IngestOptions = IngestOptions(),
) -> list[Loaded]:
    """Take files into a home's bank: everything they hold, or nothing.

    Parameters
    ----------
    home : path
        The folder that holds, or will hold, ``data/bank.duckdb``.
    files : sequence of path
        CSV (UTF-8 or GBK), Excel and Parquet files.
    mapping : str or path
        A mapping file, or the name of one in the home's ``data/mappings`` or among those shipped.
    as_of : date, optional
        The date of the files; each file's own name says it otherwise.
    options : IngestOptions

    Returns
    -------
    list of Loaded
        One line per file and table.

    Raises
    ------
    BadConfig
        If the mapping, the key or the bank cannot be used, or if nothing says the date.
    BadData
        If anything in the files is wrong. Nothing was written then but the table of failures,
        ``data/failures-<file>.csv``, which the message names.
    """
    return list(load_files(home, files, mapping=mapping, as_of=as_of, options=options).loaded)


def load_files(
    home: str | Path,
    files: Sequence[str | Path],
    *,
    mapping: str | Path,
    as_of: date | None = None,
    options: IngestOptions = IngestOptions(),
) -> LoadSummary:
    """Do what `ingest_files` does, and return also what was noticed without blocking."""
    place, paths = Home(Path(home)), [Path(file) for file in files]
    source = intakes.read_source(place, mapping)
    dated = intakes.dated_files(paths, as_of=as_of)
    with failures_kept(place, paths[0].stem), open_store(place, writable=True) as store:
        staged, marks = intakes.staged_files(store, dated, source=source)
        summary = load_staged(store, staged, files=marks, replace=options.replace)
        intakes.note_source(store)
        return summary


@contextmanager
def failures_kept(home: Home, stem: str) -> Iterator[None]:
    """Leave the table of failures beside the bank when an ingest is blocked, and name it in the message."""
    try:
        yield
    except BadData as error:
        if len(error.failures):
            error.fix = "; ".join(filter(None, [error.fix, _written(home, stem, error)]))
        raise


def _written(home: Home, stem: str, error: BadData) -> str:
    path = home.bank.parent / f"failures-{stem}.csv"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        error.failures.to_csv(path, index=False, encoding="utf-8-sig")
    except OSError as cause:
        return f"the table of failures could not be written ({cause.strerror})"
    return f"all {len(error.failures)} failures and notes: {path}"
