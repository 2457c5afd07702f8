"""Effects where whole markets or whole managers' lists were drawn: the cluster is the trial, not its members."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import stdtrit


def cluster_effects(outcomes: pd.DataFrame, *, few: int = 10, level: float = 0.95) -> pd.DataFrame:
    r"""Compare clusters of both arms by their own shares; with one market there is nothing to compare.

    Each cluster gives one share; the lift is the difference of the arms' means, its range Welch's t with
    Satterthwaite's degrees of freedom. The design effect is :math:`1 + (\bar m - 1)\,\mathrm{ICC}` (by the analysis of
    variance within arms).

    Parameters
    ----------
    outcomes : DataFrame
        Of `outcomes.campaign_outcomes`; campaigns whose members all bear a ``cluster_id``. Not
        modified.
    few : int
        With fewer clusters in an arm the range is flagged: t ranges are then too narrow.
    level : float
        Two-sided confidence.

    Returns
    -------
    DataFrame
        One row per such campaign: ``campaign_id, treated_clusters_count, control_clusters_count, members_count``,
        ``lift_share, lift_low, lift_high``, ``icc_share, design_effect_ratio, effective_count``,
        ``inference``: ``cluster``, ``few_clusters``, ``one_cluster`` (an arm holds one: the point without a range),
        ``none`` (an arm holds none: no inference is possible).

    Examples
    --------
    >>> rows = pd.DataFrame({"campaign_id": "M", "cluster_id": "V01", "arm": "treated", "has_borrowed": [True, False]})
    >>> cluster_effects(rows).inference.item()
    'none'
    """
    columns = ["campaign_id", "treated_clusters_count", "control_clusters_count", "members_count", "lift_share",
               "lift_low", "lift_high", "icc_share", "design_effect_ratio", "effective_count", "inference"]  # fmt: skip
    whole = outcomes.groupby("campaign_id")["cluster_id"].transform(lambda each: each.notna().all())
    parts = outcomes[whole.astype(bool)].groupby("campaign_id", sort=False)
    rows = [{"campaign_id": campaign, **_compared(part, few, level)} for campaign, part in parts]
    return pd.DataFrame(rows, columns=columns)


def _compared(part: pd.DataFrame, few: int, level: float) -> dict:
    borrowed = part["has_borrowed"].astype(float)
    shares = borrowed.groupby([part["arm"], part["cluster_id"]]).agg(["mean", "size"]).reset_index()
    one, two = (shares.loc[shares["arm"] == arm, "mean"] for arm in ("treated", "control"))
    counts = {"treated_clusters_count": len(one), "control_clusters_count": len(two), "members_count": len(part)}
    if not len(one) or not len(two):
        return counts | {"inference": "none"}
    gap = float(one.mean() - two.mean())
    if min(len(one), len(two)) < 2:
        return counts | {"lift_share": gap, "inference": "one_cluster"}
    return counts | {"lift_share": gap, **_range(one, two, gap, level), **_likeness(part, shares)} | {
        "inference": "cluster" if min(len(one), len(two)) >= few else "few_clusters"
    }  # fmt: skip


def _range(one: pd.Series, two: pd.Series, gap: float, level: float) -> dict:
    first, second = one.var(ddof=1) / len(one), two.var(ddof=1) / len(two)
    error = first + second
    if error <= 0:
        return {"lift_low": gap, "lift_high": gap}
    freedom = error**2 / (first**2 / (len(one) - 1) + second**2 / (len(two) - 1))
    reach = float(stdtrit(freedom, (1 + level) / 2) * np.sqrt(error))
    return {"lift_low": gap - reach, "lift_high": gap + reach}


def _likeness(part: pd.DataFrame, shares: pd.DataFrame) -> dict:
    """Intraclass correlation within arms, and what it leaves of the members' number."""
    sizes, means = shares["size"].to_numpy(dtype=float), shares["mean"].to_numpy()
    of_arm = shares.groupby("arm")
    middle = of_arm["mean"].transform("mean").to_numpy()
    total, clusters, arms = sizes.sum(), len(shares), of_arm.ngroups
    between = (sizes * (means - middle) ** 2).sum() / max(clusters - arms, 1)
    within = (sizes * means * (1 - means)).sum() / max(total - clusters, 1)
    usual = (total - (sizes**2).sum() / total) / max(clusters - 1, 1)
    icc = (between - within) / (between + (usual - 1) * within) if between + (usual - 1) * within > 0 else 0.0
    icc = float(np.clip(icc, 0.0, 1.0))
    effect = 1 + (total / clusters - 1) * icc
    return {"icc_share": icc, "design_effect_ratio": effect, "effective_count": len(part) / effect}
