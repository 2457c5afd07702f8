"""Clusters: one market allows nothing, likeness within clusters widens the range, trials keep their level.

Lift, cost and adjustment: published keys, closed forms, and arms that cannot be compared.
Pooling by strata: closed form, Simpson's trap, and differing strata.
What may be said is decided before the lift is looked at.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact

from microlib.design.branch import open_branch
from microlib.design.branch_campaigns import BranchCampaigns
from microlib.errors import EmptyBook, FewBranches
from microlib.metrics.campaign_effect import (
    adjusted_difference,
    arm_counts,
    campaign_effects,
    campaign_readings,
    cluster_effects,
    costs_per_added,
    fisher_p,
    funnel_against_plan,
    pooled_effect,
    programme_effects,
)
from microlib.metrics.campaign_plan import sample_ratio
from microlib.stats.intervals import rate_difference


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


def test_the_published_campaign_is_found_again(members) -> None:
    row = campaign_effects(arm_counts(members(24, 400, 3, 100))).iloc[0]
    found = row[["lift_share", "lift_low", "lift_high", "fisher_p", "added_count"]].astype(float).to_list()
    assert found == pytest.approx([0.03, -0.027852071825, 0.064035866229, 0.3242774983, 12.0])


def test_fisher_is_that_of_the_reference_library() -> None:
    for case in [(24, 400, 3, 100), (0, 5, 0, 7), (9, 9, 1, 8), (50, 271, 5, 129)]:
        k1, n1, k0, n0 = case
        assert fisher_p(*case) == pytest.approx(fisher_exact([[k1, n1 - k1], [k0, n0 - k0]]).pvalue, rel=1e-9)


def test_without_a_hold_out_there_is_no_lift(members) -> None:
    row = campaign_effects(arm_counts(members(9, 9, 0, 0))).iloc[0]
    assert row["treated_share"] == 1.0
    assert row[["control_share", "lift_share", "added_count", "fisher_p"]].isna().all()


def test_a_cost_has_no_upper_limit_where_nothing_may_have_been_added(members) -> None:
    row = costs_per_added(campaign_effects(arm_counts(members(24, 400, 3, 100))), pd.Series({"M": 38_000.0})).iloc[0]
    assert row["cost_per_added_yuan"] == pytest.approx(38_000 / 12)
    assert row["cost_per_added_low_yuan"] < row["cost_per_added_yuan"]
    assert np.isnan(row["cost_per_added_high_yuan"])


def test_history_is_taken_out_as_published() -> None:
    x = pd.Series([10, 12, 8, 15, 9, 11, 14, 7, 13, 10])
    y = pd.Series([11, 14, 9, 17, 10, 13, 17, 9, 15, 12])
    row = adjusted_difference(y, x, pd.Series([False] * 5 + [True] * 5)).iloc[0]
    assert row[["theta_ratio", "raw_difference", "adjusted_difference", "variance_ratio"]].to_list() == pytest.approx(
        [1.1444991790, 1.0, 0.7711001642, 0.0283606239]
    )


def test_two_thousand_campaigns_without_effect_seldom_claim_one() -> None:
    dice = np.random.default_rng(11)
    n = dice.integers(80, 400, 2000)
    p = dice.uniform(0.03, 0.2, 2000)
    counts = pd.DataFrame({"treated_count": n, "treated_loans_count": dice.binomial(n, p),
                           "control_count": n, "control_loans_count": dice.binomial(n, p)})  # fmt: skip
    one, two = (counts[[f"{arm}_loans_count", f"{arm}_count"]].set_axis(["bad_count", "total_count"], axis=1)
                for arm in ("treated", "control"))  # fmt: skip
    gap = rate_difference(one, two)
    assert ((gap["low"] > 0) | (gap["high"] < 0)).mean() <= 0.065


NAMES = ["treated_loans_count", "treated_count", "control_loans_count", "control_count"]


def _strata(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=NAMES)


def test_one_stratum_gives_its_own_lift() -> None:
    row = pooled_effect(_strata((24, 400, 3, 100))).iloc[0]
    assert row["lift_share"] == pytest.approx(0.03)
    sides = (pd.DataFrame({"bad_count": [bad], "total_count": [total]}) for bad, total in ((24, 400), (3, 100)))
    assert row[["lift_low", "lift_high"]].tolist() == pytest.approx(rate_difference(*sides).iloc[0, 1:3].tolist())


def test_strata_alike_are_as_sure_as_their_sum() -> None:
    two, one = (pooled_effect(_strata(*rows)).iloc[0] for rows in ([(12, 200, 2, 50)] * 2, [(24, 400, 4, 100)]))
    assert two[["lift_share", "lift_low", "lift_high"]].tolist() == pytest.approx(
        one[["lift_share", "lift_low", "lift_high"]].tolist()
    )


def test_strata_without_an_event_are_not_sure_of_nought() -> None:
    """Newcombe on the sums of three strata of 20 + 5 says -.20 to +.06."""
    found = pooled_effect(_strata(*[(0, 20, 0, 5)] * 3)).iloc[0]
    assert found["lift_share"] == 0 and found[["lift_low", "lift_high"]].round(2).tolist() == [-0.2, 0.06]


def test_the_pooled_range_covers_in_small_strata() -> None:
    """Seed 9, 250 programmes of six branches with 6 to 40 members and 1 to 12 held out; no lift is planted."""
    dice, hits = np.random.default_rng(9), 0
    for _ in range(250):
        n1, n0, share = dice.integers(6, 40, 6), dice.integers(1, 12, 6), dice.uniform(0.0, 0.2, 6)
        rows = zip(dice.binomial(n1, share), n1, dice.binomial(n0, share), n0, strict=True)
        found = pooled_effect(_strata(*rows)).iloc[0]
        hits += found["lift_low"] <= 0 <= found["lift_high"]
    assert hits / 250 >= 0.93


def test_an_unknown_arm_or_outcome_is_in_neither_arm() -> None:
    rows = pd.DataFrame({"campaign_id": "M", "arm": ["treated", None, "control", "treated"]})
    rows["has_borrowed"] = pd.array([True, True, False, None], dtype="boolean")
    assert arm_counts(rows).iloc[0, 1:].tolist() == [1, 1, 1, 0, 2]


def test_a_member_without_the_trait_is_left_out_and_counted() -> None:
    x = pd.Series([10, 12, 8, 15, 9, 11, 14, 7, 13, 10.0])
    y = pd.Series([11, 14, 9, 17, 10, 13, 17, 9, 15, 12.0])
    arm = pd.Series([False] * 5 + [True] * 5)
    more = (pd.concat([each, pd.Series([last], index=[99])]) for each, last in ((y, 3.0), (x, np.nan), (arm, True)))
    found, plain = adjusted_difference(*more), adjusted_difference(y, x, arm)
    assert found["unknown_count"].item() == 1
    pd.testing.assert_frame_equal(found.drop(columns="unknown_count"), plain.drop(columns="unknown_count"))
    pd.testing.assert_frame_equal(adjusted_difference(y, x[::-1], arm.sample(frac=1, random_state=1)), plain)
    with pytest.raises(EmptyBook, match="fewer than two members"):
        adjusted_difference(y, x * np.nan, arm)


def test_strata_are_not_thrown_together() -> None:
    strata = _strata((40, 400, 10, 100), (20, 100, 80, 400))
    assert pooled_effect(strata)["lift_share"].item() == pytest.approx(0.0)
    together = strata.sum()
    assert together["treated_loans_count"] / 500 - together["control_loans_count"] / 500 == pytest.approx(-0.06)


def test_strata_that_differ_are_noticed() -> None:
    alike = pooled_effect(_strata((30, 200, 20, 200), (32, 200, 21, 200)))["heterogeneity_p"].item()
    apart = pooled_effect(_strata((60, 200, 10, 200), (10, 200, 40, 200)))["heterogeneity_p"].item()
    assert apart < 0.001 < 0.5 < alike


def test_programmes_without_a_hold_out_are_refused() -> None:
    rows = _strata((5, 9, 0, 0)).assign(programme_id="P")
    with pytest.raises(EmptyBook, match="hold-out"):
        programme_effects(rows)


@pytest.mark.parametrize(("branches", "programmes"), [("AB", []), ("A", []), ("ABC", ["P"])])
def test_a_branch_is_told_no_programme_from_which_another_s_numbers_follow(branches: str, programmes: list) -> None:
    rows = pd.concat(_strata((9, 90, 3, 60)).assign(programme_id="P", branch_id=code) for code in branches)
    own = rows[["programme_id"]].head(1)
    assert len(programme_effects(rows)) == 1
    if programmes:
        assert programme_effects(rows, own)["programme_id"].tolist() == programmes
    else:
        with pytest.raises(FewBranches):
            programme_effects(rows, own)


NOTHING = pd.DataFrame({"campaign_id": [], "inference": []})


def _reading(rows, *, state="readable", held=0.5, design="hold_out", matched=NOTHING, over=True) -> pd.Series:
    plan = pd.DataFrame({"campaign_id": ["M"], "design": design, "holdout_share": held, "plan_state": state,
                         "needed_arm_count": 749, "detectable_lift_share": 0.05,
                         "closing_date": pd.Timestamp("2026-05-31" if over else "2026-07-31")})  # fmt: skip
    effects = campaign_effects(arm_counts(rows))
    checks = sample_ratio(rows, plan), cluster_effects(rows), matched
    return campaign_readings(effects, plan, *checks, as_of="2026-06-30").iloc[0]


@pytest.mark.parametrize(
    ("counts", "more", "reading"),
    [
        ((64, 450, 29, 450), {}, "lifted"),
        ((29, 450, 64, 450), {}, "lowered"),
        ((33, 300, 25, 300), {}, "not_distinguished"),
        ((27, 120, 12, 120), {"state": "process_only"}, "process_only"),
        ((50, 271, 5, 129), {}, "ratio_broken"),
        ((2, 4, 0, 4), {}, "too_few"),
        ((9, 9, 0, 0), {"design": "none", "held": 0.0}, "all_borrowed"),
        ((5, 90, 0, 0), {"design": "none", "held": 0.0}, "no_inference"),
        ((64, 450, 29, 450), {"over": False}, "unfinished"),
    ],
)
def test_each_campaign_gets_the_reading_that_its_numbers_allow(members, counts, more, reading) -> None:
    row = _reading(members(*counts), **more)
    assert row["reading"] == reading
    assert row["is_causal"] == (reading in ("lifted", "lowered", "not_distinguished"))


def test_one_market_is_never_read(members) -> None:
    row = _reading(members(26, 147, 0, 0, cluster_id="V01"), design="cluster", held=0.0)
    assert (row["reading"], row["is_causal"]) == ("no_inference", False)


def test_a_matched_estimate_is_never_causal_and_falls_with_its_trend(members) -> None:
    one = {"campaign_id": ["M"], "inference": "matched", "difference_share": 0.1, "difference_low": 0.05,
           "difference_high": 0.15}  # fmt: skip
    for parallel, reading in ((True, "matched_more"), (False, "matched_open")):
        matched = pd.DataFrame(one | {"is_parallel": parallel})
        row = _reading(members(70, 320, 0, 0), design="none", held=0.0, matched=matched)
        assert (row["reading"], row["basis"], row["is_causal"]) == (reading, "matched", False)


def test_clusters_too_few_for_their_plan_are_read_for_the_process_only(members) -> None:
    rows = members(20, 100, 10, 100)
    rows = rows.assign(cluster_id=rows["arm"].str[:1] + (rows.index % 7).astype(str))
    assert _reading(rows, design="cluster", state="process_only")["reading"] == "process_only"
    assert _reading(rows, design="cluster")["basis"] == "cluster"


def test_no_stage_of_a_funnel_holds_more_than_the_one_before_it():
    """Four contacted: one borrowed without a lead, one applied in vain, one was interested; a fifth came unasked."""
    people = pd.DataFrame({"campaign_id": "M", "customer_id": [f"C{n}" for n in range(5)], "arm": "treated"})
    people = people.assign(is_contacted=[True] * 4 + [False], has_borrowed=[True, False, False, False, True])
    leads = pd.DataFrame({"campaign_id": "M", "customer_id": ["C1", "C2", None], "application_id": ["A1", None, "A9"],
                          "lead_status": ["lost", "interested", "applied"]})  # fmt: skip
    plan = pd.DataFrame({"campaign_id": ["M"], "planned_members_count": [5]})
    found = funnel_against_plan(plan, people, leads).set_index("stage")["actual_count"]
    assert found.to_dict() == {"members": 5, "reached": 4, "interested": 3, "applied": 2, "loans": 1}


def test_funnels_of_the_demo_bank_never_grow(demo_home):
    branch = BranchCampaigns.of(open_branch(demo_home, branch="0755", as_of="2026-06-30"))
    for _, stages in branch.funnel_against_plan.dropna(subset=["actual_count"]).groupby("campaign_id"):
        assert stages["actual_count"].is_monotonic_decreasing


def test_clusters_that_are_all_alike_bound_nothing():
    people = {"campaign_id": "M", "cluster_id": list("AABBCCDD"), "arm": ["treated"] * 4 + ["control"] * 4}
    found = cluster_effects(pd.DataFrame({**people, "has_borrowed": False})).iloc[0]
    assert found["lift_share"] == 0.0 and pd.isna(found["lift_low"]) and pd.isna(found["lift_high"])


def test_an_adjusted_lift_without_any_event_is_not_sure_of_nought():
    """Newcombe on 0 of 60 and 0 of 20; Wilson's upper limits are z squared over n + z squared."""
    arm = pd.Series([True] * 60 + [False] * 20)
    found = adjusted_difference(pd.Series([0.0] * 80), pd.Series(range(80)), arm).iloc[0]
    square = 1.959963984540054**2
    expected = [-square / (20 + square), square / (60 + square)]
    assert found[["adjusted_low", "adjusted_high"]].tolist() == pytest.approx(expected)
