"""The other ways of `ingest`: a file's rows out again, the empty tables; and which way is meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from microlib.bank import templates, undos
from microlib.cli import intakes

Wanted = Mapping[str, Any]


def undo_file(home: Path, files: Sequence[Path], wanted: Wanted) -> list[str]:
    """Take a file's rows out again."""
    return [f"removed\t{table}\t{rows} rows" for table, rows in undos.undo_file(home, wanted["undo"]).items()]


def write_templates(home: Path, files: Sequence[Path], wanted: Wanted) -> list[str]:
    """Write each table's empty Excel."""
    return [str(path) for path in templates.write_templates(wanted["template"])]


#: what is asked for -> how it is done
WAYS: dict[str, Callable[[Path, Sequence[Path], Wanted], list[str]]] = {
    "files": intakes.load_files,
    "ledgers": intakes.load_ledgers,
    "undo": undo_file,
    "template": write_templates,
}
