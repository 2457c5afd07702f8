"""Matches: which part of a mapping is for which sheet of a file, and where its header stands."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from microlib.bank.filenames import plain_name
from microlib.bank.files import Sheet, read_sheets
from microlib.bank.headers import Header, find_header
from microlib.contracts.mappings import Mapping, TableMapping
from microlib.errors import BadConfig, BadData


@dataclass(frozen=True)
class Match:
    """A sheet with what it may become.

    Parameters
    ----------
    sheet : Sheet
        The sheet.
    entries : list of TableMapping
        The parts of the mapping that are for it.
    header : Header
        What stands over its rows.
    """

    sheet: Sheet
    entries: list[TableMapping]
    header: Header


def match_file(path: Path, mapping: Mapping) -> list[Match]:
    """Read a file and match its sheets to a mapping; of several, those without a header are passed over.

    Raises
    ------
    BadConfig
        If no part of the mapping is for the file.
    BadData
        If it cannot be read, or if no sheet bears a header that the mapping knows.
    """
    sheets = read_sheets(path)
    meant = [(sheet, entries) for sheet in sheets if (entries := _entries(mapping, sheet))]
    if not meant:
        raise _unmatched(mapping, sheets)
    found, errors = [], []
    for sheet, entries in meant:
        try:
            found.append(Match(sheet, entries, find_header(sheet, entries)))
        except BadData as error:
            errors.append(error)
    if not found:
        raise errors[0]
    return found


def _entries(mapping: Mapping, sheet: Sheet) -> list[TableMapping]:
    return [entry for entry in mapping.entries if _is_for(entry, sheet)]


def _is_for(entry: TableMapping, sheet: Sheet) -> bool:
    by_file = any(fnmatch.fnmatch(sheet.path.name.lower(), pattern.lower()) for pattern in entry.files)
    by_sheet = not sheet.name or any(fnmatch.fnmatch(sheet.name, pattern) for pattern in entry.sheets)
    called = {plain_name(sheet.name), plain_name(sheet.path.stem)}
    return by_file and by_sheet and (not entry.names or bool(called & {name.lower() for name in entry.names}))


def _unmatched(mapping: Mapping, sheets: Sequence[Sheet]) -> BadConfig:
    wanted = [f"{entry.table}: {', '.join(entry.names or entry.files)}" for entry in mapping.entries]
    what = f"no part of the mapping is for this file; it takes {'; '.join(wanted)}"
    fix = "rename the file or its sheets, or add its name to the mapping"
    return BadConfig(what, where=", ".join(sheet.origin for sheet in sheets), fix=fix)
