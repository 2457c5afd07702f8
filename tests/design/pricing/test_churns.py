"""Prices that know of churn: closed forms, laws of the monotone curve, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.design.pricing.churns import best_rates, priced_rates, smooth_churn
from microlib.errors import BadData

GRID = np.linspace(0.04, 0.15, 1101)
LINE = pd.DataFrame({"grade": "A", "yearly_rate": GRID, "churn_share": (GRID - 0.04) / 0.11})


def rates(pd_rate, **columns):
    return pd.DataFrame({"grade": ["A"], "pd_rate": [pd_rate]} | columns)


@pytest.mark.parametrize(("pd_rate", "cost"), [(0.0, 0.0), (0.0, 0.02), (0.02, 0.01), (0.05, 0.02)])
def test_the_best_rate_on_a_straight_line(pd_rate, cost) -> None:
    """(0.15 - r)((1 - p) r - p - k) is largest at (0.15 + (p + k)/(1 - p)) / 2."""
    best = best_rates(LINE, default_rates=rates(pd_rate), cost_rate=cost).iloc[0]
    assert best["yearly_rate"] == pytest.approx((0.15 + (pd_rate + cost) / (1 - pd_rate)) / 2, abs=1e-4)
    assert best["bound_by"] == "profit" and best["near_low_rate"] < best["yearly_rate"] < best["near_high_rate"]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=30))
def test_the_smooth_curve_rises_keeps_the_mean_and_is_its_own(seen) -> None:
    table = pd.DataFrame({"grade": "A", "yearly_rate": np.arange(len(seen)) / 100, "churn_share": seen})
    found = smooth_churn(table)
    assert (found["churn_share"].diff().dropna() >= -1e-12).all()
    assert found["churn_share"].mean() == pytest.approx(np.mean(seen), abs=1e-9)
    again = smooth_churn(found)["churn_share"]
    assert np.allclose(again, found["churn_share"])


def test_a_monotone_table_is_not_moved_and_row_order_does_not_matter(unchanged) -> None:
    shuffled = LINE.sample(frac=1, random_state=3)
    with unchanged(LINE, shuffled):
        found = smooth_churn(shuffled)
    assert found["moved_share"].abs().max() == 0
    pd.testing.assert_frame_equal(found, smooth_churn(LINE))


def test_higher_losses_never_lower_the_rate() -> None:
    found = [best_rates(LINE, default_rates=rates(each))["yearly_rate"].item() for each in (0, 0.01, 0.03, 0.06)]
    assert found == sorted(found)


def test_a_corridor_binds_and_says_so() -> None:
    best = best_rates(LINE, default_rates=rates(0.0), high_rate=0.06).iloc[0]
    assert best["yearly_rate"] == pytest.approx(0.06) and best["bound_by"] == "high_end"
    assert not best_rates(LINE, default_rates=rates(0.5)).iloc[0]["is_lent"]


def test_loss_given_default_counts_where_it_is_given() -> None:
    half = priced_rates(LINE, default_rates=rates(0.1, lgd_share=[0.5])).iloc[0]
    assert half["margin_rate"] == pytest.approx(0.9 * 0.04 - 0.05)


@pytest.mark.parametrize(
    ("table", "message"),
    [(LINE.drop(columns="grade"), "no column grade"), (LINE.assign(yearly_rate=GRID * 100), "outside 0 to 1"),
     (pd.concat([LINE, LINE]), "one rate twice")],
)  # fmt: skip
def test_a_table_that_cannot_be_read_is_refused(table, message) -> None:
    with pytest.raises(BadData, match=message):
        smooth_churn(table)


def test_a_grade_without_a_default_rate_and_an_empty_corridor_are_refused() -> None:
    with pytest.raises(BadData, match="no default rate for grade A"):
        best_rates(LINE, default_rates=rates(0.1).assign(grade="B"))
    with pytest.raises(BadData, match="no rate of the table lies between"):
        best_rates(LINE, default_rates=rates(0.1), low_rate=0.2, high_rate=0.3)
