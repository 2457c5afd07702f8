from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData, EmptyBook
from microlib.metrics.migrations import STATES, roll_rates, transition_counts

tables = st.lists(st.lists(st.integers(0, 50), min_size=4, max_size=4), min_size=4, max_size=4)


def _square(rows, names="abcd"):
    return pd.DataFrame(rows, index=list(names[: len(rows)]), columns=list(names[: len(rows[0])]), dtype=float)


def test_moves_are_counted_between_months_that_follow_each_other(month_ends):
    loans = ["L1"] * 4 + ["L2"] * 2
    months = month_ends(
        loans, ["2026-01", "2026-02", "2026-03", "2026-05", "2026-01", "2026-02"], overdue_days=[0, 31, 61, 0, 0, 0]
    )
    counts = transition_counts(months)
    assert counts.loc["M0", "M2"] == counts.loc["M2", "M3"] == counts.loc["M0", "M0"] == 1
    assert counts.to_numpy().sum() == 3


def test_exits_are_states_and_unknown_is_none(month_ends):
    months = month_ends(
        ["L1", "L1", "L2", "L2", "L3", "L3"],
        ["2026-01", "2026-02"] * 3,
        status=["normal", "settled", "overdue", "written_off", "normal", "unknown"],
        overdue_days=[0, 0, 120, 0, 0, 0],
        balance_yuan=[7.0, 0.0, 5.0, 0.0, 3.0, 3.0],
    )
    counts = transition_counts(months, by_balance=True)
    assert counts.loc["M0", "settled"] == 7.0 and counts.loc["M4+", "written_off"] == 5.0
    assert counts.to_numpy().sum() == 12.0


@pytest.mark.parametrize(("days", "state"), [(0, "M0"), (1, "M1"), (30, "M1"), (31, "M2"), (90, "M3"), (91, "M4+")])
def test_states_begin_beyond_their_cut(month_ends, days, state):
    counts = transition_counts(month_ends(["L1", "L1"], ["2026-01", "2026-02"], overdue_days=[0, days]))
    assert counts.loc["M0", state] == 1


@settings(max_examples=50, deadline=None)
@given(tables.filter(lambda rows: np.sum(rows) > 0), st.floats(0, 5))
def test_smoothed_rates_of_a_state_sum_to_one(rows, strength):
    found = roll_rates(_square(rows), strength=strength)
    assert found.groupby("from_state").smoothed_rate.sum().to_numpy() == pytest.approx(1.0)
    assert (found.smoothed_rate_low <= found.smoothed_rate_high).all()
    assert found.smoothed_rate_low.ge(0).all() and found.smoothed_rate_high.le(1).all()


def test_a_strong_prior_makes_rates_even_and_none_leaves_them_raw():
    counts = _square([[8.0, 2.0], [0.0, 0.0]])
    assert roll_rates(counts, strength=0).smoothed_rate.to_list() == [0.8, 0.2]
    assert roll_rates(counts, strength=1e9).smoothed_rate.to_list() == pytest.approx([0.5, 0.5])


def test_input_is_left_alone(month_ends, unchanged):
    months = month_ends(["L1", "L1"], ["2026-01", "2026-02"])
    with unchanged(months):
        roll_rates(transition_counts(months))


def test_moves_that_cannot_be_counted_are_refused(month_ends):
    with pytest.raises(EmptyBook, match="two months running"):
        transition_counts(month_ends(["L1", "L1"], ["2026-01", "2026-03"]))
    with pytest.raises(BadData, match="twice in a month"):
        transition_counts(month_ends(["L1", "L1"], ["2026-01", "2026-01"]))
    with pytest.raises(BadData, match="not four and rising"):
        transition_counts(month_ends(["L1"], ["2026-01"]), cuts=(0, 90, 30, 60))
    assert len(STATES) == 7


def test_tables_that_are_none_are_refused():
    with pytest.raises(BadData, match="not square"):
        roll_rates(pd.DataFrame([[1.0, 2.0]]))
    with pytest.raises(BadData, match="missing, infinite or negative"):
        roll_rates(_square([[1.0, -2.0], [0.0, 0.0]]))
    with pytest.raises(BadData, match="strength"):
        roll_rates(_square([[1.0]]), strength=-1)
    with pytest.raises(EmptyBook, match="no move"):
        roll_rates(_square([[0.0, 0.0], [0.0, 0.0]]))
