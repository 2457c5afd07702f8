from __future__ import annotations

import numpy as np
import pytest
from scipy.special import gammaln, ndtr, ndtri

from microlib.metrics.intervals import upper_bound


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
    from microlib.metrics import correlations

    coarse = upper_bound([0, 3, 50], [40, 60, 5000], correlation=correlation)
    monkeypatch.setattr(correlations, "STEP", 0.013)
    assert upper_bound([0, 3, 50], [40, 60, 5000], correlation=correlation).to_numpy() == pytest.approx(
        coarse, abs=1e-7
    )


def test_more_correlation_leaves_a_clean_history_less_to_say():
    bounds = [upper_bound(0, 40, correlation=rho).item() for rho in (0.0, 0.05, 0.2, 0.5, 0.9, 0.999)]
    assert bounds == sorted(bounds) and bounds[-1] == pytest.approx(0.95, abs=0.01)
