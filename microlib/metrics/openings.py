"""How the book stood a year before: balances at the opening month end, and which debts existed then."""

from __future__ import annotations

import pandas as pd

from microlib.errors import BadData
from microlib.metrics.chains import debt_chains
from microlib.metrics.groupings import Day, month_numbers, year_before
from microlib.metrics.loan_states import is_bad, is_live


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
    return debt_chains(loans)["began_date"] <= opening["opening_date"].iloc[0]


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
