"""What holds a group together (客群五型): how far members share a place, a need, an enhancer, a channel, an origin."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from microlib.errors import BadData, EmptyBook
from microlib.metrics.intervals import rate_interval

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
COLUMNS = [
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
        Result of `segments.assign_segments`: ``customer_id, segment``. Not modified.
    factors : DataFrame
        One row per customer of the whole population: ``customer_id``, any of the columns named in `types` (text;
        missing where unknown: unknown is shared with nobody) and, where known, ``balance_yuan``. Take
        `evidences.customer_evidence`, with `main_enhancers` and `peak_months` joined. Not modified.
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
    return found.sort_values("segment", kind="stable", ignore_index=True)[COLUMNS]


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
    evident = evidence[evidence["is_evident"]]
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
        ``customer_id, peak_month`` (text, ``01`` .. ``12``; ties: the first); mean of the years a month is there.

    Examples
    --------
    >>> flows = pd.DataFrame({"customer_id": "C1", "month": ["2025-01", "2025-12", "2026-01"],
    ...                       "inflow_yuan": [5.0, 9.0, 5.0]})
    >>> peak_months(flows).values.tolist()
    [['C1', '12']]
    """
    keys = ["customer_id", "month"]
    sums = flow_months.groupby(keys, as_index=False, observed=True)["inflow_yuan"].sum()
    means = sums["inflow_yuan"].groupby([sums["customer_id"], sums["month"].str[5:].rename("peak_month")]).mean()
    best = means.reset_index().sort_values(["customer_id", "inflow_yuan", "peak_month"], ascending=[True, False, True])
    return best.drop_duplicates("customer_id")[["customer_id", "peak_month"]].reset_index(drop=True)


def _coverage(group: pd.DataFrame, name: str) -> dict[str, object]:
    counts = group[name].value_counts().sort_index()
    top = counts.idxmax() if len(counts) else None
    yuan = group["balance_yuan"] if "balance_yuan" in group else pd.Series(dtype="float64")
    share = yuan[group[name] == top].sum() / yuan.sum() if yuan.sum() > 0 else np.nan
    return {
        "members_count": len(group), "known_count": int(counts.sum()), "top_value": top,
        "top_count": int(counts.max()) if len(counts) else 0, "balance_share": share,
    }  # fmt: skip


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
