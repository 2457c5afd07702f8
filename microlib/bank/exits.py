"""Lists of loans that left a ledger: written off, transferred, settled."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from pathlib import Path

import duckdb

from microlib.bank import castings, files, headers, raws
from microlib.bank.bindings import Intake
from microlib.contracts.mappings import ExitList, TableMapping
from microlib.errors import BadData


def listed_exits(paths: Sequence[Path], lists: Sequence[ExitList]) -> dict[Path, ExitList]:
    """Return the files that are lists of exits, each with what the mapping says of it."""
    pairs = {path: [each for each in lists if _is_for(each, path)] for path in paths}
    return {path: found[0] for path, found in pairs.items() if found}


def read_exit_lists(con: duckdb.DuckDBPyConnection, lists: dict[Path, ExitList], *, intake: Intake) -> None:
    """Stand all lists of exits in the session as ``ledger_lists``: loan, status, day on which it left.

    Raises
    ------
    BadData
        If a list cannot be read or has no column of loan numbers.
    """
    columns = "loan_id VARCHAR, status VARCHAR, left_date DATE"
    con.execute(f"CREATE OR REPLACE TEMP TABLE ledger_lists ({columns})")
    for place, (path, told) in enumerate(lists.items()):
        for number, sheet in enumerate(files.read_sheets(path)):
            _read_sheet(con, sheet, told, intake=intake, relation=f"exits_{place}_{number}")


def _read_sheet(con: duckdb.DuckDBPyConnection, sheet, told: ExitList, *, intake: Intake, relation: str) -> None:
    entry = TableMapping(table="loans", columns={"loan_id": told.loan_id}, optional={"closed_date": told.date})
    header = headers.find_header(sheet, [entry])
    everything = headers.find_columns(header, entry)
    found = {name: place for name, place in everything.items() if name in ("loan_id", "closed_date")}
    if "loan_id" not in found:
        fix = f"name its header under [[exits]] loan_id; headers there: {', '.join(header.labels)}"
        raise BadData("a list of loans that left has no loan number", where=sheet.origin, fix=fix)
    raw = raws.load_raw(con, sheet, header, mapping=intake.mapping, relation=relation)
    cast, _ = castings.cast_rows(con, raw, entry, found=found, intake=intake)
    day = "closed_date" if "closed_date" in found else "NULL"
    known = "SELECT loan_id FROM ledger_lists"
    con.execute(
        f"INSERT INTO ledger_lists SELECT loan_id, ?, {day} FROM {cast} WHERE loan_id NOT IN ({known})"
        f" QUALIFY row_number() OVER (PARTITION BY loan_id ORDER BY row_number) = 1",
        [told.status],
    )


def _is_for(each: ExitList, path: Path) -> bool:
    return any(fnmatch.fnmatch(path.name, pattern) for pattern in each.files)
