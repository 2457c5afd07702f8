"""Bank-wide sums: rows behind sources, shared groups and collateral, campaign arms, new loans, vintage outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd

from microlib.bank.cuts import branch_statement, cut_branch, parameter_values
from microlib.bank.store import Store, as_of_table, open_store
from microlib.bank.sums.books import bad_exits, live_loans
from microlib.contracts.tables import TABLES
from microlib.contracts.tables.ledger import CLOSED_STATUSES, LOAN_STATUSES, RENEWALS
from microlib.home import Home

#: of each table, the columns that say who hangs on which source, and which rows are wanted
SOURCE_ROWS = {
    "loans": (
        ("loan_id", "customer_id", "disbursed_date", "balance_yuan", "overdue_days", "core_id", "venue_id"),
        "balance_yuan > 0 OR venue_id IS NOT NULL OR status IN ('written_off', 'transferred')",
    ),
    "customers": (("customer_id", "kind", "industry_code", "size", "venue_id", "uscc_hash", "phone_hash"), "true"),
    "core_payables": (
        ("core_id", "customer_id", "delivered_date", "amount_yuan", "deducted_yuan"),
        "customer_id IS NOT NULL AND delivered_date > $since",
    ),
    "venue_rosters": (("venue_id", "kind", "customer_id", "uscc_hash", "phone_hash"), "true"),
    "guarantees": (("loan_id", "guarantor_id", "amount_yuan"), "true"),
}


def source_rows(store: Store, *, branch: str, as_of: date) -> dict[str, pd.DataFrame]:
    """Read of one branch what says who hangs on which source, and no more: few columns, the cut of a branch's book.

    Parameters
    ----------
    store : Store
        The open store.
    branch : str
    as_of : date

    Returns
    -------
    dict
        ``loans`` (with a balance or a venue, written off or transferred), ``customers``, ``core_payables`` (a year's at
        least), ``venue_rosters``, ``guarantees``: frames with some of the contract's columns, empty where the branch
        has none.
    """
    cut, frames = cut_branch(store, branch=branch, as_of=as_of), {}
    for table, (names, wanted) in SOURCE_ROWS.items():
        inner = branch_statement(table)
        values = parameter_values(inner, cut)
        if "$since" in wanted:
            values["since"] = (pd.Timestamp(as_of) - pd.DateOffset(months=13)).date()
        asked = f"SELECT {', '.join(names)} FROM ({inner}) WHERE {wanted}"
        rows = store.con.con.execute(asked, values).to_arrow_table().to_pandas(date_as_object=False)
        types = {column.name: column.frame_type for column in TABLES[table].columns}
        frames[table] = rows.astype({name: types[name] for name in names})
    return frames


def bank_exits(store: Store, *, as_of: date) -> pd.DataFrame:
    """Return what left bad or late in the whole bank within a year: ``loan_id, exit_yuan`` (`books.bad_exits`)."""
    return store.frame(bad_exits(store, as_of_table(store, "loans", as_of=as_of), as_of=as_of))


def common_guarantors(store: Store, *, as_of: date) -> frozenset[str]:
    """Return who guarantees loans of two borrowers or more, live or left bad within a year, whichever branch's."""
    if not (store.has("guarantees") and store.has("loans")):
        return frozenset()
    loans = as_of_table(store, "loans", as_of=as_of)
    left = loans.loan_id.isin(bad_exits(store, loans, as_of=as_of).loan_id)
    owing = loans.filter((loans.balance_yuan > 0) | left).select("loan_id", "customer_id")
    held = as_of_table(store, "guarantees", as_of=as_of).select("loan_id", "guarantor_id").join(owing, "loan_id")
    counts = held.group_by("guarantor_id").agg(borrowers=held.customer_id.nunique())
    return frozenset(store.frame(counts.filter(counts.borrowers > 1).select("guarantor_id"))["guarantor_id"])


def core_payables(store: Store, *, as_of: date) -> pd.DataFrame:
    """Return the payables of two years of deliveries.

    Returns
    -------
    DataFrame[core_payables]
        Empty where there are none.
    """
    if not store.has("core_payables"):
        return pd.DataFrame()
    rows = as_of_table(store, "core_payables", as_of=as_of)
    start = (pd.Timestamp(as_of) - pd.DateOffset(years=2)).date()
    return store.frame(rows.filter(rows.delivered_date > start))


LATE_DAYS = 30
LOANS = ("loan_id", "customer_id", "branch_id", "balance_yuan", "overdue_days")
SHARED_POOL_COLUMNS = [
    *("kind", "source_id", "branches_count", "customers_count", "loans_count", "balance_yuan"),
    *("overdue_30_yuan", "branch_ids"),
]


def shared_pools(store: Store, *, as_of: date) -> pd.DataFrame:
    """Return linked groups and collateral items behind live loans of two branches or more, each loan once.

    What repays (cores, markets, guarantors) is no such pool: see ``metrics.sources.source_exposures``.

    Parameters
    ----------
    store : Store
        The open store.
    as_of : date

    Returns
    -------
    DataFrame
        ``kind`` (group, collateral), ``source_id``, ``branches_count, customers_count, loans_count, balance_yuan,
        overdue_30_yuan`` (yuan more than 30 days overdue), ``branch_ids`` (codes with blanks between them); the largest
        balance first. Empty where the bank has no loans.
    """
    if not store.has("loans"):
        return pd.DataFrame(columns=SHARED_POOL_COLUMNS)
    loans = live_loans(store, as_of=as_of).select(*LOANS)
    held = as_of_table(store, "collateral_links", as_of=as_of).select("loan_id", source_id=ibis._.collateral_id)
    parts = [
        _pool_sums(_grouped(store, loans, as_of), "group"),
        _pool_sums(loans.join(held.distinct(), "loan_id"), "collateral"),
    ]
    found = ibis.union(*parts).order_by([ibis.desc("balance_yuan"), "kind", "source_id"])
    return store.frame(found)[SHARED_POOL_COLUMNS]


def _grouped(store: Store, loans: ir.Table, as_of: date) -> ir.Table:
    """Loans by the group that the customer belongs to."""
    owners = as_of_table(store, "customers", as_of=as_of).select("customer_id", source_id=ibis._.group_id)
    return loans.join(owners.filter(owners.source_id.notnull()), "customer_id")


def _pool_sums(rows: ir.Table, kind: str) -> ir.Table:
    late = (rows.overdue_days > LATE_DAYS).fill_null(False)
    sums = rows.group_by("source_id").agg(
        branches_count=rows.branch_id.nunique(),
        customers_count=rows.customer_id.nunique(),
        loans_count=rows.count(),
        balance_yuan=rows.balance_yuan.sum(),
        overdue_30_yuan=ibis.ifelse(
            rows.overdue_days.isnull().any(), ibis.null("float64"), rows.balance_yuan.sum(where=late).fill_null(0.0)
        ),
        branch_ids=rows.branch_id.collect(distinct=True),
    )
    shared = sums.filter(sums.branches_count > 1).mutate(branch_ids=ibis._.branch_ids.sort().join(" "))
    return shared.select(kind=ibis.literal(kind), **{name: shared[name] for name in SHARED_POOL_COLUMNS[1:]})


#: days before and after the report's date in which an agreed day counts as now
NEAR_DAYS = 31
DUE_READING_COLUMNS = ["campaign_id", "branch_id", "goal", "design", "reading_date"]


def due_readings(store: Store, *, as_of: date) -> pd.DataFrame:
    """Return campaigns with their agreed reading within a month of the report's date, the earliest first.

    Parameters
    ----------
    store : Store
        The open store.
    as_of : date

    Returns
    -------
    DataFrame
        ``campaign_id, branch_id, goal, design, reading_date``, ``is_past`` (the day has come); empty where the bank
        has no campaigns.
    """
    if not store.has("campaigns"):
        return pd.DataFrame(columns=[*DUE_READING_COLUMNS, "is_past"])
    rows = as_of_table(store, "campaigns", as_of=as_of).select(*DUE_READING_COLUMNS)
    near = rows.filter(rows.reading_date.between(as_of - timedelta(NEAR_DAYS), as_of + timedelta(NEAR_DAYS)))
    found = store.frame(near.order_by(["reading_date", "campaign_id"]))
    return found.assign(is_past=pd.to_datetime(found["reading_date"]) <= pd.Timestamp(as_of))


def campaign_arms(store: Store, *, as_of: date) -> pd.DataFrame:
    """Count members and borrowers of both arms of every lending campaign that has closed, by branch.

    Parameters
    ----------
    store : Store
        The open store.
    as_of : date

    Returns
    -------
    DataFrame
        ``campaign_id, programme_id`` (missing where the branch acts alone), ``branch_id, design``,
        ``treated_count, control_count, treated_loans_count, control_loans_count``, ``unknown_count`` (members whose arm
        is not known, in neither); by campaign.
    """
    heads = as_of_table(store, "campaigns", as_of=as_of)
    heads = heads.filter(heads.goal == "new_loan", heads.closing_date <= as_of)
    heads = heads.select("campaign_id", "programme_id", "design", "launch_date", "closing_date")
    members = as_of_table(store, "campaign_members", as_of=as_of)
    members = members.select("campaign_id", "branch_id", "customer_id", "arm").join(heads, "campaign_id")
    loans = as_of_table(store, "loans", as_of=as_of)
    new = loans.filter((loans.issue_type == "new") | loans.issue_type.isnull())
    new = new.select("customer_id", day=new.disbursed_date)
    pairs = members.join(new, "customer_id")
    inside = pairs.filter(pairs.day >= pairs.launch_date, pairs.day <= pairs.closing_date)
    taken = inside.select("campaign_id", "customer_id").distinct().mutate(has_borrowed=1)
    rows = members.left_join(taken, ["campaign_id", "customer_id"])
    treated, control = ((rows.arm == arm).fill_null(False).cast("int64") for arm in ("treated", "control"))
    borrowed = rows.has_borrowed.fill_null(0)
    found = rows.group_by(["campaign_id", "programme_id", "branch_id", "design"]).agg(
        treated_count=treated.sum(),
        control_count=control.sum(),
        treated_loans_count=(treated * borrowed).sum(),
        control_loans_count=(control * borrowed).sum(),
        unknown_count=(1 - treated - control).sum(),
    )
    return store.frame(found.order_by("campaign_id", "branch_id")).astype(dict.fromkeys(COUNTS, "int64"))


def programme_arms(home: Home, *, as_of: date) -> pd.DataFrame:
    """Return the arms of campaigns that several branches run together, as `campaign_arms`."""
    with open_store(home) as store:
        arms = campaign_arms(store, as_of=as_of)
    return arms[arms["programme_id"].notna()].reset_index(drop=True)


COUNTS = ("treated_count", "control_count", "treated_loans_count", "control_loans_count", "unknown_count")
NEW_LOAN_COLUMNS = ["branch_id", "month", "loans_count"]


def new_loans(store: Store, *, as_of: date) -> pd.DataFrame:
    """Count the new loans that each branch made in each month; one without any has no row.

    Renewals are no new loans, where the ledger tells them apart.

    Parameters
    ----------
    store : Store
        The open store.
    as_of : date

    Returns
    -------
    DataFrame
        ``branch_id, month`` (its first day), ``loans_count``; empty where the bank has no loans.
    """
    if not store.has("loans"):
        return pd.DataFrame(columns=NEW_LOAN_COLUMNS)
    loans = as_of_table(store, "loans", as_of=as_of)
    made = loans.filter((loans.issue_type == "new").fill_null(False), loans.disbursed_date <= as_of)
    rows = made.group_by(["branch_id", made.disbursed_date.truncate("M").name("month")]).agg(loans_count=made.count())
    return store.frame(rows.order_by(["branch_id", "month"]))[NEW_LOAN_COLUMNS]


NEVER = 10**9
#: of the loans, besides the cohort: a table of few columns is held in memory cheaply
NEEDED = (
    "loan_id",
    "branch_id",
    "previous_loan_id",
    "issue_type",
    "disbursed_date",
    "closed_date",
    "status",
    "amount_yuan",
)


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
    return _outcome_sums(_ended(rows, last), by)


def _seen(store: Store, as_of: date, cut_days: int) -> ir.Table:
    """First, last and first bad month end of each loan; months are compared as they are written."""
    months = as_of_table(store, "loan_months", as_of=as_of)
    bad = (months.overdue_days > cut_days) | (months.status == "written_off")
    living = [status for status in LOAN_STATUSES.split() if status not in CLOSED_STATUSES]
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


def _outcome_sums(rows: ir.Table, by: Sequence[str]) -> ir.Table:
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
