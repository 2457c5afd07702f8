"""The loans of the past that a scheme of pay is replayed on: whose, when, how they went, and who is connected."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.errors import EmptyBook
from microlib.metrics.outcomes import loan_outcomes


def paid_loans(
    loans: pd.DataFrame, loan_months: pd.DataFrame, customers: pd.DataFrame, *, as_of: date, mob: int = 12
) -> pd.DataFrame:
    """Take the new loans of the year whose month on book `mob` has been seen.

    Answers "which loans would have been paid for, and which of them went bad by their twelfth month?"

    Parameters
    ----------
    loans : DataFrame[loans]
        New loans with a manager count; renewals do not. Not modified.
    loan_months : DataFrame[loan_months]
    customers : DataFrame[customers]
        ``customer_id, group_id``: a borrower whose group was lent to before within the year is connected.
    as_of : date
        Today; the year ends `mob` months before.
    mob : int
        Months on book after which a loan is judged.

    Returns
    -------
    DataFrame
        ``loan_id, rm_id, customer_id, month, amount_yuan, is_bad`` (more than 30 days late by then), ``is_linked``

    Raises
    ------
    EmptyBook
        If no loan of that year has a manager.
    """
    end = pd.Timestamp(as_of) - pd.DateOffset(months=mob)
    day = pd.to_datetime(loans["disbursed_date"])
    fresh = loans["issue_type"].isin(("new", "transferred_in")) & loans["rm_id"].notna()
    held = loans[fresh & day.between(end - pd.DateOffset(months=12), end)].sort_values(["disbursed_date", "loan_id"])
    if held.empty:
        raise EmptyBook("no loan of that year has a manager", where="loans", fix="give loans their rm_id")
    seen = loan_outcomes(held, loan_months, as_of=as_of)
    bad = (seen["outcome"] == "bad") & (seen["month_on_book"] <= mob)
    group = held["customer_id"].map(customers.drop_duplicates("customer_id").set_index("customer_id")["group_id"])
    linked = group.notna() & (group != "") & group.duplicated()
    found = held[["loan_id", "rm_id", "customer_id", "amount_yuan"]].assign(
        month=day.dt.strftime("%Y-%m"), is_bad=bad.to_numpy(), is_linked=linked
    )
    return found.reset_index(drop=True)
