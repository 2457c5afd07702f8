from __future__ import annotations

import numpy as np
import pytest

from microlib.metrics.priors import kleinman, marginal_likelihood, moments


def test_kleinman_equals_moments_in_the_limit_of_many_trials_each():
    """With huge equal cells the binomial noise vanishes and both see the spread of the rates (n or n - 1 apart)."""
    rates, total = np.random.default_rng(4).beta(3, 97, 500), np.full(500, 1e8)
    first, second = (way(rates * total, total, strongest=1e4) for way in (moments, kleinman))
    assert first[0] == pytest.approx(second[0]) and first[1] == pytest.approx(second[1], rel=0.01)


def test_the_likelihood_found_is_the_highest_nearby():
    from microlib.metrics.priors import _loss

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
