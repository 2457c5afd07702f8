"""What campaigns, lists and managers' months plant is found again, over ten throws of their own dice on one ledger."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from microlib.demo.build import stages
from microlib.demo.invoices import make_rosters
from microlib.demo.managers import make_leads
from microlib.demo.world import AS_OF, World
from microlib.metrics.campaign_effect import (
    arm_counts,
    campaign_effects,
    campaign_outcomes,
    cluster_effects,
    pooled_effect,
)
from microlib.metrics.campaign_plan import sample_ratio
from microlib.metrics.campaign_quality import matched_effects, referral_effects, referrer_concentration
from microlib.metrics.churn import away_spells, churn_rules, reviewed_spells, win_back_effects, win_back_outcomes

SEEDS = range(10)
WINDOWS = {"regain": 180, "retain": 150}


@pytest.fixture(scope="module")
def ledger() -> World:
    world = World(seed=5, branches=10, scale=0.4)
    before = stages("ground", "lending", "ledger", "structure")
    for stage in (*before, make_rosters, *stages("campaigns", "managers")):
        stage(world)
    return world


@pytest.fixture(scope="module")
def thrown(ledger: World) -> list[dict[str, pd.DataFrame]]:
    """Return, for ten seeds, the marketing tables drawn anew from the same lives."""
    worlds = []
    for seed in SEEDS:
        world = replace(ledger, seed=100 + seed, frames=dict(ledger.frames), notes=dict(ledger.notes), truth={})
        for stage in (*stages("campaigns"), make_leads):
            stage(world)
        worlds.append(world.frames)
    return worlds


@pytest.fixture(scope="module")
def read(thrown) -> pd.DataFrame:
    parts = []
    for seed, frames in enumerate(thrown):
        found = campaign_outcomes(frames["campaigns"], frames["campaign_members"], frames["loans"], as_of=AS_OF)
        parts.append(campaign_effects(arm_counts(found)).assign(seed=seed))
    return pd.concat(parts, ignore_index=True)


def test_the_true_lift_is_found_and_the_repeat_without_one_is_not(read, ledger) -> None:
    for campaign, lift in (("M2503_0755", 0.085), ("M2510_0755", 0.0)):
        rows = read[read["campaign_id"] == campaign]
        assert ((rows["lift_low"] <= lift) & (lift <= rows["lift_high"])).sum() >= 8
        assert abs(rows["lift_share"].mean() - lift) < 0.025
        if lift == 0:
            assert (rows["lift_low"] > 0).sum() + (rows["lift_high"] < 0).sum() <= 2


def test_branches_too_small_alone_show_the_lift_together(read) -> None:
    programme = read[read["campaign_id"].str.startswith("M2601")]
    found = pd.concat([pooled_effect(part) for _, part in programme.groupby("seed")])
    assert abs(found["lift_share"].mean() - 0.07) < 0.02
    assert ((found["lift_low"] <= 0.07) & (found["lift_high"] >= 0.07)).sum() >= 8


def test_moved_members_break_the_ratio_and_honest_ones_do_not(read, thrown) -> None:
    for frames in thrown:
        found = sample_ratio(frames["campaign_members"], frames["campaigns"]).set_index("campaign_id")
        assert not found.loc["M2602_0021", "is_ratio_kept"]
        assert found.loc[["M2503_0755", "M2510_0755"], "is_ratio_kept"].all()


def test_clusters_and_matches_hold_what_was_planted(thrown) -> None:
    cluster_hits, matched_hits = 0, 0
    for frames in thrown:
        heads, loans = frames["campaigns"], frames["loans"]
        found = campaign_outcomes(heads, frames["campaign_members"], loans, as_of=AS_OF)
        by = cluster_effects(found).set_index("campaign_id")
        assert by.loc["M2509_0755", "inference"] == "none"
        row = by.loc["M2508_0571"]
        cluster_hits += row["lift_low"] <= 0.08 <= row["lift_high"]
        own = heads["campaign_id"] == "M2507_0021"
        part = {table: frames[table][frames[table]["branch_id"] == "0021"] for table in ("customers", "loans")}
        row = matched_effects(heads[own], found, part["customers"], part["loans"]).iloc[0]
        matched_hits += row["difference_low"] <= 0.1 <= row["difference_high"]
    assert cluster_hits >= 7
    assert matched_hits >= 7


def test_referrals_that_would_have_come_anyway_are_told(thrown) -> None:
    rows = [
        referral_effects(frames["campaigns"], frames["campaign_members"], frames["leads"]).iloc[0] for frames in thrown
    ]
    assert np.mean([row["control_mean"] / row["treated_mean"] for row in rows]) == pytest.approx(0.35, abs=0.12)
    hub = [referrer_concentration(frames["leads"], frames["customer_links"]).iloc[0] for frames in thrown]
    assert all(row["is_to_check"] and row["linked_count"] >= 3 for row in hub)


def test_returns_and_win_backs_hold_what_was_planted(thrown, ledger) -> None:
    cuts, hits = [], {"regain": 0, "retain": 0}
    for frames in thrown:
        gone = reviewed_spells(frames["churn_reviews"], frames["loans"], as_of=AS_OF)
        cuts.append(churn_rules(gone.assign(rule="reviewed"))["cut_days"].item())
        found = win_back_outcomes(frames["win_backs"], frames["loans"], as_of=AS_OF, windows=WINDOWS)
        for row in win_back_effects(found).itertuples():
            hits[row.goal] += row.lift_low <= ledger.truth["win_backs"]["lift_share"][row.goal] <= row.lift_high
    assert min(hits.values()) >= 8
    assert np.median(cuts) == pytest.approx(ledger.truth["churn"]["cut_days"], abs=45)
    settled = away_spells(ledger.frames["loans"], as_of=AS_OF).assign(rule="settled")
    assert np.isnan(churn_rules(settled)["cut_days"].item())


def test_hoarders_and_rushers_stand_out_and_the_ledger_does_not_move(ledger) -> None:
    months = ledger.frames["rm_months"]
    truth = ledger.truth["gaming"]
    held = months[months["rm_id"].isin(truth["hoarders"])]["loans_count"]
    assert set(held) <= {0, truth["pay_step_count"]}
    rushed = months["rm_id"].isin(truth["rushers"])
    late = months["late_loans_count"].groupby(rushed).sum() / months["loans_count"].groupby(rushed).sum()
    assert late[True] > 0.6 > 0.25 > late[False]
