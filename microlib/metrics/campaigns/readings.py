"""What may be said of each campaign: an effect, none that can be told apart, the process only, or nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.errors import EmptyBook, NeverTried
from microlib.metrics.groupings import Day

#: readings that compare with members held out by lot; only of these may a sentence say that the campaign did something
HELD_OUT = ("lifted", "lowered", "not_distinguished")
CLUSTERED = ("cluster", "few_clusters", "one_cluster", "none")


def campaign_readings(
    effects: pd.DataFrame, plans: pd.DataFrame, ratio: pd.DataFrame, *others: pd.DataFrame, as_of: Day, fewest: int = 20
) -> pd.DataFrame:
    """Decide for each campaign what its numbers allow to be said, before anybody looks at the lift.

    The order of the questions: is the window over; was anybody held out; were whole clusters drawn, and how many; are
    the arms those that were drawn; are they large enough for the planned lift; does the range leave zero out.

    Parameters
    ----------
    effects : DataFrame
        Of `effects.campaign_effects`, with ``campaign_id``. Not modified.
    plans : DataFrame
        Of `plans.campaign_plans`: ``closing_date, design, plan_state, needed_arm_count, detectable_lift_share``.
    ratio : DataFrame
        Of `balances.sample_ratio`.
    *others : DataFrame
        Of `clusters.cluster_effects` and `differences.matched_effects`; empty where there are none.
    as_of : date
        A window that closes later is not read.
    fewest : int
        An arm with fewer members is not read.

    Returns
    -------
    DataFrame
        One row per campaign with members: ``campaign_id, design, basis`` (``hold_out, cluster, matched, none``),
        ``reading`` (``unfinished, all_borrowed, too_few, no_inference, ratio_broken, process_only, matched_more,
        matched_less, matched_open``, or one of `HELD_OUT`), ``lift_share, lift_low, lift_high`` (of the basis),
        ``lift_share_count`` (members read), ``is_causal`` (the reading is one of `HELD_OUT`), ``needed_arm_count``,
        ``detectable_lift_share``.
    """
    names = ["closing_date", "design", "plan_state", "needed_arm_count", "detectable_lift_share"]
    rows = effects.merge(plans[["campaign_id", *names]], on="campaign_id", how="left")
    rows = rows.merge(ratio[["campaign_id", "is_ratio_kept"]], on="campaign_id", how="left")
    known = {row["campaign_id"]: row for frame in others for row in frame.to_dict("records")}
    read = [
        _read(row, known.get(row["campaign_id"]), fewest)
        if row["closing_date"] <= pd.Timestamp(as_of)
        else _said("none", "unfinished")
        for row in rows.to_dict("records")
    ]
    found = pd.concat([rows[["campaign_id", "design"]], pd.DataFrame(read)], axis=1)
    return found.assign(
        is_causal=found["reading"].isin(HELD_OUT),
        lift_share_count=(rows["treated_count"] + rows["control_count"]).astype(float),
        needed_arm_count=rows["needed_arm_count"].astype(float),
        detectable_lift_share=rows["detectable_lift_share"].astype(float),
    )


def readable(found: pd.DataFrame) -> pd.DataFrame:
    """Return the campaigns of which there is a difference to draw, those against a hold-out first.

    Raises
    ------
    EmptyBook
        If there is none.

    Examples
    --------
    >>> rows = pd.DataFrame({"campaign_id": ["A", "B"], "lift_share": [0.1, None], "is_causal": [True, False]})
    >>> readable(rows).campaign_id.to_list()
    ['A']
    """
    kept = found.dropna(subset=["lift_share"]).sort_values("is_causal", ascending=False, kind="stable")
    if kept.empty:
        raise EmptyBook("no campaign shows a difference that may be read")
    return kept.reset_index(drop=True)


def weaker_evidence(clusters: pd.DataFrame, matched: pd.DataFrame) -> pd.DataFrame:
    """Lay what clusters and customers alike allow side by side.

    Parameters
    ----------
    clusters, matched : DataFrame
        Of `clusters.cluster_effects` and `differences.matched_effects`. Not modified.

    Returns
    -------
    DataFrame
        ``campaign_id, inference, members_count, compared_count`` (clusters of both arms; customers alike),
        ``lift_share, lift_low, lift_high``.

    Raises
    ------
    NeverTried
        If every campaign drew its members one by one.
    """
    one = clusters.assign(compared_count=clusters["treated_clusters_count"] + clusters["control_clusters_count"])
    names = {"others_count": "compared_count", "difference_share": "lift_share"}
    two = matched.rename(columns=names | {f"difference_{end}": f"lift_{end}" for end in ("low", "high")})
    columns = ["campaign_id", "inference", "members_count", "compared_count", "lift_share", "lift_low", "lift_high"]
    parts = [part.reindex(columns=columns) for part in (one, two) if len(part)]
    if not parts:
        raise NeverTried("every campaign drew its members one by one")
    return pd.concat(parts, ignore_index=True)


def _read(row: dict, other: dict | None, fewest: int) -> dict:
    borrowed = row["treated_loans_count"] + row["control_loans_count"]
    if borrowed == row["treated_count"] + row["control_count"]:
        return _said("none", "all_borrowed")
    if other is not None and other["inference"] in CLUSTERED:
        if other["inference"] in ("none", "one_cluster"):
            return _said("none", "no_inference")
        return _judged("cluster", other) if row["plan_state"] == "readable" else _said("cluster", "process_only")
    if row["control_count"] == 0:
        return _matched(other)
    if min(row["treated_count"], row["control_count"]) < fewest:
        return _said("none", "too_few")
    if row["is_ratio_kept"] is not pd.NA and row["is_ratio_kept"] is not None and not row["is_ratio_kept"]:
        return _said("none", "ratio_broken")
    if row["plan_state"] != "readable":
        return _said("hold_out", "process_only")
    return _judged("hold_out", row)


def _judged(basis: str, row: dict) -> dict:
    reading = "lifted" if row["lift_low"] > 0 else "lowered" if row["lift_high"] < 0 else "not_distinguished"
    return _said(basis, reading, row["lift_share"], row["lift_low"], row["lift_high"])


def _matched(other: dict | None) -> dict:
    if other is None or not str(other["inference"]).startswith("matched"):
        return _said("none", "no_inference")
    lift, low, high = (other[f"difference_{end}"] for end in ("share", "low", "high"))
    reading = "matched_more" if low > 0 else "matched_less" if high < 0 else "matched_open"
    return _said("matched", reading if other["is_parallel"] else "matched_open", lift, low, high)


def _said(basis: str, reading: str, *lift: float) -> dict:
    values = lift or (np.nan, np.nan, np.nan)
    return {"basis": basis, "reading": reading} | dict(
        zip(("lift_share", "lift_low", "lift_high"), values, strict=True)
    )
