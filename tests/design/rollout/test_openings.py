"""Page one proposes on the range: sign, settle anew, or in two steps."""

from datetime import date

import pandas as pd
import pytest

from microlib.design.policies import read_policy
from microlib.design.rollout.month_plans import last_year, maturing_amount, month_targets, next_month
from microlib.design.rollout.openings import progress_decision, target_decision, task_decision
from microlib.metrics.selling.progresses import plan_progress

TODAY = date(2026, 6, 30)
DATED = {"policy": read_policy(".", as_of=TODAY).decisions, "as_of": TODAY}


def modes(within):
    return pd.DataFrame(
        {"target_mode": ["top_down"], "target_yuan": 5e7, "capacity_low_yuan": 4e7, "is_within": within}
    )


@pytest.mark.parametrize(
    ("within", "step"), [("yes", "sign_target"), ("no", "renegotiate_target"), ("perhaps", "hold_target_open")]
)
def test_the_target_is_signed_on_the_low_end_only(within, step):
    assert target_decision(modes(within), **DATED)["step"].tolist() == [step]


def test_a_shortfall_is_acted_on_when_the_high_end_misses_too():
    path = pd.DataFrame({"planned_count": [50.0] * 4, "actual_count": [20.0, 20.0, None, None]})
    found = progress_decision(plan_progress(path), ticket_yuan=1e5, **DATED)
    assert found["step"].tolist() == ["close_shortfall"]
    assert found["amount_yuan"].iloc[0] == pytest.approx((200 - 80) * 1e5, rel=0.02)


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
