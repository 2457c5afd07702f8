"""The ways of `ingest`: each calls one library function and says what became of it, a line per file and table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from microlib.bank import ingest, ledgers, templates, undos

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


def undo_file(home: Path, files: Sequence[Path], wanted: Wanted) -> list[str]:
    """Take a file's rows out again."""
    return [f"removed\t{table}\t{rows} rows" for table, rows in undos.undo_file(home, wanted["undo"]).items()]


def write_templates(home: Path, files: Sequence[Path], wanted: Wanted) -> list[str]:
    """Write each table's empty Excel."""
    return [str(path) for path in templates.write_templates(wanted["template"])]


def load_lines(done: Any) -> list[str]:
    """Return what was loaded and what was noticed, tab-separated."""
    loaded = [
        f"{'known' if line.is_known else 'loaded'}\t{line.file}\t{line.table}\t{line.as_of}\t{line.rows_count} rows"
        for line in done.loaded
    ]
    return loaded


#: what is asked for -> how it is done
WAYS: dict[str, Callable[[Path, Sequence[Path], Wanted], list[str]]] = {
    "files": load_files,
    "ledgers": load_ledgers,
    "undo": undo_file,
    "template": write_templates,
}
