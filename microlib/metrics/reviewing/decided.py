"""What became of the loans that applications led to: one row a loan, with who decided it."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.contracts.needs import measure
from microlib.errors import EmptyBook
from microlib.metrics.intervals import rate_interval
from microlib.metrics.loan_states import BAD_CLASSES, BAD_DAYS

NAMES = ["application_id", "loan_id", "customer_id", "product_id", "rm_id", "approver_id", "is_exception"]


@measure(optional=("loan_months",))
def decided_loans(
    applications: pd.DataFrame, loans: pd.DataFrame, loan_months: pd.DataFrame, *, as_of: date, observed_months: int = 6
) -> pd.DataFrame:
    """Set beside each granted application the loan it names and whether that loan was ever bad.

    Parameters
    ----------
    applications, loans, loan_months : DataFrame
        Contract columns; without month ends only the ledger's own state counts. Not modified.
    as_of : date
    observed_months : int
        A younger loan has not had time to go bad: its outcome is unknown unless it already has.

    Returns
    -------
    DataFrame
        One row per loan: ``application_id, loan_id, customer_id, product_id, rm_id, approver_id, is_exception,
        amount_yuan, is_bad`` (missing: unknown), ``lost_yuan`` (written off, else the balance of a bad loan).

    Raises
    ------
    EmptyBook
        If no application names its loan.
    """
    asked = applications.dropna(subset=["loan_id"])[NAMES]
    names = ["loan_id", "amount_yuan", "disbursed_date", "overdue_days", "class5", "status", "balance_yuan",
             "written_off_yuan"]  # fmt: skip
    rows = asked.merge(loans[names], on="loan_id")
    if rows.empty:
        raise EmptyBook("no application names its loan", where="applications", fix="fill loan_id (借据号)")
    ever = set(loan_months.loc[_bad(loan_months), "loan_id"]) if len(loan_months) else set()
    bad = rows["loan_id"].isin(ever) | _bad(rows) | (rows["status"] == "written_off")
    old = rows["disbursed_date"] <= pd.Timestamp(as_of) - pd.DateOffset(months=observed_months)
    lost = rows["written_off_yuan"].fillna(0.0).where(lambda each: each > 0, rows["balance_yuan"])
    return rows[[*NAMES, "amount_yuan"]].assign(
        is_bad=bad.astype("boolean").where(bad | old), lost_yuan=lost.where(bad, 0.0)
    )


def exceptions(past: pd.DataFrame) -> pd.DataFrame:
    """Count the exceptions granted and how they turned out, by who granted them.

    Parameters
    ----------
    past : DataFrame
        Result of `decided_loans`. Not modified.

    Returns
    -------
    DataFrame
        One row per person, most exceptions first: ``approver_id, loans_count, exceptions_count, observed_count`` (of
        the exceptions, outcome known), ``bad_count, bad_share, bad_low, bad_high`` (Jeffreys, 95 %).
    """
    rows = past.dropna(subset=["approver_id"])
    waived = rows["is_exception"].fillna(False).astype("bool")
    rows = rows.assign(
        waived=waived, seen=waived & rows["is_bad"].notna(), failed=waived & rows["is_bad"].fillna(False)
    )
    found = rows.groupby("approver_id", as_index=False).agg(
        loans_count=("loan_id", "size"), exceptions_count=("waived", "sum"), observed_count=("seen", "sum"),
        bad_count=("failed", "sum"),
    )  # fmt: skip
    found = found[found["observed_count"] > 0].astype({"bad_count": "int64"}).reset_index(drop=True)
    shares = rate_interval(found["bad_count"], found["observed_count"])
    found = found.assign(bad_share=shares["rate"], bad_low=shares["low"], bad_high=shares["high"])
    return found.sort_values(["exceptions_count", "approver_id"], ascending=[False, True], ignore_index=True)


def _bad(rows: pd.DataFrame) -> pd.Series:
    late = (rows["overdue_days"] > BAD_DAYS).fillna(False).astype("bool")
    return late | rows["class5"].isin(BAD_CLASSES).astype("bool")
