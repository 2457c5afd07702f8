"""Ingest: files of a bank's own, read through a mapping, checked and kept, all of them or none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from microlib.bank import intakes
from microlib.bank.filenames import dated_files
from microlib.bank.loads import Loaded, LoadSummary, load_staged
from microlib.bank.sessions import IngestOptions, open_session

DEFAULTS = IngestOptions()


def ingest_files(
    home: str | Path,
    files: Sequence[str | Path],
    *,
    mapping: str | Path,
    as_of: date | None = None,
    options: IngestOptions = DEFAULTS,
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
    options: IngestOptions = DEFAULTS,
) -> LoadSummary:
    """Do what `ingest_files` does, and return also what was noticed without blocking."""
    dated = dated_files([Path(file) for file in files], as_of=as_of)
    with open_session(home, mapping=mapping, name=dated[0][0].stem) as session:
        found = [
            (each, day)
            for place, (path, day) in enumerate(dated)
            for each in intakes.new_to_bank(session, intakes.read_file(session, path, as_of=day, name=f"raw_{place}"))
        ]
        intakes.refuse_unshaped([receipt for receipt, _ in found])
        staged = [intakes.staged_receipt(receipt, as_of=day) for receipt, day in found]
        marks = [session.file_mark(path) for path, _ in dated]
        return load_staged(session.store, staged, files=marks, replace=options.replace)
