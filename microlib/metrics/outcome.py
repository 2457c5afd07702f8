"""How every loan's story ended, in months on book: bad, settled, renewed, transferred, or still open."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.contracts.needs import measure
from microlib.contracts.tables.ledger import RENEWALS
from microlib.errors import BadData, NeedsColumn, NeedsTable
from microlib.metrics.loans import is_live, optional
from microlib.stats.grouping import Day, day_numbers, month_numbers, told_apart
from microlib.stats.vintage import vintage_counts, vintage_curve

#: a month number after every real one
NEVER = np.int64(10**9)


@measure(optional=("loan_months",))
def loan_outcomes(
    loans: pd.DataFrame,
    loan_months: pd.DataFrame | None = None,
    *,
    as_of: Day,
    cut_days: int = 30,
    within: list[str] | str | None = None,
) -> pd.DataFrame:
    """Find for each loan the month on book in which it first went bad, left, or was last seen.

    Answers "what became of the loans we made?" - the rows from which a vintage is counted. A loan is
    ``bad`` in the first month end that shows it more than `cut_days` late (or written off); ``settled`` or
    ``renewed`` (another loan names it as the one it replaced) in the month it was closed; ``transferred`` likewise.
    Any other loan is ``open`` in the last month that was seen, and so is one of unknown status: unknown is
    never taken for settled. A loan made before the first month of the table is ``not_observed``. Of a ledger of ended
    loans alone, without month ends, each loan is seen whole: ``bad`` is then what was written off, in that month.

    Parameters
    ----------
    loans : DataFrame
        The ledger with its closed loans; ``loan_id, amount_yuan, disbursed_date, status, closed_date,
        previous_loan_id, issue_type`` and the grouping columns. Not modified.
    loan_months : DataFrame, optional
        Month ends; ``loan_id, month, overdue_days, status``. Not modified.
    as_of : date
        Months after it are not looked at.
    cut_days : int
        Days past due beyond which a loan is bad: 30 or 90.
    within : str, list of str or None
        Grouping columns of `loans` to keep.

    Returns
    -------
    DataFrame
        One row per loan, in the order of `loans`; ``loan_id``, the grouping columns, ``amount_yuan``,
        ``outcome`` (``bad, settled, renewed, transferred, open, not_observed``) and ``month_on_book`` (0 in the month
        of disbursement).

    Raises
    ------
    BadData
        If a month cannot be read, or no month end is of one of the loans: the two tables write their numbers unlike.

    Examples
    --------
    >>> loans = pd.DataFrame({
    ...     "loan_id": ["L1", "L2"], "amount_yuan": [10.0, 10.0], "status": ["overdue", "settled"],
    ...     "disbursed_date": pd.to_datetime(["2026-01-10", "2026-01-10"]),
    ...     "closed_date": pd.to_datetime([None, "2026-03-05"]),
    ... })
    >>> months = pd.DataFrame({
    ...     "loan_id": ["L1"] * 3 + ["L2"] * 2, "month": ["2026-01", "2026-02", "2026-03", "2026-01", "2026-02"],
    ...     "overdue_days": [0, 15, 46, 0, 0], "status": ["normal"] * 5,
    ... })
    >>> loan_outcomes(loans, months, as_of="2026-03-31")[["outcome", "month_on_book"]].to_numpy().tolist()
    [['bad', 2], ['settled', 2]]
    """
    told_apart(loans, key=["loan_id"], table="loans")
    told = loan_months is not None and len(loan_months) > 0
    if len(loans) and told and not loan_months["loan_id"].isin(loans["loan_id"]).any():
        raise BadData(
            f"no loan_id of the month ends is one of the loans: {loan_months['loan_id'].iloc[0]!r} is none, "
            f"{loans['loan_id'].iloc[0]!r} is one",
            where="loan_months, column loan_id",
            fix="write the loan numbers alike in both tables (leading zeros, prefixes)",
        )
    today = pd.Timestamp(as_of)
    last = today.year * 12 + today.month - 1
    closed = day_numbers(optional(loans, "closed_date"))
    if not told and not is_live(loans).any():
        closed = np.where(closed < 0, day_numbers(optional(loans, "written_off_date")), closed)
        if (loans["status"].eq("written_off").to_numpy() & (closed < 0)).any():
            raise NeedsColumn("written-off loans have no date", tables=["loans.written_off_date"])
        closed = np.where(closed < 0, last, closed)  # when it was settled is of no weight where none is still open
        begun = day_numbers(loans["disbursed_date"])
        seen = {"bad": np.full(len(loans), NEVER), "last": begun, "opening": begun.min(initial=NEVER)}
    else:
        seen = _seen(loans, pd.DataFrame() if loan_months is None else loan_months, last, cut_days)
    closed = np.where(closed < 0, seen["last"] + 1, closed)
    status = loans["status"].to_numpy(object)
    ended = (closed <= last) & (seen["last"] >= 0)
    renewed = loans["loan_id"].isin(_replaced_ids(loans)).to_numpy()
    bad = np.minimum(seen["bad"], np.where(ended & (status == "written_off"), closed, NEVER))
    gone = {
        "settled": ended & (status == "settled") & ~renewed,
        "renewed": ended & (status == "settled") & renewed,
        "transferred": ended & (status == "transferred"),
    }
    left = np.where(np.any(list(gone.values()), axis=0), closed, NEVER)
    is_bad = bad <= np.minimum(left, last)
    start = day_numbers(loans["disbursed_date"])
    observed = (seen["last"] >= 0) & (start >= seen["opening"])
    outcome = np.select([~observed, is_bad, *gone.values()], ["not_observed", "bad", *gone], "open")
    month = np.where(is_bad, bad, np.where(left < NEVER, left, seen["last"]))
    names = [within] if isinstance(within, str) else list(within or [])
    found = loans[["loan_id", *names, "amount_yuan"]]
    return found.assign(outcome=outcome, month_on_book=np.maximum(month - start, 0) * observed)


@measure(optional=("loan_months",))
def vintage(
    loans: pd.DataFrame,
    loan_months: pd.DataFrame | None = None,
    *,
    as_of: Day,
    cut_days: int = 30,
    within: str | list[str] | None = None,
) -> pd.DataFrame:
    """Draw the vintage of a book: outcomes, then pieces, then the curve.

    Parameters
    ----------
    loans, loan_months, as_of, cut_days, within
        As `loan_outcomes`; `within` names the cohort (a column of `loans`), None takes all loans as one.

    Returns
    -------
    DataFrame
        As `vintage_curve`.

    Raises
    ------
    EmptyBook
        If no loan was made within the months of the table.
    NeedsTable, NeedsColumn
        If there are live loans and no month ends, or ended loans written off on an unknown day.

    Examples
    --------
    >>> loans = pd.DataFrame({
    ...     "loan_id": ["L1", "L2"], "amount_yuan": [10.0, 30.0], "status": ["overdue", "normal"],
    ...     "disbursed_date": pd.to_datetime(["2026-01-10", "2026-01-10"]),
    ... })
    >>> months = pd.DataFrame({"loan_id": ["L1", "L1", "L2", "L2"], "month": ["2026-01", "2026-02"] * 2,
    ...                        "overdue_days": [0, 31, 0, 0], "status": ["normal"] * 4})
    >>> vintage(loans, months, as_of="2026-02-28").bad_share.to_list()
    [0.0, 0.25]
    """
    if (loan_months is None or loan_months.empty) and is_live(loans).any():
        raise NeedsTable(tables=["loan_months"])
    found = loan_outcomes(loans, loan_months, as_of=as_of, cut_days=cut_days, within=within)
    return vintage_curve(vintage_counts(found, within=within), within=within)


def _seen(loans: pd.DataFrame, loan_months: pd.DataFrame, last: int, cut_days: int) -> dict[str, np.ndarray]:
    """First bad month and last month seen of each loan (-1: none), and the first month of the table."""
    numbers = month_numbers(loan_months["month"])
    places = pd.Index(loans["loan_id"]).get_indexer(loan_months["loan_id"])
    kept = (places >= 0) & (numbers <= last)
    places, numbers, rows = places[kept], numbers[kept], loan_months[kept]
    first_bad, last_seen = np.full(len(loans), NEVER), np.full(len(loans), -1)
    live = ~rows["status"].isin(["settled", "transferred", "written_off"]).to_numpy()
    live &= rows["overdue_days"].notna().to_numpy()  # a month of which nothing is known is no month without arrears
    np.maximum.at(last_seen, places[live], numbers[live])
    bad = (rows["overdue_days"] > cut_days).to_numpy() | (rows["status"] == "written_off").to_numpy()
    np.minimum.at(first_bad, places[bad], numbers[bad])
    return {"bad": first_bad, "last": last_seen, "opening": numbers.min(initial=NEVER)}


def _replaced_ids(loans: pd.DataFrame) -> pd.Series:
    """Loans that another one carries on."""
    carried = optional(loans, "issue_type").isin(RENEWALS) | optional(loans, "issue_type").isna()
    return optional(loans, "previous_loan_id")[carried].dropna()
