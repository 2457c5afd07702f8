"""The strength of a season against noise: published values, size by simulation, refusals."""

import numpy as np
import pandas as pd
import pytest

from microlib.errors import BadData
from microlib.metrics.season_fits import TooShort
from microlib.metrics.season_strengths import season_strengths


def series(values, name="g"):
    months = pd.period_range("2021-07", periods=len(values), freq="M").astype(str)
    return pd.DataFrame({"segment": name, "month": months, "amount_yuan": np.asarray(values, float)})


def congruential(count=60):
    """x <- (1103515245 x + 12345) mod 2^31 from 12345; u = x / 2^31 - .5."""
    state, drawn = 12345, []
    for _ in range(count):
        state = (1103515245 * state + 12345) % 2**31
        drawn.append(state / 2**31 - 0.5)
    return np.array(drawn)


def test_the_vector_of_noise_and_season():
    """TV-F1: A=10, sigma 8: .964509, .973057; A=2: .698459; A=0: .466621, which is noise."""
    t, u = np.arange(60), congruential()
    assert u[:3].round(8).tolist() == [0.15515405, -0.19518568, 0.17496063]
    found = season_strengths(pd.concat([
        series(100 + 0.5 * t + height * np.sin(2 * np.pi * t / 12) + 8 * u, str(height)) for height in (0, 2, 10)
    ]), draws=99).set_index("segment")  # fmt: skip
    assert found["season_strength"].round(6).to_dict() == {"0": 0.466621, "10": 0.964509, "2": 0.698459}
    assert found.loc["10", "trend_strength"] == pytest.approx(0.973057, abs=5e-7)
    assert found.loc["0", "p_value"] > 0.1 and found.loc["10", "p_value"] == 0.01


def test_noise_of_48_months_is_as_strong_as_printed():
    """Reference F: mean .602, 95 % .744 over 400 simulated series."""
    found = season_strengths(series(100 + np.random.default_rng(1).normal(0, 5, 48)), draws=299).iloc[0]
    assert found.noise_strength == pytest.approx(0.602, abs=0.03) and found.noise_p95 == pytest.approx(0.744, abs=0.03)


def test_noise_is_called_a_season_as_rarely_as_the_p_value_says():
    rng = np.random.default_rng(3)
    noise = pd.concat([series(100 + rng.normal(0, 5, 48), f"{number:02}") for number in range(60)])
    assert (season_strengths(noise, draws=99)["p_value"] <= 0.05).sum() <= 8  # 3 expected; 1 in 500 seeds has more


def test_scale_changes_nothing_and_nothing_is_altered(unchanged):
    rows = series(100 + np.random.default_rng(5).normal(0, 5, 48))
    with unchanged(rows):
        one = season_strengths(rows, draws=99)
    pd.testing.assert_frame_equal(one, season_strengths(rows.assign(amount_yuan=rows["amount_yuan"] * 7), draws=99))


def test_short_series_and_few_draws_are_refused():
    with pytest.raises(TooShort, match="47 months"):
        season_strengths(series(np.ones(47)))
    with pytest.raises(BadData, match="draws"):
        season_strengths(series(np.ones(48)), draws=9)
