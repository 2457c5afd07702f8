"""How many there are out there: our share of a roster (名册), and the size of a market from two lists."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from microlib.contracts.needs import measure
from microlib.errors import BadData, EmptyBook
from microlib.metrics.intervals import rate_interval

IDENTIFIERS = ("customer_id", "uscc_hash", "phone_hash")
LISTS = ["venue_id", "venue_name", "kind", "list_source"]


def roster_matches(venue_rosters: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Name the customer behind each roster row: by customer number, else by credit code, else by phone.

    Parameters
    ----------
    venue_rosters : DataFrame[venue_rosters]
        Uses the key columns and ``customer_id, uscc_hash, phone_hash``. Not modified.
    customers : DataFrame[customers]
        Uses ``customer_id, uscc_hash, phone_hash``. An identifier that two customers share names nobody.

    Returns
    -------
    DataFrame
        One row per roster row, in its order: ``venue_id, list_source, member_number, customer_id`` (missing when no
        customer is behind it) and ``matched_by`` (customer_id, uscc_hash, phone_hash; missing when unmatched).

    Examples
    --------
    >>> rosters = pd.DataFrame({"venue_id": "V1", "list_source": "office", "member_number": ["1", "2"],
    ...                         "uscc_hash": ["x", "y"]})
    >>> customers = pd.DataFrame({"customer_id": ["C1"], "uscc_hash": ["x"]})
    >>> roster_matches(rosters, customers)["matched_by"].tolist()
    ['uscc_hash', nan]
    """
    found = pd.Series(np.nan, index=venue_rosters.index, dtype="str")
    how = found.copy()
    for name in IDENTIFIERS:
        if name not in venue_rosters or name not in customers:
            continue
        sole = customers[customers[name].notna()].drop_duplicates(name, keep=False).set_index(name)
        owner = pd.Series(sole.index if name == "customer_id" else sole["customer_id"], index=sole.index, dtype="str")
        match = venue_rosters[name].map(owner)
        how = how.where(found.notna() | match.isna(), name)
        found = found.fillna(match)
    keys = venue_rosters[["venue_id", "list_source", "member_number"]]
    return keys.assign(customer_id=found, matched_by=how).reset_index(drop=True)


@measure(optional=("loans",))
def penetration(venue_rosters: pd.DataFrame, customers: pd.DataFrame, loans: pd.DataFrame) -> pd.DataFrame:
    r"""Measure which part of each roster borrows from us (渗透率), with its interval.

    .. math:: p_v = \frac{\#\{members\ with\ a\ balance\}}{\#members}

    Parameters
    ----------
    venue_rosters : DataFrame[venue_rosters]
        Not modified, nor are the others.
    customers : DataFrame[customers]
    loans : DataFrame[loans]
        Uses ``customer_id, balance_yuan``.

    Returns
    -------
    DataFrame
        One row per venue and list, by both: ``venue_id, venue_name, kind, list_source, list_date`` (latest),
        ``members_count``, ``customers_count`` (known to us), ``borrowers_count``, ``penetration_share,
        penetration_low, penetration_high`` (Jeffreys, 95 %), ``prospects_count`` (members who do not borrow).

    Raises
    ------
    EmptyBook
        If there is no roster.

    Notes
    -----
    A roster is a list of a date; who left since is still in it. Members without number, code or phone cannot be
    matched and lower the share. The interval speaks for members as a sample of such members, not for list errors.

    Examples
    --------
    >>> rosters = pd.DataFrame({"venue_id": "V1", "venue_name": "m", "kind": "market", "list_source": "office",
    ...     "member_number": ["1", "2"], "customer_id": ["C1", None], "list_date": pd.to_datetime(["2026-05-31"] * 2)})
    >>> loans = pd.DataFrame({"customer_id": ["C1"], "balance_yuan": [1e5]})
    >>> found = penetration(rosters, pd.DataFrame({"customer_id": ["C1"]}), loans)
    >>> found[["penetration_share", "penetration_low", "penetration_high"]].round(2).iloc[0].tolist()
    [0.5, 0.06, 0.94]
    """
    if venue_rosters.empty:
        raise EmptyBook("there is no roster", where="venue_rosters", fix="load a roster, or leave this page out")
    matches = roster_matches(venue_rosters, customers)
    borrowing = loans.loc[loans["balance_yuan"] > 0, "customer_id"]
    who = matches["customer_id"].set_axis(venue_rosters.index)
    rows = venue_rosters.assign(known=who.notna(), borrows=who.isin(borrowing))
    found = rows.groupby(LISTS, as_index=False, observed=True, dropna=False).agg(
        list_date=("list_date", "max"),
        members_count=("member_number", "size"),
        customers_count=("known", "sum"),
        borrowers_count=("borrows", "sum"),
    )
    rates = rate_interval(found["borrowers_count"], found["members_count"])
    rates = rates[["rate", "low", "high"]].set_axis(
        ["penetration_share", "penetration_low", "penetration_high"], axis=1
    )
    return found.join(rates).assign(prospects_count=found["members_count"] - found["borrowers_count"])


def two_list_estimate(first_count: int, second_count: int, both_count: int, *, level: float = 0.95) -> pd.DataFrame:
    r"""Estimate how many there are in all from two incomplete lists (Chapman).

    Answers "two lists of this market hold 620 and 410 names, 268 stand in both: how many traders are there?"

    .. math::

        \hat N = \frac{(n_1+1)(n_2+1)}{m+1} - 1, \qquad
        v = \frac{(n_1+1)(n_2+1)(n_1-m)(n_2-m)}{(m+1)^2 (m+2)}, \qquad \hat N \pm z \sqrt v

    with :math:`n_1, n_2` names on the lists and m on both.

    Parameters
    ----------
    first_count, second_count : int
        Names on each list, > 0.
    both_count : int
        Names on both, at most the shorter list.
    level : float
        Two-sided, between 0 and 1.

    Returns
    -------
    DataFrame
        One row: ``first_count, second_count, both_count, seen_count`` (on either), ``population_count`` (estimate),
        ``population_low, population_high`` (never below what has been seen).

    Raises
    ------
    BadData
        If a count is negative, or more names stand on both lists than on one of them.
    EmptyBook
        If a list holds nobody.

    Notes
    -----
    Right only if the lists are made independently, nobody came or went between them, and matching is exact. Lists
    that copy one another make the market look small; a list of big traders only makes it look small as well; missed
    matches make it look large. With fewer than about ten names on both, the interval is too narrow.

    References
    ----------
    .. [1] Chapman, D. G. (1951). Some properties of the hypergeometric distribution. Univ. Calif. Publ. Stat. 1.
    .. [2] Seber, G. (1970). Biometrika 57, 313-318 (the variance).

    Examples
    --------
    >>> found = two_list_estimate(620, 410, 268)
    >>> found[["population_count", "population_low", "population_high"]].round().iloc[0].tolist()
    [948.0, 898.0, 998.0]
    """
    if both_count < 0 or both_count > min(first_count, second_count):
        raise BadData(
            f"{both_count} names cannot stand on lists of {first_count} and {second_count}", fix="match again"
        )
    if min(first_count, second_count) == 0:
        raise EmptyBook("a list holds nobody", fix="two lists with names are needed")
    product = (first_count + 1) * (second_count + 1)
    estimate = product / (both_count + 1) - 1
    missed = (first_count - both_count) * (second_count - both_count)
    reach = ndtri((1 + level) / 2) * np.sqrt(product * missed / ((both_count + 1) ** 2 * (both_count + 2)))
    seen = first_count + second_count - both_count
    return pd.DataFrame([{
        "first_count": first_count, "second_count": second_count, "both_count": both_count, "seen_count": seen,
        "population_count": float(estimate), "population_low": float(max(seen, estimate - reach)),
        "population_high": float(estimate + reach),
    }])  # fmt: skip


def venue_populations(venue_rosters: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Estimate the size of every venue that two lists describe.

    Parameters
    ----------
    venue_rosters : DataFrame[venue_rosters]
        Rows of the two longest lists of a venue are matched by customer number, credit code or phone. Not modified.
    level : float

    Returns
    -------
    DataFrame
        One row per venue with two lists or more: ``venue_id, venue_name, first_list, second_list`` and the columns
        of `two_list_estimate`. Empty when no venue has two.

    Examples
    --------
    >>> rosters = pd.DataFrame({"venue_id": "V1", "venue_name": "m", "list_source": ["a", "a", "b", "b"],
    ...                         "member_number": ["1", "2", "1", "2"], "phone_hash": ["p", "q", "q", "r"]})
    >>> venue_populations(rosters)[["both_count", "population_count"]].iloc[0].tolist()
    [1.0, 3.5]
    """
    found = [_one_venue(venue, rows, level) for venue, rows in venue_rosters.groupby("venue_id", observed=True)]
    found = [each for each in found if each is not None]
    columns = ["venue_id", "venue_name", "first_list", "second_list", *two_list_estimate(1, 1, 1).columns]
    return pd.concat(found, ignore_index=True)[columns] if found else pd.DataFrame(columns=columns)


def _one_venue(venue: str, rows: pd.DataFrame, level: float) -> pd.DataFrame | None:
    names = (
        rows["list_source"].value_counts().sort_index(kind="stable").sort_values(ascending=False, kind="stable").index
    )
    if len(names) < 2:
        return None
    first, second = (rows[rows["list_source"] == name] for name in names[:2])
    both = min(_listed_in(first, second), _listed_in(second, first))
    estimate = two_list_estimate(len(first), len(second), both, level=level)
    name = rows["venue_name"].iloc[0]
    return estimate.assign(venue_id=venue, venue_name=name, first_list=names[0], second_list=names[1])


def _listed_in(rows: pd.DataFrame, other: pd.DataFrame) -> int:
    """Count the rows that share any identifier with a row of the other list."""
    shared = [rows[name].notna() & rows[name].isin(other[name].dropna()) for name in IDENTIFIERS if name in rows]
    return int(np.logical_or.reduce(shared).sum()) if shared else 0
