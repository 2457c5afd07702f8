"""Own funds: published case, laws, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microlib.errors import BadData
from microlib.metrics.capacity.own_funds import own_funds_test


def judged(budget=120.0, proven=36.0, borrowed=0.0, paid=36.0, own_share=0.30):
    frame = {"budget_yuan": [budget], "proven_yuan": [proven], "borrowed_yuan": [borrowed], "paid_yuan": [paid]}
    return own_funds_test(pd.DataFrame(frame), own_share=own_share).iloc[0]


def test_thirty_of_a_hundred_and_twenty():
    """TV-A12: a budget of 120 with 30 percent own leaves 84 to lend, so 36 is asked."""
    found = judged()
    assert (found.required_yuan, found.shortfall_yuan, found.is_met, found.is_paid_first) == (36, 0, True, True)


def test_money_borrowed_from_a_cousin_is_not_own():
    found = judged(borrowed=10)
    assert (found.own_yuan, found.shortfall_yuan, found.is_met) == (26, 10, False)


def test_funds_on_an_account_are_not_yet_paid():
    found = judged(paid=6)
    assert (found.unpaid_yuan, found.is_met, found.is_paid_first) == (30, True, False)


@given(st.floats(1, 1e7), st.floats(0, 1e7), st.floats(0, 1), st.floats(0, 1))
def test_more_debt_in_the_own_part_never_helps(budget, proven, part, share):
    one, other = (judged(budget, proven, proven * part * by, 0.0, share) for by in (0.5, 1.0))
    assert one.shortfall_yuan <= other.shortfall_yuan + 1e-6 and one.own_yuan >= other.own_yuan - 1e-6


@pytest.mark.parametrize("wrong", [{"budget": 0}, {"proven": np.nan}, {"paid": -1}, {"own_share": 30}])
def test_amounts_that_are_none_are_refused(wrong):
    with pytest.raises(BadData):
        judged(**wrong)


def test_more_borrowed_than_shown_is_refused():
    with pytest.raises(BadData, match="borrowed"):
        judged(borrowed=37)
