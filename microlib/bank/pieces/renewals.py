"""Live renewals and whether old trouble stands behind them (承压续贷), judged in the engine."""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from microlib.bank.pieces.chains import TOLERANCE_YUAN, debt_chains
from microlib.bank.snapshots import as_of_table
from microlib.bank.stores import Store
from microlib.contracts.tables.ledger import CLASSES
from microlib.units import DAYS_PER_BANK_YEAR, DAYS_PER_YEAR

GONE = ("settled", "written_off", "transferred")
RENEWALS = ("renewal_without_principal", "refinance", "extension", "restructure")
IN_PLACE = ("extension", "restructure")
WATCHED = tuple(CLASSES.split()[1:])
#: days before a renewal in which a sign counts; rollovers from which coverage is asked for, which the engine lacks
LOOKBACK_DAYS, ROLLOVERS = 180, 3


def judged_renewals(store: Store, loans: ir.Table, *, as_of: date) -> ir.Table:
    """Return the state of every live renewal; the definitions are those of the metrics' stressed renewals.

    Coverage is not known in the engine: three rollovers without repayment are ``unknown``, as they are there.

    Returns
    -------
    ibis table
        ``loan_id``, ``state`` (stressed, unknown, normal).
    """
    events = _events(store, loans, as_of)
    months = _months_before(store, events, as_of)
    rows = _with_replaced(events, loans).left_join(months, "loan_id")
    often = rows.rollovers_count >= ROLLOVERS
    unseen = rows.before_id.isnull() & rows.months_count.isnull()
    state = ibis.ifelse(_is_stressed(rows), "stressed", ibis.ifelse(unseen | often, "unknown", "normal"))
    return rows.select("loan_id", state=state)


def _events(store: Store, loans: ir.Table, as_of: date) -> ir.Table:
    """Live renewals, the loan whose past speaks for each, and the day on which the window ends."""
    extended = loans.extensions_count.fill_null(0) > 0
    renewed = loans.issue_type.isin(RENEWALS).fill_null(False)
    live = loans.filter(loans.balance_yuan > 0, loans.status.notin(GONE), renewed | extended)
    in_place = ~live.issue_type.isin(RENEWALS).fill_null(False) | (
        live.issue_type.isin(IN_PLACE).fill_null(False) & live.previous_loan_id.isnull()
    )
    chains = debt_chains(store, loans, renewals=RENEWALS).select("loan_id", "rollovers_count")
    rows = live.mutate(in_place=in_place).left_join(chains, "loan_id")
    own = rows.extensions_count.fill_null(0) + rows.issue_type.isin(RENEWALS).fill_null(False).cast("int64")
    rows = rows.mutate(
        rollovers_count=rows.rollovers_count.fill_null(own),
        evidence_id=ibis.ifelse(rows.in_place, rows.loan_id, rows.previous_loan_id),
        renewed_date=ibis.ifelse(rows.in_place, ibis.date(as_of.isoformat()), rows.disbursed_date),
    )
    return rows.select("loan_id", "amount_yuan", "in_place", "rollovers_count", "evidence_id", "renewed_date")


def _months_before(store: Store, events: ir.Table, as_of: date) -> ir.Table:
    """What the month ends of the replaced loans say inside each window."""
    months = as_of_table(store, "loan_months", as_of=as_of)
    seen = months.select("month", "overdue_days", "class5", "balance_yuan", evidence_id=months.loan_id)
    rows = events.select("loan_id", "evidence_id", "renewed_date").join(seen, "evidence_id")
    first = (rows.month + "-01").cast("date")
    day = first + ibis.interval(months=1) - ibis.interval(days=1)
    age = rows.renewed_date.delta(day.cast("date"), unit="day")
    rows = rows.filter((age >= 0) & (age <= LOOKBACK_DAYS))
    return rows.group_by("loan_id").agg(
        months_count=rows.count(),
        late_count=rows.count(where=rows.overdue_days > 0),
        watched_count=rows.count(where=rows.class5.isin(WATCHED)),
        last_balance=rows.balance_yuan.argmax(rows.month),
    )


def _with_replaced(events: ir.Table, loans: ir.Table) -> ir.Table:
    """Events with the ledger's row of the loan that speaks for each."""
    before = loans.select(
        before_id=loans.loan_id, before_amount=loans.amount_yuan, before_late=loans.overdue_days > 0,
        before_watched=loans.class5.isin(WATCHED), before_unpaid=loans.overdue_interest_yuan > 0,
        first_late=loans.first_overdue_date, before_rate=loans.yearly_rate.fill_null(0.0),
        term_days=loans.maturity_date.delta(loans.disbursed_date, unit="day"),
    )  # fmt: skip
    return events.left_join(before, [("evidence_id", "before_id")])


def _is_stressed(rows: ir.Table) -> ir.BooleanValue:
    """Any of the four signs that month ends and ledger show."""
    age = rows.renewed_date.delta(rows.first_late, unit="day")
    debt = ibis.ifelse(rows.last_balance > 0, rows.last_balance, rows.before_amount)
    interest = debt * rows.before_rate * ibis.least(rows.term_days, DAYS_PER_YEAR) / DAYS_PER_BANK_YEAR
    raised = rows.amount_yuan - debt
    signs = (
        rows.late_count > 0,
        (age >= 0) & (age <= LOOKBACK_DAYS),
        rows.before_late,
        rows.before_unpaid,
        rows.watched_count > 0,
        rows.before_watched,
        ~rows.in_place & (raised > TOLERANCE_YUAN) & (raised <= interest),
    )
    return ibis.or_(*(sign.fill_null(False) for sign in signs))
