"""The equity test: published cases, laws, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microlib.errors import BadData
from microlib.metrics.capacity.equity_tests import equity_test


def judged(**values):
    return equity_test(pd.DataFrame({name: [value] for name, value in values.items()})).iloc[0]


def test_the_clothes_shop_of_the_examination():
    """TV-D1: own 10, profit 12, depreciation 1.5: 20.5; the 3 repaid of the loan change nothing."""
    assert judged(initial_yuan=10, profit_yuan=12, depreciation_yuan=1.5, actual_yuan=20.5).expected_yuan == 20.5


def test_twenty_four_months_of_a_sheet():
    """TV-D3: expected 373,680 against 519,000; over 24 months of 20,258 it is -29.889426 percent."""
    found = judged(initial_yuan=60_000, profit_yuan=486_180, withdrawn_yuan=12_000, depreciation_yuan=160_500,
                   actual_yuan=519_000, months_count=24, disposable_month_yuan=20_258)  # fmt: skip
    assert found.expected_yuan == 373_680
    assert found.deviation_months_share == pytest.approx(-0.29889426, abs=1e-7)


def test_a_gap_beyond_the_tolerance_is_not_explained():
    assert judged(initial_yuan=104, actual_yuan=100).is_explained
    assert not judged(initial_yuan=106, actual_yuan=100).is_explained


@given(st.floats(1, 1e7), st.floats(-1e6, 1e6), st.floats(0, 1e6), st.floats(0.1, 10))
def test_injections_and_withdrawals_cancel_and_scale_does_not_matter(initial, profit, moved, scale):
    plain = judged(initial_yuan=initial, profit_yuan=profit, actual_yuan=initial)
    both = {"injected_yuan": moved, "withdrawn_yuan": moved}
    moving = judged(initial_yuan=initial, profit_yuan=profit, actual_yuan=initial, **both)
    scaled = judged(initial_yuan=initial * scale, profit_yuan=profit * scale, actual_yuan=initial * scale)
    assert moving.expected_yuan == pytest.approx(plain.expected_yuan, abs=1e-6)
    assert scaled.deviation_share == pytest.approx(plain.deviation_share, abs=1e-9)


def test_owners_without_equity_and_unknown_profits_are_left_open(unchanged):
    firms = pd.DataFrame({"initial_yuan": [5.0, 5.0], "profit_yuan": [1.0, np.nan], "actual_yuan": [-3.0, 4.0]})
    with unchanged(firms):
        found = equity_test(firms)
    assert found["deviation_share"].isna().all() and found["is_explained"].isna().all()
    assert found["gap_yuan"].tolist()[0] == 9


def test_a_test_without_both_ends_is_refused():
    with pytest.raises(BadData, match="no column actual_yuan"):
        judged(initial_yuan=1)
    with pytest.raises(BadData, match="infinite"):
        judged(initial_yuan=np.inf, actual_yuan=1)
