"""Demand that was not met."""

import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.diagnosis.demands import unmet_demand


def _asked(**more):
    day = pd.Timestamp("2026-01-01")
    given = {"customer_id": ["C1", "C2", "C3", "C4"], 
             "decision": ["refused", "partly_approved", "withdrawn", "pending"],
             "asked_yuan": 10.0, "granted_yuan": [0.0, 6.0, None, None], "submitted_at": day,
             "disbursed_at": [pd.NaT, day + pd.Timedelta(days=40), pd.NaT, pd.NaT]}  # fmt: skip
    return pd.DataFrame({**given, **more})


def test_what_was_asked_and_not_given_is_told_way_by_way():
    found = unmet_demand(_asked(), as_of="2026-06-30", slow_days=30).set_index("way")
    assert found["unmet_yuan"].to_dict() == {
        "refused": 10.0,
        "cut": 4.0,
        "withdrawn": 10.0,
        "waiting": 10.0,
        "late": 0.0,
    }
    assert found.loc["late", "way_count"] == 1


def test_a_fresh_application_is_not_waiting_too_long():
    found = unmet_demand(_asked(submitted_at=pd.Timestamp("2026-06-29"), disbursed_at=pd.NaT), as_of="2026-06-30",
                         slow_days=14).set_index("way")  # fmt: skip
    assert found.loc["waiting", "way_count"] == 0


def test_who_was_granted_later_came_back():
    asked = _asked(customer_id=["C1", "C1", "C3", "C4"], submitted_at=pd.to_datetime(["2026-01-01", "2026-02-01"] * 2))
    found = unmet_demand(asked, as_of="2026-06-30", slow_days=30).set_index("way")
    assert found.loc["refused", "came_back_count"] == 1


def test_a_year_without_applications_is_refused():
    with pytest.raises(EmptyBook, match="nobody applied"):
        unmet_demand(_asked(), as_of="2029-06-30", slow_days=30)
