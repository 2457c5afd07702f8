"""Branches: which there are at a date, and the refusal of any other."""

from __future__ import annotations

from datetime import date

from microlib.bank.snapshots import as_of_table, default_as_of, first_as_of
from microlib.bank.stores import Store
from microlib.errors import BadConfig, BadData, UnknownBranch

__all__ = ["branch_list", "branch_names", "default_as_of", "known_branch", "parse_day"]


def branch_names(store: Store, *, as_of: date) -> dict[str, str]:
    """Return the name of every branch known at a date, by its code.

    Raises
    ------
    BadData
        If the date is before the first snapshot of the branches, or there is none.
    """
    rows = as_of_table(store, "branches", as_of=as_of)
    found = dict(store.rows(store.con.compile(rows.select("branch_id", "name").order_by("branch_id"))))
    if not found:
        first = first_as_of(store)
        raise BadData(
            f"the bank has no branches at {as_of}" + (f"; its first tables are of {first}" if first else ""),
            where=str(store.home.bank),
            fix=f"choose an as-of from {first} on" if first else "ingest the branches (机构) first",
        )
    return found


def branch_list(store: Store, *, as_of: date) -> list[str]:
    """Return the codes of all branches known at a date, ascending."""
    return list(branch_names(store, as_of=as_of))


def known_branch(store: Store, *, branch: str, as_of: date) -> str:
    """Return the name of a branch at a date.

    Raises
    ------
    UnknownBranch
        If the bank has no such branch then.
    """
    names = branch_names(store, as_of=as_of)
    if branch not in names:
        listed = ", ".join(list(names)[:12]) + (" ..." if len(names) > 12 else "")
        fix = f"choose one of {listed}; codes are text"
        raise UnknownBranch(f"the bank has no branch {branch!r} at {as_of}", where=str(store.home.bank), fix=fix)
    return names[branch]


def parse_day(as_of: str | date) -> date:
    """Return a date given as such or as ISO text.

    Raises
    ------
    BadConfig
        If the text is no date.

    Examples
    --------
    >>> parse_day("2026-06-30")
    datetime.date(2026, 6, 30)
    """
    try:
        return as_of if isinstance(as_of, date) else date.fromisoformat(as_of)
    except (TypeError, ValueError) as error:
        raise BadConfig(f"as_of {as_of!r} is no date", fix="write it as YYYY-MM-DD") from error
