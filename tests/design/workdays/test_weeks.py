"""The weekly list."""

from datetime import date

import pandas as pd

from microlib.design.workdays import policy_changes, settings, weeks

DAY = date(2026, 6, 30)


def _loans_due(count):
    crossing = pd.DataFrame({"crossing_date": pd.to_datetime(["2026-07-03"] * count), "balance_yuan": [5.0] * count})
    warnings = pd.DataFrame({"warning": ["new_overdue"], "loans_count": [count], "balance_yuan": [7.0]})
    due = pd.DataFrame({"horizon_days": [30, 60], "loans_count": [count, count], "balance_yuan": [1.0, 2.0]})
    return weeks.loan_items(crossing, warnings, due, as_of=DAY)


def test_what_is_due_first_stands_first_and_what_has_no_day_last():
    data = weeks.data_items(pd.DataFrame({"table": ["leads", "loans"], "rows_count": [0, 9]}))
    listed = weeks.week_list(data, _loans_due(2))
    assert listed["item"].tolist() == ["new_overdue", "crossing_90", "maturing", "maturing", "data_missing"]


def test_a_quiet_branch_has_an_empty_list_with_its_columns():
    assert weeks.week_list(_loans_due(0)).empty and list(weeks.week_list().columns) == weeks.COLUMNS


def test_a_cap_is_listed_from_the_policys_part_on():
    caps = pd.DataFrame(
        {"source_id": ["a", "b", "c"], "exposure_yuan": [85.0, 84.9, 9.0], "cap_yuan": [100.0, 100.0, 0.0]}
    )
    assert weeks.cap_items(caps, as_of=DAY, alert_share=0.85)["subject"].tolist() == ["a"]


def test_a_campaign_is_listed_until_the_day_it_was_to_be_read():
    ran = pd.DataFrame(
        {
            "campaign_id": ["old", "now", "far"],
            "reading_date": pd.to_datetime(["2026-06-01", "2026-06-30", "2027-01-01"]),
        }
    )
    assert weeks.campaign_items(ran, as_of=DAY, days=90)["subject"].tolist() == ["now"]


def test_a_facility_without_a_balance_may_end_unnoticed():
    lines = pd.DataFrame({"facility_id": ["F", "G"], "status": "active", "expiry_date": pd.Timestamp("2026-07-10")})
    loans = pd.DataFrame({"facility_id": ["F", "G"], "balance_yuan": [5.0, 0.0], "status": "normal"})
    found = weeks.facility_items(lines, loans, as_of=DAY, days=90)
    assert found[["items_count", "amount_yuan"]].values.tolist() == [[1.0, 5.0]]


def test_a_rule_that_begins_in_august_is_announced_in_june(root):
    found = policy_changes.policy_items(root, as_of=DAY, days=90)
    assert "disclosed_cost" in found["subject"].tolist()
    assert "disclosed_cost" not in policy_changes.policy_items(root, as_of=DAY, days=10)["subject"].tolist()


def test_the_definition_of_inclusive_lending_says_that_nobody_confirmed_it(root):
    found = settings.definition_status(root, as_of=DAY)
    assert len(found) == 3 and set(found["status"]) == {"unverified"}
