"""A lead's days come from touches, its application and its loan."""

import pandas as pd

from microlib.metrics.selling.lead_paths import STAGES, lead_paths


def tables():
    day = pd.to_datetime(["2026-05-01", "2026-05-01", "2026-05-01"])
    leads = pd.DataFrame({"lead_id": ["D1", "D2", "D3"], "created_date": day,
                          "application_id": ["A1", "A2", None], "loan_id": ["L1", None, None]})  # fmt: skip
    touches = pd.DataFrame({
        "lead_id": ["D1", "D1", "D2"], "touched_at": pd.to_datetime(["2026-05-03 10:00", "2026-05-02 09:00"] * 2)[:3],
        "touch_result": ["interested", "no_answer", "refused"],
    })  # fmt: skip
    applications = pd.DataFrame({"application_id": ["A1", "A2"], "decision": ["approved", "refused"],
                                 "submitted_at": pd.to_datetime(["2026-05-05", "2026-05-06"]),
                                 "decided_at": pd.to_datetime(["2026-05-09", "2026-05-09"])})  # fmt: skip
    loans = pd.DataFrame({"loan_id": ["L1"], "disbursed_date": pd.to_datetime(["2026-05-12"])})
    return leads, touches, applications, loans


def test_a_lead_enters_each_stage_on_its_own_day():
    found = lead_paths(*tables()).set_index("lead_id")[[f"{stage}_date" for stage in STAGES]]
    days = found.loc["D1"].dt.strftime("%m-%d").tolist()
    assert days == ["05-01", "05-03", "05-03", "05-05", "05-09", "05-12"]


def test_a_refused_application_was_not_approved():
    found = lead_paths(*tables()).set_index("lead_id").loc["D2"]
    assert pd.notna(found["applied_date"])
    assert pd.isna(found["approved_date"])


def test_no_answer_reaches_nobody_and_counts_as_a_touch():
    found = lead_paths(*tables()).set_index("lead_id")
    assert found["touches_count"].to_dict() == {"D1": 2, "D2": 1, "D3": 0}
    assert pd.isna(found.loc["D3", "reached_date"])


def test_without_applications_and_loans_the_last_stages_stay_empty():
    leads, touches, *_ = tables()
    found = lead_paths(leads, touches, None, None)
    assert found[["applied_date", "approved_date", "lent_date"]].isna().all(axis=None)
