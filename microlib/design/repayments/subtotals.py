"""Schedules as a contract prints them: each calendar year closed with its subtotal, and the whole at the foot."""

from __future__ import annotations

import pandas as pd

from microlib.design.schedules import yearly_totals

MONEY = ["principal_yuan", "interest_yuan", "payment_yuan"]


def with_subtotals(plan: pd.DataFrame) -> pd.DataFrame:
    """Close each calendar year of a schedule with its subtotal, and the schedule with its total.

    Parameters
    ----------
    plan : DataFrame
        Result of `schedules.repayment_schedule` or `prepayments.prepay_loan`. Not modified.

    Returns
    -------
    DataFrame
        ``row_kind`` (``term``, ``year``, ``total``), ``year`` (missing in the total), then the schedule's columns; in
        subtotals only the money columns stand, to the fen

    Examples
    --------
    >>> from microlib.design.schedules import Loan, repayment_schedule
    >>> rows = with_subtotals(repayment_schedule(Loan(120_000, 0, 2, "equal_principal")))
    >>> rows[["row_kind", "principal_yuan"]].to_numpy().tolist()
    [['term', 60000.0], ['term', 60000.0], ['year', 120000.0], ['total', 120000.0]]
    """
    terms = plan.assign(row_kind="term", year=plan["due_date"].dt.year, place=0)
    years = yearly_totals(plan).reset_index().assign(row_kind="year", place=1)
    rows = pd.concat([terms, years]).sort_values(["year", "place"], kind="stable")
    total = plan[MONEY].sum().round(2).to_frame().T.assign(row_kind="total")
    rows = pd.concat([rows, total], ignore_index=True).drop(columns="place")
    return rows[["row_kind", "year", *plan.columns]].astype({"year": "Int64", "row_kind": "str"})
