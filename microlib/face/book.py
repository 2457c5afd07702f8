"""An analyst's own frame under the library's names: what is named, what is derived, what is refused."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from microlib.contracts.columns import Table
from microlib.contracts.tables.behaviour import LOAN_MONTHS
from microlib.contracts.tables.ledger import LOANS
from microlib.errors import BadConfig, BadData
from microlib.face.contract import Frame, checked_day, checked_frame, kind_of, missing_column

#: what no measure of a book can do without; all else is derived or asked for by the measure that needs it
LEAST = ("customer_id", "balance_yuan")
MONTH_LEAST = ("loan_id", "month", "overdue_days")


def loans(frame: pd.DataFrame, *, as_of: str | pd.Timestamp | None = None, **columns: str) -> pd.DataFrame:
    """Return a frame of loans under the library's names, with what follows from it for certain.

    Answers "here is my ledger: how do I hand it to the measures?" Columns that bear the library's name, or its
    Chinese name exactly (借据号, 客户号, 贷款余额, 逾期天数 …), are found by themselves; any other is named by the
    caller. Columns that are no part of a loan's contract (a segment, an industry) are kept as they are.

    Parameters
    ----------
    frame : DataFrame
        One row per loan: at least who owes (``customer_id``) and how much (``balance_yuan``, yuan), and either
        ``overdue_days`` (days past due) or ``first_overdue_date`` with `as_of`. Not modified.
    as_of : date, optional
        The day of the ledger; needed only to count days past due from ``first_overdue_date``.
    **columns : str
        Our name of a column -> yours: ``customer_id="borrower"``. Our names: see the page of the table ``loans`` in
        the empty templates (``microlib ingest --template``).

    Returns
    -------
    DataFrame
        A new frame under our names, rows in their order. Added where missing, and only then

        - ``loan_id``: the number of the row; each row is then taken as one loan
        - ``overdue_days``: days from ``first_overdue_date`` to `as_of`; 0 where no such date is written
        - ``status``: with a balance ``overdue`` where days past due are above 0, else ``normal``; without one
          ``written_off`` where the day of it is written, else ``unknown``, since paid off and sold look alike
        - ``cohort``: quarter of ``disbursed_date``, ``2026Q1``

        ``attrs["renamed"]`` and ``attrs["derived"]`` say what was done, column by column. Dates written as text
        (YYYY-MM-DD) are read as dates.

    Raises
    ------
    MissingColumn
        If a column named is not in the frame, or the least that a book needs is neither named nor there.
    EmptyBook
        If the frame has no row.
    BadConfig
        If a name is not one of ours, or two names are given to one column.
    BadData
        If a value is not what its column says (text for money, a rate in percent, a missing customer, a date that
        cannot be read), or a loan stands twice; column, row, value and remedy are told, ``failures`` holds all rows.

    Notes
    -----
    Nothing is guessed: an amount in 万元 is not recognised by its header, a class of risk is not made from days past
    due, a loan without a balance is not called settled.

    References
    ----------
    .. [1] The contract of the table ``loans`` (`microlib.contracts.tables.ledger`).

    Examples
    --------
    >>> frame = pd.DataFrame({"borrower": ["C1", "C2"], "bal": [75_000.0, 25_000.0], "dpd": [0, 31]})
    >>> book = loans(frame, customer_id="borrower", balance_yuan="bal", overdue_days="dpd")
    >>> book[["loan_id", "customer_id", "overdue_days", "status"]].to_numpy().tolist()
    [['1', 'C1', 0, 'normal'], ['2', 'C2', 31, 'overdue']]
    >>> book.attrs["derived"]["loan_id"]
    'the number of the row: each row is taken as one loan'
    """
    today = None if as_of is None else checked_day(as_of, name="as_of")
    book, called = _named(frame, LOANS, columns)
    derived: dict[str, str] = {}
    if "overdue_days" not in book.columns and {"first_overdue_date"} <= set(book.columns):
        book["overdue_days"] = _days_past_due(book, today, called)
        derived["overdue_days"] = f"days from first_overdue_date to {today:%Y-%m-%d}, 0 where there is no such date"
    _refuse_absent(book, [*LEAST, "overdue_days"], called)
    if "loan_id" not in book.columns:
        book.insert(0, "loan_id", [str(number) for number in range(1, len(book) + 1)])
        derived["loan_id"] = "the number of the row: each row is taken as one loan"
    need = Frame("loan_id customer_id balance_yuan overdue_days", optional=" ".join(LOANS.names), key="loan_id")
    book = checked_frame(book, need, name="loans", called=called)
    if "status" not in book.columns:
        book["status"] = _status(book)
        derived["status"] = "from balance_yuan, overdue_days and written_off_date; unknown where nothing is owed"
    if "disbursed_date" in book.columns and "cohort" not in book.columns:
        book["cohort"] = _quarter(book["disbursed_date"])
        derived["cohort"] = "quarter of disbursed_date"
    book.attrs = {"renamed": called, "derived": derived}
    return book


def month_ends(frame: pd.DataFrame, **columns: str) -> pd.DataFrame:
    """Return a frame of month-end states of loans under the library's names.

    Answers "here is how late each loan was at each month's end: how do I hand it to `vintage` and `roll_rates`?"

    Parameters
    ----------
    frame : DataFrame
        One row per loan and month end: ``loan_id``, ``month`` (text YYYY-MM, or a date of that month),
        ``overdue_days`` (days past due), and where known ``balance_yuan`` and ``status``. Not modified.
    **columns : str
        Our name of a column -> yours, as in `loans`.

    Returns
    -------
    DataFrame
        A new frame under our names. A missing ``status`` becomes ``overdue`` where days past due are above 0, else
        ``normal``; ``attrs["derived"]`` says so.

    Raises
    ------
    MissingColumn, EmptyBook, BadConfig, BadData
        As `loans`; a loan that stands twice in a month is refused.

    References
    ----------
    .. [1] The contract of the table ``loan_months`` (`microlib.contracts.tables.behaviour`).

    Examples
    --------
    >>> frame = pd.DataFrame({"no": ["L1", "L1"], "day": ["2026-01-31", "2026-02-28"], "dpd": [0, 31]})
    >>> month_ends(frame, loan_id="no", month="day", overdue_days="dpd")[["month", "status"]].to_numpy().tolist()
    [['2026-01', 'normal'], ['2026-02', 'overdue']]
    """
    months, called = _named(frame, LOAN_MONTHS, columns)
    _refuse_absent(months, MONTH_LEAST, called, name="month_ends")
    derived: dict[str, str] = {}
    days = months["month"]
    if pd.api.types.is_datetime64_any_dtype(days) or days.astype("str").str.fullmatch(r"\d{4}-\d{2}-\d{2}").all():
        months["month"] = pd.to_datetime(days).dt.strftime("%Y-%m")
        derived["month"] = "the month in which the day lies"
    need = Frame("loan_id month overdue_days", optional=" ".join(LOAN_MONTHS.names), key="loan_id month")
    months = checked_frame(months, need, name="month_ends", called=called)
    if "status" not in months.columns:
        months["status"] = np.where(months["overdue_days"] > 0, "overdue", "normal")
        derived["status"] = "overdue where days past due are above 0, else normal"
    months.attrs = {"renamed": called, "derived": derived}
    return months


def _named(frame: pd.DataFrame, table: Table, columns: Mapping[str, str]) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return a copy under our names, its text dates read, and which of our names stands for which of theirs."""
    name = "loans" if table is LOANS else "month_ends"
    frame = checked_frame(frame, Frame(), name=name)
    strange = [ours for ours in columns if ours not in table.names]
    if strange:
        fix = f"use one of {', '.join(table.names)}; other columns are kept under their own names"
        raise BadConfig(f"{strange[0]} is no column of {table.name}", where=name, fix=fix)
    if len(set(columns.values())) < len(columns):
        raise BadConfig("two names are given to one column", where=name, fix="give each name a column of its own")
    there = [str(column) for column in frame.columns]
    absent = [theirs for theirs in columns.values() if theirs not in frame.columns]
    if absent:
        raise missing_column(absent, there, name=name)
    found = {column.name: column.zh for column in table.columns if column.zh in there and column.name not in there}
    called = {ours: theirs for ours, theirs in (found | dict(columns)).items() if ours != theirs}
    covered = [ours for ours in called if ours in frame.columns and ours not in called.values()]
    if covered:
        what = f"{covered[0]} is there under its own name, and {called[covered[0]]} is given that name too"
        raise BadConfig(what, where=name, fix="rename or drop one of the two")
    named = frame.rename(columns={theirs: ours for ours, theirs in called.items()}).reset_index(drop=True)
    dates = [column for column in named.columns if kind_of(str(column)) == "date"]
    return named.assign(**{column: _read_dates(named, column, name, called) for column in dates}), called


def _read_dates(frame: pd.DataFrame, column: str, name: str, called: Mapping[str, str]) -> pd.Series:
    values = frame[column]
    if pd.api.types.is_datetime64_any_dtype(values):
        return values
    read = pd.to_datetime(values.astype("str").where(values.notna()), format="ISO8601", errors="coerce")
    wrong = np.flatnonzero((read.isna() & values.notna()).to_numpy())
    if len(wrong):
        said, row = called.get(column, column), int(wrong[0]) + 1
        what = f"{said} of row {row} is {values.iloc[row - 1]!r}: not a date"
        raise BadData(what, where=f"{name}, column {said}, row {row}", fix="write dates as YYYY-MM-DD")
    return read


def _refuse_absent(
    book: pd.DataFrame, least: tuple[str, ...] | list[str], called: Mapping[str, str], *, name: str = "loans"
) -> None:
    absent = [column for column in least if column not in book.columns]
    if absent:
        raise missing_column(absent, [called.get(column, str(column)) for column in book.columns], name=name)


def _days_past_due(book: pd.DataFrame, today: pd.Timestamp | None, called: Mapping[str, str]) -> pd.Series:
    said = called.get("first_overdue_date", "first_overdue_date")
    if today is None:
        fix = 'give the day of the ledger: ml.loans(frame, as_of="2026-06-30", ...)'
        raise BadConfig(f"days past due are counted from {said} to a day that is not given", where="as_of", fix=fix)
    days = (today - book["first_overdue_date"]).dt.days
    late = np.flatnonzero((days < 0).to_numpy())
    if len(late):
        what = f"{said} of row {late[0] + 1} is after {today:%Y-%m-%d}"
        raise BadData(what, where=f"loans, column {said}, row {late[0] + 1}", fix="correct the date, or as_of")
    return days.fillna(0).astype("int64")


def _status(book: pd.DataFrame) -> pd.Series:
    held = book["balance_yuan"] > 0
    written = book["written_off_date"].notna() if "written_off_date" in book.columns else False
    status = np.select(
        [held & (book["overdue_days"] > 0), held, ~held & written], ["overdue", "normal", "written_off"], "unknown"
    )
    return pd.Series(status, index=book.index, dtype="str")


def _quarter(days: pd.Series) -> pd.Series:
    quarters = days.dt.year.astype("Int64").astype("str") + "Q" + days.dt.quarter.astype("Int64").astype("str")
    return quarters.where(days.notna(), "unknown")
