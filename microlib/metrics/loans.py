"""Which loans count: live, bad, renewed; debt chains, exits, opening balances and outcomes of every loan.

Read from the ledger's own columns, once, for every measure: `live_loans`, `is_bad`, `is_renewed`.
`debt_chains` follows renewals back to where a debt began; `loan_outcomes` says how each loan ended, in
months on book.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from pandas.tseries.offsets import MonthEnd

from microlib.contracts.tables.ledger import BAD_CLASSES, CLASSES, CLOSED_STATUSES, RENEWALS
from microlib.errors import BadData, EmptyBook, NeedsColumn
from microlib.stats.grouping import Day, month_numbers, one_row, told_apart, year_before

#: classes that are at least special mention (关注)
WATCHED_CLASSES = tuple(CLASSES.split()[1:])
#: a loan whose class is not recorded is bad beyond this many days past due
BAD_DAYS = 90
#: days past due beyond which a loan is overdue for a committee, and at risk
RISK_DAYS = 30


def checked_loans(loans: pd.DataFrame, *, needs: Sequence[str] = ()) -> pd.DataFrame:
    """Return the loans as they are, or refuse them before a wrong number is printed.

    Parameters
    ----------
    loans : DataFrame
        The ledger; must hold ``loan_id, customer_id, balance_yuan, status``; ``overdue_days`` are looked at where held.
    needs : sequence of str
        Further columns that the measure cannot do without.

    Raises
    ------
    NeedsColumn
        If a column is not there.
    BadData
        If a loan stands twice, or a balance or days past due are missing, infinite or negative;
        ``failures`` lists the rows.

    Examples
    --------
    >>> checked_loans(pd.DataFrame({"loan_id": ["L1"]}))
    Traceback (most recent call last):
    microlib.errors.NeedsColumn: the loans lack balance_yuan, customer_id, status
      where: loans.balance_yuan, loans.customer_id, loans.status
      fix: map those columns of the ledger
    """
    missing = sorted({"loan_id", "customer_id", "balance_yuan", "status", *needs} - set(loans.columns))
    if missing:
        named = [f"loans.{name}" for name in missing]
        raise NeedsColumn(f"the loans lack {', '.join(missing)}", tables=named, fix="map those columns of the ledger")
    doubles = loans["loan_id"].duplicated(keep=False)
    if doubles.any():
        raise BadData("a loan stands twice in the ledger", fix="keep one row per loan", failures=_rows(loans, doubles))
    for name in {"balance_yuan", "overdue_days"} & set(loans.columns):
        values = loans[name].to_numpy(dtype=float, na_value=np.nan)
        wrong = ~np.isfinite(values) | (values < 0)
        if wrong.any():
            fault = f"{name} is missing, infinite or negative in {wrong.sum()} rows"
            raise BadData(fault, where=str(loans["loan_id"].to_numpy()[wrong][0]), failures=_rows(loans, wrong))
    return loans


def live_loans(loans: pd.DataFrame) -> pd.DataFrame:
    """Return the live loans of a checked ledger, refusing a book without any."""
    live = loans[is_live(checked_loans(loans))]
    if live.empty:
        raise EmptyBook("no loan has a balance", fix="choose a date at which the branch has loans")
    return live


def is_live(loans: pd.DataFrame) -> pd.Series:
    """Say which loans are on the book: a balance, and not settled, written off or transferred.

    A loan of unknown status that still shows a balance is live.
    """
    return (loans["balance_yuan"] > 0) & ~loans["status"].isin(CLOSED_STATUSES)


def is_bad(loans: pd.DataFrame) -> pd.Series:
    """Say which loans are bad (不良): substandard or worse; without a class, more than 90 days past due.

    Days are needed only where a loan has no class; one with neither is not told to be bad here, and counted apart by
    who asks.
    """
    classes = optional(loans, "class5")
    worse = classes.isin(BAD_CLASSES)
    if classes.notna().all():
        return worse
    return worse | (classes.isna() & (days_late(loans) > BAD_DAYS).fillna(False).astype(bool))


def days_late(loans: pd.DataFrame) -> pd.Series:
    """Return the days past due of every loan.

    Raises
    ------
    NeedsColumn
        If the ledger has no such column: none is known to be in time.
    """
    if "overdue_days" not in loans.columns:
        fix = "map the ledger's days past due, or the day on which it fell overdue"
        raise NeedsColumn("the loans lack overdue_days", tables=["loans.overdue_days"], fix=fix)
    return loans["overdue_days"]


def is_renewed(loans: pd.DataFrame) -> pd.Series:
    """Say which loans carry an old debt on: renewed, refinanced, extended or restructured."""
    extensions = optional(loans, "extensions_count").astype("Float64").fillna(0)
    return optional(loans, "issue_type").isin(RENEWALS) | (extensions > 0).astype(bool)


def optional(loans: pd.DataFrame, name: str) -> pd.Series:
    """Return a column that a ledger may lack; all missing when it does."""
    return loans[name] if name in loans.columns else pd.Series(np.nan, index=loans.index, name=name)


def yuan(loans: pd.DataFrame, name: str) -> pd.Series:
    """Return an optional amount, 0 where it is missing."""
    return optional(loans, name).astype(float).fillna(0.0)


def _rows(loans: pd.DataFrame, wrong: pd.Series | np.ndarray) -> pd.DataFrame:
    return loans[np.asarray(wrong)].assign(table="loans", severity="block")


#: links followed back before a chain is taken to be endless (or to bite its own tail)
LONGEST = 60
#: a yuan less is rounding, not repayment
TOLERANCE_YUAN = 1.0


def debt_chains(loans: pd.DataFrame) -> pd.DataFrame:
    """Follow every loan back through the loans it replaced.

    Answers "how often has this debt been rolled over without a yuan of principal repaid, and since when does it exist?"

    Parameters
    ----------
    loans : DataFrame
        The ledger with its closed loans; ``loan_id, previous_loan_id, issue_type, extensions_count,
        amount_yuan, disbursed_date``. Not modified.

    Returns
    -------
    DataFrame
        Index of `loans`; ``rollovers_count``: renewals in a row, this one included, that did not lower
        the amount (an extension in place counts as one each); ``began_date``: earliest disbursement known of the chain.

    Notes
    -----
    Only loans in the ledger can be followed: a chain whose root is missing is shorter and younger
    here than in life. A chain that returns to itself is cut after 60 links.

    Examples
    --------
    >>> loans = pd.DataFrame({
    ...     "loan_id": ["L1", "L2", "L3"], "previous_loan_id": [None, "L1", "L2"], "amount_yuan": [9.0, 9.0, 9.0],
    ...     "issue_type": ["new", "refinance", "refinance"],
    ...     "disbursed_date": pd.to_datetime(["2023-01-05", "2024-01-05", "2025-01-05"]),
    ... })
    >>> debt_chains(loans).rollovers_count.to_list()
    [0, 1, 2]
    """
    told_apart(loans, key=["loan_id"], table="loans")
    places = pd.Index(loans["loan_id"]).get_indexer(optional(loans, "previous_loan_id").astype(object))
    amounts = loans["amount_yuan"].to_numpy(float)
    dates = pd.to_datetime(loans["disbursed_date"]).to_numpy("datetime64[s]")
    known = places >= 0
    kept = np.ones(len(loans), bool)
    kept[known] = amounts[known] >= amounts[places[known]] - TOLERANCE_YUAN
    own = np.where(kept & optional(loans, "issue_type").isin(RENEWALS).to_numpy(), 1, 0)
    own = own + optional(loans, "extensions_count").astype("Float64").fillna(0).to_numpy(int)
    count, began, here, unbroken = own, dates, places, kept & is_renewed(loans).to_numpy()
    for _ in range(LONGEST):
        linked = here >= 0
        if not linked.any():
            break
        at = np.where(linked, here, 0)
        began = np.where(linked, np.fmin(began, dates[at]), began)
        count = count + np.where(linked & unbroken, own[at], 0)
        unbroken = unbroken & linked & kept[at]
        here = np.where(linked, places[at], -1)
    return pd.DataFrame({"rollovers_count": count, "began_date": began}, index=loans.index)


#: columns of the ledger that say how a loan stands today and not how it stood at an earlier month end
OF_TODAY = (
    *("balance_yuan", "overdue_days", "class5", "status", "yearly_rate", "overdue_principal_yuan"),
    *("overdue_interest_yuan", "first_overdue_date", "repayment_source_confirmed"),
)


def month_end_books(
    loans: pd.DataFrame, loan_months: pd.DataFrame | None = None, *, as_of: Day, months: int = 12
) -> pd.DataFrame:
    """Lay out the ledger as it stood at every month end, the ledger itself last.

    Answers "what did the book look like a year ago?" State comes from the month end, all that does not change (product,
    borrower, amount) from the ledger; loans that had ended by then stand as the ledger closed them.

    Parameters
    ----------
    loans : DataFrame[loans]
        The ledger with its closed loans. Not modified.
    loan_months : DataFrame[loan_months], optional
        States at month ends; without any, the ledger alone. Not modified.
    as_of : date
        Day of the ledger, whose rows stand for its month.
    months : int
        Month ends at most, the ledger's included.

    Returns
    -------
    DataFrame
        The ledger's columns and ``month`` (``YYYY-MM``, ascending); one row per loan and month. What the ledger says
        of today only (interest past due, since when) is missing in earlier months, and so are dates of a later end. A
        loan that is not in the ledger stands for a borrower of its own.

    Raises
    ------
    BadData
        If a loan stands twice in a month, or a month is not written YYYY-MM.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["a"], "customer_id": ["A"], "product_id": ["P1"], "balance_yuan": [60.0],
    ...     "overdue_days": [40], "status": ["overdue"], "disbursed_date": pd.to_datetime(["2026-01-05"])})
    >>> before = pd.DataFrame({"loan_id": ["a"], "month": ["2026-05"], "balance_yuan": [80.0], "overdue_days": [9],
    ...     "status": ["overdue"]})
    >>> month_end_books(loans, before, as_of="2026-06-30")[["month", "product_id", "balance_yuan"]].values.tolist()
    [['2026-05', 'P1', 80.0], ['2026-06', 'P1', 60.0]]
    """
    today = pd.Timestamp(as_of)
    told_apart(loans, key=["loan_id"], table="loans")
    parts = [loans.assign(month=f"{today:%Y-%m}")]
    if loan_months is not None and len(loan_months):
        numbers, last = month_numbers(loan_months["month"]), today.year * 12 + today.month - 1
        rows = loan_months[(numbers < last) & (numbers > last - months)]
        if rows.duplicated(["loan_id", "month"]).any():
            raise BadData("a loan stands twice in a month", where="loan_months", fix="keep one row per loan and month")
        parts[:0] = [_stood(rows, loans), *_ended(rows, loans)]
    books = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0].reset_index(drop=True)
    return books.sort_values("month", kind="stable", ignore_index=True).reindex(columns=[*loans.columns, "month"])


def _month_ends(months: pd.Series) -> pd.Series:
    return months.map({month: pd.Timestamp(f"{month}-01") + pd.offsets.MonthEnd(0) for month in months.unique()})


def _end_dates(loans: pd.DataFrame) -> list[str]:
    return [name for name in ("closed_date", "written_off_date") if name in loans.columns]


def _stood(rows: pd.DataFrame, loans: pd.DataFrame) -> pd.DataFrame:
    """States of month ends, with what the ledger says of each loan that does not change."""
    places = pd.Index(loans["loan_id"]).get_indexer(rows["loan_id"])
    kept = [name for name in loans.columns if name not in OF_TODAY and name not in ("loan_id", "month")]
    fixed = loans[kept].set_axis(range(len(loans))).reindex(places).set_axis(rows.index)
    book = pd.concat([rows[[name for name in rows.columns if name not in kept]], fixed], axis="columns")
    book["customer_id"] = book["customer_id"].astype(object).fillna(rows["loan_id"])
    ends = _month_ends(rows["month"])
    return book.assign(**{name: book[name].where(book[name] <= ends) for name in _end_dates(loans)})


def _ended(rows: pd.DataFrame, loans: pd.DataFrame) -> list[pd.DataFrame]:
    """Loans that had ended by each month end and have no state there, as the ledger closed them."""
    places = pd.Index(loans["loan_id"]).get_indexer(rows["loan_id"])
    known, found = rows["month"].to_numpy(), []
    for month in pd.unique(rows["month"]):
        end = pd.Timestamp(f"{month}-01") + pd.offsets.MonthEnd(0)
        gone = np.zeros(len(loans), bool)
        for name in _end_dates(loans):
            gone |= (loans[name] <= end).to_numpy()
        here = places[known == month]
        gone[here[here >= 0]] = False
        if gone.any():
            found.append(loans[gone].assign(month=month))
    return found


EXIT_COLUMNS = ["loan_id", "customer_id", "exit", "exit_date", "exit_yuan", "is_known"]


def bad_exits(
    loans: pd.DataFrame, loan_months: pd.DataFrame | None = None, *, as_of: Day, months: int = 12
) -> pd.DataFrame:
    """List the loans that left bad or late in the last months: written off (核销) or transferred (转让).

    Answers "how much of the clean-up was collection and how much was an eraser?"

    Parameters
    ----------
    loans : DataFrame
        The ledger with its closed loans; ``status, written_off_date, written_off_yuan, closed_date,
        class5, overdue_days``. Not modified.
    loan_months : DataFrame, optional
        Month-end balances: the last balance stands in where an amount is not recorded.
    as_of : date
        Last day of the window.
    months : int
        Its length.

    Returns
    -------
    DataFrame
        One row per loan, by ``loan_id``; ``loan_id, customer_id``; ``exit`` (``written_off`` or
        ``transferred``); ``exit_date``; ``exit_yuan`` (yuan; what was lent where nothing smaller is known);
        ``is_known`` (flag).

    Notes
    -----
    What left without a date left after the month in which it was last seen; never seen, it is taken into the window.
    Both with ``is_known`` false: leaving it out would flatter the ratio. A transfer counts when the loan was bad by
    class, or more than 30 days late, when last seen: what would have been at risk is not made good by selling it.

    Examples
    --------
    >>> loans = pd.DataFrame({
    ...     "loan_id": ["L1"], "customer_id": ["C1"], "balance_yuan": [0.0], "overdue_days": [400],
    ...     "status": ["written_off"], "written_off_date": pd.to_datetime(["2026-03-01"]), "written_off_yuan": [9e4],
    ... })
    >>> bad_exits(loans, as_of="2026-06-30").exit_yuan.to_list()
    [90000.0]
    """
    today, since = pd.Timestamp(as_of), year_before(as_of, months=months)
    closed = pd.to_datetime(optional(loans, "closed_date"))
    written_on = pd.to_datetime(optional(loans, "written_off_date")).fillna(closed)
    written_yuan = yuan(loans, "written_off_yuan")
    written = (loans["status"] == "written_off") | (written_yuan > 0)
    gone = written | (loans["status"] == "transferred")
    last = _last_seen(loan_months, loans.loc[gone, "loan_id"], today)
    was_bad = _is_at_risk(loans) | loans["loan_id"].map(last["was_bad"]).eq(True)
    sold = (loans["status"] == "transferred") & was_bad & ~written
    left_on = written_on.where(written, closed)
    seen = pd.to_datetime(loans["loan_id"].map(last["month"]).astype(object), format="%Y-%m")
    placed = left_on.fillna((seen + MonthEnd(2)).clip(upper=today))
    in_window = placed.between(since, today, inclusive="right") | placed.isna()
    amount = written_yuan.where(written_yuan > 0, loans["loan_id"].map(last["balance_yuan"]).astype(float))
    amount = amount.fillna(loans["balance_yuan"].where(loans["balance_yuan"] > 0))
    lent = loans["amount_yuan"] if "amount_yuan" in loans else pd.Series(0.0, index=loans.index)
    amount = amount.fillna(lent).astype("float64").fillna(0.0)
    is_recorded = (written_yuan > 0) | loans["loan_id"].map(last["balance_yuan"]).gt(0) | (loans["balance_yuan"] > 0)
    found = loans[["loan_id", "customer_id"]].assign(
        exit=written.map({True: "written_off", False: "transferred"}),
        exit_date=left_on,
        exit_yuan=amount,
        is_known=is_recorded & left_on.notna(),
    )
    return found[(written | sold) & in_window].sort_values("loan_id").reset_index(drop=True)[EXIT_COLUMNS]


def _is_at_risk(rows: pd.DataFrame) -> pd.Series:
    """Say which loans are bad, or late beyond `RISK_DAYS`."""
    return is_bad(rows).astype(bool) | (days_late(rows) > RISK_DAYS).astype(bool)


def with_exits(loans: pd.DataFrame, exits: pd.DataFrame) -> pd.DataFrame:
    """Return the ledger as if what left bad still stood there, owed and late: writing off frees no room.

    Parameters
    ----------
    loans : DataFrame
        The ledger, or some of it. Not modified.
    exits : DataFrame
        ``loan_id, exit_yuan`` (`bad_exits`). Not modified.

    Returns
    -------
    DataFrame
        `loans` with what left added to ``balance_yuan``, and ``overdue_days`` beyond `BAD_DAYS` there.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["L1", "L2"], "balance_yuan": [5.0, 0.0], "overdue_days": [0, 0]})
    >>> with_exits(loans, pd.DataFrame({"loan_id": ["L2"], "exit_yuan": [9.0]}))["balance_yuan"].to_list()
    [5.0, 9.0]
    """
    left = loans["loan_id"].map(exits.set_index("loan_id")["exit_yuan"]).astype("float64").fillna(0.0)
    late = loans["overdue_days"].astype("float64").clip(lower=BAD_DAYS + 1)
    return loans.assign(
        balance_yuan=loans["balance_yuan"].astype("float64") + left,
        overdue_days=late.where(left > 0, loans["overdue_days"].astype("float64")),
    )


def _last_seen(loan_months: pd.DataFrame | None, wanted: pd.Series, today: pd.Timestamp) -> pd.DataFrame:
    """Balance and badness of each loan in the last month that shows a balance, by loan."""
    if loan_months is None or loan_months.empty:
        kinds = {"balance_yuan": float, "was_bad": bool, "month": object}
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})
    seen = loan_months[(loan_months["balance_yuan"] > 0) & loan_months["loan_id"].isin(wanted)]
    seen = seen.assign(number=month_numbers(seen["month"]), was_bad=_is_at_risk(seen))
    seen = seen[seen["number"] <= today.year * 12 + today.month - 1]
    return seen.sort_values("number").drop_duplicates("loan_id", keep="last").set_index("loan_id")


def opening_balances(
    loans: pd.DataFrame, loan_months: pd.DataFrame | None, *, as_of: Day, placed: bool = False
) -> pd.DataFrame | None:
    """Return each loan's balance and bad balance at the month end a year before.

    Parameters
    ----------
    loans : DataFrame
        The ledger. Not modified.
    loan_months : DataFrame or None
        Month-end balances.
    as_of : date
        The report's date.
    placed : bool
        Whether loans must be in the ledger (because groups are read there); the others are then left out.

    Returns
    -------
    DataFrame or None
        ``loan_id, customer_id, balance_then, bad_then`` (yuan) and ``opening_date``, the same in every row; a
        loan that has left the ledger stands for its own borrower. None where the months do not reach back so far.

    Raises
    ------
    BadData
        If a loan stands twice in that month, or a month cannot be read.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["L1"], "customer_id": ["C1"]})
    >>> months = pd.DataFrame({
    ...     "loan_id": ["L1"], "month": ["2025-06"], "balance_yuan": [9.0], "overdue_days": [0], "status": ["normal"]})
    >>> opening_balances(loans, months, as_of="2026-06-30").balance_then.to_list()
    [9.0]
    """
    if loan_months is None or loan_months.empty:
        return None
    told_apart(loans, key=["loan_id"], table="loans")
    opening = year_before(as_of)
    number = opening.year * 12 + opening.month - 1
    numbers = month_numbers(loan_months["month"])
    if numbers.min() > number:
        return None
    rows = loan_months[numbers == number]
    if rows["loan_id"].duplicated().any():
        raise BadData(f"a loan stands twice in {opening:%Y-%m}", where="loan_months", fix="keep one row per month")
    rows = rows[is_live(rows)]
    found = rows[["loan_id"]].assign(
        balance_then=rows["balance_yuan"],
        bad_then=rows["balance_yuan"].where(is_bad(rows), 0.0),
        opening_date=opening,
    )
    owners = found["loan_id"].map(loans.set_index("loan_id")["customer_id"]).astype(object)
    found = found.assign(customer_id=owners.fillna(found["loan_id"]))
    found = found[owners.notna()] if placed else found
    if found.empty:
        return pd.DataFrame({"loan_id": [None], "customer_id": [None], "opening_date": [opening]}).assign(
            balance_then=0.0, bad_then=0.0
        )
    return found


def existed(loans: pd.DataFrame, opening: pd.DataFrame | None) -> pd.Series:
    """Say which debts existed at the opening: the loan, or one that it renews, was disbursed by then."""
    if opening is None:
        return pd.Series(False, index=loans.index)
    return debt_chains(loans)["began_date"] <= one_row(opening, "opening")["opening_date"]


def joined(parts: pd.DataFrame, opening: pd.DataFrame | None) -> pd.DataFrame:
    """Return the loans' parts with ``balance_then`` and ``bad_then``; loans that left the ledger as rows of their own.

    Every other yuan column of such a row is zero.
    """
    if opening is None:
        return parts.assign(balance_then=0.0, bad_then=0.0)
    columns = ["loan_id", "customer_id", "balance_then", "bad_then"]
    is_known = opening["loan_id"].isin(parts["loan_id"])
    known, others = opening[is_known], opening.loc[opening["loan_id"].notna() & ~is_known, columns]
    amounts = known.set_index("loan_id")[["balance_then", "bad_then"]]
    whole = parts.assign(**{name: parts["loan_id"].map(amounts[name]).astype(float).fillna(0.0) for name in amounts})
    if others.empty:
        return whole
    numbers = whole.select_dtypes("number").columns
    rows = others.reindex(columns=whole.columns)
    return pd.concat([whole, rows.assign(**{name: rows[name].fillna(0.0) for name in numbers})], ignore_index=True)
