"""The bank as it stood at a date: the last snapshot not after it, the events that had happened by then."""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from microlib.bank.stores import Store
from microlib.calendars import last_complete_month_end
from microlib.contracts.columns import Table
from microlib.errors import BadData

#: the date of each event; a schedule has none, because what is agreed is known from the first day
EVENT_DATES = {
    "loan_months": "month",
    "repayments": "paid_date",
    "applications": "submitted_at",
    "payments": "paid_date",
    "site_checks": "checked_date",
    "external_series": "month",
    "invoices": "issued_date",
    "flow_months": "month",
    "touches": "touched_at",
    "churn_reviews": "reviewed_date",
    "rm_months": "month",
    "core_receipts": "received_date",
}


def as_of_table(store: Store, name: str, *, as_of: date) -> ir.Table:
    """Return one table as it stood at a date, as an expression with the contract's columns only.

    A state table gives its last snapshot not after the date, branch by branch where its rows
    carry a branch. An event table gives the rows whose own date is not after it.

    Examples
    --------
    >>> import tempfile, pandas as pd
    >>> from microlib.bank import loads, stores
    >>> home = tempfile.mkdtemp()
    >>> branches = pd.DataFrame({"branch_id": ["0755"], "name": ["old name"]})
    >>> _ = loads.load_frames(home, {"branches": branches}, as_of=date(2026, 3, 31), name="march")
    >>> renamed = branches.assign(name="new name")
    >>> _ = loads.load_frames(home, {"branches": renamed}, as_of=date(2026, 6, 30), name="june")
    >>> with stores.open_store(home) as store:
    ...     as_of_table(store, "branches", as_of=date(2026, 5, 31)).name.execute().tolist()
    ['old name']
    """
    contract = store.contract(name)
    rows = store.con.table(name)
    if not contract.state:
        return happened(rows, contract, as_of=as_of).select(contract.names)
    dates = store.con.table("snapshots")
    return standing(rows, dates.filter(dates.table_name == name), contract, as_of=as_of).select(contract.names)


def happened(rows: ir.Table, contract: Table, *, as_of: date) -> ir.Table:
    """Return the rows of an event table whose own date is not after `as_of`."""
    name = EVENT_DATES.get(contract.name)
    if name is None:
        return rows
    if contract.column(name).kind == "month":
        return rows.filter(rows[name] <= as_of.strftime("%Y-%m"))
    if contract.column(name).kind == "moment":
        return rows.filter(rows[name] < ibis.date(as_of.isoformat()) + ibis.interval(days=1))
    return rows.filter(rows[name] <= ibis.date(as_of.isoformat()))


def standing(rows: ir.Table, dates: ir.Table, contract: Table, *, as_of: date) -> ir.Table:
    """Return the rows of a state table's last snapshots not after `as_of`.

    Parameters
    ----------
    rows : ibis table
        Rows of all snapshots, with ``as_of``.
    dates : ibis table
        Which snapshots there are: ``as_of`` and, where the table has branches, ``branch_id``.
    contract : Table
        The table's contract.
    as_of : date
        The date asked about.
    """
    by = ["branch_id"] if "branch_id" in contract.names else []
    past = dates.filter(dates.as_of <= ibis.date(as_of.isoformat()))
    last = past.group_by(by).agg(as_of=past.as_of.max()) if by else past.agg(as_of=past.as_of.max())
    return rows.semi_join(last, [*by, "as_of"])


def default_as_of(store: Store) -> date:
    """Return the last complete month end not after the newest file, or the newest date if nothing is known then.

    Raises
    ------
    BadData
        If the store holds no file.
    """
    newest = store.rows("SELECT max(as_of) FROM files WHERE superseded_by IS NULL")[0][0]
    if newest is None:
        raise BadData("the bank holds no tables yet", where=str(store.home.bank), fix="run `microlib ingest`")
    end, first = last_complete_month_end(newest), first_as_of(store)
    return newest if first is not None and end < first else end


def first_as_of(store: Store) -> date | None:
    """Return the date of the oldest snapshot of the bank's branches."""
    return store.rows("SELECT min(as_of) FROM snapshots WHERE table_name = 'branches'")[0][0]


def last_dates(store: Store, *, branch: str, as_of: date) -> dict[str, date]:
    """Return the date of the snapshot that holds at `as_of`, for each state table that a branch has.

    Tables without branches count whole. The answer comes from the book-keeping, so that the
    rows of one snapshot can then be named by a plain date.
    """
    found = store.rows(
        "SELECT table_name, max(as_of) FROM snapshots WHERE as_of <= ? AND (branch_id = ? OR branch_id IS NULL)"
        " GROUP BY table_name",
        [as_of, branch],
    )
    return dict(found)
