"""Ways and scripts beside the rest; hours in parts of the day."""

import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.selling.monthly_counts import loans_path
from microlib.metrics.selling.responses import day_parts, touch_responses


def touches(**interested):
    rows = [
        (name, "interested" if place < count else "refused")
        for name, count in interested.items()
        for place in range(100)
    ]
    return pd.DataFrame(rows, columns=["script_id", "touch_result"])


def test_a_better_script_stands_above_the_rest():
    found = touch_responses(touches(S1=30, S2=60, S3=31), by=["script_id"])
    assert found.set_index("script_id")["standing"]["S2"] == "above"
    assert found["rate"].is_monotonic_decreasing


def test_scripts_alike_are_not_told_apart():
    assert set(touch_responses(touches(S1=30, S2=33, S3=31), by=["script_id"]).standing) == {"as_the_rest"}


def test_contacts_without_a_script_are_left_out():
    frame = touches(S1=30).assign(script_id=None)
    with pytest.raises(EmptyBook, match="no contact"):
        touch_responses(frame, by=["script_id"])


def test_a_part_begins_with_its_hour():
    hours = pd.to_datetime(["2026-06-01 11:59", "2026-06-01 12:00", "2026-06-01 14:00", "2026-06-01 18:00"])
    assert day_parts(pd.DataFrame({"touched_at": hours})).day_part.tolist() == [
        "morning",
        "noon",
        "afternoon",
        "evening",
    ]


def test_a_path_has_no_count_for_months_to_come():
    targets = pd.DataFrame({"target_scope": "branch", "metric": "loans_count", "target_number": 2.0,
                            "target_month": ["2026-05", "2026-06", "2026-07"]})  # fmt: skip
    loans = pd.DataFrame({"customer_id": ["C1"], "disbursed_date": pd.to_datetime(["2026-06-10"]), "amount_yuan": [1.0],
                          "issue_type": ["new"], "previous_loan_id": [None]})  # fmt: skip
    found = loans_path(targets, loans, as_of=pd.Timestamp("2026-06-30").date())
    assert found["actual_count"].isna().tolist() == [False, False, True]
    assert found["actual_count"].sum() == 1
