"""How large is the market: penetration of rosters (名册), two-list estimates, needs, whom we may contact.

`penetration` and `two_list_estimate` size a venue; `need_signals` and `contact_rules` work on customers
known to the bank; `roster_noncustomers` and `supplier_noncustomers` count firms that are not.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np
import pandas as pd
from scipy.special import ndtri

from microlib.calendars import last_complete_month_end
from microlib.contracts.needs import measure
from microlib.errors import BadData, EmptyBook
from microlib.metrics.income import cash_gaps
from microlib.metrics.loans import is_bad, is_live, live_loans
from microlib.metrics.rhythm import partial_months
from microlib.stats.grouping import checked_level
from microlib.stats.intervals import rate_interval

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


#: under so many expected on neither list the logit says nothing: the expectation and its spread are told instead
FEW_UNSEEN = 0.25
TWO_LIST_METHODS = ("logit", "normal")


def two_list_estimate(
    first_count: int, second_count: int, both_count: int, *, method: str = "logit", level: float = 0.95
) -> pd.DataFrame:
    r"""Estimate how many there are in all from two incomplete lists (Chapman; range by the transformed logit).

    Answers "two lists of this market hold 620 and 410 names, 268 stand in both: how many traders are there?"

    .. math::

        \hat N = \frac{(n_1+1)(n_2+1)}{m+1} - 1, \qquad
        u = \frac{(a + \tfrac12)(b + \tfrac12)}{m + \tfrac12}, \qquad
        v = \frac1{a + \frac12} + \frac1{b + \frac12} + \frac1{m + \frac12} + \frac1u

    .. math:: N \in a + b + m - \tfrac12 + u\, e^{\pm z \sqrt v}

    with :math:`n_1, n_2` names on the lists, m on both, :math:`a = n_1 - m` and :math:`b = n_2 - m` on one only; u is
    about how many stand on neither. Over 300 names and lists of 30 % each it covers 95.4 %; ``normal``, the estimate
    with Seber's standard error as textbooks print it, covers 92.6 %, and 88 % of 100 names.

    Parameters
    ----------
    first_count, second_count : int
        Names on each list, > 0.
    both_count : int
        Names on both, at most the shorter list.
    method : {"logit", "normal"}
        Of the range.
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
        If a count is negative, or more names stand on both lists than on one of them; if the method is unknown.
    EmptyBook
        If a list holds nobody.

    Notes
    -----
    Right only if the lists are made independently, nobody came or went between them, and matching is exact. Lists
    that copy one another make the market look small; a list of big traders only makes it look small as well; missed
    matches make it look large.

    References
    ----------
    .. [1] Chapman, D. G. (1951). Some properties of the hypergeometric distribution. Univ. Calif. Publ. Stat. 1.
    .. [2] Seber, G. (1970). Biometrika 57, 313-318 (the variance of ``normal``).
    .. [3] Sadinle, M. (2009). Transformed logit confidence intervals for small populations in single capture-recapture
       estimation. Communications in Statistics - Simulation and Computation 38, 1909-1924.

    Examples
    --------
    >>> found = two_list_estimate(620, 410, 268)
    >>> found[["population_count", "population_low", "population_high"]].round().iloc[0].tolist()
    [948.0, 904.0, 1006.0]
    """
    checked_level(level)
    if method not in TWO_LIST_METHODS:
        raise BadData(f"no interval is called {method}", fix=f"use one of {', '.join(TWO_LIST_METHODS)}")
    if both_count < 0 or both_count > min(first_count, second_count):
        raise BadData(
            f"{both_count} names cannot stand on lists of {first_count} and {second_count}", fix="match again"
        )
    if min(first_count, second_count) == 0:
        raise EmptyBook("a list holds nobody", fix="two lists with names are needed")
    product = (first_count + 1) * (second_count + 1)
    estimate = product / (both_count + 1) - 1
    seen, z = first_count + second_count - both_count, float(ndtri((1 + level) / 2))
    counts = (both_count, first_count - both_count, second_count - both_count)
    low, high = _normal_range(counts, z) if method == "normal" else _logit_range(counts, z)
    return pd.DataFrame(
        [
            {
                "first_count": first_count,
                "second_count": second_count,
                "both_count": both_count,
                "seen_count": seen,
                "population_count": float(estimate),
                "population_low": float(np.clip(low, seen, estimate)),
                "population_high": float(max(estimate, high)),
            }
        ]
    )


def _normal_range(counts: tuple[int, int, int], z: float) -> tuple[float, float]:
    both, first, second = counts
    product = (both + first + 1) * (both + second + 1)
    reach = z * np.sqrt(product * first * second / ((both + 1) ** 2 * (both + 2)))
    estimate = product / (both + 1) - 1
    return estimate - reach, estimate + reach


def _logit_range(counts: tuple[int, int, int], z: float) -> tuple[float, float]:
    both, first, second = (count + 0.5 for count in counts)
    unseen = first * second / both
    spread = z * np.sqrt(1 / both + 1 / first + 1 / second + 1 / unseen)
    if unseen < FEW_UNSEEN:
        return float(sum(counts)), sum(counts) + np.floor(unseen * (1 + spread))
    return sum(counts) - 0.5 + unseen * np.exp(-spread), sum(counts) - 0.5 + unseen * np.exp(spread)


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
    checked_level(level)
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


#: reasons for which a prospect is left out, in the order in which they are asked
REASONS = (
    *("no_basis", "in_arrears", "in_default", "state_unknown"),
    *("nothing_open", "on_other_list", "contacted_lately"),
)
MAY_CONTACT = "may_be_contacted"


def contact_rules(
    prospects: pd.DataFrame,
    customers: pd.DataFrame,
    loans: pd.DataFrame,
    lately: pd.DataFrame | None = None,
    closed: Iterable[str] = (),
    listed: Iterable[str] = (),
) -> pd.DataFrame:
    """Say of each prospect whether he may be contacted, or why not.

    Answers "whom may the manager call today?" The first reason that holds is named: the customer has not agreed to
    marketing (unknown is no agreement), a loan of his is past due, he is in default, whether he is late or in default
    is not known (a live loan without days, or a customer file that says of others whether they defaulted), his group
    takes no new borrowers or his source of repayment is stopped, he stands on another list or is kept apart for its
    reading, or he was contacted lately.

    Parameters
    ----------
    prospects : DataFrame
        ``customer_id`` and any columns, which are kept. Not modified.
    customers : DataFrame[customers]
        ``customer_id, consents_marketing, is_defaulted``.
    loans : DataFrame[loans]
        ``customer_id, overdue_days, balance_yuan, status`` and what tells a bad loan.
    lately : DataFrame, optional
        ``customer_id`` of those at rest: `lately_contacted`; without it nobody is, as far as we know.
    closed : iterable of str
        Customers of a group that takes no new borrowers, or behind a stopped source.
    listed : iterable of str
        Customers of another list, those among them who are not contacted so that it can be read.

    Returns
    -------
    DataFrame
        `prospects` with ``contact`` (code: ``may_be_contacted`` or a reason).

    Notes
    -----
    This is the bank's own courtesy and the least that the law asks; whether the basis is lawful is for compliance.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": ["C1", "C2"], "consents_marketing": [True, None],
    ...                           "is_defaulted": [False, False]})
    >>> loans = pd.DataFrame({"customer_id": [], "overdue_days": [], "class5": [], "status": [], "balance_yuan": []})
    >>> contact_rules(customers[["customer_id"]], customers, loans).contact.to_list()
    ['may_be_contacted', 'no_basis']
    """
    who, known = prospects["customer_id"], customers.drop_duplicates("customer_id").set_index("customer_id")
    agreed = who.map(known["consents_marketing"]).astype("boolean").fillna(False)
    marks = who.map(known["is_defaulted"]).astype("boolean")
    defaulted, unsaid = marks.fillna(False), marks.isna() & known["is_defaulted"].notna().any()
    late = set(loans.loc[(loans["overdue_days"] > 0) | is_bad(loans), "customer_id"])
    blind = set(loans.loc[is_live(loans) & loans["overdue_days"].isna(), "customer_id"])
    resting = who.isin([] if lately is None else lately["customer_id"])
    kept_off = [who.isin(list(closed)), who.isin(list(listed)), resting]
    rules = [~agreed, who.isin(late), defaulted, who.isin(blind) | unsaid, *kept_off]
    flags = [np.asarray(rule, dtype=bool) for rule in rules]
    return prospects.assign(contact=np.select(flags, REASONS, MAY_CONTACT))


def contact_counts(ruled: pd.DataFrame) -> pd.DataFrame:
    """Count the prospects by what keeps them off the list, in the order of the rules.

    Parameters
    ----------
    ruled : DataFrame
        Result of `contact_rules`. Not modified.

    Returns
    -------
    DataFrame
        ``contact`` (code), ``customers_count``, ``customers_share`` (fraction), each customer once.

    Examples
    --------
    >>> ruled = pd.DataFrame({"customer_id": ["C1", "C2"], "contact": ["no_basis", "may_be_contacted"]})
    >>> contact_counts(ruled)["customers_share"].tolist()
    [0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5]
    """
    once = ruled.drop_duplicates("customer_id")
    counts = once["contact"].value_counts().reindex([*REASONS, MAY_CONTACT], fill_value=0)
    found = counts.rename_axis("contact").reset_index(name="customers_count")
    return found.assign(customers_share=found["customers_count"] / max(len(once), 1))


def lately_contacted(touches: pd.DataFrame, leads: pd.DataFrame, *, as_of: date, rest_days: int = 30) -> pd.DataFrame:
    """List the customers who were contacted within the days of rest.

    Parameters
    ----------
    touches : DataFrame[touches]
        ``lead_id, touched_at``. Not modified.
    leads : DataFrame[leads]
        ``lead_id, customer_id``.
    as_of : date
        Today.
    rest_days : int
        Days of rest after a contact.

    Returns
    -------
    DataFrame
        ``customer_id, touched_at`` (the last contact), one row per customer.
    """
    known = touches.merge(leads[["lead_id", "customer_id"]].dropna(), on="lead_id")
    days = (pd.Timestamp(as_of) - pd.to_datetime(known["touched_at"]).dt.normalize()).dt.days
    resting = known[days.between(0, rest_days)]
    return resting.groupby("customer_id")["touched_at"].max().reset_index()


@measure(optional=("flow_months",))
def need_signals(
    customers: pd.DataFrame,
    loans: pd.DataFrame,
    flow_months: pd.DataFrame | None = None,
    *,
    as_of: date,
    growth_share: float = 0.2,
) -> pd.DataFrame:
    """Find customers without a loan who show a sign of needing one.

    Answers "which of the customers we already have is likely to want money, and why do we think so?" A cash gap is
    the deepest shortfall of the last 24 whole months; growing sales are inflows of the last twelve whole months above
    those of the twelve before by more than `growth_share`, of customers on file since those began: who was seen later
    grows by the file alone; a lapsed loan ended within the last twelve months and was not bad.

    Parameters
    ----------
    customers : DataFrame[customers]
        ``customer_id, rm_id``. Not modified.
    loans : DataFrame[loans]
        The ledger with its closed loans.
    flow_months : DataFrame[flow_months], optional
        Without it only lapsed loans are seen.
    as_of : date
        Today.
    growth_share : float
        Fraction, >= 0.

    Returns
    -------
    DataFrame
        One row per customer and signal: ``customer_id, rm_id, signal`` (code), ``signal_yuan`` (depth of the gap,
        growth of a year's inflows, amount of the loan), largest first.

    Raises
    ------
    BadData
        If the growth asked for is negative.

    Notes
    -----
    A sign is a reason to ask, no need by itself; the yuan of different signs do not compare.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": ["C1", "C2"], "rm_id": ["R1", "R1"]})
    >>> loans = pd.DataFrame({"loan_id": ["L1", "L2"], "customer_id": ["C1", "C2"], "amount_yuan": [5e4, 9e4],
    ...     "balance_yuan": [0.0, 9e4], "status": ["settled", "normal"], "overdue_days": 0,
    ...     "closed_date": pd.to_datetime(["2026-03-01", None])})
    >>> need_signals(customers, loans, as_of=date(2026, 6, 30))[["customer_id", "signal"]].to_numpy().tolist()
    [['C1', 'lapsed_loan']]
    """
    if growth_share < 0:
        raise BadData(f"a growth of {growth_share} is none", fix="give a fraction, 0 or more")
    borrowing = set(live_loans(loans)["customer_id"]) if len(loans) else set()
    free = customers.loc[~customers["customer_id"].isin(borrowing), ["customer_id", "rm_id"]]
    found = [_lapsed(loans, as_of)]
    if flow_months is not None and len(flow_months):
        cut = partial_months(flow_months, until=f"{last_complete_month_end(as_of):%Y-%m}")
        own = flow_months[flow_months["customer_id"].isin(free["customer_id"]) & ~flow_months["month"].isin(cut)]
        found += [_gaps(flow_months, as_of), _growing(own, as_of, growth_share, cut)]
    rows = pd.concat(found, ignore_index=True).merge(free, on="customer_id")
    rows = rows.sort_values(["signal_yuan", "customer_id", "signal"], ascending=[False, True, True], kind="stable")
    return rows[["customer_id", "rm_id", "signal", "signal_yuan"]].reset_index(drop=True)


def _lapsed(loans: pd.DataFrame, as_of: date) -> pd.DataFrame:
    closed = pd.to_datetime(loans["closed_date"])
    since = pd.Timestamp(as_of) - pd.DateOffset(months=12)
    ended = loans[closed.between(since, pd.Timestamp(as_of)) & (loans["status"] == "settled")]
    last = ended.groupby("customer_id")["amount_yuan"].max()
    return last.rename("signal_yuan").reset_index().assign(signal="lapsed_loan")


def _gaps(flows: pd.DataFrame, as_of: date) -> pd.DataFrame:
    if flows.empty:
        return pd.DataFrame(columns=["customer_id", "signal_yuan", "signal"])
    gaps = cash_gaps(flows, as_of=as_of)
    deep = gaps[gaps["gap_yuan"] > 0]
    return deep[["customer_id", "gap_yuan"]].rename(columns={"gap_yuan": "signal_yuan"}).assign(signal="cash_gap")


def _growing(flows: pd.DataFrame, as_of: date, growth_share: float, cut: list[str]) -> pd.DataFrame:
    """Compare the months of the year with those of the year before; one that is partly on file counts in neither."""
    end = pd.Period(pd.Timestamp(last_complete_month_end(as_of)), "M")
    pairs = [(str(end - back), str(end - back - 12)) for back in range(12)]
    this, last = zip(*[pair for pair in pairs if not {*pair} & {*cut}], strict=True)
    flows = flows[flows.groupby("customer_id")["month"].transform("min") <= min(last)]
    sums = [flows[flows["month"].isin(span)].groupby("customer_id")["inflow_yuan"].sum() for span in (this, last)]
    both = pd.concat(sums, axis="columns", keys=["now", "before"]).dropna()
    more = (both["now"] - both["before"])[both["now"] > (1 + growth_share) * both["before"]]
    return more.rename("signal_yuan").reset_index().assign(signal="growing_sales")


def roster_noncustomers(venue_rosters: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Count, venue by venue, the members of the rosters who are no customers of ours.

    Answers "how many are there whom we have never served, and on which list do they stand?"

    Parameters
    ----------
    venue_rosters : DataFrame[venue_rosters]
    customers : DataFrame[customers]
        The branch's. Neither is modified.

    Returns
    -------
    DataFrame
        ``venue_id, list_source, members_count, known_count, strangers_count``.
    """
    matched = roster_matches(venue_rosters, customers)
    known = matched["customer_id"].notna() & (matched["customer_id"] != "")
    groups = known.groupby([matched["venue_id"], matched["list_source"]])
    found = pd.DataFrame({"members_count": groups.size(), "known_count": groups.sum().astype("int64")}).reset_index()
    return found.assign(strangers_count=found["members_count"] - found["known_count"])


def supplier_noncustomers(core_payables: pd.DataFrame) -> pd.DataFrame:
    """Count, core by core, the suppliers who are paid there and whom we do not know, with what they are paid.

    Parameters
    ----------
    core_payables : DataFrame[core_payables]
        ``core_id, customer_id, supplier_hash, amount_yuan``. Not modified.

    Returns
    -------
    DataFrame
        ``core_id, members_count`` (suppliers), ``known_count, strangers_count, strangers_yuan`` (their payables),
        most yuan first.

    Examples
    --------
    >>> paid = pd.DataFrame({"core_id": "H1", "customer_id": ["C1", None], "supplier_hash": ["a", "b"],
    ...                      "amount_yuan": [10.0, 30.0]})
    >>> supplier_noncustomers(paid).to_numpy().tolist()
    [['H1', 2, 1, 1, 30.0]]
    """
    ours = core_payables["customer_id"].notna() & (core_payables["customer_id"] != "")
    name = core_payables["supplier_hash"].where(core_payables["supplier_hash"].notna(), core_payables["customer_id"])
    told = core_payables.assign(name=name, ours=ours, stranger_yuan=core_payables["amount_yuan"].where(~ours, 0.0))
    firms = told.groupby(["core_id", "name"]).agg(ours=("ours", "max"), yuan=("stranger_yuan", "sum")).reset_index()
    groups = firms.groupby("core_id")
    found = pd.DataFrame({"members_count": groups.size(), "known_count": groups["ours"].sum().astype("int64")})
    found["strangers_count"] = found["members_count"] - found["known_count"]
    found["strangers_yuan"] = firms[~firms["ours"]].groupby("core_id")["yuan"].sum()
    found = found.fillna({"strangers_yuan": 0.0}).reset_index()
    return found.sort_values(["strangers_yuan", "core_id"], ascending=[False, True]).reset_index(drop=True)
