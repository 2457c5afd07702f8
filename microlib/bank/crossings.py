"""What two tables, or two rows of one, say of the same loan, customer or invoice and cannot both mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import ibis
import ibis.expr.types as ir

from microlib.bank import totals
from microlib.bank.references import known_keys
from microlib.bank.views import View

CENT = 0.01
SHARED_ROWS, SHARED_SHARE = 20, 0.2
LIVE = ("normal", "overdue")


@dataclass(frozen=True)
class Crossing:
    """When a tie is evaluated and what it shows.

    Parameters
    ----------
    name : str
        Its entry in ``contracts.ties.TIES``.
    tables : tuple of str
        What it reads; a failure is told of the first.
    column : str
        The column that a failure names.
    broken : callable
        Takes a view, returns ``file_id``, ``row_number`` and ``value`` of what is broken.
    each_date : bool
        Whether every arriving date is looked at, or only the newest.
    """

    name: str
    tables: tuple[str, ...]
    column: str
    broken: Callable[[View], ir.Table]
    each_date: bool = False


def closed_before_repayment(view: View) -> ir.Table:
    """Return loans that were repaid after the day on which they were closed."""
    paid = view.rows("repayments")
    last = paid.group_by("loan_id").agg(last_paid_date=paid.paid_date.max())
    loans = view.rows("loans").join(last, "loan_id")
    broken = loans.filter(loans.closed_date < loans.last_paid_date)
    told = broken.loan_id + " closed " + broken.closed_date.cast("string")
    return broken.select("file_id", "row_number", value=told + ", repaid " + broken.last_paid_date.cast("string"))


def month_above_amount(view: View) -> ir.Table:
    """Return month ends whose balance is above the amount of the loan."""
    lent = view.rows("loans").select("loan_id", "amount_yuan")
    months = view.rows("loan_months").join(lent, "loan_id")
    broken = months.filter(months.balance_yuan > months.amount_yuan + CENT)
    return broken.select("file_id", "row_number", value=broken.loan_id + " " + broken.month)


def schedule_sum_differs(view: View) -> ir.Table:
    """Return loans whose schedule's principal does not sum to the amount, to the fen."""
    plan = view.rows("schedules")
    sums = plan.group_by("loan_id").agg(planned_yuan=plan.principal_yuan.sum())
    loans = view.rows("loans").join(sums, "loan_id")
    broken = loans.filter((loans.planned_yuan - loans.amount_yuan).abs() > CENT)
    told = broken.loan_id + " amount " + broken.amount_yuan.round(2).cast("string")
    return broken.select(
        "file_id", "row_number", value=told + ", planned " + broken.planned_yuan.round(2).cast("string")
    )


def previous_loan_unknown(view: View) -> ir.Table:
    """Return loans that continue a loan which no file holds."""
    known = known_keys(view.store, "loans", arriving=view.arriving, replaced=view.replaced)
    loans = view.rows("loans").filter(ibis._.previous_loan_id.notnull())
    broken = loans.anti_join(known, [("previous_loan_id", "known_key")])
    return broken.select("file_id", "row_number", value=broken.previous_loan_id)


def loan_vanished(view: View) -> ir.Table:
    """Return loans that lived in a branch's previous snapshot and are missing from its present one."""
    now, history = view.rows("loans"), view.history("loans")
    dates = now.select("branch_id", now_date=now.as_of).distinct()
    before = history.join(dates, "branch_id")
    before = before.filter(before.as_of < before.now_date)
    last = before.group_by("branch_id").agg(as_of=before.as_of.max())
    lived = before.semi_join(last, ["branch_id", "as_of"]).filter(ibis._.balance_yuan > 0, ibis._.status.isin(LIVE))
    broken = lived.anti_join(now, "loan_id")
    return broken.select("file_id", "row_number", value=broken.loan_id + " of " + broken.as_of.cast("string"))


def month_gap(view: View, table: str, by: tuple[str, ...]) -> ir.Table:
    """Return loans or accounts with a month missing between their first and their last."""
    touched = view.arriving[table].rows.select(by).distinct()
    rows = view.rows(table).semi_join(touched, by)
    place = rows.month.left(4).try_cast("int64") * 12 + rows.month.right(2).try_cast("int64")
    spans = rows.group_by(by).agg(held=place.nunique(), span=place.max() - place.min() + 1, file_id=rows.file_id.max())
    broken = spans.filter(spans.held < spans.span)
    named = ibis.literal(" ").join([broken[name] for name in by])
    told = named + " has " + broken.held.cast("string") + " of " + broken.span.cast("string") + " months"
    return broken.select("file_id", row_number=ibis.null("int64"), value=told)


def invoice_row_repeated(view: View) -> ir.Table:
    """Return arriving invoices that say again, word for word, what an earlier line of the same number says."""
    rows = view.arriving["invoices"].rows
    names = [name for name in view.store.contract("invoices").names if name != "occurrence_number"]
    again = rows.filter(rows.occurrence_number > 1)
    numbers = again.select("customer_id", "side", "invoice_number").distinct()
    twins = rows.semi_join(numbers, ["customer_id", "side", "invoice_number"])
    first = twins.group_by(names).agg(first_number=twins.occurrence_number.min())
    pairs = twins.join(first, [twins[name].identical_to(first[name]) for name in names], rname="first_{name}")
    broken = pairs.filter(pairs.occurrence_number > pairs.first_number)
    return broken.select("file_id", "row_number", value=broken.invoice_number)


def hash_shared(view: View, name: str) -> ir.Table:
    """Return customers whose identity another customer carries too."""
    rows = view.rows("customers").filter(ibis._[name].notnull())
    many = rows.group_by(name).agg(holders=rows.customer_id.nunique()).filter(ibis._.holders > 1)
    broken = rows.semi_join(many, name)
    return broken.select("file_id", "row_number", value=broken.customer_id)


def hash_low_entropy(view: View, name: str) -> ir.Table:
    """Return pseudonyms that stand in a fifth or more of at least 20 customers: an empty word was hashed."""
    rows = view.rows("customers").filter(ibis._[name].notnull())
    counts = rows.group_by(name).agg(held=rows.count(), file_id=rows.file_id.max())
    shares = counts.mutate(whole=counts.held.sum().over(ibis.window()))
    broken = shares.filter(shares.whole >= SHARED_ROWS, shares.held >= SHARED_SHARE * shares.whole)
    return broken.select("file_id", row_number=ibis.null("int64"), value=broken.held.cast("string") + " rows")


def _months(table: str, *by: str) -> Crossing:
    return Crossing("month_gap", (table,), "month", partial(month_gap, table=table, by=by))


def _hashes(find: Callable[..., ir.Table], *names: str) -> list[Crossing]:
    return [Crossing(find.__name__, ("customers",), name, partial(find, name=name)) for name in names]


CROSSINGS = (
    Crossing("total_off_by_unit", ("control_totals", "loans"), "balance_yuan", totals.off_by_unit, True),
    Crossing("control_total_differs", ("control_totals", "loans"), "branch_id", totals.differing, True),
    Crossing("control_total_alone", ("control_totals", "loans"), "branch_id", totals.unpaired, True),
    Crossing("closed_before_repayment", ("loans", "repayments"), "closed_date", closed_before_repayment),
    Crossing("month_above_amount", ("loan_months", "loans"), "balance_yuan", month_above_amount),
    Crossing("schedule_sum_differs", ("loans", "schedules"), "amount_yuan", schedule_sum_differs),
    Crossing("previous_loan_unknown", ("loans",), "previous_loan_id", previous_loan_unknown),
    Crossing("loan_vanished", ("loans",), "loan_id", loan_vanished),
    _months("loan_months", "loan_id"),
    _months("flow_months", "customer_id", "channel"),
    Crossing("invoice_row_repeated", ("invoices",), "invoice_number", invoice_row_repeated),
    *_hashes(hash_shared, "uscc_hash", "id_hash"),
    *_hashes(hash_low_entropy, "uscc_hash", "id_hash", "phone_hash"),
)
