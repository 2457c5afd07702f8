"""Clusters: one market allows nothing, likeness within clusters widens the range, trials keep their level."""

import numpy as np
import pandas as pd

from microlib.metrics.campaigns.clusters import cluster_effects


def _drawn(dice: np.random.Generator, clusters: int, size: int, spread: float) -> pd.DataFrame:
    names = np.repeat([f"R{i}" for i in range(clusters)], size)
    arm = np.repeat(np.where(np.arange(clusters) % 2 == 0, "treated", "control"), size)
    share = np.repeat(np.clip(dice.normal(0.15, spread, clusters), 0.01, 0.9), size)
    return pd.DataFrame({"campaign_id": "M", "cluster_id": names, "arm": arm,
                         "has_borrowed": dice.random(clusters * size) < share})  # fmt: skip


def test_one_market_allows_no_inference(members) -> None:
    assert cluster_effects(members(26, 147, 0, 0, cluster_id="V01"))["inference"].item() == "none"


def test_a_market_against_a_market_gives_a_point_and_no_range(members) -> None:
    rows = members(20, 100, 10, 100)
    row = cluster_effects(rows.assign(cluster_id=rows["arm"])).iloc[0]
    assert row["inference"] == "one_cluster"
    assert round(row["lift_share"], 6) == 0.1
    assert pd.isna(row["lift_low"])


def test_campaigns_without_clusters_are_left_out(members) -> None:
    assert cluster_effects(members(1, 2, 1, 2)).empty


def test_likeness_within_clusters_is_seen() -> None:
    dice = np.random.default_rng(3)
    alike = cluster_effects(_drawn(dice, 60, 40, 0.15)).iloc[0]
    apart = cluster_effects(_drawn(dice, 60, 40, 0.0)).iloc[0]
    assert alike["icc_share"] > 0.05 > 0.02 > apart["icc_share"]
    assert alike["effective_count"] < 1000 < apart["effective_count"]


def test_trials_of_alike_clusters_keep_their_level() -> None:
    dice = np.random.default_rng(4)
    rows = pd.concat([_drawn(dice, 26, 20, 0.08).assign(campaign_id=f"M{i}") for i in range(300)])
    found = cluster_effects(rows)
    claimed = (found["lift_low"] > 0) | (found["lift_high"] < 0)
    assert claimed.mean() <= 0.085
