"""Bad debt that left the book, and how the book stood a year before, read in the engine."""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from microlib.bank.snapshots import as_of_table
from microlib.bank.stores import Store
from microlib.calendars import last_complete_month_end, month_end
from microlib.contracts.tables.ledger import CLASSES

GONE = ("settled", "written_off", "transferred")
BAD_CLASSES = tuple(CLASSES.split()[2:])
BAD_DAYS = 90


def opening_date(as_of: date) -> date:
    """Return the month end a year before.

    Examples
    --------
    >>> opening_date(date(2026, 6, 30)), opening_date(date(2026, 6, 15))
    (datetime.date(2025, 6, 30), datetime.date(2025, 5, 31))
    """
    day = as_of.replace(year=as_of.year - 1, day=min(as_of.day, 28))
    return month_end(day) if as_of == month_end(as_of) else last_complete_month_end(day)


def opening_balances(store: Store, *, as_of: date) -> ir.Table:
    """Return what each loan still on the book owed at the month end a year before: ``loan_id, then``."""
    opening = opening_date(as_of)
    months = as_of_table(store, "loan_months", as_of=as_of)
    rows = months.filter(months.month == opening.strftime("%Y-%m"), months.balance_yuan > 0, months.status.notin(GONE))
    return rows.select("loan_id", then=rows.balance_yuan)


def bad_exits(store: Store, loans: ir.Table, *, as_of: date) -> ir.Table:
    """Return bad loans that left in the last twelve months, with the yuan that went: ``loan_id, exit_yuan``."""
    written = (loans.status == "written_off") | (loans.written_off_yuan.fill_null(0.0) > 0)
    gone = loans.mutate(written=written).filter(written | (loans.status == "transferred"))
    months = as_of_table(store, "loan_months", as_of=as_of)
    months = months.filter(months.balance_yuan > 0).semi_join(gone, "loan_id")
    last = months.group_by("loan_id").agg(
        last_balance=months.balance_yuan.argmax(months.month), last_bad=_is_bad(months).argmax(months.month)
    )
    rows = gone.left_join(last, "loan_id")
    left_on = ibis.ifelse(rows.written, ibis.coalesce(rows.written_off_date, rows.closed_date), rows.closed_date)
    today, since = ibis.date(as_of.isoformat()), ibis.date(opening_date(as_of).isoformat())
    inside = ((left_on > since) & (left_on <= today)).fill_null(False) | (rows.written & left_on.isnull())
    sold = ~rows.written & (_is_bad(rows) | rows.last_bad.fill_null(False))
    known = ibis.ifelse(rows.written_off_yuan > 0, rows.written_off_yuan, rows.last_balance)
    rows = rows.mutate(exit_yuan=ibis.coalesce(known, rows.balance_yuan))
    return rows.filter(inside & (rows.written | sold)).select("loan_id", "exit_yuan")


def _is_bad(rows: ir.Table) -> ir.BooleanValue:
    return ibis.ifelse(rows.class5.isnull(), rows.overdue_days > BAD_DAYS, rows.class5.isin(BAD_CLASSES))
