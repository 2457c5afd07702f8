"""Tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData, EmptyBook
from microlib.stats.shrinkage import METHODS, Prior, fit_prior, kleinman, marginal_likelihood, moments, shrink_rates


def test_kleinman_equals_moments_in_the_limit_of_many_trials_each():
    """With huge equal cells the binomial noise vanishes and both see the spread of the rates (n or n - 1 apart)."""
    rates, total = np.random.default_rng(4).beta(3, 97, 500), np.full(500, 1e8)
    first, second = (way(rates * total, total, strongest=1e4) for way in (moments, kleinman))
    assert first[0] == pytest.approx(second[0]) and first[1] == pytest.approx(second[1], rel=0.01)


def test_the_likelihood_found_is_the_highest_nearby():
    from microlib.stats.shrinkage import _loss

    bad, total = np.array([0.0, 1, 2, 9, 30]), np.array([40.0, 45, 60, 100, 200])
    mean, strength = marginal_likelihood(bad, total, strongest=1e4)
    heights = [
        _loss(np.log(mean * a / (1 - mean * a)), strength * b, bad, total)
        for a in (0.98, 1, 1.02)
        for b in (0.95, 1, 1.05)
    ]
    assert min(heights) == pytest.approx(heights[4], abs=1e-9)


@pytest.mark.parametrize("way", [moments, kleinman, marginal_likelihood])
def test_equal_rates_ask_for_the_strongest_prior(way):
    mean, strength = way(np.full(6, 2.0), np.full(6, 100.0), strongest=1e4)
    assert mean == pytest.approx(0.02, abs=1e-4) and strength == 1e4


PUBLISHED = Path(__file__).resolve().parents[1] / "published" / "rat_tumours"
cells = st.lists(st.tuples(st.integers(0, 20), st.integers(20, 500)), min_size=1, max_size=12)


def _rats(groups):
    rows = pd.read_csv(PUBLISHED / "input.csv")
    return rows if groups == 70 else pd.concat([rows, pd.DataFrame({"bad_count": [4], "total_count": [14]})])


@pytest.mark.parametrize("case", pd.read_csv(PUBLISHED / "expected.csv").to_dict("records"), ids=str)
def test_rat_tumours(case):
    """Vectors TV-E5; the book rounds moments to (1.4, 8.6)."""
    prior = fit_prior(_rats(case["groups"]), method=case["method"])
    assert (prior.bad, prior.good) == pytest.approx((case["bad"], case["good"]), abs=case["tolerance"])
    assert prior.method == case["method"] and not prior.is_capped


def test_kleinman_on_the_rats():
    """Reference E4: pooled rate .152464, intra-class correlation .044166."""
    prior = fit_prior(_rats(70), method="kleinman")
    assert prior.mean == pytest.approx(0.152464, abs=1e-6)
    assert 1 / (prior.bad + prior.good + 1) == pytest.approx(0.044166, abs=1e-6)


def test_four_of_fourteen_and_none_of_twenty():
    """Reference E4: shrunk to .208219 and .064231 by marginal likelihood on 71 groups."""
    shrunk = shrink_rates(_rats(71)).shrunk_rate
    assert (shrunk.iloc[-1], shrunk.iloc[0]) == pytest.approx((0.208219, 0.064231), abs=1e-6)


def test_the_books_own_posterior():
    """BDA: prior (1.4, 8.6) and 4 of 14 give Beta(5.4, 18.6), mean .225."""
    cell = pd.DataFrame({"bad_count": [4], "total_count": [14]})
    assert shrink_rates(cell, prior=Prior(1.4, 8.6)).shrunk_rate.item() == pytest.approx(0.225, abs=1e-9)


@pytest.mark.parametrize(
    ("bad", "total", "expected"),
    [(0, 40, (0.0142, 0.0035, 0.0306)), (3, 60, (0.0271, 0.0116, 0.0477)), (9, 400, (0.0213, 0.0122, 0.0323))],
)
def test_answer_keys_of_the_course(bad, total, expected):
    """Answer keys, EB: 90 % ranges; the prior is about Beta(2.7, 147.3), hence 1e-4."""
    row = shrink_rates(pd.DataFrame({"bad_count": [bad], "total_count": [total]}), prior=Prior(2.7, 147.3)).iloc[0]
    assert (row.shrunk_rate, row.shrunk_low, row.shrunk_high) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("method", list(METHODS))
def test_cells_that_differ_by_chance_only_ask_for_a_strong_prior(method):
    draws = np.random.default_rng(1).binomial(400, 0.03, size=200)
    prior = fit_prior(pd.DataFrame({"bad_count": draws, "total_count": 400}), method=method)
    assert prior.mean == pytest.approx(0.03, abs=0.003)
    assert prior.bad + prior.good > 100


def test_a_planted_prior_is_found_by_marginal_likelihood():
    generator = np.random.default_rng(7)
    sizes = generator.integers(20, 400, size=600)
    cases = generator.binomial(sizes, generator.beta(2.7, 147.3, size=600))
    prior = fit_prior(pd.DataFrame({"bad_count": cases, "total_count": sizes}))
    assert prior.mean == pytest.approx(0.018, abs=0.002)
    assert 90 < prior.bad + prior.good < 250


def test_shrunk_ranges_cover_what_they_say():
    """Simulated: 90 % ranges with a learnt prior cover 90 % within two points over 40 cells."""
    generator, hits = np.random.default_rng(11), []
    for _ in range(25):
        rates = generator.beta(3, 97, size=40)
        sizes = generator.integers(20, 300, size=40)
        found = shrink_rates(pd.DataFrame({"bad_count": generator.binomial(sizes, rates), "total_count": sizes}))
        hits.append(((found.shrunk_low <= rates) & (rates <= found.shrunk_high)).mean())
    assert np.mean(hits) > 0.86


@settings(max_examples=25, deadline=None)
@given(cells, st.sampled_from(list(METHODS)))
def test_a_shrunk_rate_lies_between_its_own_and_the_prior(rows, method):
    found = shrink_rates(pd.DataFrame(rows, columns=["bad_count", "total_count"]), prior=method)
    prior = found.prior_bad_count / (found.prior_bad_count + found.prior_good_count)
    low, high = np.minimum(found.rate, prior), np.maximum(found.rate, prior)
    assert (found.shrunk_rate >= low - 1e-9).all() and (found.shrunk_rate <= high + 1e-9).all()
    assert (found.shrunk_low <= found.shrunk_high).all()


@settings(max_examples=25, deadline=None)
@given(cells)
def test_the_order_of_cells_does_not_matter(rows):
    frame = pd.DataFrame(rows, columns=["bad_count", "total_count"])
    forth, back = shrink_rates(frame).shrunk_rate, shrink_rates(frame[::-1]).shrunk_rate.sort_index()
    assert forth.to_numpy() == pytest.approx(back.to_numpy(), rel=1e-4)


def test_cells_are_left_alone_and_their_other_columns_kept(unchanged):
    frame = pd.DataFrame({"segment": ["a", "b", "c"], "bad_count": [1, 2, 9], "total_count": [40, 60, 99]})
    with unchanged(frame):
        assert shrink_rates(frame).segment.to_list() == ["a", "b", "c"]


@pytest.mark.parametrize("bad", [[0, 0, 0], [10, 10, 10], [1]])
def test_cells_that_cannot_tell_fall_back_to_jeffreys_and_say_so(bad):
    found = shrink_rates(pd.DataFrame({"bad_count": bad, "total_count": 10}))
    assert found.prior_method.eq("jeffreys").all() and found.prior_bad_count.eq(0.5).all()


def test_an_empty_cell_gets_the_prior_and_no_rate():
    found = shrink_rates(pd.DataFrame({"bad_count": [0, 3], "total_count": [0, 60]}), prior=Prior(2.7, 147.3))
    assert np.isnan(found.rate[0]) and found.shrunk_rate[0] == pytest.approx(0.018)
    assert found.is_rankable.to_list() == [False, False]


def test_refusals_of_a_prior():
    with pytest.raises(EmptyBook, match="no cell has a borrower"):
        fit_prior(pd.DataFrame({"bad_count": [0], "total_count": [0]}))
    with pytest.raises(BadData, match="no prior is found by guess"):
        fit_prior(pd.DataFrame({"bad_count": [0], "total_count": [1]}), method="guess")
    with pytest.raises(BadData, match="missing or infinite"):
        fit_prior(pd.DataFrame({"bad_count": [np.nan], "total_count": [1]}))
