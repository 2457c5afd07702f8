"""The funnel finds who lies outside and blames nobody for a mix or for small numbers."""

import numpy as np
import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.reviewing import decided, funnels

AS_OF = "2026-06-30"


def drawn(seed: int, shares: dict[str, float], product: str = "P") -> pd.DataFrame:
    dice = np.random.default_rng(seed)
    parts = [pd.DataFrame({"rm_id": name, "product_id": product, "is_bad": dice.random(400) < share})
             for name, share in shares.items()]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def test_the_planted_approver_lies_outside(planted, world):
    past = decided.decided_loans(planted["applications"], planted["loans"], planted["loan_months"], as_of=AS_OF)
    found = funnels.funnel(past, by="approver_id")
    assert found.approver_id.iloc[0] == world.truth["timelines"]["odd_approver"]


def test_honest_people_lie_outside_as_seldom_as_the_limits_say():
    shares = {f"R{number}": 0.03 for number in range(30)}
    places = pd.concat([funnels.funnel(drawn(seed, shares), by="rm_id") for seed in range(20)]).funnel_place
    assert (places == "above_action").mean() < 0.004
    assert (places.isin(["above_action", "above_warning"])).mean() < 0.04


def test_a_hard_mix_is_no_fault():
    hard, easy = drawn(1, {"R1": 0.12, "R2": 0.12}, "hard"), drawn(2, {"R3": 0.01, "R4": 0.01}, "easy")
    found = funnels.funnel(pd.concat([hard, easy]), by="rm_id")
    assert (found.funnel_place == "inside").all()


def test_the_expected_sum_is_the_observed_one():
    found = funnels.funnel(drawn(5, {"R1": 0.02, "R2": 0.05}), by="rm_id")
    assert found.expected_count.sum() == pytest.approx(found.bad_count.sum())


def test_no_bad_loan_no_funnel():
    with pytest.raises(EmptyBook):
        funnels.funnel(drawn(5, {"R1": 0.0}), by="rm_id")
