"""Folders of ledgers: which files are ledgers of which month, which are lists of loans that left."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from microlib.bank import intakes
from microlib.bank.filenames import dated_files
from microlib.bank.staged import FileMark
from microlib.contracts.mappings import ExitList, Mapping, TableMapping
from microlib.errors import BadData
from microlib.files import text_hash

#: passed over: hidden files and what Excel leaves behind while a workbook is open
IGNORED = (".", "~")


@dataclass(frozen=True)
class Folder:
    """A folder of ledgers.

    Parameters
    ----------
    path : Path
        The folder.
    ledgers : list of (Path, date)
        Its ledgers in order of date.
    lists : dict
        Its lists of loans that left, each with what the mapping says of it.
    """

    path: Path
    ledgers: list[tuple[Path, date]] = field(repr=False)
    lists: dict[Path, ExitList] = field(repr=False)

    @property
    def as_of(self) -> date:
        """The date of the last ledger."""
        return self.ledgers[-1][1]


def find_ledgers(path: str | Path, lists: Sequence[ExitList], *, as_of: date | None = None) -> Folder:
    """Return a folder's dated ledgers in order, and its lists of loans that left.

    Parameters
    ----------
    path : path
        The folder.
    lists : sequence of ExitList
        What the mapping says of such lists.
    as_of : date, optional
        Leave out ledgers after this date.

    Raises
    ------
    BadConfig
        If a file's name says no month.
    BadData
        If there is no dated ledger, or if two are of one month.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise BadData("there is no such folder", where=str(folder), fix="name a folder of ledgers")
    paths = sorted(each for each in folder.iterdir() if each.is_file() and not each.name.startswith(IGNORED))
    told = {each: found[0] for each in paths if (found := [one for one in lists if _is_for(one, each)])}
    ledgers = dated_files([each for each in paths if each not in told])
    kept = sorted(((each, day) for each, day in ledgers if as_of is None or day <= as_of), key=lambda pair: pair[1])
    _refuse_doubles(folder, [f"{day:%Y-%m}" for _, day in kept])
    return Folder(folder, kept, told)


def read_exit_lists(session: intakes.Session, folder: Folder) -> None:
    """Stand all lists of loans that left in the session as ``ledger_lists``: loan, status, day.

    Raises
    ------
    BadData
        If a list cannot be read or has no column of loan numbers.
    """
    con = session.store.con.con
    con.execute("CREATE OR REPLACE TEMP TABLE ledger_lists (loan_id VARCHAR, status VARCHAR, left_date DATE)")
    for place, (path, told) in enumerate(folder.lists.items()):
        reading = replace(session, source=replace(session.source, mapping=_mapping(session, told)))
        found = intakes.read_file(reading, path, as_of=folder.as_of, name=f"exits_{place}")
        intakes.refuse_unshaped(found)
        for receipt in found:
            day = "closed_date" if "closed_date" in receipt.used else "NULL"
            con.execute(
                f"INSERT INTO ledger_lists SELECT loan_id, ?, {day} FROM {receipt.relation}"
                " WHERE loan_id NOT IN (SELECT loan_id FROM ledger_lists)"
                " QUALIFY row_number() OVER (PARTITION BY loan_id ORDER BY row_number) = 1",
                [told.status],
            )


def folder_mark(session: intakes.Session, folder: Folder) -> FileMark:
    """Return what the store remembers of a folder: one hash over all its files."""
    paths = [*(path for path, _ in folder.ledgers), *folder.lists]
    hashes = [session.file_mark(path).sha256 for path in paths]
    return FileMark(folder.path.name, text_hash("".join(hashes)), session.source.mark)


def _mapping(session: intakes.Session, told: ExitList) -> Mapping:
    columns, days = {"loan_id": told.loan_id}, {"closed_date": told.date} if told.date else {}
    entry = TableMapping(table="loans", partial=True, columns=columns, optional=days)
    return session.source.mapping.model_copy(update={"tables": (entry,), "own_tables": False})


def _refuse_doubles(folder: Path, months: list[str]) -> None:
    twice = [month for month in months if months.count(month) > 1]
    if twice or not months:
        what = f"two ledgers are of {twice[0]}" if twice else "the folder holds no ledger up to that date"
        raise BadData(what, where=str(folder), fix="keep one ledger per month, its month in its name")


def _is_for(told: ExitList, path: Path) -> bool:
    return any(fnmatch.fnmatch(path.name, pattern) for pattern in told.files)
