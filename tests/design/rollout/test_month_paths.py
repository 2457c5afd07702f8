"""Months sum to the target, to the fen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microlib.design.rollout.month_paths import month_path
from microlib.errors import BadConfig


@given(
    st.integers(0, 10**9),
    st.lists(st.floats(0, 3), min_size=1, max_size=12).filter(lambda found: sum(found) > 0.01),
    st.integers(0, 6),
)
def test_months_sum_to_the_target(fen, season, ramp):
    found = month_path(fen / 100, season=season, ramp_months=ramp)
    assert round(found["target_yuan"].sum() * 100) == fen
    assert (found["target_yuan"] >= 0).all()


def test_without_season_or_ramp_months_are_alike():
    assert month_path(120.0, season=[1] * 12)["target_yuan"].tolist() == [10.0] * 12


def test_a_month_without_season_is_asked_for_nothing():
    assert month_path(10.0, season=[0, 1])["target_yuan"].tolist() == [0.0, 10.0]


@pytest.mark.parametrize("season", [[0, 0], [-1, 2], []])
def test_a_year_without_weight_is_refused(season):
    with pytest.raises(BadConfig, match="weight"):
        month_path(1.0, season=season)
