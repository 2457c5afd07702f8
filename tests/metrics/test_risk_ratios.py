"""The ratio of two rates: Koopman's own example, agreement with another library, empty cells."""

import numpy as np
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from microlib.errors import BadData, EmptyBook
from microlib.metrics.risk_ratios import risk_ratio


def test_worked_example_of_koopman_1984():
    """36/40 over 16/80 at 95 %: 2.94 to 7.15 (Biometrics 40, p. 517, as other packages quote it)."""
    row = risk_ratio((36, 40), (16, 80)).iloc[0]
    assert row[["ratio", "ratio_low", "ratio_high"]].round(2).to_list() == [4.5, 2.94, 7.15]


def test_katz_is_the_closed_form_of_its_paper():
    row = risk_ratio((4, 10), (2, 10), method="katz").iloc[0]
    half = 1.959963984540054 * np.sqrt(1 / 4 - 1 / 10 + 1 / 2 - 1 / 10)
    assert row["ratio_low"] == pytest.approx(2 * np.exp(-half)) and row["ratio_high"] == pytest.approx(2 * np.exp(half))


@pytest.mark.parametrize(("first", "second"), [((9, 120), (7, 900)), ((4, 10), (2, 10)), ((1, 2), (400, 9000))])
def test_koopman_agrees_with_the_score_interval_of_statsmodels(first, second):
    theirs = confint_proportions_2indep(*first, *second, compare="ratio", method="score", correction=False)
    row = risk_ratio(first, second).iloc[0]
    assert (row["ratio_low"], row["ratio_high"]) == pytest.approx(tuple(map(float, theirs)), rel=1e-6)


def test_empty_cells_leave_one_side_open():
    none, only = risk_ratio((0, 30), (5, 300)).iloc[0], risk_ratio((3, 30), (0, 300)).iloc[0]
    assert none["ratio"] == none["ratio_low"] == 0 and np.isfinite(none["ratio_high"])
    assert np.isinf(only["ratio"]) and np.isinf(only["ratio_high"]) and only["ratio_low"] > 1
    assert risk_ratio((0, 10), (0, 10))[["ratio_low", "ratio_high"]].iloc[0].to_list() == [0.0, np.inf]


def test_swapping_the_sides_turns_the_interval_over():
    one, two = risk_ratio((9, 120), (7, 900)).iloc[0], risk_ratio((7, 900), (9, 120)).iloc[0]
    assert one["ratio_low"] * two["ratio_high"] == pytest.approx(1, rel=1e-6)


def test_more_of_the_same_makes_the_interval_narrower():
    few, many = risk_ratio((9, 120), (7, 900)).iloc[0], risk_ratio((90, 1200), (70, 9000)).iloc[0]
    assert few["ratio_low"] < many["ratio_low"] < many["ratio_high"] < few["ratio_high"]


def test_what_has_no_ratio_is_refused():
    with pytest.raises(BadData, match="its logarithm does not exist"):
        risk_ratio((0, 30), (5, 300), method="katz")
    with pytest.raises(BadData, match="no interval is called wald"):
        risk_ratio((1, 30), (5, 300), method="wald")
    with pytest.raises(EmptyBook):
        risk_ratio((0, 0), (5, 300))
