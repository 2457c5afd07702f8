from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData, EmptyBook
from microlib.metrics.grades import prudent_rates, rising

LEVELS = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999]
UNCORRELATED = {
    (0, 0, 0): [
        [0.09, 0.17, 0.29, 0.37, 0.57, 0.86],
        [0.10, 0.20, 0.33, 0.43, 0.66, 0.98],
        [0.23, 0.46, 0.76, 0.99, 1.52, 2.28],
    ],
    (0, 2, 1): [
        [0.46, 0.64, 0.83, 0.97, 1.25, 1.62],
        [0.52, 0.73, 0.95, 1.10, 1.43, 1.85],
        [0.56, 0.90, 1.29, 1.57, 2.19, 3.04],
    ],
}
CORRELATED = {
    (0, 0, 0): [
        [0.15, 0.40, 0.86, 1.31, 2.66, 5.29],
        [0.17, 0.45, 0.96, 1.45, 2.92, 5.76],
        [0.37, 0.93, 1.89, 2.78, 5.30, 9.84],
    ],
    (0, 2, 1): [
        [0.71, 1.41, 2.49, 3.41, 5.88, 10.08],
        [0.80, 1.58, 2.76, 3.77, 6.43, 10.91],
        [0.84, 1.75, 3.18, 4.41, 7.67, 13.13],
    ],
}


def _graded(bad, total=(100, 400, 300)):
    return pd.DataFrame({"bad_count": bad, "total_count": total}, index=pd.Index(["A", "B", "C"], name="grade"))


@pytest.mark.parametrize("bad", list(UNCORRELATED))
def test_tables_of_pluto_and_tasche_without_correlation(bad):
    """Vectors TV-E4 (arXiv cond-mat/0411699): percent with two digits."""
    found = [prudent_rates(_graded(bad), level=level).upper_rate * 100 for level in LEVELS]
    expected = np.array(UNCORRELATED[bad])
    assert pytest.approx(expected, abs=0.006) == np.array(found).T


@pytest.mark.parametrize("bad", list(CORRELATED))
def test_tables_of_pluto_and_tasche_with_correlation(bad):
    """Reference E3 under TV-E4, correlation .12: stated to 0.01 points."""
    found = [prudent_rates(_graded(bad), level=level, correlation=0.12).upper_rate * 100 for level in LEVELS]
    expected = np.array(CORRELATED[bad])
    assert pytest.approx(expected, abs=0.011) == np.array(found).T


def test_the_worst_grade_stands_alone():
    found = prudent_rates(_graded([0, 0, 0]), level=0.95)
    assert found.loc["C", "upper_rate"] == pytest.approx(1 - 0.05 ** (1 / 300))


def test_a_pool_of_nothing_but_defaults_is_bounded_by_one():
    assert prudent_rates(_graded([0, 0, 5], (9, 9, 5))).loc["C", "upper_rate"] == 1.0


def test_a_dip_is_pooled_away():
    found = prudent_rates(_graded([30, 0, 0], (100, 100, 100)), level=0.9)
    assert found.upper_rate.iloc[0] > found.upper_rate.iloc[1]
    assert found.monotone_rate.is_monotonic_increasing


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.1, 50)), min_size=1, max_size=12))
def test_rising_never_falls_and_keeps_the_weighted_sum(pairs):
    values, weights = np.array(pairs).T
    found = rising(values, weights=weights)
    assert (np.diff(found) >= -1e-12).all()
    assert found @ weights == pytest.approx(values @ weights)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(30, 200)), min_size=1, max_size=6))
def test_bounds_stay_in_range_and_rise(rows):
    grades = pd.DataFrame(rows, columns=["bad_count", "total_count"])
    found = prudent_rates(grades, correlation=0.12)
    assert found.upper_rate.between(0, 1).all() and found.monotone_rate.is_monotonic_increasing


def test_grades_are_left_alone(unchanged):
    grades = _graded([0, 2, 1])
    with unchanged(grades):
        prudent_rates(grades)


def test_what_cannot_be_graded_is_refused():
    with pytest.raises(EmptyBook, match="no grade"):
        prudent_rates(_graded([0, 0, 0]).iloc[:0])
    with pytest.raises(EmptyBook, match="no trial"):
        prudent_rates(_graded([0, 0, 0], (5, 5, 0)))
    with pytest.raises(BadData, match="no column total_count"):
        prudent_rates(pd.DataFrame({"bad_count": [1]}))
    with pytest.raises(BadData, match="more cases than trials"):
        prudent_rates(_graded([9, 0, 0], (5, 50, 50)))
