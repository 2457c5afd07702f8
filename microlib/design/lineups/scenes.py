"""Scene cards (场景卡): for each group the trigger, the place, the month, the product, and the volume to expect."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.errors import EmptyBook
from microlib.metrics.counted_shares import with_share
from microlib.metrics.group_types import LEAST_LIFT, MOST_P

#: a month in which twice its twelfth of the members peak is the group's
GATHERED = 2 / 12
STEPS = {"shared_place": "visit_place", "shared_need": "call_before_peak", "shared_enhancer": "ask_enhancer",
         "channel": "ask_channel", "derived": "ask_customer"}  # fmt: skip


def asking_rates(memberships: pd.DataFrame, applications: pd.DataFrame, *, since: object) -> pd.DataFrame:
    r"""Measure per group how many members asked for a loan in a year, how many got it, and how much.

    Parameters
    ----------
    memberships : DataFrame
        Result of `segments.assign_segments`; primary groups. Not modified.
    applications : DataFrame[applications]
        Not modified.
    since : date
        First day of the year.

    Returns
    -------
    DataFrame
        One row per segment: ``members_count, asking_count, granted_count``, ``lent_share, lent_low, lent_high``
        (members granted a loan in the year, of all members; Jeffreys), ``typical_yuan``
        (median granted; missing when none)

    Raises
    ------
    EmptyBook
        If nobody asked in the year.
    """
    year = applications[applications["submitted_at"] >= pd.Timestamp(since)]
    if year.empty:
        raise EmptyBook("nobody applied in the year", where="applications", fix="load a year's applications")
    first = memberships[memberships["is_primary"]].drop_duplicates("customer_id")
    granted = year[year["granted_yuan"].fillna(0.0) > 0]
    rows = first.assign(
        members_count=1, asking_count=first["customer_id"].isin(year["customer_id"]).astype("int64"),
        granted_count=first["customer_id"].isin(granted["customer_id"]).astype("int64"),
    )  # fmt: skip
    names = ["members_count", "asking_count", "granted_count"]
    found = rows.groupby("segment", as_index=False, observed=True)[names].sum()
    amounts = granted.merge(first[["customer_id", "segment"]], on="customer_id").groupby("segment", observed=True)
    found = with_share(found, hit="granted_count", base="members_count", name="lent")
    return found.assign(typical_yuan=found["segment"].map(amounts["granted_yuan"].median()))


def scene_cards(
    asking: pd.DataFrame, labels: pd.DataFrame, evidence: pd.DataFrame, coverage: pd.DataFrame, *, free: pd.DataFrame
) -> pd.DataFrame:
    """Put on one card per group what brings its members to the counter, and how much that may be.

    Answers "where do we stand next month, with which product, and what may come of it?"

    Parameters
    ----------
    asking : DataFrame
        Result of `asking_rates`. Not modified, nor are the others.
    labels, evidence : DataFrame
        Results of `group_types.group_labels` and `group_types.type_evidence`.
    coverage : DataFrame
        Result of `fits.need_coverage`: the product that covers most.
    free : DataFrame
        ``segment, free_count``: members without a live loan (`free_members`).

    Returns
    -------
    DataFrame
        One row per segment: ``segment, trigger`` (its strongest type; ``unclear`` when none is evident), ``place`` (the
        commonest value of the strongest factor; empty when none), ``peak_month`` (1 .. 12; missing when its
        members' takings have no month in common), ``product_id``, ``free_count``, ``lent_share`` with ``lent_low,
        lent_high``, ``volume_low_yuan, volume_high_yuan`` (free members x bounds of the share x typical amount),
        ``next_step`` (code)

    Notes
    -----
    The share is that of last year's members, who were asked less or more than will be: the volume is what an ordinary
    year brings, not what a campaign adds.
    """
    gathered = (evidence["coverage_share"] > GATHERED) & (evidence["lift_ratio"] > LEAST_LIFT)
    peaks = evidence[(evidence["factor"] == "peak_month") & gathered & (evidence["p_value"] < MOST_P)]
    peaks = peaks.set_index("segment")["top_value"]
    first = labels.set_index("segment")
    kind = evidence.set_index(["segment", "factor"])
    rows = asking.merge(free, on="segment", how="left")
    factor = rows["segment"].map(first["strongest_factor"])
    pairs = list(zip(rows["segment"], factor, strict=True))
    trigger = [kind.loc[pair, "group_type"] if pd.notna(pair[1]) else "unclear" for pair in pairs]
    place = [str(kind.loc[pair, "top_value"]) if pd.notna(pair[1]) else "" for pair in pairs]
    typical = rows["free_count"].fillna(0) * rows["typical_yuan"]
    product = rows["segment"].map(coverage.set_index("segment")["best_product"])
    found = rows[["segment", "free_count", "lent_share", "lent_low", "lent_high", "lent_share_count", "typical_yuan"]]
    found = found.assign(
        trigger=trigger, place=place, peak_month=rows["segment"].map(peaks).astype("float64"), product_id=product,
        volume_low_yuan=typical * rows["lent_low"], volume_high_yuan=typical * rows["lent_high"],
        next_step=[STEPS.get(name, "gather_evidence") for name in trigger],
    )  # fmt: skip
    return found.sort_values(["volume_high_yuan", "segment"], ascending=[False, True], na_position="last",
                             ignore_index=True)  # fmt: skip


def free_members(memberships: pd.DataFrame, loans: pd.DataFrame) -> pd.DataFrame:
    """Count per primary group the members without a live loan.

    Examples
    --------
    >>> members = pd.DataFrame({"customer_id": ["C1", "C2"], "segment": "m", "is_primary": True})
    >>> loans = pd.DataFrame({"customer_id": ["C1"], "balance_yuan": [5.0]})
    >>> free_members(members, loans).values.tolist()
    [['m', 1]]
    """
    first = memberships[memberships["is_primary"]].drop_duplicates("customer_id")
    owing = loans.loc[loans["balance_yuan"] > 0, "customer_id"]
    free = np.where(first["customer_id"].isin(owing), 0, 1)
    return first.assign(free_count=free).groupby("segment", as_index=False, observed=True)["free_count"].sum()
