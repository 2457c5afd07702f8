"""The season that trade alone shows."""

import pandas as pd

from microlib.metrics.trade_seasons import trade_rhythms

TRADE = pd.DataFrame({
    "segment": ["clear", "weak", "unstable"], "peak_month": [12, 3, 6], "peak_ratio": 2.0, "peak_low": 1.5,
    "peak_high": 2.5, "stability_share": [0.9, 0.9, 0.2], "p_value": [0.01, 0.4, 0.01], "season_strength": 0.8,
})  # fmt: skip


def test_a_season_is_clear_only_when_it_is_both_unlikely_by_chance_and_stable():
    assert trade_rhythms(TRADE)["reason"].to_list() == ["own_season", "no_clear_season", "no_clear_season"]


def test_the_frame_is_not_altered(unchanged):
    with unchanged(TRADE):
        trade_rhythms(TRADE)
