"""Recovery, LGD and realised values: answer key, closed forms, coverage, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microlib.errors import BadData, EmptyBook
from microlib.metrics.security.recoveries import realised_values, recovery

KEY = {"cost_share": 0.12, "months": 18, "yearly_rate": 0.0435}


def claim(balance=140.0, value=200.0):
    return pd.DataFrame({"balance_yuan": [balance], "value_yuan": [value]})


@pytest.mark.parametrize(
    ("fall", "recovered", "lgd"),
    [
        (0.2, 132.08818562230485, 0.05651295984067961),
        (0.0, 165.11023202788104, 0),
        (0.3, 115.57716241951674, 0.17444883986059467),
    ],
)
def test_the_answer_key(fall, recovered, lgd):
    """LTV 70, cost 12 percent, 18 months at 4.35 percent: LGD 5.65, 0 and 17.44 percent."""
    found = recovery(claim(), fall_share=fall, **KEY).iloc[0]
    assert (found.recovery_yuan, found.lgd_share) == (pytest.approx(recovered), pytest.approx(lgd, abs=1e-12))


def test_money_at_once_without_cost_is_the_value():
    found = recovery(claim(), fall_share=0, cost_share=0, months=0, yearly_rate=0.05).iloc[0]
    assert (found.recovery_yuan, found.recovery_share) == (200, 1)


@given(st.floats(1, 1e7), st.floats(0, 1e7), st.floats(0, 0.9), st.floats(0, 0.05), st.integers(0, 60))
def test_falls_costs_and_waiting_never_lower_the_loss(balance, value, fall, more, months):
    one, other = (recovery(claim(balance, value), fall_share=fall + by, cost_share=0.1 + by, months=months + 100 * by,
                           yearly_rate=0.05).iloc[0] for by in (0.0, more))  # fmt: skip
    assert other.lgd_share >= one.lgd_share - 1e-12 and 0 <= one.lgd_share <= 1


def test_realised_is_a_ratio_of_sums_with_its_range(unchanged):
    sales = pd.DataFrame({"kind": ["home", "home", "shop"], "value_yuan": [100.0, 300.0, 50.0],
                          "realised_yuan": [90.0, 210.0, 20.0]})  # fmt: skip
    with unchanged(sales):
        found = realised_values(sales).set_index("kind")
    assert found["realised_share"].tolist() == [0.75, 0.4] and found.loc["home", "lowest_share"] == 0.7
    assert found.loc["home", "realised_low"] < 0.75 < found.loc["home", "realised_high"]
    assert np.isnan(found.loc["shop", "realised_low"])


def test_the_range_of_a_ratio_holds_the_truth_nearly_as_often_as_it_says():
    rng, hits = np.random.default_rng(11), 0
    for _ in range(400):
        value = rng.lognormal(0, 0.5, 20)
        sales = pd.DataFrame({"value_yuan": value, "realised_yuan": value * rng.normal(0.7, 0.1, 20)})
        found = realised_values(sales, within=None).iloc[0]
        hits += found.realised_low <= 0.7 <= found.realised_high
    assert hits >= 0.92 * 400


def test_what_cannot_be_recovered_is_refused():
    with pytest.raises(BadData, match="out of range"):
        recovery(claim(), fall_share=20, **KEY)
    with pytest.raises(BadData, match="balance"):
        recovery(claim(0), fall_share=0.2, **KEY)
    with pytest.raises(EmptyBook, match="nothing was sold"):
        realised_values(pd.DataFrame({"value_yuan": [], "realised_yuan": []}))
    with pytest.raises(BadData, match="appraisal"):
        realised_values(pd.DataFrame({"kind": ["a"], "value_yuan": [0.0], "realised_yuan": [1.0]}))
