"""Files and ledgers into the bank: what became of them, a line per file and table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from microlib.bank import ingest, ledgers
from microlib.contracts import failures

Wanted = Mapping[str, Any]


def load_files(home: Path, files: Sequence[Path], wanted: Wanted) -> list[str]:
    """Load files through a mapping."""
    how = ingest.IngestOptions(replace=wanted["replace"])
    done = ingest.load_files(home, files, mapping=wanted["mapping"], as_of=wanted["as_of"], options=how)
    return load_lines(done)


def load_ledgers(home: Path, files: Sequence[Path], wanted: Wanted) -> list[str]:
    """Load a folder of month-end ledgers."""
    how = ingest.IngestOptions(replace=wanted["replace"])
    done = ledgers.ingest_ledgers(
        home, wanted["ledgers"], mapping=wanted["mapping"], as_of=wanted["as_of"], options=how
    )
    left = f"left\t{len(done.exits)} loans\t{done.unknown_count} of them unknown, not assumed settled"
    return [*load_lines(done.load), left]


def load_lines(done: Any) -> list[str]:
    """Return what was loaded, tab-separated; what was noticed without blocking goes to standard error."""
    for line in failures.failure_lines(done.findings):
        click.echo(line, err=True)
    return [
        f"{'known' if line.is_known else 'loaded'}\t{line.file}\t{line.table}\t{line.as_of}\t{line.rows_count} rows"
        for line in done.loaded
    ]
