"""The pieces of the four PARs by group, made in the engine: yuan above and below each line, and whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd

from microlib.bank.aggregates import with_sections
from microlib.bank.pieces.chains import debt_chains
from microlib.bank.pieces.renewals import GONE, RENEWALS, judged_renewals
from microlib.bank.snapshots import as_of_table
from microlib.bank.stores import Store
from microlib.calendars import last_complete_month_end, month_end
from microlib.contracts.tables.ledger import CLASSES

BAD_CLASSES = tuple(CLASSES.split()[2:])
RISK_DAYS, BAD_DAYS = 30, 90
#: yuan of a group, and the bases whose squares by borrower say how many borrowers they are worth
PARTS = ("balance", "par30", "adjusted", "unjudged", "exits", "balance_then", "par30_then", "adjusted_then")


def par_pieces(store: Store, *, as_of: date, by: Sequence[str] = ("branch_id", "industry_section")) -> pd.DataFrame:
    """Return what the four PARs of every group are made of; the definitions are those of the metrics' four PARs.

    Parameters
    ----------
    store : Store
        The open store.
    as_of : date
        The report's date; the lagged base is the month end a year before.
    by : sequence of str
        Columns of the loans that name a group; ``industry_section`` may be one.

    Returns
    -------
    DataFrame
        The group's columns, ascending, then ``loans_count, customers_count`` (live); ``balance_yuan, par30_yuan,
        adjusted_yuan`` (with stressed renewals), ``unjudged_yuan`` (renewals that could not be judged),
        ``exits_yuan`` (written off or sold bad in twelve months), ``balance_then_yuan, par30_then_yuan,
        adjusted_then_yuan`` (on the book of a year before; 0 where month ends do not reach back so far); for each the
        count of borrowers above zero (``par30_count`` …), ``whole_count`` (balance or exit); ``balance_square,
        whole_square`` (balance and exits), ``balance_then_square``: sums over borrowers of yuan squared
    """
    pieces = pars_expression(store, as_of=as_of, by=by)
    return store.con.con.execute(store.con.compile(pieces)).df()


def pars_expression(store: Store, *, as_of: date, by: Sequence[str]) -> ir.Table:
    """Return the expression behind `par_pieces`."""
    loans = as_of_table(store, "loans", as_of=as_of)
    opening = _opening(as_of)
    rows = loans.left_join(judged_renewals(store, loans, as_of=as_of), "loan_id")
    rows = rows.left_join(debt_chains(store, loans, renewals=RENEWALS).select("loan_id", "began_date"), "loan_id")
    rows = rows.left_join(_balances_then(store, opening, as_of), "loan_id")
    rows = with_sections(store, rows.left_join(_exits(store, loans, as_of), "loan_id"), as_of=as_of)
    return _grouped(_split(rows, opening), by)


def _opening(as_of: date) -> date:
    """The month end a year before."""
    day = as_of.replace(year=as_of.year - 1, day=min(as_of.day, 28))
    return month_end(day) if as_of == month_end(as_of) else last_complete_month_end(day)


def _balances_then(store: Store, opening: date, as_of: date) -> ir.Table:
    months = as_of_table(store, "loan_months", as_of=as_of)
    rows = months.filter(months.month == opening.strftime("%Y-%m"), months.balance_yuan > 0, months.status.notin(GONE))
    return rows.select("loan_id", then=rows.balance_yuan)


def _exits(store: Store, loans: ir.Table, as_of: date) -> ir.Table:
    """Bad loans that left in the last twelve months, with the yuan that went."""
    written = (loans.status == "written_off") | (loans.written_off_yuan.fill_null(0.0) > 0)
    gone = loans.mutate(written=written).filter(written | (loans.status == "transferred"))
    months = as_of_table(store, "loan_months", as_of=as_of)
    months = months.filter(months.balance_yuan > 0).semi_join(gone, "loan_id")
    last = months.group_by("loan_id").agg(
        last_balance=months.balance_yuan.argmax(months.month), last_bad=_is_bad(months).argmax(months.month)
    )
    rows = gone.left_join(last, "loan_id")
    left_on = ibis.ifelse(rows.written, ibis.coalesce(rows.written_off_date, rows.closed_date), rows.closed_date)
    today, since = ibis.date(as_of.isoformat()), ibis.date(_opening(as_of).isoformat())
    inside = ((left_on > since) & (left_on <= today)).fill_null(False) | (rows.written & left_on.isnull())
    sold = ~rows.written & (_is_bad(rows) | rows.last_bad.fill_null(False))
    known = ibis.ifelse(rows.written_off_yuan > 0, rows.written_off_yuan, rows.last_balance)
    rows = rows.mutate(exit_yuan=ibis.coalesce(known, rows.balance_yuan))
    return rows.filter(inside & (rows.written | sold)).select("loan_id", "exit_yuan")


def _is_bad(rows: ir.Table) -> ir.BooleanValue:
    return ibis.ifelse(rows.class5.isnull(), rows.overdue_days > BAD_DAYS, rows.class5.isin(BAD_CLASSES))


def _split(rows: ir.Table, opening: date) -> ir.Table:
    """Every loan's yuan above and below each line."""
    live = (rows.balance_yuan > 0) & rows.status.notin(GONE)
    late, state = rows.overdue_days > RISK_DAYS, rows.state.fill_null("")
    existed = ibis.coalesce(rows.began_date, rows.disbursed_date) <= ibis.date(opening.isoformat())
    marks = {
        "balance": live,
        "par30": live & late,
        "adjusted": live & (late | (state == "stressed")),
        "unjudged": live & ~late & (state == "unknown"),
        "par30_then": live & late & existed,
        "adjusted_then": live & (late | (state == "stressed")) & existed,
    }
    yuan = {name: ibis.ifelse(mark, rows.balance_yuan, 0.0) for name, mark in marks.items()}
    return rows.mutate(
        live=live.cast("int64"), exits=rows.exit_yuan.fill_null(0.0), balance_then=rows.then.fill_null(0.0), **yuan
    )


def _grouped(rows: ir.Table, by: Sequence[str]) -> ir.Table:
    """Add up by borrower first, so that squares and counts are of borrowers, then by group."""
    sums = {name: rows[name].sum() for name in PARTS}
    held = rows.group_by([*by, "customer_id"]).agg(live=rows.live.sum(), **sums)
    squares = {
        "balance_square": held.balance, "whole_square": held.balance + held.exits,
        "balance_then_square": held.balance_then,
    }  # fmt: skip
    pieces = held.group_by(list(by)).agg(
        loans_count=held.live.sum(),
        customers_count=held.count(where=held.live > 0),
        **{f"{name}_yuan": held[name].sum() for name in PARTS},
        **{f"{name}_count": held.count(where=held[name] > 0) for name in PARTS[1:]},
        whole_count=held.count(where=held.balance + held.exits > 0),
        **{name: (amount**2).sum() for name, amount in squares.items()},
    )
    return pieces.order_by(list(by))
