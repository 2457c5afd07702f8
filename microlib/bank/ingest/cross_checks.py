"""Checks across rows and tables: repeated keys, orphans, ties, contradictions, control totals.

Evaluated on the bank as it would stand after a load. What one row alone gets wrong is checked in
`row_rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial

import ibis
import ibis.expr.types as ir
import pandas as pd

from microlib.bank.ingest.row_rules import policy_of
from microlib.bank.ingest.staging import (
    Arrival,
    Rule,
    View,
    conflicting_rows,
    has_rivals,
    kept_rows,
    listed_failures,
    repeated_keys,
)
from microlib.bank.store import Store
from microlib.contracts.checks import TIES
from microlib.contracts.failures import failure_frame
from microlib.contracts.tables.ledger import CLOSED_STATUSES
from microlib.units import YUAN_PER_WAN


def orphans(
    store: Store, arrival: Arrival, *, arriving: Mapping[str, Arrival], replaced: Collection[int] = ()
) -> list[pd.DataFrame]:
    """Return rows that name a key which no file has said, a frame for each referring column.

    A snapshot may name what was known at its own date or before: a manager who has left since
    stays known. An event may name whatever the bank knows, because its date is its own.

    Parameters
    ----------
    store : Store
        The open store.
    arrival : Arrival
        The rows to check.
    arriving : mapping
        Arriving rows by table: they count as known.
    replaced : collection of int
        Files being superseded, whose rows do not count.
    """
    referring = [arrival.contract.column(name) for name in arrival.contract.names if name in arrival.filled]
    columns = {column.name: column.refers for column in referring if column.refers}
    known = {table: known_keys(store, table, arriving=arriving, replaced=replaced) for table in columns.values()}
    return [_unknown(store, arrival, name, known=known[table]) for name, table in columns.items()]


def known_keys(
    store: Store, table: str, *, arriving: Mapping[str, Arrival], replaced: Collection[int] = ()
) -> ir.Table:
    """Return every key of a table that is kept or arriving, with the first date ``known_from``."""
    key = store.contract(table).key[0]
    rows = [kept_rows(store, table, replaced=replaced), *([arriving[table].rows] if table in arriving else [])]
    pieces = [piece.select(known_key=piece[key], as_of=piece.as_of) for piece in rows]
    whole = ibis.union(*pieces) if len(pieces) > 1 else pieces[0]
    return whole.group_by("known_key").agg(known_from=whole.as_of.min())


def _unknown(store: Store, arrival: Arrival, name: str, *, known: ir.Table) -> pd.DataFrame:
    rows = arrival.rows.filter(arrival.rows[name].notnull())
    joined = rows.left_join(known, rows[name] == known.known_key)
    late = joined.known_from > joined.as_of if arrival.contract.state else ibis.literal(False)
    broken = joined.filter(joined.known_from.isnull() | late)
    rule = Rule("orphan", name, "block", _remedy(store, arrival, name))
    return listed_failures(store, arrival, broken.select("file_id", "row_number", value=broken[name]), rule=rule)


def _remedy(store: Store, arrival: Arrival, name: str) -> str:
    needed = store.contract(arrival.contract.column(name).refers)
    when = " with an --as-of not after this file's," if arrival.contract.state else ""
    return f"ingest {needed.name} ({needed.zh}) that hold it,{when} before this file or together with it"


#: tables whose codes are few and set by the bank: two that differ by leading zeros are one
CODED = ("branches", "rms", "products")


def lost_zeros(view: View, arrival: Arrival) -> pd.DataFrame:
    """Return arriving keys that are another row's but for leading zeros: 755 beside 0755."""
    key = arrival.contract.key[0]
    rows = arrival.rows.filter(arrival.rows[key].re_search("^[0-9]+$"))
    rows = rows.mutate(bare=rows[key].re_replace("^0+", ""))
    known = known_keys(view.store, arrival.table, arriving=view.arriving, replaced=view.replaced)
    known = known.filter(known.known_key.re_search("^0[0-9]*$"))
    known = known.select("known_key", bare=known.known_key.re_replace("^0+", ""))
    pairs = rows.join(known, "bare")
    broken = pairs.filter(pairs[key] != pairs.known_key, ~pairs[key].startswith("0"))
    name = "zeros_lost" if arrival.table in CODED else "zeros_doubted"
    rule = Rule(name, key, TIES[name].severity, TIES[name].fix)
    told = broken[key] + " beside " + broken.known_key
    return listed_failures(view.store, arrival, broken.select("file_id", "row_number", value=told), rule=rule)


def short_keys(view: View, arrival: Arrival) -> Iterator[pd.DataFrame]:
    """Yield numbers that are shorter than the usual ones of their file, some of which begin with 0: 11 beside 0012."""
    usual_share = policy_of(view).usual_share
    for key in (name for name in arrival.contract.key if not arrival.contract.column(name).refers):
        if arrival.contract.column(key).kind != "key" or not _differ_in_length(view.store, arrival, key):
            continue
        rows = arrival.rows.filter(arrival.rows[key].re_search("^[0-9]+$"))
        rows = rows.mutate(width=rows[key].length(), is_padded=rows[key].startswith("0"))
        widths = rows.group_by("file_id", "width").agg(count=rows.count(), is_padded=rows.is_padded.any())
        widths = widths.mutate(share=widths["count"] / widths["count"].sum().over(group_by="file_id"))
        usual = widths.filter(widths.is_padded, widths.share >= usual_share)
        pairs = rows.filter(~rows.is_padded).join(usual.select("file_id", usual=usual.width), "file_id")
        broken = pairs.filter(pairs.width < pairs.usual)
        rule = Rule("zeros_doubted", key, TIES["zeros_doubted"].severity, TIES["zeros_doubted"].fix)
        told = broken.select("file_id", "row_number", value=broken[key])
        yield listed_failures(view.store, arrival, told, rule=rule)


#: digits of which a spreadsheet keeps no more, and a number that it has rounded to them
ROUNDED = "^[0-9]{15}0+$"
KEPT_DIGITS = 15
#: two such numbers may end so by chance
FEWEST_ROUNDED = 3


def rounded_keys(view: View, arrival: Arrival) -> Iterator[pd.DataFrame]:
    """Yield files in which all long numbers of a key end in noughts after 15 digits: a spreadsheet rounded them."""
    columns = arrival.contract.columns
    keys = [column.name for column in columns if column.kind == "key" and column.name in arrival.filled]
    lengths = ", ".join(f'max(strlen("{key}"))' for key in keys)
    longest = view.store.rows(f"SELECT {lengths} FROM incoming_{arrival.table}")[0] if keys else ()
    for key in (key for key, length in zip(keys, longest, strict=True) if length > KEPT_DIGITS):
        long = arrival.rows.filter(arrival.rows[key].re_search(f"^[0-9]{{{KEPT_DIGITS + 1},}}$"))
        files = long.group_by("file_id").agg(
            row_number=long.row_number.min(), count=long.count(), true_count=(~long[key].re_search(ROUNDED)).sum()
        )
        broken = files.filter(files["count"] >= FEWEST_ROUNDED, files.true_count == 0)
        rule = Rule("keys_rounded", key, TIES["keys_rounded"].severity, TIES["keys_rounded"].fix)
        told = broken.select("file_id", "row_number", value=broken["count"].cast("string") + " rows")
        yield listed_failures(view.store, arrival, told, rule=rule)


def _differ_in_length(store: Store, arrival: Arrival, key: str) -> bool:
    """Return whether some keys begin with 0 and some are shorter than others: without both no number lacks a nought."""
    told = f'any_value(1) FILTER (WHERE starts_with("{key}", \'0\')), min(length("{key}")), max(length("{key}"))'
    is_padded, least, most = store.rows(f"SELECT {told} FROM incoming_{arrival.table}")[0]
    return bool(is_padded) and least < most


#: capitals of Cyrillic and Greek that look like Latin ones, and those
LIKE_LATIN, LATIN = "АВЕКМНОРСТУХІЅЈΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEKMHOPCTYXISJABEZHIKMNOPTYX"
#: strokes of every length, and marks about a word
STROKES = r"\s_./\x{2010}-\x{2015}\x{2212}\x{fe63}\x{27}\x{60}\x{b4}\x{2018}\x{2019}-"


def _bare(key: ir.StringValue) -> ir.StringValue:
    """Return a key without what the eye passes over."""
    return key.upper().translate(LIKE_LATIN, LATIN).translate("O", "0").re_replace(f"[{STROKES}]", "")


def alike_keys(view: View, arrival: Arrival) -> pd.DataFrame:
    """Return arriving keys that are another's but for capitals, blanks, strokes and letters that look like others.

    C-0001 beside c0001, C000O beside C0000, and beside one with the Cyrillic letter that looks like C.
    """
    key = arrival.contract.key[0]
    known = known_keys(view.store, arrival.table, arriving=view.arriving, replaced=view.replaced)
    known = known.filter(known.known_key.notnull())
    odd = known.filter(known.known_key.re_search(rf"[a-zO{LIKE_LATIN}{LIKE_LATIN.lower()}{STROKES}]"))
    if not view.store.rows(view.store.con.compile(odd.aggregate(odd_keys=odd.count())))[0][0]:
        return failure_frame()
    known = known.mutate(bare=_bare(known.known_key))
    many = known.group_by("bare").agg(keys=known.known_key.nunique(), first=known.known_key.min())
    many = many.filter(many.keys > 1)
    rows = arrival.rows.mutate(bare=_bare(arrival.rows[key]))
    pairs = rows.join(many, "bare")
    broken = pairs.filter(pairs[key] != pairs.first)
    rule = Rule("keys_alike", key, TIES["keys_alike"].severity, TIES["keys_alike"].fix)
    told = broken[key] + " beside " + broken.first
    return listed_failures(view.store, arrival, broken.select("file_id", "row_number", value=told), rule=rule)


def key_problems(view: View) -> Iterator[pd.DataFrame]:
    """Yield repeated keys, conflicts with other files, and orphans."""
    for arrival in view.arriving.values():
        yield repeated_keys(view.store, arrival)
        yield from short_keys(view, arrival)
        yield from rounded_keys(view, arrival)
        if len(arrival.contract.key) == 1 and arrival.contract.column(arrival.contract.key[0]).kind == "key":
            yield lost_zeros(view, arrival)
            yield alike_keys(view, arrival)
        if has_rivals(view.store, arrival):
            yield conflicting_rows(view.store, arrival, replaced=view.replaced)
        yield from orphans(view.store, arrival, arriving=view.arriving, replaced=view.replaced)


MEASURES = ("customers_count", "balance_yuan", "overdue_yuan")
TOLERATED_SHARE = 0.001


def branch_totals(loans: ir.Table) -> ir.Table:
    """Return customers, balance and overdue balance of each branch: the control totals that rows give.

    Examples
    --------
    >>> loans = ibis.memtable({"branch_id": ["0755"] * 3, "customer_id": ["C1", "C1", "C2"],
    ...                        "balance_yuan": [100.0, 50.0, 0.0], "overdue_days": [0, 9, 0],
    ...                        "status": ["normal", "overdue", "settled"]})
    >>> branch_totals(loans).execute().to_dict("records")
    [{'branch_id': '0755', 'customers_count': 1, 'balance_yuan': 150.0, 'overdue_yuan': 50.0}]
    """
    live = (loans.balance_yuan > 0) & loans.status.notin(CLOSED_STATUSES)
    late = live & (loans.overdue_days > 0)
    return loans.group_by("branch_id").agg(
        customers_count=loans.customer_id.nunique(where=live),
        balance_yuan=loans.balance_yuan.sum(where=live).fill_null(0.0),
        overdue_yuan=ibis.ifelse(
            (live & loans.overdue_days.isnull()).any(),
            ibis.null("float64"),
            loans.balance_yuan.sum(where=late).fill_null(0.0),
        ),
    )


def off_by_unit(view: View) -> ir.Table:
    """Return totals that are some 10,000 times off: one side is in 万元."""
    pairs = _pairs(view)
    return pairs.filter(_is_slip(pairs))


def differing(view: View) -> ir.Table:
    """Return totals that differ by more than 0.1 % of the control, and are not a slip of the unit."""
    pairs = _pairs(view)
    far = (pairs.summed - pairs.control).abs() > TOLERATED_SHARE * pairs.control.abs()
    return pairs.filter(far & ~_is_slip(pairs))


def unpaired(view: View) -> ir.Table:
    """Return control totals to which no rows of the same date belong."""
    control = view.rows("control_totals")
    alone = control.anti_join(view.rows("loans"), ["branch_id", "as_of"])
    return alone.select("file_id", "row_number", value=alone.branch_id)


def _is_slip(pairs: ir.Table) -> ir.BooleanValue:
    larger, smaller = ibis.greatest(pairs.summed, pairs.control), ibis.least(pairs.summed, pairs.control)
    is_scaled = (larger / smaller).between(YUAN_PER_WAN / 2, YUAN_PER_WAN * 2)
    return ibis.ifelse((smaller > 0) & (pairs.measure != "customers_count"), is_scaled, False)


def _pairs(view: View) -> ir.Table:
    control = view.rows("control_totals")
    dated = view.rows("loans").semi_join(control, ["branch_id", "as_of"])
    both = control.join(branch_totals(dated), "branch_id", rname="summed_{name}")
    return ibis.union(*_melted(both))


def _melted(both: ir.Table) -> Iterator[ir.Table]:
    for name in MEASURES:
        summed, control = both[f"summed_{name}"].cast("float64"), both[name].cast("float64")
        told = both.branch_id + f" {name}: rows " + summed.round(2).cast("string") + ", control "
        yield both.select(
            "file_id",
            "row_number",
            measure=ibis.literal(name),
            summed=summed,
            control=control,
            value=told + control.round(2).cast("string"),
        )


CENT = 0.01
SHARED_ROWS, SHARED_SHARE = 20, 0.2
LIVE = ("normal", "overdue")


@dataclass(frozen=True)
class CrossCheck:
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


def _months(table: str, *by: str) -> CrossCheck:
    return CrossCheck("month_gap", (table,), "month", partial(month_gap, table=table, by=by))


def _hashes(find: Callable[..., ir.Table], *names: str) -> list[CrossCheck]:
    return [CrossCheck(find.__name__, ("customers",), name, partial(find, name=name)) for name in names]


CROSS_CHECKS = (
    CrossCheck("total_off_by_unit", ("control_totals", "loans"), "balance_yuan", off_by_unit, True),
    CrossCheck("control_total_differs", ("control_totals", "loans"), "branch_id", differing, True),
    CrossCheck("control_total_alone", ("control_totals", "loans"), "branch_id", unpaired, True),
    CrossCheck("closed_before_repayment", ("loans", "repayments"), "closed_date", closed_before_repayment),
    CrossCheck("month_above_amount", ("loan_months", "loans"), "balance_yuan", month_above_amount),
    CrossCheck("schedule_sum_differs", ("loans", "schedules"), "amount_yuan", schedule_sum_differs),
    CrossCheck("previous_loan_unknown", ("loans",), "previous_loan_id", previous_loan_unknown),
    CrossCheck("loan_vanished", ("loans",), "loan_id", loan_vanished),
    _months("loan_months", "loan_id"),
    _months("flow_months", "customer_id", "channel"),
    CrossCheck("invoice_row_repeated", ("invoices",), "invoice_number", invoice_row_repeated),
    *_hashes(hash_shared, "uscc_hash", "id_hash"),
    *_hashes(hash_low_entropy, "uscc_hash", "id_hash", "phone_hash"),
)


def tie_failures(view: View, *, dates: Mapping[str, Collection[date]]) -> Iterator[pd.DataFrame]:
    """Yield what the ties find: each is tried when one of its tables arrives and all are there.

    Parameters
    ----------
    view : View
        The bank as it would stand, at the newest arriving date.
    dates : mapping
        The arriving dates of each arriving table; totals are compared at every one of them,
        all other ties at the newest.
    """
    for crossing in CROSS_CHECKS:
        arriving = [table for table in crossing.tables if table in dates]
        if arriving and all(view.has(table) for table in crossing.tables) and _is_filled(view, crossing):
            days = sorted({day for table in arriving for day in dates[table]})
            for day in days if crossing.each_date else days[-1:]:
                yield _found(view.at(day), crossing)


def _is_filled(view: View, crossing: CrossCheck) -> bool:
    told = view.arriving.get(crossing.tables[0])
    return told is None or crossing.column in told.filled


def _found(view: View, crossing: CrossCheck) -> pd.DataFrame:
    tie = TIES[crossing.name]
    rule = Rule(crossing.name, crossing.column, tie.severity, tie.fix)
    return listed_failures(view.store, view.arrival(crossing.tables[0]), crossing.broken(view), rule=rule)
