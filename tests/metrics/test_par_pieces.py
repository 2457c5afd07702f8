"""The four PARs from sums: the key of the course, laws, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData, EmptyBook
from microlib.metrics.par_pieces import pars_of_pieces

KEY = {
    "balance_yuan": 1000.0, "par30_yuan": 22.0, "adjusted_yuan": 58.0, "unjudged_yuan": 5.0, "exits_yuan": 9.0,
    "balance_then_yuan": 820.0, "par30_then_yuan": 22.0, "adjusted_then_yuan": 58.0,
    "balance_square": 1e4, "whole_square": 1e4, "balance_then_square": 1e4,
}  # fmt: skip


def pieces(**columns):
    return pd.DataFrame([KEY]).assign(**columns)


def test_the_key_of_the_course():
    """X17: 2.20, 5.80, 3.07, 6.64, 2.68 and 7.07 percent."""
    found = pars_of_pieces(pieces())
    assert (100 * found["share"]).round(2).tolist() == [2.2, 5.8, 3.07, 6.64, 2.68, 7.07]
    assert found["unknown_yuan"].tolist() == [0, 5, 0, 5, 0, 5]


def test_equal_borrowers_are_as_many_as_they_are():
    found = pars_of_pieces(pieces(balance_square=100 * 10.0**2))
    assert found["base_effective_count"][0] == 100 and found["share_low"][0] < 0.022 < found["share_high"][0]


def test_nothing_late_still_has_a_range_and_no_base_has_none():
    found = pars_of_pieces(pieces(par30_yuan=0.0, balance_then_yuan=0.0)).set_index("measure")
    assert found.loc["par30_plain", "share_low"] == 0 < found.loc["par30_plain", "share_high"]
    assert found.loc["par30_plain_lagged", "reason"] == "no_base" and np.isnan(found.loc["par30_plain_lagged", "share"])


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=6), st.floats(0.1, 1e6))
def test_pieces_add_up_and_scale_does_not_matter(late, scale):
    parts = pd.concat([pieces(par30_yuan=1000.0 * share, group=str(i)) for i, share in enumerate(late)])
    whole = pars_of_pieces(parts).set_index("measure")["share"]
    assert whole["par30_plain"] == pytest.approx(np.mean(late))
    yuan = [name for name in parts if name.endswith("_yuan")]
    square = [name for name in parts if name.endswith("_square")]
    larger = parts.assign(**(parts[yuan] * scale), **(parts[square] * scale**2))
    columns = ["share", "share_low", "share_high"]
    one, other = (pars_of_pieces(frame, within="group")[columns] for frame in (parts, larger))
    pd.testing.assert_frame_equal(one, other, rtol=1e-6)


def test_groups_come_in_order_and_nothing_is_altered(unchanged):
    both = pd.concat([pieces(branch_id="b"), pieces(branch_id="a")], ignore_index=True)
    with unchanged(both):
        found = pars_of_pieces(both, within="branch_id")
    assert found["branch_id"].tolist() == ["a"] * 6 + ["b"] * 6


def test_no_piece_and_no_number_are_refused():
    with pytest.raises(EmptyBook):
        pars_of_pieces(pieces().iloc[:0])
    with pytest.raises(BadData, match="missing"):
        pars_of_pieces(pieces(par30_yuan=np.nan))
