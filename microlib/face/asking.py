"""What an analyst asks of a branch in one line: a row per customer, and any measure by month end."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from microlib.errors import BadConfig, EmptyBook, NeedsTable, UnknownName
from microlib.face.index import face_of
from microlib.face.places import PLACES
from microlib.metrics.income import income_changes, year_start
from microlib.metrics.invoices import counterparty_shares
from microlib.metrics.loans import is_live, month_end_books
from microlib.metrics.quality import committee_ratios, portfolio_at_risk
from microlib.metrics.service import line_rooms

if TYPE_CHECKING:
    from microlib.design.branch import Branch

#: what `customer_rows` tells of each customer, in reading order
COLUMNS = (
    *("customer_id", "kind", "size", "industry_code", "rm_id", "segment"),
    *("loans_count", "balance_yuan", "overdue_days", "overdue_balance_yuan", "next_due_days", "last_closed_date"),
    *("income_yuan", "income_source", "income_months_count", "income_change_share", "income_change_source"),
    *("buyers_count", "cr1_share", "cr3_share", "cr5_share"),
    *("core_id", "core_income_share", "venue_id", "approved_yuan", "room_yuan"),
)
#: ratios of `quality.committee_ratios` that a ledger of a month end can answer by itself
RATIOS = ("npl", "special_mention", "overdue30", "overdue90_to_npl")
BUYERS = {
    "counterparties_count": "buyers_count",
    "top1_share": "cr1_share",
    "top3_share": "cr3_share",
    "top5_share": "cr5_share",
}


def customer_rows(branch: Branch) -> pd.DataFrame:
    """Lay out everything that is measured of each customer in one row.

    Answers "which customers are in this group, owe so much, and hang on so few buyers?" Every column is the answer of
    a measure of its own; what cannot be measured of a customer is missing.

    Parameters
    ----------
    branch : Branch

    Returns
    -------
    DataFrame
        One row per customer, by ``customer_id``, columns `COLUMNS`:

        - ``segment``: its primary group (`segments.assign_segments`)
        - ``loans_count, balance_yuan``: live loans; ``overdue_days``: of the latest of them; ``overdue_balance_yuan``:
          balance of those past due; ``next_due_days``: until the first of them matures,
          below 0 where one should have been repaid by now
        - ``last_closed_date``: of one without a live loan, when the last ended: who left, and when
        - ``income_yuan, income_source, income_months_count``: of a year, and what it rests on
          (`income.yearly_incomes`)
        - ``income_change_share, income_change_source``: the last three months against the same of the year before
          (`income.income_changes`)
        - ``buyers_count, cr1_share, cr3_share, cr5_share`` (fractions): what the largest one, three, five buyers take
          of the sales of the last twelve months (`invoices.counterparty_shares`)
        - ``core_id, core_income_share, venue_id``: whom the income hangs on (`segments.customer_evidence`)
        - ``approved_yuan, room_yuan``: on open lines, and what may still be drawn on them (`service.line_rooms`)

    Raises
    ------
    NeedsTable
        If the branch has no customer file.
    """
    rows = branch.table("customers")[["customer_id", "kind", "size", "industry_code", "rm_id"]]
    for found in (
        _group(branch),
        _owed(branch),
        _left(branch),
        _income(branch),
        _buyers(branch),
        _hung(branch),
        _lines(branch),
    ):
        rows = rows.merge(found, on="customer_id", how="left")
    for name in ("loans_count", "balance_yuan", "overdue_balance_yuan"):
        rows[name] = rows[name].fillna(0)
    counts = {
        name: "Int64"
        for name in ("loans_count", "overdue_days", "next_due_days", "income_months_count", "buyers_count")
    }
    return rows.reindex(columns=list(COLUMNS)).astype(counts).sort_values("customer_id", ignore_index=True)


def _group(branch: Branch) -> pd.DataFrame:
    members = branch.if_known("members")
    if members is None:
        return pd.DataFrame({"customer_id": pd.Series(dtype="str"), "segment": pd.Series(dtype="str")})
    return members.loc[members["is_primary"], ["customer_id", "segment"]]


def _owed(branch: Branch) -> pd.DataFrame:
    live = branch["loans"]
    live = live[is_live(live)]
    late = live["balance_yuan"].where(live["overdue_days"] > 0, 0.0)
    days = (live["maturity_date"] - pd.Timestamp(branch.as_of)).dt.days
    return (
        live.assign(late=late, days=days)
        .groupby("customer_id", as_index=False, observed=True)
        .agg(
            loans_count=("loan_id", "nunique"),
            balance_yuan=("balance_yuan", "sum"),
            overdue_days=("overdue_days", "max"),
            overdue_balance_yuan=("late", "sum"),
            next_due_days=("days", "min"),
        )
    )


def _left(branch: Branch) -> pd.DataFrame:
    loans = branch["loans"]
    ended = loans[~loans["customer_id"].isin(loans.loc[is_live(loans), "customer_id"])]
    last = ended.groupby("customer_id", as_index=False, observed=True)["closed_date"].max()
    return last.rename(columns={"closed_date": "last_closed_date"})


def _income(branch: Branch) -> pd.DataFrame:
    found = branch.if_known("income")
    names = ["customer_id", "income_yuan", "income_source", "income_months_count"]
    rows = pd.DataFrame({"customer_id": pd.Series(dtype="str")}) if found is None else found[names]
    changes = income_changes(branch["invoices"], branch["flow_months"], as_of=branch.as_of)
    return rows.merge(changes, on="customer_id", how="outer")


def _buyers(branch: Branch) -> pd.DataFrame:
    invoices = branch["invoices"]
    day = pd.Timestamp(branch.as_of)
    year = invoices[invoices["issued_date"].between(year_start(branch.as_of), day)]
    return counterparty_shares(year).rename(columns=BUYERS)[["customer_id", *BUYERS.values()]]


def _hung(branch: Branch) -> pd.DataFrame:
    found = branch.if_known("evidence")
    names = ["customer_id", "core_id", "core_income_share", "venue_id"]
    return pd.DataFrame({"customer_id": pd.Series(dtype="str")}) if found is None else found[names]


def _lines(branch: Branch) -> pd.DataFrame:
    return line_rooms(branch["facilities"], branch["loans"]).drop(columns="lines_count")


def history(
    branch: Branch,
    measure: str | Callable[..., pd.DataFrame] = "par30",
    *,
    by: str | None = None,
    months: int = 12,
    **options: object,
) -> pd.DataFrame:
    """Compute a measure at every month end: see `Branch.history`."""
    name, ask = _measure(measure)
    loans = branch.table("loans")
    if "segment" in (by, *options.values()):
        named = branch.grouped.drop_duplicates("loan_id").set_index("loan_id")["segment"]
        loans = loans.assign(segment=loans["loan_id"].map(named))
    states = branch["loan_months"]
    if by is not None and by not in loans.columns:
        raise UnknownName.nearest(by, [*loans.columns, "segment"], of="the ledger", fix="press Tab in branch.loans[")
    books = month_end_books(loans, states, as_of=branch.as_of, months=months)
    if by is not None:
        books = books[books[by].notna()]
    if name in loans.columns:
        return _summed(books, name, by)
    found, refused = [], None
    for month, book in books.groupby("month", sort=True):
        end = pd.Timestamp(f"{month}-01") + pd.offsets.MonthEnd(0)
        given = _taken(ask, name, by=by, as_of=min(end, pd.Timestamp(branch.as_of)), options=options)
        try:
            answer = ask(book.drop(columns="month"), **given)
        except EmptyBook as refusal:  # no live loan in that month: it has no row
            refused = refusal
            continue
        answer = answer.reset_index() if any(answer.index.names) else answer
        found.append(answer.assign(month=month)[["month", *answer.columns]])
    if not found:
        raise refused or NeedsTable(tables=["loan_months"])
    return pd.concat(found, ignore_index=True)


def _summed(books: pd.DataFrame, name: str, by: str | None) -> pd.DataFrame:
    keys = ["month", *([by] if by else [])]
    if not pd.api.types.is_numeric_dtype(books[name]):
        raise BadConfig(f"{name} cannot be added up", where="measure", fix="name an amount, or a measure of ml.find()")
    return books[is_live(books)].groupby(keys, as_index=False, observed=True)[name].sum()


def _measure(measure: str | Callable[..., pd.DataFrame]) -> tuple[str, Callable[..., pd.DataFrame]]:
    """Return a measure by what an analyst calls it."""
    if callable(measure):
        return getattr(measure, "__name__", "measure"), measure
    days = re.fullmatch(r"par(\d+)", str(measure).casefold())
    if days:
        return measure, partial(portfolio_at_risk, days=[int(days[1])])
    if measure in RATIOS:
        return measure, partial(_ratio, measure)
    if measure in PLACES and callable(face_of(measure)):
        return measure, face_of(measure)
    if measure.endswith(("_yuan", "_count")):
        return measure, partial
    known = ["par30", *RATIOS, *PLACES, "balance_yuan"]
    raise UnknownName.nearest(measure, known, of="history", fix='for example "par30", "npl" or ml.concentration')


def _ratio(name: str, loans: pd.DataFrame, *, as_of: pd.Timestamp, within: str | None = None) -> pd.DataFrame:
    found = committee_ratios(loans, as_of=as_of, within=within)
    return found[found["measure"] == name]


def _taken(
    ask: Callable[..., object], name: str, *, by: str | None, as_of: pd.Timestamp, options: dict[str, object]
) -> dict[str, object]:
    """Return the arguments that a measure takes: the day, the groups under its own name for them, what is given."""
    known = inspect.signature(ask).parameters
    groups = next((each for each in ("by", "within") if each in known), "")
    if by is not None and not groups:
        raise BadConfig(f"{name} has no groups", where="by", fix="leave by= out")
    unknown = [each for each in options if each not in known]
    if unknown:
        raise UnknownName.nearest(unknown[0], known, of=name, fix=f"help(ml.{name}) says what it takes")
    given = {"as_of": as_of} if "as_of" in known else {}
    return {**given, **({groups: by} if by is not None else {}), **options}
