"""Targets: the keys of both weightings, and a gap that is said instead of scaled away."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microlib.design.programmes.conflicts import InfeasibleProgramme
from microlib.design.programmes.targets import allocate_targets
from microlib.errors import BadConfig, BadData

TEAMS = pd.DataFrame({"potential_yuan": [2100.0, 1260, 840], "capacity_yuan": [1800.0, 1700, 1200]})


@pytest.mark.parametrize(("weighting", "expected"), [("potential", [1800, 1440, 960]), ("equal", [1800, 1410, 990])])
def test_targets_under_a_capacity(weighting, expected) -> None:
    """X16 and corrections, 'Targets'."""
    found = allocate_targets(TEAMS, total_yuan=4200, weighting=weighting)
    assert found["target_yuan"].to_list() == expected and found["fair_yuan"].to_list() == [2100, 1260, 840]
    assert found["bound_by"].to_list() == ["capacity", "potential", "potential"]


def test_more_than_can_be_done_is_refused_with_its_gap() -> None:
    """Total capacity 4,700, target 5,000: 300 are missing."""
    with pytest.raises(InfeasibleProgramme, match=r"300.00 are missing") as refused:
        allocate_targets(TEAMS, total_yuan=5000)
    assert refused.value.gap_yuan == 300


@given(st.lists(st.tuples(st.floats(1, 1e3), st.floats(0, 1e3)), min_size=1, max_size=8), st.floats(0, 1))
def test_the_optimum_moves_nobody_who_has_room_out_of_proportion(units, part) -> None:
    """Of those with room, target over potential is one number; nobody exceeds capacity; the sum is the total."""
    frame = pd.DataFrame(units, columns=["potential_yuan", "capacity_yuan"])
    total = part * frame["capacity_yuan"].sum()
    found = allocate_targets(frame, total_yuan=total)
    assert found["target_yuan"].sum() == pytest.approx(total, abs=0.05)
    assert (found["room_yuan"] >= -0.01).all()
    free = found[found["bound_by"] == "potential"]
    assert np.ptp(free["target_yuan"] / free["potential_yuan"]) <= 0.02 if len(free) else True


def test_what_is_missing_or_unknown_is_refused() -> None:
    with pytest.raises(BadConfig, match="weighting = last_year"):
        allocate_targets(TEAMS, total_yuan=1, weighting="last_year")
    with pytest.raises(BadData, match="missing or negative"):
        allocate_targets(TEAMS.assign(capacity_yuan=None), total_yuan=1)
