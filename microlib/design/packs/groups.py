"""Who belongs to which customer group in a branch, and the evidence it rests on."""

from __future__ import annotations

import pandas as pd

from microlib.contracts.segments import read_segments
from microlib.errors import MissingTable
from microlib.metrics import evidences, incomes, segments


def group_evidence(book: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Gather the evidence on every customer of a branch and assign the groups.

    Parameters
    ----------
    book : Branch
        As `bank.slices.read_branch` gives it. Not modified.

    Returns
    -------
    DataFrame, DataFrame
        Result of `metrics.evidences.customer_evidence`, and of `metrics.segments.assign_segments` on it.

    Raises
    ------
    MissingTable
        If the branch has no customer file: nobody can be told to belong to a group.
    """
    if book["customers"].empty:
        raise MissingTable("there is no customer file", where="customers", fix="load customers")
    income = incomes.yearly_incomes(book["customers"], book["invoices"], book["flow_months"], as_of=book.as_of)
    shares = incomes.income_shares(book["core_payables"], income, as_of=book.as_of)
    tables = (book["customers"], book["loans"], shares, book["venue_rosters"], book["core_enterprises"])
    found = evidences.customer_evidence(*tables)
    return found, segments.assign_segments(found, segments=read_segments(book.home.config("segments")))
