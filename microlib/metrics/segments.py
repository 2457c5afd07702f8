"""Which customers belong to which group (客群), by written rules with reason codes; sizes, overlaps, the unassigned."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from microlib.contracts.needs import measure
from microlib.contracts.segments import Condition, Rule, Segment
from microlib.errors import EmptyBook

COLUMNS = {"customer_id": "str", "segment": "str", "reason_code": "str", "is_primary": "bool"}

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
        Result of `evidences.customer_evidence`. Not modified.
    segments : iterable of Segment
        As `contracts.segments.read_segments` gives them.

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
    pieces = [_members(evidence, segment, rank) for rank, segment in enumerate(ordered)]
    members = pd.concat(pieces) if pieces else pd.DataFrame(columns=["customer_id", "segment", "reason_code", "rank"])
    members = members.sort_values(["customer_id", "rank"])
    members["is_primary"] = ~members["customer_id"].duplicated()
    return members[list(COLUMNS)].astype(COLUMNS).reset_index(drop=True)


def _members(evidence: pd.DataFrame, segment: Segment, rank: int) -> pd.DataFrame:
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
        Result of `evidences.customer_evidence`. Not modified.
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
    return pd.DataFrame({
        "customers_count": [len(evidence)],
        "unassigned_count": [int(alone.sum())],
        "unassigned_share": [float(alone.mean())],
        "balance_yuan": [book],
        "unassigned_yuan": [left],
        "unassigned_balance_share": [left / book if book else 0.0],
    })  # fmt: skip
