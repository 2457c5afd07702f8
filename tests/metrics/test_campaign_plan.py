"""Power and break-even: published keys, and power found again by trial."""

import numpy as np
import pandas as pd
import pytest

from microlib.errors import BadData
from microlib.metrics.campaign_plan import (
    arm_balance,
    arm_size,
    break_even_loans,
    campaign_plans,
    detectable_lift,
    power_of,
)


def test_sizes_per_arm_are_the_published_ones() -> None:
    assert arm_size(0.03, 0.03) == 749
    assert arm_size(0.045, 0.015) == 3470
    assert break_even_loans(38_000, 6_200) == pytest.approx(6.129032258)


def test_power_and_detectable_lift_are_each_others_inverse() -> None:
    lift = detectable_lift(0.1, treated=300, control=200)
    assert power_of(0.1, lift, treated=300, control=200) == pytest.approx(0.8, abs=1e-6)
    assert np.isnan(detectable_lift(0.5, treated=2, control=2))


def test_the_stated_power_is_reached_in_trials() -> None:
    dice = np.random.default_rng(5)
    one, two = dice.binomial(749, 0.06, 20_000) / 749, dice.binomial(749, 0.03, 20_000) / 749
    middle = (one + two) / 2
    seen = (one - two) / np.sqrt(middle * (1 - middle) * 2 / 749) > 1.959964
    assert seen.mean() == pytest.approx(0.8, abs=0.015)


def test_impossible_shares_are_refused() -> None:
    with pytest.raises(BadData, match="no pair of shares"):
        arm_size(0.9, 0.3)
    with pytest.raises(BadData, match="earns nothing"):
        break_even_loans(100.0, 0.0)


def test_a_plan_without_a_hold_out_says_so() -> None:
    plan = pd.DataFrame({"campaign_id": ["M"], "design": ["none"], "holdout_share": [0.5],
                         "planned_members_count": [90], "planned_loans_count": [30],
                         "gifts_cost_yuan": [1.0], "margin_per_loan_yuan": [0.0],
                         "launch_date": pd.NaT, "closing_date": pd.NaT, "registered_date": pd.NaT})  # fmt: skip
    natural = pd.DataFrame({"campaign_id": ["M"], "natural_share": [0.1]})
    row = campaign_plans(plan, natural, power=0.8, level=0.95).iloc[0]
    assert row["plan_state"] == "no_hold_out"
    assert np.isnan(row["break_even_count"])


def test_arms_that_differ_without_varying_are_not_alike_and_nobody_shows_nothing() -> None:
    apart = pd.DataFrame({"campaign_id": "M", "arm": ["treated", "control"] * 2, "past_yuan": [5.0, 1.0, 5.0, 1.0]})
    found = arm_balance(apart).iloc[0]
    assert np.isnan(found["difference_ratio"]) and not found["is_balanced"]
    assert power_of(0.0, 0.0, treated=100, control=100) == 0.0
    with pytest.raises(BadData, match="power 80 is not between"):
        arm_size(0.03, 0.03, power=80)
