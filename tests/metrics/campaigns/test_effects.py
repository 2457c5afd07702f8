"""Lift, cost and adjustment: published keys, closed forms, and arms that cannot be compared."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact

from microlib.metrics.campaigns.adjustments import adjusted_difference
from microlib.metrics.campaigns.effects import arm_counts, campaign_effects, costs_per_added, fisher_p
from microlib.metrics.intervals import rate_difference


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
