"""Which customer groups (客群) live in each branch, from a census of many branches at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import pandas as pd

from microlib.metrics import evidences, incomes, segments

Frames = Mapping[str, pd.DataFrame]


def resident_segments(
    census: Frames, *, branches: Sequence[str], rules: Iterable, as_of: date
) -> dict[str, tuple[str, ...]]:
    """Say which groups have at least one member in each branch.

    Parameters
    ----------
    census : mapping of DataFrame
        Tables of all the branches by name, as ``bank.censuses.read_census`` reads them. Not modified.
    branches : sequence of str
        Codes of the branches asked about.
    rules : iterable of Segment
        The rules of the groups.
    as_of : date
        End of the year over which incomes are summed.

    Returns
    -------
    dict
        Codes of groups, ascending, by branch; empty for a branch without customers.
    """
    shares, held = _income_shares(census, as_of), tuple(rules)
    owned = dict(iter(census["customers"].groupby("branch_id")))
    return {branch: _living(owned[branch], census, shares, held) if branch in owned else () for branch in branches}


def census_start(as_of: date) -> date:
    """Return the first day that a census must reach back to.

    Examples
    --------
    >>> census_start(date(2026, 6, 30))
    datetime.date(2025, 7, 1)
    """
    return incomes.year_start(as_of).date()


def _income_shares(census: Frames, as_of: date) -> pd.DataFrame:
    income = incomes.yearly_incomes(census["customers"], census["invoices"], census["flow_months"], as_of=as_of)
    return incomes.income_shares(census["core_payables"], income, as_of=as_of)


def _living(customers: pd.DataFrame, census: Frames, shares: pd.DataFrame, rules: Iterable) -> tuple[str, ...]:
    """Return the groups of one branch, from what its own book would hold."""
    who = customers["customer_id"]
    loans = census["loans"][census["loans"]["customer_id"].isin(who)]
    rosters = _rosters(census["venue_rosters"], customers, loans)
    own = shares[shares["customer_id"].isin(who)]
    customers = customers.reset_index(drop=True)
    evidence = evidences.customer_evidence(customers, loans, own, rosters, census["core_enterprises"])
    return tuple(sorted(set(segments.assign_segments(evidence, segments=rules)["segment"])))


def _rosters(rosters: pd.DataFrame, customers: pd.DataFrame, loans: pd.DataFrame) -> pd.DataFrame:
    """Return the whole rosters of the places where the branch has a customer, as its book would hold them."""
    members = rosters[rosters["customer_id"].isin(customers["customer_id"])]
    places = pd.concat([customers["venue_id"], loans["venue_id"], members["venue_id"]])
    return rosters[rosters["venue_id"].isin(places.dropna())]
