"""Receipt of a file: each sheet that the mapping speaks of, cast into staged tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from microlib.bank import castings, matches, raws, refinements
from microlib.bank.matches import TableMapping
from microlib.errors import BadData


@dataclass(frozen=True)
class Receipt:
    """One table that came out of one sheet.

    Parameters
    ----------
    entry : TableMapping
        The part of the mapping by which it came.
    relation : str
        The temporary relation of its rows; empty when a column is missing, so that none were made.
    file, origin : str
        Name of the file, and of the file and the sheet.
    used : dict
        The header that stood for each of our columns.
    problems : list of dict
        Failures found on the way.
    """

    entry: TableMapping = field(repr=False)
    relation: str
    file: str
    origin: str
    used: dict[str, str] = field(repr=False)
    problems: list[dict] = field(repr=False)

    @property
    def table(self) -> str:
        """Our table."""
        return self.entry.table


def receive_file(con: duckdb.DuckDBPyConnection, path: Path, *, intake: castings.Intake, name: str) -> list[Receipt]:
    """Read one file and cast every sheet of it that the mapping speaks of.

    Parameters
    ----------
    con : connection
        The store's session.
    path : Path
        The file.
    intake : Intake
        Date, key and mapping.
    name : str
        What the temporary relations of this file begin with.

    Raises
    ------
    BadConfig
        If no part of the mapping is for this file.
    BadData
        If it cannot be read, if a header is not found, or if there are no rows below it.
    """
    found = matches.match_file(path, intake.mapping)
    numbered = [(f"{name}_{place}", match) for place, match in enumerate(found)]
    return [each for relation, match in numbered for each in _received(con, match, intake=intake, relation=relation)]


def _received(
    con: duckdb.DuckDBPyConnection, match: matches.Match, *, intake: castings.Intake, relation: str
) -> list[Receipt]:
    raw = raws.load_raw(con, match.sheet, match.header, mapping=intake.mapping, relation=relation)
    if not con.execute(f"SELECT count(*) FROM {relation}").fetchone()[0] and not raw.uneven:
        fix = "export the table with its rows"
        raise BadData("there are no rows below the header", where=match.sheet.origin, fix=fix)
    entries = [entry for entry in match.entries if not (entry.only_if_there and raw.problems(entry))]
    receipts = [
        _cast(con, raw, entry, intake=intake, relation=f"{relation}_{place}") for place, entry in enumerate(entries)
    ]
    con.execute(f"DROP TABLE {relation}")
    return receipts


def _cast(
    con: duckdb.DuckDBPyConnection, raw: raws.Raw, entry: TableMapping, *, intake: castings.Intake, relation: str
) -> Receipt:
    """Cast one sheet into one table, unless a column that must be there is not."""
    found, file = raw.columns(entry), raw.sheet.path.name
    faults = [*raw.problems(entry), *refinements.unit_problems(raw, entry, found=found)]
    is_shaped = not any(fault["severity"] == "block" for fault in faults)
    if is_shaped:
        casting = castings.cast_rows(con, raw, entry, intake=intake, relation=relation)
        faults += [*casting.problems, *refinements.padded_problems(con, raw, entry, found=found)]
        faults += refinements.refined(con, relation, entry=entry, names=casting.columns)
    used = {name: raw.header.labels[place] for name, place in found.items()}
    told = [{"file": file, "table": entry.table, **fault} for fault in (*faults, *map(_uneven, raw.uneven))]
    return Receipt(entry, relation if is_shaped else "", file, raw.sheet.origin, used, told)


def _uneven(fault: dict) -> dict:
    fix = "mend the row: a separator within a value needs quotes around it"
    return {"severity": "block", "rule": "row with too few or too many cells", "row": fault["row"],
            "value": fault["error"].splitlines()[0], "fix": fix}  # fmt: skip
