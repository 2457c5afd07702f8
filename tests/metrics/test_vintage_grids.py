"""Ends added up by somebody else give the vintage that loans give."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData, EmptyBook
from microlib.metrics.vintage_grids import PARTS, vintage_grid
from microlib.metrics.vintages import vintage_pieces


def outcomes(rows):
    frame = pd.DataFrame(rows, columns=["cohort", "outcome", "month_on_book", "amount_yuan"])
    return frame.assign(amount_yuan=frame["amount_yuan"].astype(float))


def ends(frame):
    counted = frame.assign(loans_count=1, amount_square=frame["amount_yuan"] ** 2)
    names = ["loans_count", "amount_yuan", "amount_square"]
    return counted.groupby(["cohort", "month_on_book", "outcome"], as_index=False)[names].sum()


cases = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from(PARTS), st.integers(0, 9), st.integers(1, 999)), min_size=1
)


@settings(deadline=None, max_examples=40)
@given(cases)
def test_sums_of_loans_give_what_loans_give(rows):
    loans = outcomes(rows)
    pd.testing.assert_frame_equal(vintage_grid(ends(loans), within="cohort"), vintage_pieces(loans, within="cohort"))
    stacked = pd.concat([ends(loans.iloc[::2]), ends(loans.iloc[1::2])])
    pd.testing.assert_frame_equal(vintage_grid(stacked), vintage_pieces(loans))


def test_everybody_is_at_risk_at_first_and_ends_once(unchanged):
    given_ends = ends(outcomes([("a", "bad", 1, 5), ("a", "open", 3, 7), ("a", "settled", 0, 2)]))
    with unchanged(given_ends):
        grid = vintage_grid(given_ends)
    assert grid["at_risk_yuan"].tolist() == [14, 12, 7, 7] and grid["at_risk_count"].tolist() == [3, 2, 1, 1]


def test_ends_that_are_none_are_refused():
    good = ends(outcomes([("a", "bad", 1, 5)]))
    with pytest.raises(EmptyBook):
        vintage_grid(good.iloc[:0])
    with pytest.raises(BadData, match="unknown"):
        vintage_grid(good.assign(outcome="gone"))
    with pytest.raises(BadData, match="missing or negative"):
        vintage_grid(good.assign(amount_yuan=np.nan))
