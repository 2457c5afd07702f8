"""How loans of each cohort ended, month by month on book: what a vintage is drawn from, made in the engine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd

from microlib.bank.snapshots import as_of_table
from microlib.bank.stores import Store
from microlib.contracts.tables.ledger import LOAN_STATUSES

#: ends in the order of the metrics floor; a loan whose status is unknown stays open
ENDS = ("bad", "settled", "renewed", "transferred", "open")
#: statuses of a month end that is no sight of a living loan
GONE = ("settled", "transferred", "written_off")
#: issue types by which an old debt lives on
RENEWALS = ("renewal_without_principal", "refinance", "extension", "restructure")
NEVER = 10**9
#: of the loans, besides the cohort: a table of few columns is held in memory cheaply
NEEDED = ("loan_id", "branch_id", "previous_loan_id", "issue_type", "disbursed_date", "closed_date", "status",
          "amount_yuan")  # fmt: skip


def vintage_ends(
    store: Store, *, as_of: date, by: Sequence[str] = ("branch_id", "product_id"), cut_days: int = 30
) -> pd.DataFrame:
    """Count, by cohort and month on book, the loans that ended there, and how.

    The definitions are those of the metrics' loan outcomes, word for word: ``bad`` in the first month end that shows a
    loan more than `cut_days` late or written off, ``settled``, ``renewed``, ``transferred`` in the month it was
    closed, ``open`` in the last month seen; loans made before the first month end of their branch are left out.

    Parameters
    ----------
    store : Store
        The open store.
    as_of : date
        Months after it are not looked at.
    by : sequence of str
        Columns of the loans that name a cohort; ``disbursed_month`` (``YYYY-MM``) may be one.
    cut_days : int
        Days past due beyond which a loan is bad.

    Returns
    -------
    DataFrame
        The cohort columns, ``month_on_book``, ``outcome`` (bad, settled, renewed, transferred, open), ascending, and
        ``loans_count``, ``amount_yuan``, ``amount_square`` (yuan squared). Only what occurs has a row.
    """
    pieces = ends_expression(store, as_of=as_of, by=by, cut_days=cut_days)
    return store.frame(pieces)


def ends_expression(store: Store, *, as_of: date, by: Sequence[str], cut_days: int) -> ir.Table:
    """Return the expression behind `vintage_ends`."""
    last = as_of.year * 12 + as_of.month - 1
    loans = as_of_table(store, "loans", as_of=as_of)
    named = [name for name in by if name in loans.columns]
    loans = loans.select(list(dict.fromkeys([*NEEDED, *named])))
    rows = loans.left_join(_seen(store, as_of, cut_days), "loan_id")
    replaced = loans.filter(
        loans.previous_loan_id.notnull(), loans.issue_type.isin(RENEWALS) | loans.issue_type.isnull()
    )
    rows = rows.mutate(
        disbursed_month=rows.disbursed_date.strftime("%Y-%m"),
        is_renewed=rows.loan_id.isin(replaced.previous_loan_id),
        opening=rows.first_month.min().over(ibis.window(group_by=rows.branch_id)),
        start=_month_of(rows.disbursed_date),
        seen=_number(rows.last_month),
        first_bad=_number(rows.bad_month),
    )
    return _summed(_ended(rows, last), by)


def _seen(store: Store, as_of: date, cut_days: int) -> ir.Table:
    """First, last and first bad month end of each loan; months are compared as they are written."""
    months = as_of_table(store, "loan_months", as_of=as_of)
    bad = (months.overdue_days > cut_days) | (months.status == "written_off")
    living = [status for status in LOAN_STATUSES.split() if status not in GONE]
    return months.group_by("loan_id").agg(
        first_month=months.month.min(),
        last_month=months.month.max(where=months.status.isin(living)),
        bad_month=months.month.min(where=bad),
    )


def _ended(rows: ir.Table, last: int) -> ir.Table:
    """Every observed loan with its outcome and month on book."""
    rows = rows.filter(rows.seen.notnull(), rows.start >= _number(rows.opening))
    rows = rows.mutate(closed=ibis.coalesce(_month_of(rows.closed_date), rows.seen + 1))
    ended = rows.closed <= last
    lost = ibis.ifelse(ended & (rows.status == "written_off"), rows.closed, NEVER)
    gone = ended & rows.status.isin(["settled", "transferred"])
    rows = rows.mutate(
        bad=ibis.least(rows.first_bad.fill_null(NEVER), lost), left_at=ibis.ifelse(gone, rows.closed, NEVER)
    )
    is_bad = rows.bad <= ibis.least(rows.left_at, last)
    closed_as = ibis.ifelse(
        rows.status == "transferred", "transferred", ibis.ifelse(rows.is_renewed, "renewed", "settled")
    )
    month = ibis.ifelse(is_bad, rows.bad, ibis.ifelse(rows.left_at < NEVER, rows.left_at, rows.seen))
    return rows.mutate(
        outcome=ibis.ifelse(is_bad, "bad", ibis.ifelse(rows.left_at < NEVER, closed_as, "open")),
        month_on_book=ibis.greatest(month - rows.start, 0),
    )


def _summed(rows: ir.Table, by: Sequence[str]) -> ir.Table:
    keys = [*by, "month_on_book", "outcome"]
    pieces = rows.group_by(keys).agg(
        loans_count=rows.count(), amount_yuan=rows.amount_yuan.sum(), amount_square=(rows.amount_yuan**2).sum()
    )
    return pieces.order_by(keys)


def _number(month: ir.StringValue) -> ir.IntegerValue:
    """``YYYY-MM`` as consecutive integers."""
    return month.left(4).cast("int64") * 12 + month.right(2).cast("int64") - 1


def _month_of(day: ir.DateValue) -> ir.IntegerValue:
    return day.year().cast("int64") * 12 + day.month().cast("int64") - 1
