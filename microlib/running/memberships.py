"""Which customer groups (客群) live in each branch, for all branches of a plan at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from microlib.bank.censuses import read_census
from microlib.contracts.segments import read_segments
from microlib.homes import Home
from microlib.metrics import residents

#: so many branches' customers are held in memory at a time
BRANCHES_AT_ONCE = 100


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
    census = read_census(home, branches=branches, since=residents.census_start(as_of), as_of=as_of)
    rules = read_segments(home.config("segments"))
    return residents.resident_segments(census, branches=branches, rules=rules, as_of=as_of)
