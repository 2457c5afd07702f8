"""Which customers belong to which group (客群): rules, evidence, sizes, overlaps, what holds a group together.

`customer_evidence` gathers one row a customer, `assign_segments` applies the rules with reason codes,
`type_evidence` tests the five types (客群五型), `resident_segments` says which groups live in which branch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from microlib.contracts.needs import measure
from microlib.contracts.segment import EVIDENCE, Condition, Rule, Segment
from microlib.errors import BadData, EmptyBook
from microlib.metrics.income import income_shares, year_start, yearly_incomes
from microlib.metrics.rhythm import partial_months
from microlib.stats.grouping import told_apart
from microlib.stats.intervals import rate_interval

#: evidence -> which of the five it speaks for: 共营, 共需, 增信同一, 渠道, 衍生; one trade alone is none of them
FACTORS = {
    "venue_id": "shared_place",
    "landlord_hash": "shared_place",
    "purpose": "shared_need",
    "peak_month": "shared_need",
    "enhancer_id": "shared_enhancer",
    "channel": "channel",
    "chamber_id": "channel",
    "core_id": "derived",
    "referrer_id": "derived",
}
#: a factor speaks for its type beyond these
LEAST_LIFT, MOST_P, LEAST_COVERAGE = 3.0, 0.01, 0.5
SEED = 20_260_630
GROUP_TYPE_COLUMNS = [
    *["segment", "factor", "group_type", "members_count", "known_count", "top_value", "top_count"],
    *["coverage_share", "coverage_low", "coverage_high", "balance_share"],
    *["pair_share", "population_pair_share", "lift_ratio", "p_value", "is_evident"],
]


def type_evidence(
    memberships: pd.DataFrame,
    factors: pd.DataFrame,
    *,
    types: Mapping[str, str] = FACTORS,
    draws: int = 999,
) -> pd.DataFrame:
    r"""Measure for every group and factor how much more alike its members are than customers at large.

    Answers "is this group one because of where they are, what they need, who vouches, who brought them, or from whom
    they came?" With :math:`c_v` members of value v among n members:

    .. math::

        q_g = \frac{\sum_v c_v (c_v - 1)}{n (n - 1)}, \qquad lift = \frac{q_g}{q_{all}}, \qquad
        p = \frac{1 + \#\{q^* \ge q_g\}}{1 + draws}

    where :math:`q` is the chance that two of them share a value, and :math:`q^*` that of n customers drawn without
    replacement from all. A factor is evident when the lift exceeds 3, p is below .01 and the commonest value covers
    more than half of the members.

    Parameters
    ----------
    memberships : DataFrame
        Result of `assign_segments`: ``customer_id, segment``. Not modified.
    factors : DataFrame
        One row per customer of the whole population: ``customer_id``, any of the columns named in `types` (text;
        missing where unknown: unknown is shared with nobody) and, where known, ``balance_yuan``. Take
        `customer_evidence`, with `main_enhancers` and `peak_months` joined. Not modified.
    types : mapping
        Column -> one of the five types; columns that are not there are passed over.
    draws : int
        Of the permutation, at least 199; the seed is fixed.

    Returns
    -------
    DataFrame
        One row per segment and factor, in their order: ``segment, factor, group_type, members_count, known_count``
        (with a value), ``top_value`` (ties: the first), ``top_count``, ``coverage_share, coverage_low,
        coverage_high`` (members of the top value, of all members; Jeffreys, 95 %), ``balance_share`` (of the group's
        balance on the top value; missing without balances), ``pair_share, population_pair_share, lift_ratio`` (missing
        where nobody in the population shares a value, or the group has one member), ``p_value``, ``is_evident``

    Raises
    ------
    BadData
        If draws are too few, a customer stands twice in `factors`, or no factor of `types` is there.
    EmptyBook
        If no member is in `factors`.

    Notes
    -----
    Multi-label: several may be evident, and the machine names none as primary; the product file does, with what
    controls repayment as its reason. A factor that the group's own rule asks for is evident by construction: it
    confirms the data, not the group. Many groups and factors: one in a hundred is evident by chance at p .01, but
    hardly with that lift and coverage.

    Examples
    --------
    >>> factors = pd.DataFrame({"customer_id": [f"C{i}" for i in range(100)], "venue_id": ["V1"] * 10 + [None] * 90})
    >>> members = factors.head(10)[["customer_id"]].assign(segment="market")
    >>> found = type_evidence(members, factors)
    >>> found[["group_type", "coverage_share", "lift_ratio", "p_value", "is_evident"]].values.tolist()
    [['shared_place', 1.0, 110.0, 0.001, True]]
    """
    names = [name for name in types if name in factors]
    if draws < 199 or not names or factors["customer_id"].duplicated().any():
        what = "draws are too few, no factor is there, or a customer stands twice"
        raise BadData(what, where="factors", fix="give one row per customer, a factor or more, and 199 draws or more")
    members = memberships[["segment", "customer_id"]].drop_duplicates().merge(factors, on="customer_id")
    if members.empty:
        raise EmptyBook("no member is among the customers", fix="take members and factors of one bank")
    rows = []
    for name in names:
        counts = factors[name].value_counts().sort_index()
        for segment, group in members.groupby("segment", observed=True):
            found = {"segment": segment, "factor": name, "group_type": types[name]}
            rows.append(found | _coverage(group, name) | _likeness(group[name], counts, len(factors), draws))
    found = pd.DataFrame(rows)
    rates = rate_interval(found["top_count"], found["members_count"])
    found[["coverage_share", "coverage_low", "coverage_high"]] = rates[["rate", "low", "high"]]
    alike = (found["lift_ratio"] > LEAST_LIFT) & (found["p_value"] < MOST_P)
    found["is_evident"] = alike & (found["coverage_share"] > LEAST_COVERAGE)
    return found.sort_values("segment", kind="stable", ignore_index=True)[GROUP_TYPE_COLUMNS]


def group_labels(evidence: pd.DataFrame) -> pd.DataFrame:
    """Gather the evident types of each group: several, one or none.

    Parameters
    ----------
    evidence : DataFrame
        Result of `type_evidence`. Not modified.

    Returns
    -------
    DataFrame
        One row per segment: ``segment, members_count, types_count, group_types`` (joined by ``+``, empty when none is
        evident), ``strongest_factor`` (evident and of the largest coverage; missing when none)

    Examples
    --------
    >>> evidence = pd.DataFrame({"segment": "a", "factor": ["venue_id", "channel"], "members_count": 9,
    ...     "group_type": ["shared_place", "channel"], "coverage_share": [0.9, 0.6], "is_evident": [True, True]})
    >>> group_labels(evidence)["group_types"].tolist()
    ['shared_place+channel']
    """
    evident = evidence[evidence["is_evident"].eq(True)]
    best = evident.sort_values("coverage_share", ascending=False, kind="stable").drop_duplicates("segment")
    kinds = evident.drop_duplicates(["segment", "group_type"]).groupby("segment", observed=True)["group_type"]
    found = evidence.drop_duplicates("segment")[["segment", "members_count"]].reset_index(drop=True)
    return found.assign(
        types_count=found["segment"].map(kinds.size()).fillna(0).astype("int64"),
        group_types=found["segment"].map(kinds.agg("+".join)).fillna(""),
        strongest_factor=found["segment"].map(best.set_index("segment")["factor"]),
    )


def evident_rows(evidence: pd.DataFrame, *, least_lift: float = LEAST_LIFT) -> pd.DataFrame:
    """Keep the factors that make the members of a group more alike than customers at large, the evident first.

    Parameters
    ----------
    evidence : DataFrame
        Result of `type_evidence`. Not modified.
    least_lift : float
        Rows whose ``lift_ratio`` is missing or not above it are left out.

    Examples
    --------
    >>> evidence = pd.DataFrame({"segment": "a", "factor": ["venue_id", "channel"], "lift_ratio": [9.0, 0.5],
    ...                          "is_evident": [True, False]})
    >>> evident_rows(evidence)["factor"].tolist()
    ['venue_id']
    """
    kept = evidence[evidence["lift_ratio"] > least_lift]
    order = ["segment", "is_evident", "lift_ratio"]
    return kept.sort_values(order, ascending=[True, False, False], kind="stable", ignore_index=True)


def with_factors(evidence: pd.DataFrame, *more: pd.DataFrame) -> pd.DataFrame:
    """Join further factors to the evidence on every customer: `main_enhancers`, `peak_months`, as far as there are any.

    Examples
    --------
    >>> evidence = pd.DataFrame({"customer_id": ["C1", "C2"]})
    >>> peaks = pd.DataFrame({"customer_id": ["C1"], "peak_month": ["12"]})
    >>> with_factors(evidence, peaks)["peak_month"].tolist()
    ['12', nan]
    """
    for frame in more:
        evidence = evidence.merge(frame, on="customer_id", how="left")
    return evidence


def main_enhancers(loans: pd.DataFrame, guarantees: pd.DataFrame) -> pd.DataFrame:
    """Name each borrower's main enhancer (增信方): who guarantees most of its live loans.

    Parameters
    ----------
    loans : DataFrame[loans]
        Uses ``loan_id, customer_id, balance_yuan``. Not modified.
    guarantees : DataFrame[guarantees]
        Uses ``loan_id, guarantor_id, amount_yuan``. Not modified.

    Returns
    -------
    DataFrame
        ``customer_id, enhancer_id``; borrowers without a guarantor are not in it.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["L1"], "customer_id": ["C1"], "balance_yuan": [9.0]})
    >>> vouched = pd.DataFrame({"loan_id": ["L1", "L1"], "guarantor_id": ["G1", "G2"], "amount_yuan": [3.0, 6.0]})
    >>> main_enhancers(loans, vouched).values.tolist()
    [['C1', 'G2']]
    """
    live = loans.loc[loans["balance_yuan"] > 0, ["loan_id", "customer_id"]]
    rows = guarantees[["loan_id", "guarantor_id", "amount_yuan"]].merge(live, on="loan_id")
    sums = rows.groupby(["customer_id", "guarantor_id"], as_index=False, observed=True)["amount_yuan"].sum()
    best = sums.sort_values(["customer_id", "amount_yuan", "guarantor_id"], ascending=[True, False, True])
    best = best.drop_duplicates("customer_id").rename(columns={"guarantor_id": "enhancer_id"})
    return best[["customer_id", "enhancer_id"]].reset_index(drop=True)


def peak_months(flow_months: pd.DataFrame) -> pd.DataFrame:
    """Name the calendar month in which each customer's accounts take in most, over all its years.

    Parameters
    ----------
    flow_months : DataFrame[flow_months]
        Uses ``customer_id, month, inflow_yuan``; channels are added up. Not modified.

    Returns
    -------
    DataFrame
        ``customer_id, peak_month`` (text, ``01`` .. ``12``; ties: the first); mean of the years a month is there,
        a month that is only partly on file (`rhythm.partial_months`) left out.

    Examples
    --------
    >>> flows = pd.DataFrame({"customer_id": "C1", "month": ["2025-01", "2025-12", "2026-01"],
    ...                       "inflow_yuan": [5.0, 9.0, 5.0]})
    >>> peak_months(flows).values.tolist()
    [['C1', '12']]
    """
    keys = ["customer_id", "month"]
    whole = flow_months[~flow_months["month"].isin(partial_months(flow_months))]
    sums = whole.groupby(keys, as_index=False, observed=True)["inflow_yuan"].sum()
    means = sums["inflow_yuan"].groupby([sums["customer_id"], sums["month"].str[5:].rename("peak_month")]).mean()
    best = means.reset_index().sort_values(["customer_id", "inflow_yuan", "peak_month"], ascending=[True, False, True])
    return best.drop_duplicates("customer_id")[["customer_id", "peak_month"]].reset_index(drop=True)


def _coverage(group: pd.DataFrame, name: str) -> dict[str, object]:
    counts = group[name].value_counts().sort_index()
    top = counts.idxmax() if len(counts) else None
    yuan = group["balance_yuan"] if "balance_yuan" in group else pd.Series(dtype="float64")
    share = yuan[group[name] == top].sum() / yuan.sum() if yuan.sum() > 0 else np.nan
    return {
        "members_count": len(group),
        "known_count": int(counts.sum()),
        "top_value": top,
        "top_count": int(counts.max()) if len(counts) else 0,
        "balance_share": share,
    }


def _likeness(values: pd.Series, counts: pd.Series, size: int, draws: int) -> dict[str, float]:
    """Chance that two share a value, in the group and in the population, and its p-value by drawing groups."""
    members = len(values)
    here = _pairs(values.value_counts().to_numpy()[None, :], members)[0]
    everywhere = _pairs(counts.to_numpy()[None, :], size)[0]
    lift = here / everywhere if everywhere > 0 and members > 1 else np.nan
    every = np.append(counts.to_numpy(), size - counts.sum())
    rng = np.random.default_rng(SEED)
    drawn = rng.multivariate_hypergeometric(every, min(members, size), size=draws, method="marginals")[:, :-1]
    p_value = (1 + (_pairs(drawn, members) >= here * (1 - 1e-12)).sum()) / (1 + draws)
    return {"pair_share": here, "population_pair_share": everywhere, "lift_ratio": lift, "p_value": float(p_value)}


def _pairs(counts: np.ndarray, members: int) -> np.ndarray:
    return (counts * (counts - 1.0)).sum(axis=1) / max(members * (members - 1.0), 1.0)


MEMBERSHIP_COLUMNS = {"customer_id": "str", "segment": "str", "reason_code": "str", "is_primary": "bool"}
#: how each operator compares a column with a value; what is missing never satisfies a comparison
COMPARISONS: dict[str, Callable[[pd.Series, object], pd.Series]] = {
    "equals": lambda column, value: column.eq(value),
    "any_of": lambda column, value: column.isin(value),
    "starts_with": lambda column, value: column.str.startswith(value),
    "at_least": lambda column, value: column.ge(value),
    "at_most": lambda column, value: column.le(value),
    "is_known": lambda column, value: column.notna().eq(value),
}


def assign_segments(evidence: pd.DataFrame, *, segments: Iterable[Segment]) -> pd.DataFrame:
    """Assign customers to segments by their rules; a customer may belong to several, or to none.

    Answers "which of our groups is this customer in, and by which evidence?"

    Parameters
    ----------
    evidence : DataFrame
        Result of `customer_evidence`. Not modified.
    segments : iterable of Segment
        As `contracts.segment.read_segments` gives them.

    Returns
    -------
    DataFrame
        One row per customer and segment, by customer, then priority

        - ``customer_id``, ``segment`` (code)
        - ``reason_code``: of the first rule of that segment which holds
        - ``is_primary``: true once per customer, for the segment of lowest ``priority``

    Notes
    -----
    A missing value satisfies nothing but ``is_known = false``: no evidence is no membership, which is why the
    unassigned share belongs beside every table of segments.

    Examples
    --------
    >>> farm = Segment.model_validate({
    ...     "code": "farm", "version": 1, "effective_from": "2026-01-01", "title": {"zh": "农户", "en": "farms"},
    ...     "priority": 1, "primary_type": "shared_need", "primary_type_reason": {"zh": "季", "en": "season"},
    ...     "reading": "our_reading", "repaid_by": {"zh": "收成", "en": "harvest"}, "shared_source": "season",
    ...     "family": "farm", "rules": [{"reason_code": "is_farm", "meaning": {"zh": "户", "en": "household"},
    ...     "all": [{"column": "kind", "equals": "farm_household"}]}]})
    >>> evidence = pd.DataFrame({"customer_id": ["C1", "C2"], "kind": ["farm_household", "company"]})
    >>> assign_segments(evidence, segments=[farm]).iloc[0].to_dict()
    {'customer_id': 'C1', 'segment': 'farm', 'reason_code': 'is_farm', 'is_primary': True}
    """
    ordered = sorted(segments, key=lambda segment: (segment.priority, segment.code))
    pieces = [_segment_members(evidence, segment, rank) for rank, segment in enumerate(ordered)]
    members = pd.concat(pieces) if pieces else pd.DataFrame(columns=["customer_id", "segment", "reason_code", "rank"])
    members = members.sort_values(["customer_id", "rank"])
    members["is_primary"] = ~members["customer_id"].duplicated()
    return members[list(MEMBERSHIP_COLUMNS)].astype(MEMBERSHIP_COLUMNS).reset_index(drop=True)


def _segment_members(evidence: pd.DataFrame, segment: Segment, rank: int) -> pd.DataFrame:
    held = [_holds(evidence, rule) for rule in segment.rules]
    reasons = np.select(held, [rule.reason_code for rule in segment.rules], "")
    rows = pd.DataFrame({"customer_id": evidence["customer_id"], "segment": segment.code, "reason_code": reasons})
    return rows[reasons != ""].assign(rank=rank)


def _holds(evidence: pd.DataFrame, rule: Rule) -> np.ndarray:
    return np.logical_and.reduce([_compared(evidence[condition.column], condition) for condition in rule.all])


def _compared(column: pd.Series, condition: Condition) -> np.ndarray:
    if column.isna().all() and condition.operator != "is_known":
        return np.zeros(len(column), dtype=bool)
    return COMPARISONS[condition.operator](column, condition.value).fillna(False).to_numpy(dtype=bool)


@measure(optional=("loans",))
def segment_sizes(memberships: pd.DataFrame, loans: pd.DataFrame) -> pd.DataFrame:
    """Count customers, borrowers and balance of every segment that has a member.

    Parameters
    ----------
    memberships : DataFrame
        Result of `assign_segments`. Not modified.
    loans : DataFrame[loans]
        Uses ``customer_id, balance_yuan``; may be empty.

    Returns
    -------
    DataFrame
        One row per segment, largest balance first

        - ``customers_count``, ``primary_count``: members, and those whose primary group it is
        - ``borrowers_count``: members with a balance
        - ``balance_yuan``, ``balance_share`` (fraction of the whole book; missing when the book is empty)

    Notes
    -----
    A member of two segments counts in both, so shares may add up to more than one; ``primary_count`` does not
    overlap. These are counts of the whole book, not samples: they carry no interval.

    Examples
    --------
    >>> members = pd.DataFrame({"customer_id": ["C1", "C2"], "segment": "farm", "is_primary": True})
    >>> loans = pd.DataFrame({"customer_id": ["C1", "C9"], "balance_yuan": [3e5, 1e5]})
    >>> segment_sizes(members, loans)[["customers_count", "borrowers_count", "balance_share"]].iloc[0].tolist()
    [2.0, 1.0, 0.75]
    """
    owed = loans.groupby("customer_id", observed=True)["balance_yuan"].sum()
    told_apart(memberships, key=["customer_id", "segment"], table="memberships")
    balance = memberships["customer_id"].map(owed).astype("float64").fillna(0.0)
    rows = memberships.assign(balance_yuan=balance, borrows=balance > 0)
    sizes = rows.groupby("segment", as_index=False, observed=True).agg(
        customers_count=("customer_id", "nunique"),
        primary_count=("is_primary", "sum"),
        borrowers_count=("borrows", "sum"),
        balance_yuan=("balance_yuan", "sum"),
    )
    book = float(owed.sum())
    sizes["balance_share"] = sizes["balance_yuan"] / book if book else np.nan
    return sizes.sort_values(["balance_yuan", "segment"], ascending=[False, True]).reset_index(drop=True)


def overlap_matrix(memberships: pd.DataFrame) -> pd.DataFrame:
    """Count the customers that every two segments have in common.

    Parameters
    ----------
    memberships : DataFrame
        Result of `assign_segments`. Not modified.

    Returns
    -------
    DataFrame
        One row per segment: ``segment``, then one column of counts per segment, in the same order. The diagonal
        holds the segment's own members; the table is symmetric.

    Examples
    --------
    >>> members = pd.DataFrame({"customer_id": ["C1", "C1", "C2"], "segment": ["farm", "chamber", "farm"]})
    >>> overlap_matrix(members)
       segment  chamber  farm
    0  chamber        1     1
    1     farm        1     2
    """
    belongs = pd.crosstab(memberships["customer_id"], memberships["segment"]).clip(upper=1)
    counts = belongs.to_numpy().T @ belongs.to_numpy()
    found = pd.DataFrame(counts, columns=list(belongs.columns), dtype="int64")
    found.insert(0, "segment", list(belongs.columns))
    return found


def unassigned_share(evidence: pd.DataFrame, memberships: pd.DataFrame) -> pd.DataFrame:
    """Measure how much of the book no segment rule explains.

    Parameters
    ----------
    evidence : DataFrame
        Result of `customer_evidence`. Not modified.
    memberships : DataFrame
        Result of `assign_segments` on the same customers.

    Returns
    -------
    DataFrame
        One row: ``customers_count, unassigned_count, unassigned_share`` (fraction of customers), ``balance_yuan,
        unassigned_yuan, unassigned_balance_share`` (fraction of the balance; 0 when nothing is outstanding).

    Raises
    ------
    EmptyBook
        If there is no customer: a share of nothing does not exist.

    Examples
    --------
    >>> evidence = pd.DataFrame({"customer_id": ["C1", "C2"], "balance_yuan": [3e5, 1e5]})
    >>> members = pd.DataFrame({"customer_id": ["C1"], "segment": ["farm"]})
    >>> unassigned_share(evidence, members)[["unassigned_share", "unassigned_balance_share"]].iloc[0].tolist()
    [0.5, 0.25]
    """
    if evidence.empty:
        raise EmptyBook("there is no customer to assign", fix="load the customers table first")
    alone = ~evidence["customer_id"].isin(memberships["customer_id"])
    book, left = float(evidence["balance_yuan"].sum()), float(evidence.loc[alone, "balance_yuan"].sum())
    return pd.DataFrame(
        {
            "customers_count": [len(evidence)],
            "unassigned_count": [int(alone.sum())],
            "unassigned_share": [float(alone.mean())],
            "balance_yuan": [book],
            "unassigned_yuan": [left],
            "unassigned_balance_share": [left / book if book else 0.0],
        }
    )


#: groups that a report looks at closely
LEADING = 3


def reason_counts(memberships: pd.DataFrame, *, segments: Iterable[Segment]) -> pd.DataFrame:
    """List every rule of every group with the members it brought in.

    Answers "by which rule did they come in, and which rules bring in nobody here?"

    Parameters
    ----------
    memberships : DataFrame
        Result of `assign_segments`. Not modified.
    segments : iterable of Segment
        The same groups.

    Returns
    -------
    DataFrame
        One row per group and rule, in their order: ``segment, version, primary_type, shared_source, reason_code,
        said_zh, said_en`` (the rule in words), ``customers_count`` (0 where the rule brings in nobody).

    Examples
    --------
    >>> farm = Segment.model_validate({
    ...     "code": "farm", "version": 1, "effective_from": "2026-01-01", "title": {"zh": "农户", "en": "farms"},
    ...     "priority": 1, "primary_type": "shared_need", "primary_type_reason": {"zh": "季", "en": "season"},
    ...     "reading": "our_reading", "repaid_by": {"zh": "收成", "en": "harvest"}, "shared_source": "season",
    ...     "family": "farm", "rules": [{"reason_code": "is_farm", "meaning": {"zh": "户", "en": "household"},
    ...     "all": [{"column": "kind", "equals": "farm_household"}]}]})
    >>> members = pd.DataFrame({"segment": ["farm"], "reason_code": ["is_farm"]})
    >>> reason_counts(members, segments=[farm])[["segment", "reason_code", "customers_count"]]
      segment reason_code  customers_count
    0    farm     is_farm                1
    """
    counts = memberships.groupby(["segment", "reason_code"]).size()
    rows = [
        (
            each.code,
            each.version,
            each.primary_type,
            each.shared_source,
            rule.reason_code,
            rule.meaning.zh,
            rule.meaning.en,
            int(counts.get((each.code, rule.reason_code), 0)),
        )
        for each in segments
        for rule in each.rules
    ]
    said = ["said_zh", "said_en", "customers_count"]
    return pd.DataFrame(rows, columns=["segment", "version", "primary_type", "shared_source", "reason_code", *said])


def leading_segments(sizes: pd.DataFrame, *, segments: Iterable[Segment] = (), most: int = LEADING) -> pd.DataFrame:
    """Keep the groups that matter most: those that share a source first, by balance, or members where none has one.

    Members of a group without a common source stand or fall alone: it is looked at only where room is left.

    Parameters
    ----------
    sizes : DataFrame
        Result of `segment_sizes`. Not modified.
    segments : iterable of Segment
        Their ``shared_source``; left out, all groups are alike.
    most : int
        How many to keep.

    Returns
    -------
    DataFrame
        The first rows in that order.

    Examples
    --------
    >>> sizes = pd.DataFrame({"segment": ["a", "b"], "balance_yuan": [0.0, 0.0], "customers_count": [3, 9]})
    >>> leading_segments(sizes, most=1)["segment"].to_list()
    ['b']
    """
    alone = {each.code for each in segments if each.shared_source == "none"}
    ranked = sizes.assign(alone=sizes["segment"].isin(alone)).sort_values(
        ["alone", "balance_yuan", "customers_count", "segment"], ascending=[True, False, False, True], kind="stable"
    )
    return ranked.drop(columns="alone").head(most).reset_index(drop=True)


def of_segments(frame: pd.DataFrame, sizes: pd.DataFrame) -> pd.DataFrame:
    """Keep the rows of `frame` whose group stands in `sizes`, in the order of `sizes`.

    Parameters
    ----------
    frame : DataFrame
        With ``segment``. Not modified.
    sizes : DataFrame
        With ``segment``, one row each. Not modified.

    Examples
    --------
    >>> frame = pd.DataFrame({"segment": ["a", "b", "b"], "x": [1, 2, 3]})
    >>> of_segments(frame, pd.DataFrame({"segment": ["b"]}))["x"].to_list()
    [2, 3]
    """
    place = pd.Series(range(len(sizes)), index=sizes["segment"].to_numpy(), dtype="int64")
    kept = frame[frame["segment"].isin(place.index)]
    order = kept["segment"].map(place).to_numpy().argsort(kind="stable")
    return kept.iloc[order].reset_index(drop=True)


def primary_loans(loans: pd.DataFrame, memberships: pd.DataFrame) -> pd.DataFrame:
    """Give each loan the primary group of its borrower; loans of the unassigned are left out.

    Every loan stands in one group only, so balances of groups may be added up.

    Parameters
    ----------
    loans : DataFrame[loans]
        Not modified.
    memberships : DataFrame
        Result of `assign_segments`. Not modified.

    Returns
    -------
    DataFrame
        The loans of members with ``segment``.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["L1", "L2"], "customer_id": ["C1", "C2"]})
    >>> members = pd.DataFrame({"customer_id": ["C1", "C1"], "segment": ["a", "b"], "is_primary": [True, False]})
    >>> primary_loans(loans, members)
      loan_id customer_id segment
    0      L1          C1       a
    """
    primary = memberships.loc[memberships["is_primary"].eq(True), ["customer_id", "segment"]]
    told_apart(primary, key=["customer_id"], table="memberships")
    return loans.merge(primary, on="customer_id", how="inner", validate="many_to_one")


def families(segments: Iterable[Segment]) -> dict[str, str]:
    """Return each group's trade (``family``): groups of one trade may well share a season.

    Examples
    --------
    >>> families([])
    {}
    """
    return {each.code: each.family for each in segments}


def only_measure(shares: pd.DataFrame, *, measure: str) -> pd.DataFrame:
    """Keep one measure of a long table of shares, where it could be computed.

    Parameters
    ----------
    shares : DataFrame
        With ``measure`` and ``share``, e.g. from `quality.four_pars`. Not modified.
    measure : str
        Its code.

    Examples
    --------
    >>> shares = pd.DataFrame({"measure": ["a", "b"], "share": [0.1, 0.2]})
    >>> only_measure(shares, measure="b")["share"].to_list()
    [0.2]
    """
    return shares[(shares["measure"] == measure) & shares["share"].notna()].reset_index(drop=True)


def monthly_leading(monthly: pd.DataFrame, *, fewest: int = 60) -> pd.DataFrame:
    """Keep the groups whose monthly series rests on enough events to look for a season in it.

    Parameters
    ----------
    monthly : DataFrame
        Result of `rhythm.monthly_lending` or its likes. Not modified.
    fewest : int
        Events over the whole series below which a group is left out.

    Examples
    --------
    >>> monthly = pd.DataFrame({"segment": ["a", "b"], "month": ["2026-01"] * 2, "amount_yuan": [1.0, 1.0],
    ...                         "events_count": [80, 3]})
    >>> monthly_leading(monthly)["segment"].to_list()
    ['a']
    """
    events = monthly.groupby("segment")["events_count"].transform("sum")
    return monthly[events >= fewest].reset_index(drop=True)


TYPES = {"text": "str", "number": "float64"}


@measure(optional=("loans", "venue_rosters", "core_enterprises"))
def customer_evidence(
    customers: pd.DataFrame,
    loans: pd.DataFrame,
    shares: pd.DataFrame | None = None,
    venue_rosters: pd.DataFrame | None = None,
    core_enterprises: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Gather the evidence on every customer into one row, from whatever tables there are.

    Answers "what do we know about this customer that could put it in a group?" Customers and loans suffice; each
    further table fills more columns, and what is not known stays missing.

    Parameters
    ----------
    customers : DataFrame[customers]
        One row per customer. Not modified, nor is any other frame.
    loans : DataFrame[loans]
        All loans, settled ones too; may be empty.
    shares : DataFrame, optional
        Result of `income.income_shares`: payers from payables, and the income on file.
    venue_rosters : DataFrame[venue_rosters], optional
        Members are matched by ``customer_id``, then ``uscc_hash``, then ``phone_hash``.
    core_enterprises : DataFrame[core_enterprises], optional
        Says what kind of payer each core is.

    Returns
    -------
    DataFrame
        One row per customer, in the order of `customers`, columns of ``contracts.segments.EVIDENCE``:

        - ``kind, industry_code, size`` from the customer file
        - ``purpose, channel``: of the latest loan
        - ``core_id, core_kind, core_income_share`` (fraction): the payer that makes up most of the income;
          ``core_basis`` is ``payables``, or ``loan_tag`` when only a loan names it
        - ``venue_id, venue_kind``: the place of business (market, park, street, village)
        - ``chamber_id``: the chamber whose roster lists the customer
        - ``income_source, income_yuan``: yearly income on file
        - ``loans_count`` (all loans), ``balance_yuan`` (outstanding)

    Notes
    -----
    A venue named in the customer file goes before one named by a loan, and that before a roster: the customer file
    is what the manager last confirmed. Chambers never count as a place of business.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": ["C1"], "kind": ["sole_trader"], "industry_code": ["F5174"]})
    >>> loans = pd.DataFrame({"loan_id": ["L1"], "customer_id": ["C1"], "balance_yuan": [2e5], "venue_id": ["V1"]})
    >>> customer_evidence(customers, loans)[["venue_id", "loans_count", "balance_yuan"]].iloc[0].to_dict()
    {'venue_id': 'V1', 'loans_count': 1.0, 'balance_yuan': 200000.0}
    """
    who = customers["customer_id"]
    rosters = _roster_members(customers, venue_rosters)
    pieces = [
        _customer_file(customers),
        _from_loans(who, loans),
        _payers(who, loans, shares, core_enterprises),
        _places(customers, loans, rosters),
        _incomes(who, shares),
    ]
    evidence = pd.concat([piece.reset_index(drop=True) for piece in pieces], axis="columns")
    evidence = evidence.reindex(columns=list(EVIDENCE))
    return evidence.astype({name: TYPES[kind] for name, kind in EVIDENCE.items()})


def _customer_file(customers: pd.DataFrame) -> pd.DataFrame:
    return customers.reindex(columns=["customer_id", "kind", "industry_code", "size"])


def _by_customer(who: pd.Series, rows: pd.DataFrame, column: str) -> pd.Series:
    """Give each customer the value of its first row, missing where it has none."""
    known = rows[rows[column].notna()] if column in rows else rows.iloc[:0].assign(**{column: None})
    first = known.drop_duplicates("customer_id").set_index("customer_id")[column]
    return who.map(first).reset_index(drop=True)


def _latest_first(loans: pd.DataFrame) -> pd.DataFrame:
    columns = [name for name in ("disbursed_date", "loan_id") if name in loans]
    return loans.sort_values(columns, ascending=False) if columns else loans


def _from_loans(who: pd.Series, loans: pd.DataFrame) -> pd.DataFrame:
    latest = _latest_first(loans)
    held = loans.groupby("customer_id", observed=True)["balance_yuan"].agg(["size", "sum"])
    return pd.DataFrame(
        {
            "purpose": _by_customer(who, latest, "purpose"),
            "channel": _by_customer(who, latest, "channel"),
            "loans_count": who.map(held["size"]).astype("float64").fillna(0.0).reset_index(drop=True),
            "balance_yuan": who.map(held["sum"]).astype("float64").fillna(0.0).reset_index(drop=True),
        }
    )


def _payers(who: pd.Series, loans: pd.DataFrame, shares: pd.DataFrame | None, cores: pd.DataFrame | None):
    """Name each customer's main payer: the largest in the payables, else the one its latest tagged loan names."""
    owed = _none(shares, ["customer_id", "core_id", "paid_yuan", "income_share"])
    owed = owed[owed["core_id"].notna()].sort_values(["paid_yuan", "core_id"], ascending=[False, True])
    paying = _by_customer(who, owed, "core_id").astype("str")
    tagged = _by_customer(who, _latest_first(loans), "core_id").astype("str")
    core = paying.fillna(tagged)
    basis = np.select([paying.notna(), tagged.notna()], ["payables", "loan_tag"], "")
    kinds = _none(cores, ["core_id", "kind"]).drop_duplicates("core_id").set_index("core_id")["kind"]
    return pd.DataFrame(
        {
            "core_id": core,
            "core_kind": core.map(kinds),
            "core_basis": pd.Series(basis).replace("", np.nan),
            "core_income_share": _by_customer(who, owed.drop_duplicates("customer_id"), "income_share"),
        }
    )


def _incomes(who: pd.Series, shares: pd.DataFrame | None) -> pd.DataFrame:
    known = _none(shares, ["customer_id", "income_source", "income_yuan"])
    return pd.DataFrame({name: _by_customer(who, known, name) for name in ("income_source", "income_yuan")})


def _places(customers: pd.DataFrame, loans: pd.DataFrame, rosters: pd.DataFrame) -> pd.DataFrame:
    who = customers["customer_id"]
    kinds = rosters.drop_duplicates("venue_id").set_index("venue_id")["kind"]
    named = customers.reindex(columns=["customer_id", "venue_id"])
    tagged = _latest_first(loans.reindex(columns=["customer_id", "venue_id", "disbursed_date", "loan_id"]))
    listed = rosters[rosters["customer_id"].notna()].sort_values("venue_id")
    candidates = pd.concat([rows[["customer_id", "venue_id"]].astype("str") for rows in (named, tagged, listed)])
    chamber = candidates["venue_id"].map(kinds).eq("chamber")
    venue = _by_customer(who, candidates[~chamber], "venue_id")
    chambers = _by_customer(who, candidates[chamber], "venue_id")
    return pd.DataFrame({"venue_id": venue, "venue_kind": venue.map(kinds), "chamber_id": chambers})


def _roster_members(customers: pd.DataFrame, rosters: pd.DataFrame | None) -> pd.DataFrame:
    """Name the customer behind each roster row, by number, then credit code, then phone."""
    columns = ["venue_id", "kind", "customer_id", "uscc_hash", "phone_hash"]
    rows = _none(rosters, columns).reindex(columns=columns)
    found = rows["customer_id"].where(rows["customer_id"].isin(customers["customer_id"]))
    for identifier in ("uscc_hash", "phone_hash"):
        if identifier in customers:
            known = customers[customers[identifier].notna()].drop_duplicates(identifier, keep=False)
            found = found.fillna(rows[identifier].map(known.set_index(identifier)["customer_id"]))
    return rows.assign(customer_id=found)


def _none(frame: pd.DataFrame | None, columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="str") for name in columns}) if frame is None else frame


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
    return year_start(as_of).date()


def _income_shares(census: Frames, as_of: date) -> pd.DataFrame:
    income = yearly_incomes(census["customers"], census["invoices"], census["flow_months"], as_of=as_of)
    return income_shares(census["core_payables"], income, as_of=as_of)


def _living(customers: pd.DataFrame, census: Frames, shares: pd.DataFrame, rules: Iterable) -> tuple[str, ...]:
    """Return the groups of one branch, from what its own book would hold."""
    who = customers["customer_id"]
    loans = census["loans"][census["loans"]["customer_id"].isin(who)]
    rosters = _rosters(census["venue_rosters"], customers, loans)
    own = shares[shares["customer_id"].isin(who)]
    customers = customers.reset_index(drop=True)
    evidence = customer_evidence(customers, loans, own, rosters, census["core_enterprises"])
    return tuple(sorted(set(assign_segments(evidence, segments=rules)["segment"])))


def _rosters(rosters: pd.DataFrame, customers: pd.DataFrame, loans: pd.DataFrame) -> pd.DataFrame:
    """Return the whole rosters of the places where the branch has a customer, as its book would hold them."""
    members = rosters[rosters["customer_id"].isin(customers["customer_id"])]
    places = pd.concat([customers["venue_id"], loans["venue_id"], members["venue_id"]])
    return rosters[rosters["venue_id"].isin(places.dropna())]
