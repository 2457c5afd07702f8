"""Scene cards: trigger, place, product and an ordinary year's volume."""

import pandas as pd
import pytest

from microlib.design.lineups import scenes
from microlib.errors import EmptyBook

MEMBERS = pd.DataFrame({"customer_id": ["C1", "C2", "C3", "C4"], "segment": "m", "is_primary": True})
ASKED = pd.DataFrame(
    {"customer_id": ["C1", "C2"], "submitted_at": pd.Timestamp("2026-01-01"), "granted_yuan": [8e4, 0.0]}
)


def _evidence(evident=True):
    return pd.DataFrame(
        {
            "segment": "m",
            "factor": ["venue_id", "peak_month"],
            "group_type": ["shared_place", "shared_need"],
            "top_value": ["V1", "12"],
            "coverage_share": [0.9, 0.4],
            "lift_ratio": 9.0,
            "p_value": 0.001,
            "is_evident": [evident, False],
            "members_count": 4,
        }
    )


def _card(evident=True):
    labels = pd.DataFrame({"segment": ["m"], "strongest_factor": ["venue_id" if evident else None]})
    cover = pd.DataFrame({"segment": ["m"], "best_product": ["P1"]})
    free = scenes.free_members(MEMBERS, pd.DataFrame({"customer_id": ["C4"], "balance_yuan": [1.0]}))
    asking = scenes.asking_rates(MEMBERS, ASKED, since="2025-07-01")
    return scenes.scene_cards(asking, labels, _evidence(evident), cover, free=free).iloc[0]


def test_a_card_names_trigger_place_month_and_product():
    card = _card()
    assert card[["trigger", "place", "peak_month", "product_id", "next_step"]].tolist() == [
        "shared_place",
        "V1",
        12.0,
        "P1",
        "visit_place",
    ]


def test_the_volume_is_free_members_times_the_bounds_of_the_share_times_the_typical_amount():
    card = _card()
    assert card["free_count"] == 3 and card["lent_share"] == 0.25
    assert card["volume_high_yuan"] == pytest.approx(3 * card["lent_high"] * 8e4)


def test_a_group_without_an_evident_type_asks_for_evidence_first():
    assert _card(evident=False)[["trigger", "next_step"]].tolist() == ["unclear", "gather_evidence"]


def test_a_year_without_applications_has_no_cards():
    with pytest.raises(EmptyBook, match="nobody applied"):
        scenes.asking_rates(MEMBERS, ASKED, since="2029-01-01")
