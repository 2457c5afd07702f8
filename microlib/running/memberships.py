"""Which customer groups (客群) live in each branch, for all branches of a plan at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import pandas as pd

from microlib.bank.censuses import read_census
from microlib.contracts.segments import read_segments
from microlib.homes import Home
from microlib.metrics import evidences, incomes, segments

#: so many branches' customers are held in memory at a time
BRANCHES_AT_ONCE = 100

Frames = Mapping[str, pd.DataFrame]


def living_segments(home: Home, *, branches: Sequence[str], as_of: date) -> dict[str, tuple[str, ...]]:
    """Return, by branch, the codes of customer groups with at least one member there, ascending.

    The bank is read once for many branches, its events summed by customer and month in the engine.

    Parameters
    ----------
    home : Home
    branches : sequence of str
    as_of : date
    """
    found: dict[str, tuple[str, ...]] = {}
    for start in range(0, len(branches), BRANCHES_AT_ONCE):
        found |= _living_in(home, branches[start : start + BRANCHES_AT_ONCE], as_of)
    return found


def _living_in(home: Home, branches: Sequence[str], as_of: date) -> dict[str, tuple[str, ...]]:
    since = incomes.year_start(as_of).date()
    census = read_census(home, branches=branches, since=since, as_of=as_of)
    shares, rules = _income_shares(census, as_of), read_segments(home.config("segments"))
    owned = dict(iter(census["customers"].groupby("branch_id")))
    return {branch: _living(owned[branch], census, shares, rules) if branch in owned else () for branch in branches}


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
