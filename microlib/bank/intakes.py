"""Intakes: files read through a mapping, their tables standing ready to be loaded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from microlib.bank import receipts
from microlib.bank.sessions import Session
from microlib.bank.staged import Staged
from microlib.contracts.failures import failure_frame, joined_failures
from microlib.errors import BadData


def read_file(session: Session, path: Path, *, as_of: date, name: str) -> list[receipts.Receipt]:
    """Read one file and cast what the mapping speaks of.

    Parameters
    ----------
    session : Session
        Store, mapping and key.
    path : Path
        The file.
    as_of : date
        Its date.
    name : str
        What its temporary relations begin with.
    """
    intake = receipts.castings.Intake(as_of, session.key, session.source.mapping)
    return receipts.receive_file(session.store.con.con, path, intake=intake, name=name)


def new_to_bank(session: Session, found: Sequence[receipts.Receipt]) -> list[receipts.Receipt]:
    """Leave out derived tables whose keys another source has told the bank already."""
    return [each for each in found if not (each.entry.unless_known and _is_known(session, each))]


def refuse_unshaped(found: Sequence[receipts.Receipt]) -> None:
    """Refuse files in which a column that must be there is missing: nothing else can be checked then.

    Raises
    ------
    BadData
        With all failures found so far.
    """
    broken = [each for each in found if not each.relation]
    if not broken:
        return
    failures = joined_failures([failure_frame(each.problems) for each in found])
    first = next(fault for fault in broken[0].problems if fault["severity"] == "block")
    what = f"{first['rule']}: {first['table']}.{first['column']} ({first['value']})"
    raise BadData(what, where=broken[0].origin, fix=f"{first['fix']}; nothing was written", failures=failures)


def staged_receipt(receipt: receipts.Receipt, *, as_of: date) -> Staged:
    """Return a receipt as the loader takes it."""
    return Staged(receipt.table, receipt.relation, receipt.file, as_of, failure_frame(receipt.problems))


def known_sql(session: Session, table: str, key: str) -> str:
    """Return the query of the keys that other sources have told the bank."""
    others = f"SELECT file_id FROM files WHERE NOT starts_with(mapping, '{session.source.name}@')"
    return f"SELECT {key} FROM {table} WHERE file_id IN ({others})"


def _is_known(session: Session, receipt: receipts.Receipt) -> bool:
    key = ", ".join(receipt.entry.contract.key)
    if not receipt.relation or not session.store.has(receipt.table):
        return False
    known = known_sql(session, receipt.table, key)
    return not session.store.rows(f"SELECT count(*) FROM {receipt.relation} ANTI JOIN ({known}) USING ({key})")[0][0]
