"""The peak week: planted seasons within one week, closed forms, laws, refusals.

The bank's rhythm told from a season, and the week in which a campaign must begin.
The season that trade alone shows.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from microlib.errors import BadData
from microlib.metrics.rhythm import bank_rhythms, launch_week, trade_rhythms, without_push
from microlib.stats.seasonality import credit_seasons

AS_OF = date(2026, 6, 30)


MONTHS = [str(month) for month in pd.period_range("2021-07", "2026-06", freq="M")]
MONTH = np.array([int(month[5:]) for month in MONTHS])


def pushed(name, strength, season, seed):
    rng = np.random.default_rng(seed)
    push = np.where(MONTH == 1, strength, np.where(MONTH % 3 == 0, 1 + (strength - 1) / 3, 1.0))
    return pd.DataFrame(
        {"segment": name, "month": MONTHS, "amount_yuan": 100 * push * season * rng.lognormal(0, 0.1, 60)}
    )


def bump(month, height):
    away = np.minimum((MONTH - month) % 12, (month - MONTH) % 12)
    return 1 + height * np.exp(-0.5 * away**2)


@pytest.fixture(scope="module")
def lending():
    flat = np.ones(60)
    return pd.concat([
        pushed("hospital", 2.5, flat, 1), pushed("chamber", 2.5, flat, 2),
        pushed("farm", 1.4, bump(4, 3.0), 3), pushed("market", 1.6, bump(12, 2.5), 4),
    ])  # fmt: skip


@pytest.fixture(scope="module")
def told(lending):
    return bank_rhythms(credit_seasons(lending), credit_seasons(without_push(lending)), families={})


def test_unrelated_groups_that_peak_with_the_quota_show_the_banks_rhythm(told):
    reasons = told.set_index("segment")["reason"]
    assert reasons["hospital"] == reasons["chamber"] == "bank_rhythm"


def test_a_season_of_its_own_survives_the_removal_of_the_push(told):
    found = told.set_index("segment")
    assert found.loc[["farm", "market"], "reason"].tolist() == ["own_season", "own_season"]
    assert found.loc[["farm", "market"], "peak_month"].tolist() == [4, 12]


def test_removal_leaves_a_smooth_season_alone_and_adds_up():
    rows = pd.DataFrame(
        {"segment": "farm", "month": MONTHS, "amount_yuan": 100 + 30 * np.cos(2 * np.pi * (MONTH - 8) / 12)}
    )
    found = without_push(rows)
    assert found["push_yuan"].to_numpy() == pytest.approx(np.zeros(60), abs=1e-9)


def test_removal_never_makes_an_amount_negative_and_alters_nothing(lending, unchanged):
    with unchanged(lending):
        found = without_push(lending)
    assert (found["amount_yuan"] >= 0).all() and (found["push_yuan"] >= 0).all()
    assert (found["amount_yuan"] + found["push_yuan"]).to_numpy() == pytest.approx(lending["amount_yuan"].to_numpy())


def season(name, month, **columns):
    frame = {"segment": [name], "peak_month": month, "peak_ratio": 2.0, "peak_low": 1.8, "peak_high": 2.2}
    return pd.DataFrame(frame | {"stability_share": 1.0, "p_value": 0.002} | columns)


def test_sales_that_follow_the_borrowing_confirm_a_shared_peak():
    lent = pd.concat([season("hardware", 12), season("garments", 12)])
    sold = pd.concat([season("hardware", 1), season("garments", 6)])
    found = bank_rhythms(lent, lent, sold, families={})
    assert found[["is_confirmed", "reason"]].to_numpy().tolist() == [[True, "own_season"], [False, "bank_rhythm"]]


def test_groups_of_one_trade_may_share_a_season():
    lent = pd.concat([season("dealers", 3), season("farmers", 3)])
    found = bank_rhythms(lent, lent, families={"dealers": "agriculture", "farmers": "agriculture"})
    assert found["reason"].tolist() == ["own_season"] * 2


def test_noise_is_no_season_and_no_rhythm():
    lent = season("shops", 1, p_value=0.4)
    assert bank_rhythms(lent, lent, families={})["reason"].tolist() == ["no_clear_season"]


def test_the_launch_lies_both_leads_before_the_next_peak():
    rows = pd.DataFrame({"segment": ["a"], "peak_month": [9], "reason": ["own_season"]})
    found = launch_week(rows, as_of=date(2026, 6, 30), approval_lead_days=15, campaign_lead_days=30).iloc[0]
    assert (found.launch_date.date(), found.launch_week) == (date(2026, 7, 18), "2026-W29")


def test_a_launch_that_is_already_past_moves_to_the_next_year():
    rows = pd.DataFrame({"segment": ["a"], "peak_month": [8], "reason": ["own_season"]})
    found = launch_week(rows, as_of=date(2026, 6, 30), approval_lead_days=15, campaign_lead_days=30).iloc[0]
    assert found.peak_month_name == "2027-08"


def test_the_banks_own_rhythm_gets_no_launch_week(told):
    found = launch_week(told, as_of=date(2026, 6, 30), approval_lead_days=15, campaign_lead_days=30)
    assert found.loc[found["reason"] != "own_season", "launch_week"].isna().all()


def test_wrong_leads_and_different_segments_are_refused():
    with pytest.raises(BadData, match="negative"):
        launch_week(pd.DataFrame({"segment": []}), as_of=date(2026, 6, 30), approval_lead_days=-1, campaign_lead_days=0)
    with pytest.raises(BadData, match="different segments"):
        bank_rhythms(season("a", 1), season("b", 1), families={})


TRADE = pd.DataFrame({
    "segment": ["clear", "weak", "unstable"], "peak_month": [12, 3, 6], "peak_ratio": 2.0, "peak_low": 1.5,
    "peak_high": 2.5, "stability_share": [0.9, 0.9, 0.2], "p_value": [0.01, 0.4, 0.01], "season_strength": 0.8,
})  # fmt: skip


def test_a_season_is_clear_only_when_it_is_both_unlikely_by_chance_and_stable():
    assert trade_rhythms(TRADE)["reason"].to_list() == ["own_season", "no_clear_season", "no_clear_season"]


def test_the_frame_is_not_altered(unchanged):
    with unchanged(TRADE):
        trade_rhythms(TRADE)
