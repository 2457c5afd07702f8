from __future__ import annotations

import numpy as np
import pytest

from microlib.metrics.influences import share_limits, weighted_variance


def _share(weights, month, kind, moment=0.0, which=0):
    """Share of bad at the end, with one weight of one loan moved: for a derivative by hand."""
    weights = weights.copy()
    weights[which] += moment
    share, alive = 0.0, 1.0
    for now in range(month.max() + 1):
        at_risk = weights[month >= now].sum()
        bad, left = (weights[(month == now) & (kind == name)].sum() / at_risk for name in (0, 1))
        share, alive = share + alive * bad, alive * (1 - bad - left)
    return share


def test_the_variance_is_the_sum_of_squared_influences():
    """Infinitesimal jackknife: V = sum over loans of (w dF/dw)^2, derivatives taken numerically."""
    generator = np.random.default_rng(2)
    weights, month, kind = generator.uniform(1, 9, 40), generator.integers(0, 5, 40), generator.integers(0, 3, 40)
    month[:3], kind[:3] = 5, [0, 1, 2]
    moved = [[_share(weights, month, kind, step, i) for i in range(40)] for step in (1e-6, -1e-6)]
    slopes = np.subtract(*moved) / 2e-6
    sums = [[weights[(month >= t)].sum() for t in range(6)], [(weights[month >= t] ** 2).sum() for t in range(6)]]
    ends = [[weights[(month == t) & (kind == k)].sum() for t in range(6)] for k in (0, 1)]
    squares = [[(weights[(month == t) & (kind == k)] ** 2).sum() for t in range(6)] for k in (0, 1)]
    at_risk = np.array([sums[0]])
    bad, other = (np.array([row]) / at_risk for row in ends)
    trio = (np.array([sums[1]]), np.array([squares[0]]), np.array([squares[1]]))
    found = weighted_variance(trio, at_risk, bad=bad, other=other)[0, -1]
    assert found == pytest.approx(float((weights**2 * np.square(slopes)).sum()), rel=1e-6)


def test_limits_of_nothing_and_of_everything_mirror_each_other():
    share = np.array([[0.0, 1.0]])
    low, high = share_limits(share, 0 * share, effective=np.array([[40.0, 40.0]]), level=0.95)
    assert high[0, 0] == pytest.approx(1 - low[0, 1]) and low[0, 0] == 0 and high[0, 1] == 1
