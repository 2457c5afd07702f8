"""A plan's last day follows from what waits for what."""

from datetime import date

import pandas as pd
import pytest

from microlib.design.rollout.task_dates import task_dates
from microlib.errors import BadData

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
