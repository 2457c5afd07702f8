"""Boards speak of teams; counts of managers are counted right."""

from datetime import date

import pandas as pd
import pytest

from microlib.design.rollout.launches import branch_launch
from microlib.design.rollout.manager_cells import approval_cells, asked_by_manager, factor_counts, overdue_standings
from microlib.design.rollout.team_boards import OTHERS, team_board, team_capacity
from microlib.design.rollout.visit_guides import guide_lines, objection_lines, read_guide
from microlib.errors import EmptyBook
from microlib.metrics.season_fits import TooShort

TODAY = date(2026, 6, 30)


def months(heads=4):
    names = [f"R{number}" for number in range(heads)]
    return pd.DataFrame(
        {"rm_id": names, "month": "2026-06", "visits_count": 10, "applications_count": 4, "loans_count": 2}
    )


def test_a_team_of_one_is_told_with_the_others():
    rms = pd.DataFrame({"rm_id": ["R0", "R1", "R2", "R3"], "team": ["a", "a", "a", "b"]})
    found = team_board(months(), rms, as_of=TODAY).set_index("team")
    assert found["managers_count"].to_dict() == {"a": 3, OTHERS: 1}
    assert found.loc["a", "visits_per_head"] == 10


def test_a_month_that_is_not_on_file_is_told():
    with pytest.raises(EmptyBook, match="no manager's month"):
        team_board(months(), pd.DataFrame({"rm_id": ["R0"], "team": ["a"]}), as_of=date(2025, 1, 31))


def test_teams_sum_to_the_branch():
    able = pd.DataFrame({"team": ["a"] * 3 + ["b"] * 3, "visits_count": 1.0, "loans_count": 1.0, "capacity_yuan": 2.0,
                         "capacity_low_yuan": 1.0, "capacity_high_yuan": 3.0})  # fmt: skip
    assert team_capacity(able)["capacity_yuan"].sum() == 12.0


def test_demand_is_what_was_asked_in_the_last_year():
    asked = pd.DataFrame({"rm_id": "R1", "asked_yuan": [1.0, 2.0],
                          "submitted_at": pd.to_datetime(["2024-01-01", "2026-01-01"])})  # fmt: skip
    assert asked_by_manager(asked, as_of=TODAY).to_dict() == {"R1": 2.0}


def test_late_loans_are_counted_of_live_ones():
    loans = pd.DataFrame({"rm_id": "R1", "overdue_days": [45, 0, 90], "balance_yuan": [1.0, 1.0, 0.0],
                          "status": ["overdue", "normal", "settled"]})  # fmt: skip
    found = overdue_standings(loans, fewest=1).iloc[0]
    assert (found["hit_count"], found["total_count"]) == (1, 2)


def test_applications_never_exceed_contacts():
    acted = pd.DataFrame({"rm_id": ["R1"], "applications_count": [9], "contacts_count": [4.0]})
    assert approval_cells(acted)["total_count"].tolist() == [9]


def test_factors_are_counted_once_a_manager():
    parts = pd.DataFrame({"factor": ["ticket"] * 3, "explains": [True, True, False], "contribution": [1.0, -1.0, 2.0]})
    assert factor_counts(parts)[["raised_count", "lowered_count", "unclear_count"]].iloc[0].tolist() == [1, 1, 1]


def test_a_short_history_gives_no_launch():
    span = [str(month) for month in pd.period_range("2025-10", "2026-06", freq="M")]
    lending = pd.DataFrame({"segment": "all", "month": span, "amount_yuan": 1.0})
    with pytest.raises(TooShort):
        branch_launch(lending, policy=None, as_of=TODAY)


def test_the_guide_speaks_both_languages():
    guide = read_guide(".")
    assert guide_lines(guide).notna().all(axis=None)
    assert set(guide_lines(guide)["guide_part"]) == {"questions", "papers", "never_say"}
    assert len(objection_lines(guide)) == len(guide.objections)
