"""Targets: the keys of both weightings, and a gap that is said instead of scaled away.

Months sum to the target, to the fen.
Page one proposes on the range: sign, settle anew, or in two steps.
Three ways to set a target, the gap said aloud, and no new volume to poor quality.
A plan's last day follows from what waits for what.
Hours into loans, with the range that the counts leave.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microlib.design.allocation import InfeasibleProgramme
from microlib.design.rollout_plan import (
    Habits,
    allocate_targets,
    gap_closers,
    head_office_target,
    last_year,
    manager_targets,
    maturing_amount,
    month_path,
    month_targets,
    monthly_capacity,
    next_month,
    progress_decision,
    seen_capacity,
    seen_habits,
    seen_months,
    target_decision,
    target_modes,
    task_dates,
    task_decision,
)
from microlib.design.terms import read_policy
from microlib.errors import BadConfig, BadData, EmptyBook
from microlib.metrics.selling import plan_progress

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


@given(
    st.integers(0, 10**9),
    st.lists(st.floats(0, 3), min_size=1, max_size=12).filter(lambda found: sum(found) > 0.01),
    st.integers(0, 6),
)
def test_months_sum_to_the_target(fen, season, ramp):
    found = month_path(fen / 100, season=season, ramp_months=ramp)
    assert round(found["target_yuan"].sum() * 100) == fen
    assert (found["target_yuan"] >= 0).all()


def test_without_season_or_ramp_months_are_alike():
    assert month_path(120.0, season=[1] * 12)["target_yuan"].tolist() == [10.0] * 12


def test_a_month_without_season_is_asked_for_nothing():
    assert month_path(10.0, season=[0, 1])["target_yuan"].tolist() == [0.0, 10.0]


@pytest.mark.parametrize("season", [[0, 0], [-1, 2], []])
def test_a_year_without_weight_is_refused(season):
    with pytest.raises(BadConfig, match="weight"):
        month_path(1.0, season=season)


TODAY = date(2026, 6, 30)
DATED = {"policy": read_policy(".", as_of=TODAY).decisions, "as_of": TODAY}


def modes(within):
    return pd.DataFrame(
        {
            "target_mode": ["top_down"],
            "target_yuan": 5e7,
            "capacity_yuan": 4.4e7,
            "capacity_low_yuan": 4e7,
            "is_within": within,
        }
    )


@pytest.mark.parametrize(
    ("within", "step"),
    [
        ("yes", "sign_target"),
        ("no", "renegotiate_target"),
        ("perhaps", "hold_target_open"),
        ("unknown", "gather_evidence"),
    ],
)
def test_the_target_is_signed_on_the_low_end_only(within, step):
    found = target_decision(modes(within), **DATED)
    assert found["step"].tolist() == [step]
    asked = {"yes": 5e7, "no": 0.6e7}.get(within, 1e7)  # out of reach: the gap to the pace, as the heading tells it
    assert found["amount_yuan"].item() == pytest.approx(asked)


def test_a_shortfall_is_acted_on_when_the_high_end_misses_too():
    path = pd.DataFrame({"planned_count": [50.0] * 4, "actual_count": [20.0, 20.0, None, None]})
    found = progress_decision(plan_progress(path), ticket_yuan=1e5, **DATED)
    assert found["step"].tolist() == ["close_shortfall"]
    assert found["amount_yuan"].iloc[0] == pytest.approx((200 - 80) * 1e5, rel=0.02)
    assert found["waiting_cost_yuan"].isna().all()


def test_on_plan_nothing_is_proposed():
    path = pd.DataFrame({"planned_count": [50.0] * 4, "actual_count": [50.0, 49.0, None, None]})
    assert progress_decision(plan_progress(path), ticket_yuan=1e5, **DATED).empty


def test_only_a_critical_task_that_is_late_is_freed():
    tasks = pd.DataFrame({"is_critical": [True, False], "state": "late", "slip_days": [0, 9]})
    assert task_decision(tasks, **DATED).empty
    assert len(task_decision(tasks.assign(slip_days=[3, 9]), **DATED)) == 1


def test_months_keep_the_sum_that_is_asked():
    asked = pd.DataFrame({"month": ["2026-07", "2026-08", "2026-09"], "target_yuan": 10.0})
    season = pd.DataFrame({"calendar_month": [7, 8, 9], "index_ratio": [-0.2, 1.0, 2.0]})
    found = month_targets(asked, season, ramp_months=2)
    assert found["target_yuan"].sum() == pytest.approx(30.0)
    assert found["target_yuan"].iloc[0] == 0


def test_what_matures_is_live_and_inside_the_months():
    loans = pd.DataFrame({
        "balance_yuan": [1.0, 2.0, 4.0], "status": ["normal", "settled", "normal"],
        "maturity_date": pd.to_datetime(["2026-08-01", "2026-08-01", "2027-08-01"]),
    })  # fmt: skip
    assert maturing_amount(loans, as_of=TODAY, months=6) == 1.0


def test_months_are_named_from_the_day():
    assert next_month(TODAY) == "2026-07"
    assert last_year(TODAY) == ("2025-07", "2026-06")


ASKED = pd.DataFrame({"month": ["2026-07", "2026-08", "2026-09"], "target_yuan": 5e7 / 3})


def able(yuan=4.7e7 / 3 / 8, heads=8):
    names = [f"R{number}" for number in range(heads)]
    return pd.DataFrame({"rm_id": names, "capacity_yuan": yuan, "capacity_low_yuan": yuan * 0.8,
                         "capacity_high_yuan": yuan * 1.2})  # fmt: skip


def test_worked_example_of_a_gap():
    """A target of 50 million over a capacity of 47 million leaves 3 million."""
    found = target_modes(ASKED, able(), 2e7, capacity_level=0.8).set_index("target_mode")
    assert found.loc["top_down", "shortfall_yuan"] == pytest.approx(3e6)
    assert found.loc["no_growth", "shortfall_yuan"] == 0


def test_what_closes_the_gap_closes_it():
    modes = target_modes(ASKED, able(), 2e7, capacity_level=0.8)
    needed = gap_closers(modes, able(), months=3).set_index("closer")["needed_number"]
    assert needed["more_managers"] == pytest.approx(3e6 / (4.7e7 / 8))
    assert 4.7e7 * (1 + needed["larger_ticket"]) == pytest.approx(5e7)


def test_no_gap_asks_for_nothing():
    assert gap_closers(target_modes(ASKED, able(yuan=1e7), 0.0, capacity_level=0.8), able(yuan=1e7), months=3).empty


def test_a_target_above_the_high_end_is_not_within():
    states = target_modes(ASKED, able(yuan=1e6), 0.0, capacity_level=0.8).set_index("target_mode")["is_within"]
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
        head_office_target(none, since="2026-07", months=3)


def lent(*months, rm="R1", yuan=1e6):
    days = pd.to_datetime([f"{month}-15" for month in months])
    return pd.DataFrame({"customer_id": "C1", "rm_id": rm, "disbursed_date": days, "amount_yuan": yuan,
                         "issue_type": "new", "previous_loan_id": None})  # fmt: skip


def work(*months, rm="R1", visits=10):
    return pd.DataFrame({"rm_id": rm, "month": list(months), "visits_count": visits, "applications_count": 2})


def test_habits_are_what_twelve_months_saw():
    """A year before and a renewal do not count; 30 visits for 4 loans of 2 million are 7.5 visits a loan."""
    loans = pd.concat([lent("2026-04", "2026-05", "2026-05", "2026-06", yuan=2e6), lent("2024-01"),
                       lent("2026-06").assign(issue_type="refinance")])  # fmt: skip
    seen = seen_months(loans, work("2024-01", "2026-04", "2026-05", "2026-06"), as_of=TODAY)
    found = seen_habits(seen, managers(), visit_hours=1.5).iloc[0]
    assert (found["months_count"], found["visits_count"], found["hours_visits_count"]) == (3, 10, 48)
    assert (found["loans_low"], found["loans_high"], found["ticket_yuan"]) == (1, 2, 2e6)
    assert found["visits_per_loan_number"] == 7.5


def test_months_without_a_loan_are_refused():
    with pytest.raises(EmptyBook, match="no visit or no loan"):
        seen_months(lent("2024-01"), work("2026-06"), as_of=TODAY)


def test_capacity_is_what_was_lent_with_the_range_of_the_next_months():
    """Months of 1, 2, 3 million: mean 2, s 1; 80 % over the next six months is t(2; .9) = 1.8856 x sqrt(1/3 + 1/6)."""
    loans = pd.concat([lent("2026-04"), lent("2026-05", yuan=2e6), lent("2026-06", yuan=3e6)])
    begun, gone = [None, "2026-06-02", None, None], [None, None, "2026-05-31", None]
    staff = pd.DataFrame({"rm_id": ["R1", "R2", "R3", "R4"], "start_date": pd.to_datetime(begun)})
    staff = staff.assign(end_date=pd.to_datetime(gone))
    visits = work("2026-04", "2026-05", "2026-06")
    told = {"seen": seen_months(loans, visits, as_of=TODAY), "months": 6, "as_of": TODAY, "level": 0.8}
    found = seen_capacity(staff, loans, visits, **told).set_index("rm_id")
    reach = 1.88562 * (1 / 3 + 1 / 6) ** 0.5
    assert found.loc["R1", "capacity_yuan"] == pytest.approx(2e6) and found.loc["R1", "visits_count"] == 10
    assert found.loc["R1", "capacity_low_yuan"] == pytest.approx(2e6 - reach * 1e6, rel=1e-5)
    assert found.loc["R1", "capacity_high_yuan"] == pytest.approx(2e6 + reach * 1e6, rel=1e-5)
    assert found["capacity_yuan"].isna().to_dict() == {"R1": False, "R2": False, "R3": True, "R4": False}


def test_two_months_give_no_range_and_no_verdict():
    loans, visits = lent("2026-05", "2026-06"), work("2026-05", "2026-06")
    staff = pd.DataFrame({"rm_id": ["R1"], "start_date": pd.NaT, "end_date": pd.NaT})
    told = {"seen": seen_months(loans, visits, as_of=TODAY), "months": 3, "as_of": TODAY}
    modes = target_modes(ASKED, seen_capacity(staff, loans, visits, **told), 0.0, capacity_level=0.8)
    assert set(modes["is_within"]) == {"unknown"}


COLUMNS = ["task_id", "planned_start_date", "planned_end_date", "started_date", "done_date", "depends"]


def plan(*rows):
    frame = pd.DataFrame(rows, columns=COLUMNS)
    dates = [name for name in COLUMNS if name.endswith("_date")]
    return frame.assign(**{name: pd.to_datetime(frame[name]) for name in dates})


def three(done=None):
    return plan(
        ["A", "2026-06-01", "2026-06-05", "2026-06-01", done, ""],
        ["B", "2026-06-06", "2026-06-08", None, None, "A"],
        ["C", "2026-06-01", "2026-06-02", None, None, ""],
    )


def test_a_plan_that_is_kept_ends_as_planned():
    found = task_dates(three(done="2026-06-05"), as_of=date(2026, 6, 1))
    assert found["slip_days"].tolist() == [0, 0, 0]


def test_a_late_task_pushes_what_waits_for_it():
    found = task_dates(three(), as_of=date(2026, 6, 10)).set_index("task_id")
    assert found["slip_days"].to_dict() == {"A": 5, "B": 5, "C": 9}
    assert found["state"].to_dict() == {"A": "late", "B": "late", "C": "late"}
    assert found.loc["B", "blocked_by"] == "A"


def test_only_the_longest_chain_is_critical():
    found = task_dates(three(), as_of=date(2026, 6, 1)).set_index("task_id")
    assert found["is_critical"].to_dict() == {"A": True, "B": True, "C": False}
    assert found.loc["C", "slack_days"] == 6


def test_what_is_done_is_never_critical():
    found = task_dates(three(done="2026-06-05"), as_of=date(2026, 6, 6)).set_index("task_id")
    assert not found.loc["A", "is_critical"]
    assert found.loc["A", "state"] == "done"


def test_tasks_that_wait_for_one_another_are_refused():
    circle = plan(
        ["A", "2026-06-01", "2026-06-05", None, None, "B"], ["B", "2026-06-06", "2026-06-08", None, None, "A"]
    )
    with pytest.raises(BadData, match="wait for one another: "):
        task_dates(circle, as_of=date(2026, 6, 1))


def test_a_task_that_is_not_there_is_named():
    with pytest.raises(BadData, match="waits for Z"):
        task_dates(plan(["A", "2026-06-01", "2026-06-05", None, None, "Z"]), as_of=date(2026, 6, 1))


def test_the_frame_given_is_not_altered():
    frame = three()
    before = frame.copy(deep=True)
    task_dates(frame, as_of=date(2026, 6, 10))
    pd.testing.assert_frame_equal(frame, before)


def managers(count=1):
    names = [f"R{number}" for number in range(count)]
    return pd.DataFrame({"rm_id": names, "hours_month_count": 160.0, "selling_share": 0.45})


def habits(scale=1):
    return Habits(1.5, 100 * scale, 12 * scale, 100 * scale, 55 * scale, 620_000.0)


def test_worked_example_of_one_manager():
    """160 h x 45 % / 1.5 h = 48 visits; x 12 % x 55 % = 3.168 loans; x 620,000 = 1.96 million yuan."""
    found = monthly_capacity(managers(), habits=habits()).iloc[0]
    assert found["visits_count"] == pytest.approx(48)
    assert found["loans_count"] == pytest.approx(3.168)
    assert found["capacity_yuan"] == pytest.approx(1_964_160)


def test_eight_managers_in_three_months():
    """8 x 3 x 1,964,160 = 47.14 million yuan."""
    assert monthly_capacity(managers(8), habits=habits())["capacity_yuan"].sum() * 3 == pytest.approx(47_139_840)


def test_more_visits_on_file_narrow_the_range():
    few, many = (monthly_capacity(managers(), habits=habits(scale)).iloc[0] for scale in (1, 50))
    assert many["loans_high"] - many["loans_low"] < (few["loans_high"] - few["loans_low"]) / 4
    assert few["loans_low"] < few["loans_count"] < few["loans_high"]


def test_hours_that_are_not_known_stay_unknown():
    one = managers().assign(hours_month_count=None)
    assert monthly_capacity(one.astype({"hours_month_count": float}), habits=habits())["capacity_yuan"].isna().all()


def test_more_applications_than_visits_are_refused():
    with pytest.raises(BadData, match="habits without"):
        Habits(1.5, 10, 12, 10, 5, 1.0)
