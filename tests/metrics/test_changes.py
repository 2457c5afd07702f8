"""A change is one that noise would not make."""

import numpy as np
import pandas as pd
import pytest

from microlib.errors import BadData
from microlib.metrics import changes, intervals


def readings(*rows):
    return pd.DataFrame(rows, columns=changes.WANTED, dtype="float64")


def test_newcombes_first_example_of_method_10():
    """Newcombe (1998), Table II, contrast (a): 56/70 - 48/80 with Wilson limits gives 0.0524 to 0.3339."""
    limits = intervals.rate_interval(pd.Series([48, 56]), pd.Series([80, 70]), method="wilson").to_numpy()
    found = changes.figure_changes(readings([limits[0][2], *limits[0][3:5], limits[1][2], *limits[1][3:5]])).iloc[0]
    assert (found["change_low"], found["change_high"]) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_symmetric_limits_of_equal_width_add_in_quadrature():
    found = changes.figure_changes(readings([10, 7, 13, 20, 16, 24])).iloc[0]
    assert (found["change_low"], found["change_high"]) == (10 - 5, 10 + 5)
    assert found["strength"] == 2


def test_it_is_beyond_just_where_its_interval_leaves_out_zero():
    found = changes.figure_changes(readings([0, -3, 3, 4.9, 0.9, 8.9], [0, -3, 3, 5.1, 1.1, 9.1]))
    assert found["is_beyond"].tolist() == [False, True]
    assert (found["is_beyond"] == (found["change_low"] * found["change_high"] > 0)).all()


def test_going_back_is_the_same_change_with_the_other_sign():
    there, back = readings([0.02, 0.01, 0.04, 0.05, 0.03, 0.08]), readings([0.05, 0.03, 0.08, 0.02, 0.01, 0.04])
    one, two = changes.figure_changes(there).iloc[0], changes.figure_changes(back).iloc[0]
    assert one["change"] == -two["change"]
    assert one["strength"] == pytest.approx(two["strength"])


def test_without_limits_the_tolerance_decides():
    nan = np.nan
    found = changes.figure_changes(readings([100, nan, nan, 104, nan, nan], [100, nan, nan, 106, nan, nan]))
    assert found["is_beyond"].tolist() == [False, True]


def test_what_stayed_the_same_is_never_a_change(unchanged):
    frame = readings([0, 0, 0, 0, 0, 0], [5, np.nan, np.nan, 5, np.nan, np.nan])
    with unchanged(frame):
        assert not changes.figure_changes(frame, tolerance_share=0.0)["is_beyond"].any()


def test_a_figure_read_once_is_refused():
    with pytest.raises(BadData, match="lacks a reading"):
        changes.figure_changes(readings([np.nan, 1, 2, 3, 4, 5]))
    with pytest.raises(BadData, match="is none"):
        changes.figure_changes(readings(), tolerance_share=-1)


def test_a_small_count_has_the_published_score_limits_and_a_large_one_none():
    """Barker (2002): the score limits solve (n - m)^2 = z^2 m, so each is z standard deviations from the count."""
    counts = pd.Series([0, 3, 25, 100, np.nan])
    found = changes.count_limits(counts)
    for end in ("low", "high"):
        assert ((counts - found[end]) ** 2)[:3].tolist() == pytest.approx((changes.Z**2 * found[end])[:3].tolist())
    assert found.iloc[3:].isna().all(axis=None)
    with pytest.raises(BadData, match="negative"):
        changes.count_limits(pd.Series([-1]))
