"""Receipt of files: each sheet is matched to its part of the mapping and cast into staged tables."""

from __future__ import annotations

import fnmatch
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from microlib.bank import castings, headers, raws, refinements
from microlib.bank.bindings import Intake
from microlib.bank.filenames import plain_name
from microlib.bank.sheets import Sheet
from microlib.contracts.mappings import Mapping, TableMapping
from microlib.errors import BadConfig, BadData


@dataclass(frozen=True)
class Receipt:
    """One table that came out of one sheet.

    Parameters
    ----------
    table : str
        Our table.
    relation : str
        The temporary relation of its rows; empty when a column is missing, so that none were made.
    sheet : Sheet
        Where it came from.
    entry : TableMapping
        By which part of the mapping.
    used : dict
        The header that stood for each of our columns.
    problems : list of dict
        Failures found on the way.
    """

    table: str
    relation: str
    sheet: Sheet
    entry: TableMapping
    used: dict[str, str]
    problems: list[dict]


@dataclass(frozen=True)
class _Headed:
    """A sheet, what it may become, and its header."""

    sheet: Sheet
    entries: list[TableMapping]
    header: headers.Header


def receive_sheets(con: duckdb.DuckDBPyConnection, sheets: list[Sheet], *, intake: Intake, name: str) -> list[Receipt]:
    """Cast every sheet of one file that the mapping speaks of.

    Parameters
    ----------
    con : connection
        The store's session.
    sheets : list of Sheet
        The file's sheets.
    intake : Intake
        Date, key and mapping.
    name : str
        What the temporary relations of this file begin with.

    Raises
    ------
    BadConfig
        If no part of the mapping is for this file.
    BadData
        If a header is not found, or if there are no rows below it.
    """
    matched = [(sheet, entries) for sheet in sheets if (entries := matching_entries(intake.mapping, sheet))]
    if not matched:
        raise _unmatched(intake.mapping, sheets)
    found = list(_headed(matched))
    pieces = [_received(con, each, intake=intake, relation=f"{name}_{place}") for place, each in enumerate(found)]
    return list(itertools.chain.from_iterable(pieces))


def matching_entries(mapping: Mapping, sheet: Sheet) -> list[TableMapping]:
    """Return the parts of a mapping that are for a sheet, by the names of its file and of itself."""
    return [entry for entry in mapping.entries if _matches(entry, sheet)]


def _matches(entry: TableMapping, sheet: Sheet) -> bool:
    by_file = any(fnmatch.fnmatch(sheet.path.name.lower(), pattern.lower()) for pattern in entry.files)
    by_sheet = not sheet.name or any(fnmatch.fnmatch(sheet.name, pattern) for pattern in entry.sheets)
    called = {plain_name(sheet.name), plain_name(sheet.path.stem)}
    return by_file and by_sheet and (not entry.names or bool(called & {name.lower() for name in entry.names}))


def _headed(matched: list[tuple[Sheet, list[TableMapping]]]) -> Iterator[_Headed]:
    """Yield each sheet with its header; of several, those without one are explanations and are passed over."""
    errors, found = [], 0
    for sheet, entries in matched:
        try:
            header = headers.find_header(sheet, entries)
        except BadData as error:
            errors.append(error)
            continue
        found += 1
        yield _Headed(sheet, entries, header)
    if not found:
        raise errors[0]


def _received(con: duckdb.DuckDBPyConnection, each: _Headed, *, intake: Intake, relation: str) -> list[Receipt]:
    raw = raws.load_raw(con, each.sheet, each.header, mapping=intake.mapping, relation=relation)
    if not con.execute(f"SELECT count(*) FROM {relation}").fetchone()[0] and not raw.uneven:
        fix = "export the table with its rows"
        raise BadData("there are no rows below the header", where=each.sheet.origin, fix=fix)
    entries = [entry for entry in each.entries if not (entry.only_if_there and _lacks(each.header, entry))]
    receipts = [_cast(con, raw, entry, intake=intake) for entry in entries]
    con.execute(f"DROP TABLE {relation}")
    return receipts


def _lacks(header: headers.Header, entry: TableMapping) -> bool:
    return bool(headers.column_problems(header, entry, origin=""))


def _cast(con: duckdb.DuckDBPyConnection, raw: raws.Raw, entry: TableMapping, *, intake: Intake) -> Receipt:
    """Cast one sheet into one table, unless a column that must be there is not."""
    found = headers.find_columns(raw.header, entry)
    used = {name: raw.header.labels[place] for name, place in found.items()}
    faults = headers.column_problems(raw.header, entry, origin=raw.sheet.path.name)
    faults += refinements.unit_problems(raw, entry, found=found)
    faults += [_uneven(fault) for fault in raw.uneven]
    relation = ""
    if not any(fault["severity"] == "block" and not fault.get("row") for fault in faults):
        relation, more = castings.cast_rows(con, raw, entry, found=found, intake=intake)
        names = [name for name in entry.contract.names if name in {*found, *entry.given}]
        faults += [*more, *refinements.padded_problems(con, raw, entry, found=found)]
        faults += refinements.refined(con, relation, entry=entry, names=names)
    problems = [{"file": raw.sheet.path.name, "table": entry.table, **fault} for fault in faults]
    return Receipt(entry.table, relation, raw.sheet, entry, used, problems)


def _uneven(fault: dict) -> dict:
    fix = "mend the row: a separator within a value needs quotes around it"
    return {"severity": "block", "rule": "row with too few or too many cells", "row": fault["row"],
            "value": fault["error"].splitlines()[0], "fix": fix}  # fmt: skip


def _unmatched(mapping: Mapping, sheets: list[Sheet]) -> BadConfig:
    wanted = [f"{entry.table}: {', '.join(entry.names or entry.files)}" for entry in mapping.entries]
    what = f"no part of the mapping is for this file; it takes {'; '.join(wanted)}"
    fix = "rename the file or its sheets, or add its name to the mapping"
    return BadConfig(what, where=", ".join(sheet.origin for sheet in sheets), fix=fix)
