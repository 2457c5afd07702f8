"""Contributions of factors sum to the gap, without a remainder."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microlib.errors import BadData
from microlib.metrics.selling.contributions import gap_contributions

positive = st.lists(st.tuples(st.floats(0.01, 50), st.floats(0.01, 50)), min_size=1, max_size=5)


def factors(rows, **more):
    frame = pd.DataFrame(rows, columns=["actual", "expected"]).assign(**more)
    return frame.assign(factor=[f"f{n}" for n in range(len(frame))])


@given(positive)
def test_they_sum_to_the_gap(rows):
    found = gap_contributions(factors(rows))
    gap = found["actual"].prod() - found["expected"].prod()
    assert found["contribution"].sum() == pytest.approx(gap, rel=1e-6, abs=1e-9)


def test_one_factor_takes_all_of_it():
    found = gap_contributions(factors([(80.0, 100.0), (0.2, 0.2)]))
    assert found["contribution"].tolist() == pytest.approx([-4.0, 0.0])
    assert found["explains"].tolist() == [True, False]


def test_two_equal_changes_take_half_each():
    """Ang (2005): the logarithmic mean weighs both factors alike, whatever their order."""
    found = gap_contributions(factors([(200.0, 100.0), (0.2, 0.1)]))
    assert found["contribution"].tolist() == pytest.approx([15.0, 15.0])


def test_a_rate_of_few_cases_explains_nothing():
    few = gap_contributions(factors([(100.0, 100.0), (0.1, 0.2)], cases_count=[np.nan, 10.0]))
    many = gap_contributions(factors([(100.0, 100.0), (0.1, 0.2)], cases_count=[np.nan, 1000.0]))
    assert (few["explains"].iloc[1], many["explains"].iloc[1]) == (False, True)


def test_a_stage_that_nobody_passed_is_refused():
    with pytest.raises(BadData, match="no logarithm"):
        gap_contributions(factors([(0.0, 1.0)]))
