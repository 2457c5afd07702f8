"""Three ways to set a target, the gap said aloud, and no new volume to poor quality."""

import pandas as pd
import pytest

from microlib.design.rollout.habits import habit_rows, visiting_habits
from microlib.design.rollout.target_plans import asked_amount, gap_closers, manager_targets, target_modes
from microlib.errors import EmptyBook

ASKED = pd.DataFrame({"month": ["2026-07", "2026-08", "2026-09"], "target_yuan": 5e7 / 3})


def able(yuan=4.7e7 / 3 / 8, heads=8):
    names = [f"R{number}" for number in range(heads)]
    return pd.DataFrame({"rm_id": names, "capacity_yuan": yuan, "capacity_low_yuan": yuan * 0.8,
                         "capacity_high_yuan": yuan * 1.2})  # fmt: skip


def test_worked_example_of_a_gap():
    """A target of 50 million over a capacity of 47 million leaves 3 million."""
    found = target_modes(ASKED, able(), 2e7).set_index("target_mode")
    assert found.loc["top_down", "shortfall_yuan"] == pytest.approx(3e6)
    assert found.loc["no_growth", "shortfall_yuan"] == 0


def test_what_closes_the_gap_closes_it():
    modes = target_modes(ASKED, able(), 2e7)
    needed = gap_closers(modes, able(), months=3).set_index("closer")["needed_number"]
    assert needed["more_managers"] == pytest.approx(3e6 / (4.7e7 / 8))
    assert 4.7e7 * (1 + needed["larger_ticket"]) == pytest.approx(5e7)


def test_no_gap_asks_for_nothing():
    assert gap_closers(target_modes(ASKED, able(yuan=1e7), 0.0), able(yuan=1e7), months=3).empty


def test_a_target_above_the_high_end_is_not_within():
    states = target_modes(ASKED, able(yuan=1e6), 0.0).set_index("target_mode")["is_within"]
    assert states.to_dict() == {"top_down": "no", "bottom_up": "perhaps", "no_growth": "yes"}


def test_poor_quality_gets_no_new_volume():
    seen = pd.DataFrame({"rm_id": ["R0"], "standing": ["above"]})
    found = manager_targets(able(), pd.Series({"R1": 5.0}), seen, total_yuan=1e7, months=3).set_index("rm_id")
    assert (found.loc["R0", "target_yuan"], found.loc["R0", "bound_by"]) == (0.0, "quality")
    assert found["target_yuan"].sum() == pytest.approx(1e7)


def test_beyond_capacity_only_capacity_is_shared():
    seen = pd.DataFrame({"rm_id": [], "standing": []})
    found = manager_targets(able(), pd.Series(dtype=float), seen, total_yuan=9e9, months=3)
    assert found["target_yuan"].sum() == pytest.approx(4.7e7)


def test_a_branch_without_targets_is_told_so():
    none = pd.DataFrame({"target_scope": [], "target_month": [], "metric": [], "target_number": []})
    with pytest.raises(EmptyBook, match="no target from"):
        asked_amount(none, since="2026-07", months=3)


def test_habits_are_counts_of_the_last_year():
    today = pd.Timestamp("2026-06-30").date()
    months = pd.DataFrame({"month": ["2024-01", "2026-05"], "visits_count": [900, 100], "applications_count": [90, 12]})
    asked = pd.DataFrame({"submitted_at": pd.to_datetime(["2026-05-01"] * 3), "granted_yuan": [1e5, 3e5, None],
                          "decision": ["approved", "partly_approved", "refused"]})  # fmt: skip
    found = visiting_habits(months, asked, as_of=today, visit_hours=1.5)
    assert (found.visits_count, found.applied_count, found.decided_count, found.lent_count) == (100, 12, 3, 2)
    assert habit_rows(found)["visits_per_loan_number"].iloc[0] == pytest.approx(12.5)
