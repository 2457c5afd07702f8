"""A share beside its counts.

The ratio of two rates: Koopman's own example, agreement with another library, empty cells.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln, ndtr, ndtri
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from microlib.errors import BadData, EmptyBook
from microlib.stats.intervals import (
    lower_bound,
    prudent_rates,
    rate_difference,
    rate_interval,
    rising,
    risk_ratio,
    upper_bound,
    with_share,
)


def test_the_correlated_bound_solves_its_own_integral():
    """Against a fine sum over the factor, written the other way round."""
    rho, bad, total = 0.12, 3, 60
    bound = upper_bound(bad, total, correlation=rho).item()
    factor = np.linspace(-9, 9, 40_001)
    rate = ndtr((ndtri(bound) - np.sqrt(rho) * factor) / np.sqrt(1 - rho))
    cases = np.arange(bad + 1)[:, None]
    choose = gammaln(total + 1) - gammaln(cases + 1) - gammaln(total - cases + 1)
    tail = np.exp(choose + cases * np.log(rate) + (total - cases) * np.log1p(-rate)).sum(axis=0)
    assert np.trapezoid(tail * np.exp(-(factor**2) / 2) / np.sqrt(2 * np.pi), factor) == pytest.approx(0.05, abs=1e-9)


def test_a_vanishing_correlation_gives_the_binomial_bound():
    assert upper_bound(3, 60, correlation=1e-6).item() == pytest.approx(upper_bound(3, 60).item(), abs=1e-4)


@pytest.mark.parametrize("correlation", [1e-4, 0.01, 0.12, 0.5, 0.95])
def test_a_finer_step_does_not_move_the_bound(monkeypatch, correlation):
    from microlib.stats import intervals

    coarse = upper_bound([0, 3, 50], [40, 60, 5000], correlation=correlation)
    monkeypatch.setattr(intervals, "STEP", 0.013)
    assert upper_bound([0, 3, 50], [40, 60, 5000], correlation=correlation).to_numpy() == pytest.approx(
        coarse, abs=1e-7
    )


def test_more_correlation_leaves_a_clean_history_less_to_say():
    bounds = [upper_bound(0, 40, correlation=rho).item() for rho in (0.0, 0.05, 0.2, 0.5, 0.9, 0.999)]
    assert bounds == sorted(bounds) and bounds[-1] == pytest.approx(0.95, abs=0.01)


def test_three_of_sixty_has_the_interval_of_the_answer_key():
    found = with_share(pd.DataFrame({"bad": [3], "all": [60]}), hit="bad", base="all", name="bad")
    assert found[["bad_share", "bad_low", "bad_high"]].round(4).iloc[0].tolist() == [0.05, 0.0143, 0.1274]


def test_nothing_to_divide_by_leaves_the_share_missing():
    found = with_share(pd.DataFrame({"bad": [0, 1], "all": [0, 4]}), hit="bad", base="all", name="bad")
    assert found["bad_share"].isna().tolist() == [True, False]
    assert found["bad_share_count"].tolist() == [0, 4]


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


METHODS = ["wilson", "jeffreys", "clopper_pearson"]
counts = st.integers(1, 400).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))


@pytest.mark.parametrize(
    ("bad", "total", "wilson", "exact"),
    [
        (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
        (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
        (0, 20, (0.0, 0.1611), (0.0, 0.1684)),
        (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
    ],
)
def test_newcombes_four_cases(bad, total, wilson, exact):
    """Newcombe (1998), Statistics in Medicine 17, 857-872, tables I; printed to four digits."""
    for method, limits in [("wilson", wilson), ("clopper_pearson", exact)]:
        row = rate_interval(bad, total, method=method).iloc[0]
        assert (row["low"], row["high"]) == pytest.approx(limits, abs=6e-5)


@pytest.mark.parametrize(
    ("bad", "total", "jeffreys", "wilson", "bound"),
    [
        (0, 40, (0.0, 0.0605), (0.0, 0.0876), 0.0722),
        (3, 60, (0.0143, 0.1274), (0.0171, 0.1370), 0.1242),
        (2, 35, (0.0121, 0.1709), (0.0158, 0.1861), 0.1692),
        (9, 400, (0.0112, 0.0407), (0.0119, 0.0422), 0.0389),
        (12, 1000, (0.0066, 0.0202), (0.0069, 0.0209), 0.0194),
    ],
)
def test_answer_keys_of_the_course(bad, total, jeffreys, wilson, bound):
    """Answer keys, section intervals: percent with two digits."""
    for method, limits in [("jeffreys", jeffreys), ("wilson", wilson)]:
        row = rate_interval(bad, total, method=method).iloc[0]
        assert (row["low"], row["high"]) == pytest.approx(limits, abs=6e-5)
    assert upper_bound(bad, total).item() == pytest.approx(bound, abs=6e-5)


@pytest.mark.parametrize(("bad", "total", "bounds"), [(0, 40, (0.072, 0.127, 0.171)), (3, 60, (0.124, 0.220, 0.284))])
def test_one_source_raises_the_bound_as_the_corrections_say(bad, total, bounds):
    """Corrections, "Small samples share a source": rho 0, .12, .20, one decimal of a percent."""
    found = [upper_bound(bad, total, correlation=rho).item() for rho in (0.0, 0.12, 0.20)]
    assert found == pytest.approx(bounds, abs=5.1e-4)


def test_newcombe_difference_of_two_campaign_arms():
    """Vectors TV-F3: 120/2000 against 90/2000."""
    arms = [pd.DataFrame({"bad_count": [bad], "total_count": [2000]}) for bad in (120, 90)]
    row = rate_difference(*arms).iloc[0]
    assert row["difference"] == pytest.approx(0.015)
    assert (row["low"], row["high"]) == pytest.approx((0.0011522873, 0.0289693701), abs=1e-9)


def test_no_case_gives_the_closed_form():
    trials = np.arange(1, 200)
    assert upper_bound(0, trials).to_numpy() == pytest.approx(1 - 0.05 ** (1 / trials), abs=1e-12)


@settings(max_examples=50, deadline=None)
@given(counts, st.sampled_from(METHODS), st.floats(0.5, 0.99))
def test_limits_hold_the_rate_between_zero_and_one(pair, method, level):
    row = rate_interval(*pair, method=method, level=level).iloc[0]
    assert 0 <= row["low"] <= row["rate"] + 1e-12
    assert row["rate"] - 1e-12 <= row["high"] <= 1


@settings(max_examples=50, deadline=None)
@given(counts, st.sampled_from(METHODS))
def test_counting_the_good_mirrors_the_limits(pair, method):
    bad, total = pair
    row, mirror = (rate_interval(cases, total, method=method).iloc[0] for cases in (bad, total - bad))
    assert row["low"] == pytest.approx(1 - mirror["high"], abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(counts, st.sampled_from([0.0, 0.05, 0.12, 0.3]))
def test_one_more_case_never_lowers_the_bound(pair, correlation):
    bad, total = pair
    bounds = upper_bound([bad, min(bad + 1, total)], [total, total], correlation=correlation)
    assert bounds[1] >= bounds[0] - 1e-9


@settings(max_examples=50, deadline=None)
@given(counts)
def test_a_wider_level_holds_a_narrower_one(pair):
    narrow, wide = (rate_interval(*pair, level=level).iloc[0] for level in (0.8, 0.95))
    assert wide["low"] <= narrow["low"] and narrow["high"] <= wide["high"]
    assert lower_bound(*pair, level=0.95).item() <= upper_bound(*pair, level=0.95).item()


def test_series_keep_their_index_and_are_left_alone(unchanged):
    cells = pd.DataFrame({"bad": [1, 2], "all": [10, 20]}, index=["x", "y"])
    with unchanged(cells):
        assert rate_interval(cells["bad"], cells["all"]).index.to_list() == ["x", "y"]
        assert upper_bound(cells["bad"], 30, correlation=0.1).index.to_list() == ["x", "y"]


def test_coverage_is_what_the_page_says():
    """Exact coverage over p 0.5-8 %, n 20-400: the claims of docs/methods/intervals.md."""
    rates, sizes = np.linspace(0.005, 0.08, 76), range(20, 401, 20)
    covered = {method: np.array([_coverage(method, size, rates) for size in sizes]) for method in METHODS}
    assert covered["clopper_pearson"].min() >= 0.95
    assert covered["wilson"].mean() >= 0.95 and covered["wilson"].min() >= 0.84
    assert covered["jeffreys"].mean() >= 0.95 and covered["jeffreys"].min() >= 0.87


def _coverage(method, size, rates):
    cases = np.arange(size + 1)
    limits = rate_interval(cases, size, method=method)
    choose = gammaln(size + 1) - gammaln(cases + 1) - gammaln(size - cases + 1)
    chance = np.exp(choose + cases * np.log(rates[:, None]) + (size - cases) * np.log1p(-rates[:, None]))
    inside = (limits["low"].to_numpy() <= rates[:, None]) & (rates[:, None] <= limits["high"].to_numpy())
    return (chance * inside).sum(axis=1)


@pytest.mark.parametrize(
    ("bad", "total", "message"),
    [
        (np.nan, 10, "missing or infinite"),
        (1, np.inf, "missing or infinite"),
        (-1, 10, "negative, or has more cases"),
        (11, 10, "negative, or has more cases"),
    ],
)
def test_counts_that_are_none_are_refused(bad, total, message):
    with pytest.raises(BadData, match=message):
        rate_interval(bad, total)


def test_no_trial_is_refused_and_all_bad_is_certain():
    with pytest.raises(EmptyBook, match="no trial"):
        upper_bound(0, 0)
    assert upper_bound(5, 5).item() == upper_bound(5, 5, correlation=0.2).item() == 1.0


def test_unknown_method_level_and_correlation_are_refused():
    with pytest.raises(BadData, match="no interval is called wald"):
        rate_interval(1, 10, method="wald")
    with pytest.raises(BadData, match="level 95 is not"):
        rate_interval(1, 10, level=95)
    with pytest.raises(BadData, match="correlation 1.0 is not"):
        upper_bound(1, 10, correlation=1.0)
    with pytest.raises(BadData, match="1 rates against 2"):
        rate_difference(rate_interval(1, 10), rate_interval([1, 2], 10))


def test_no_pairs_give_no_rows():
    assert rate_interval(np.array([]), np.array([])).empty


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


def test_intervals_agree_with_statsmodels_on_random_counts():
    """2,000 random pairs of counts, seed 17: Wilson, Jeffreys and Clopper-Pearson at a random level."""
    dice = np.random.default_rng(17)
    total = dice.integers(1, 5_000, 2_000)
    bad = dice.integers(0, total + 1)
    for method, theirs in (("wilson", "wilson"), ("jeffreys", "jeffreys"), ("clopper_pearson", "beta")):
        level = float(dice.uniform(0.5, 0.999))
        found = rate_interval(bad, total, method=method, level=level)
        low, high = proportion_confint(bad, total, alpha=1 - level, method=theirs)
        inside = (bad > 0) & (bad < total)
        np.testing.assert_allclose(found["low"][inside], low[inside], rtol=1e-8, atol=1e-12)
        np.testing.assert_allclose(found["high"][inside], high[inside], rtol=1e-8, atol=1e-12)


def test_the_difference_agrees_with_statsmodels_on_random_counts():
    """500 random pairs of rates, seed 18: Newcombe's interval."""
    dice = np.random.default_rng(18)
    n1, n2 = dice.integers(1, 900, 500), dice.integers(1, 900, 500)
    k1, k2 = dice.integers(0, n1 + 1), dice.integers(0, n2 + 1)
    sides = (pd.DataFrame({"bad_count": k, "total_count": n}) for k, n in ((k1, n1), (k2, n2)))
    found = rate_difference(*sides)
    theirs = np.array(
        [confint_proportions_2indep(*row, method="newcomb", compare="diff") for row in zip(k1, n1, k2, n2, strict=True)]
    )
    np.testing.assert_allclose(found[["low", "high"]], theirs, atol=1e-9)


def test_the_page_of_coverages_tells_what_is_exact_and_names_every_range(script, root):
    """Exact families are computed again: the page holds each line, and what is sworn never to fall short does not."""
    coverage = script("../bench/coverage.py")
    page = (root / "docs" / "methods" / "coverage.md").read_text(encoding="utf8")
    assert [name for name in coverage.FAMILIES if f"| {name} |" not in page] == []
    exact = [name for name in coverage.FAMILIES if name.startswith(("rate,", "one-sided", "difference", "roll"))]
    assert len(exact) == 6
    for name in exact:
        rows = pd.DataFrame([coverage._told(name, *each) for each in coverage.FAMILIES[name]()])
        lines = coverage.rendered(rows).split(f"## {name[0].upper()}")[1].splitlines()
        assert [line for line in lines if line.startswith("| ") and "%" in line and line not in page] == []
        if name.startswith(("rate, Clopper", "one-sided", "roll")):
            assert rows["covered"].min() >= 0.95
