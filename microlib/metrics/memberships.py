"""What follows from who belongs to which group: the rules with their counts, the largest groups, loans by group."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from microlib.contracts.segments import Segment

#: groups that a report looks at closely
LEADING = 3


def reason_counts(memberships: pd.DataFrame, *, segments: Iterable[Segment]) -> pd.DataFrame:
    """List every rule of every group with the members it brought in.

    Answers "by which rule did they come in, and which rules bring in nobody here?"

    Parameters
    ----------
    memberships : DataFrame
        Result of `segments.assign_segments`. Not modified.
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
        (each.code, each.version, each.primary_type, each.shared_source, rule.reason_code, rule.meaning.zh,
         rule.meaning.en, int(counts.get((each.code, rule.reason_code), 0)))
        for each in segments
        for rule in each.rules
    ]  # fmt: skip
    said = ["said_zh", "said_en", "customers_count"]
    return pd.DataFrame(rows, columns=["segment", "version", "primary_type", "shared_source", "reason_code", *said])


def leading_segments(sizes: pd.DataFrame, *, segments: Iterable[Segment] = (), most: int = LEADING) -> pd.DataFrame:
    """Keep the groups that matter most: those that share a source first, by balance, or members where none has one.

    Members of a group without a common source stand or fall alone: it is looked at only where room is left.

    Parameters
    ----------
    sizes : DataFrame
        Result of `segments.segment_sizes`. Not modified.
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
    order = kept["segment"].map(place).sort_values(kind="stable").index
    return kept.loc[order].reset_index(drop=True)


def primary_loans(loans: pd.DataFrame, memberships: pd.DataFrame) -> pd.DataFrame:
    """Give each loan the primary group of its borrower; loans of the unassigned are left out.

    Every loan stands in one group only, so balances of groups may be added up.

    Parameters
    ----------
    loans : DataFrame[loans]
        Not modified.
    memberships : DataFrame
        Result of `segments.assign_segments`. Not modified.

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
    primary = memberships.loc[memberships["is_primary"], ["customer_id", "segment"]]
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
        With ``measure`` and ``share``, e.g. from `pars.four_pars`. Not modified.
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
        Result of `monthly_amounts.monthly_lending` or its likes. Not modified.
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
