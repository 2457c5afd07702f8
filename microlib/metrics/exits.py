"""Bad debt that left the book: written off or sold, and so out of every ratio of what remains."""

from __future__ import annotations

import pandas as pd

from microlib.metrics.groupings import Day, month_numbers, year_before
from microlib.metrics.loan_states import is_bad, optional, yuan

COLUMNS = ["loan_id", "customer_id", "exit", "exit_date", "exit_yuan", "is_known"]


def bad_exits(
    loans: pd.DataFrame, loan_months: pd.DataFrame | None = None, *, as_of: Day, months: int = 12
) -> pd.DataFrame:
    """List the bad loans that left in the last months: written off (核销) or transferred (不良转让).

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
        ``transferred``); ``exit_date``; ``exit_yuan`` (yuan, 0 where not known); ``is_known`` (flag).

    Notes
    -----
    A write-off without any date is taken into the window, with ``is_known`` false: leaving it out would
    flatter the ratio. A transfer counts when the loan was bad by class, or 90 days late,
    when last seen; without a closing date it cannot be placed and is left out.

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
    was_bad = is_bad(loans) | loans["loan_id"].map(last["was_bad"]).eq(True)
    sold = (loans["status"] == "transferred") & was_bad & ~written
    left_on = written_on.where(written, closed)
    in_window = left_on.between(since, today, inclusive="right") | (written & left_on.isna())
    amount = written_yuan.where(written_yuan > 0, loans["loan_id"].map(last["balance_yuan"]).astype(float))
    amount = amount.fillna(loans["balance_yuan"])
    found = loans[["loan_id", "customer_id"]].assign(
        exit=written.map({True: "written_off", False: "transferred"}),
        exit_date=left_on,
        exit_yuan=amount,
        is_known=(amount > 0) & left_on.notna(),
    )
    return found[(written | sold) & in_window].sort_values("loan_id").reset_index(drop=True)[COLUMNS]


def _last_seen(loan_months: pd.DataFrame | None, wanted: pd.Series, today: pd.Timestamp) -> pd.DataFrame:
    """Balance and badness of each loan in the last month that shows a balance, by loan."""
    if loan_months is None or loan_months.empty:
        return pd.DataFrame({"balance_yuan": pd.Series(dtype=float), "was_bad": pd.Series(dtype=bool)})
    seen = loan_months[(loan_months["balance_yuan"] > 0) & loan_months["loan_id"].isin(wanted)]
    seen = seen.assign(number=month_numbers(seen["month"]), was_bad=is_bad(seen))
    seen = seen[seen["number"] <= today.year * 12 + today.month - 1]
    return seen.sort_values("number").drop_duplicates("loan_id", keep="last").set_index("loan_id")
