"""Which customer groups (客群) live in a branch."""

from __future__ import annotations

import pandas as pd

from microlib.contracts.segments import read_segments
from microlib.metrics import evidences, incomes, segments


def living_segments(book: object) -> tuple[str, ...]:
    """Return the codes of customer groups with at least one member in the branch, ascending.

    Parameters
    ----------
    book : Branch
        The branch at its date, as ``bank.slices.read_branch`` gives it.
    """
    income = incomes.yearly_incomes(book["customers"], book["invoices"], book["flow_months"], as_of=book.as_of)
    shares = incomes.income_shares(book["core_payables"], income, as_of=book.as_of)
    evidence = _evidence(book, shares)
    members = segments.assign_segments(evidence, segments=read_segments(book.home.config("segments")))
    return tuple(sorted(set(members["segment"])))


def _evidence(book: object, shares: pd.DataFrame) -> pd.DataFrame:
    tables = (book["venue_rosters"], book["core_enterprises"])
    return evidences.customer_evidence(book["customers"], book["loans"], shares, *tables)
