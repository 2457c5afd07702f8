from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln

from microlib.errors import BadData, EmptyBook
from microlib.metrics.intervals import lower_bound, rate_difference, rate_interval, upper_bound

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
