"""What each applicant, its group and its source already owe, and how much room their caps leave."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from microlib.design import linkages, sources
from microlib.design.standings import loan_standings, standing_of
from microlib.design.terms import LimitsPolicy, Product


def credit_position(
    book: Mapping[str, pd.DataFrame],
    asked: pd.Series,
    *,
    evidence: pd.DataFrame,
    product: Product,
    policy: LimitsPolicy,
) -> pd.DataFrame:
    """Gather standing, group and source room of the customers asked about.

    Parameters
    ----------
    book : mapping of frames
        ``customers, loans, customer_links, core_enterprises``; attribute ``as_of``.
        Not modified.
    asked : Series
        Customer numbers, in the order of the result.
    evidence : DataFrame
        ``core_id``, ``venue_id`` of every customer of the branch, by ``customer_id``.

    Returns
    -------
    DataFrame
        One row per customer asked, columns as `applicants.applicant_frame` names them.
    """
    today = pd.Timestamp(book.as_of)
    everyone = book["customers"]["customer_id"]
    standings = loan_standings(book["loans"], product=product, policy=policy, as_of=today)
    all_standing = standing_of(everyone, standings).set_axis(everyone)
    staying = all_standing["balance_yuan"].where(~everyone.isin(asked).to_numpy(), all_standing["kept_yuan"])
    groups = linkages.linked_groups(book["customers"], book["customer_links"], strong=policy.strong_links)
    exposure = linkages.group_exposure(groups, exposures=staying)
    groups = groups.set_index("customer_id").reindex(asked).reset_index(drop=True)
    frame = pd.concat([standing_of(asked, standings), groups], axis="columns")
    group_yuan = exposure.reindex(asked).to_numpy()
    frame["is_npl"] |= _defaulted(book["customers"], asked)
    return frame.assign(
        group_yuan=group_yuan,
        group_headroom_yuan=(policy.group_cap_yuan - pd.Series(group_yuan)).clip(lower=0),
        source_headroom_yuan=_source_room(book, asked, frame, evidence=evidence, terms=(product, policy)),
    )


def _defaulted(customers: pd.DataFrame, asked: pd.Series):
    flags = customers.set_index("customer_id")["is_defaulted"].reindex(asked)
    return flags.fillna(False).astype("bool").to_numpy()


def _source_room(book: Mapping, asked: pd.Series, frame: pd.DataFrame, *, evidence: pd.DataFrame, terms: tuple):
    product, policy = terms
    resting = pd.DataFrame({
        "customer_id": evidence["customer_id"],
        "source_id": sources.source_of(evidence, kind=product.limit.source),
    })  # fmt: skip
    owed = book["loans"].groupby("customer_id")["balance_yuan"].sum()
    others = resting[~resting["customer_id"].isin(asked)]
    others = others.assign(balance_yuan=others["customer_id"].map(owed).astype("float64").fillna(0.0))
    own = resting.set_index("customer_id")["source_id"].reindex(asked).fillna("").reset_index(drop=True)
    applying = pd.DataFrame({"source_id": own, "kept_yuan": frame["kept_yuan"]})
    return sources.source_headroom(applying, others, cores=book["core_enterprises"], policy=policy).to_numpy()
