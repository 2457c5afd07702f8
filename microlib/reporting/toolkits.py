"""What managers take along: some tables of a report as one archive of plain lists, in the report's language."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd

from microlib.reporting import boxes, displays, tables
from microlib.reporting.catalogues import Words

NAME = "toolkit.zip"
#: an archive of the same tables is the same archive
STAMP = (2000, 1, 1, 0, 0, 0)
_ACTIVE = re.compile(r"^(?:[=@\t\r]|[+\-](?!\d[\d.,]*(?:\s\S+)?$))")


def write_toolkit(report: Any, out: str | Path, **sheets: Any) -> displays.Shown:
    """Write tables into ``toolkit.zip`` in the report's own folder, a list a table, and say which.

    Parameters
    ----------
    report : Report
        Whose words and names are used.
    out : str or Path
        The report's folder; an empty text writes nothing and says what would be written.
    **sheets
        Frames by the name of their caption; those not computed are named as missing.

    Returns
    -------
    Shown
        A table of lists and their lines.
    """
    words = report.words
    known = {name: frame for name, frame in sheets.items() if isinstance(frame, pd.DataFrame)}
    rows = [[words.entry("captions", name), words.mark("list_rows", rows_count=len(known[name]))] for name in known]
    waiting = [
        [words.entry("captions", name), boxes.reason(words, sheets[name])] for name in sheets if name not in known
    ]
    if str(out):
        _write(Path(out) / NAME, {words.entry("captions", name): known[name] for name in known}, words)
    return displays.facts([*rows, *waiting])


def _write(path: Path, sheets: dict[str, pd.DataFrame], words: Words) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (title, frame) in enumerate(sheets.items(), start=1):
            place = zipfile.ZipInfo(f"{number:02}_{title}.csv", STAMP)
            place.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(place, listed(frame, words).encode("utf-8-sig"))


def listed(frame: pd.DataFrame, words: Words) -> str:
    """Return a frame as comma-separated text in words; no cell can be a formula.

    Examples
    --------
    >>> listed(pd.DataFrame({"customer_id": ["=1+1", "C1"]}), Words("en")).splitlines()[1:]
    ["'=1+1", 'C1']
    """
    grid, text = tables.grid(frame, words), io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerows([[_inert(cell) for cell in row] for row in (grid.head, *grid.rows)])
    return text.getvalue()


def _inert(cell: str) -> str:
    return f"'{cell}" if _ACTIVE.match(cell) else cell
