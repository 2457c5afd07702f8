"""Who answers for what.

Meeting one-pagers: every figure with where it was read.
The weekly list.
"""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from microlib.design.workdays import (
    ANSWERS,
    AUDIENCES,
    COLUMNS,
    FIGURES,
    SUBJECTS,
    artefact_counts,
    campaign_items,
    cap_items,
    data_items,
    definition_status,
    duty_counts,
    duty_subjects,
    duty_table,
    facility_items,
    likely_questions,
    loan_items,
    meeting_figures,
    meeting_sheet,
    policy_items,
    week_list,
)
from microlib.errors import BadConfig


def test_every_item_has_one_who_does_and_one_who_signs(root):
    table = duty_table(root, as_of="2026-06-30")
    assert (table["responsible"] != "").all() and not table["accountable"].str.contains(" ").any()
    assert duty_counts(table)["signed_count"].sum() == len(table)


def test_what_no_item_holds_is_told(root):
    found = duty_subjects(duty_table(root, as_of="2026-06-30")).set_index("duty_subject")["held"]
    assert found["price"] and not found["campaign_cost"]


def test_every_item_named_by_a_subject_is_there_but_for_the_missing_one(root):
    items = set(duty_table(root, as_of="2026-06-30")["item"])
    named = {item for subject, held in SUBJECTS.items() if subject != "campaign_cost" for item in held}
    assert named <= items


def test_artefacts_are_counted_only_when_policy_says_so(root):
    assert artefact_counts(root, as_of="2026-06-30", is_on=False).empty
    on = artefact_counts(root, as_of="2026-06-30", is_on=True).set_index("ability")["files_count"]
    assert on["pricing_terms"] >= 7


SIZE = pd.DataFrame({"balance_yuan": [9e6], "customers_count": [12]})
PARS = pd.DataFrame(
    {
        "measure": ["par30_plain", "par30_adjusted"],
        "share": [0.02, 0.05],
        "share_low": [0.01, 0.03],
        "share_high": [0.04, 0.09],
        "base_customers_count": 60,
    }
)


def test_a_rate_keeps_its_range_its_count_and_its_page():
    row = meeting_figures({"four_pars": PARS}).iloc[0]
    assert row.tolist() == ["par30_adjusted_share", 0.05, 0.03, 0.09, 60.0, "four_pars", "share"]


def test_an_audience_gets_its_figures_in_its_own_order():
    figures = meeting_figures({"four_pars": PARS, "book_size": SIZE})
    assert meeting_sheet(figures, audience="risk_desk")["figure"].tolist() == ["par30_adjusted_share"]
    assert meeting_sheet(figures, audience="branch_head")["figure"].tolist() == ["balance_yuan"]


def test_every_figure_of_an_audience_can_be_read_somewhere():
    asked = {name for figures, _ in AUDIENCES.values() for name in figures}
    assert asked <= set(FIGURES) and all(len(each[0]) == 5 for each in AUDIENCES.values())
    assert {name for _, questions in AUDIENCES.values() for name in questions} == set(ANSWERS)


@pytest.mark.parametrize("outside", ["chamber", "market"])
def test_whoever_is_outside_gets_no_sheet(outside):
    with pytest.raises(BadConfig, match="within the bank"):
        likely_questions(audience=outside)


def test_what_was_not_computed_is_left_out():
    assert meeting_figures({}).empty


DAY = date(2026, 6, 30)


def _loans_due(count):
    crossing = pd.DataFrame({"crossing_date": pd.to_datetime(["2026-07-03"] * count), "balance_yuan": [5.0] * count})
    warnings = pd.DataFrame({"warning": ["new_overdue"], "loans_count": [count], "balance_yuan": [7.0]})
    due = pd.DataFrame({"horizon_days": [30, 60], "loans_count": [count, count], "balance_yuan": [1.0, 2.0]})
    return loan_items(crossing, warnings, due, as_of=DAY)


def test_what_is_due_first_stands_first_and_what_has_no_day_last():
    data = data_items(pd.DataFrame({"table": ["leads", "loans"], "rows_count": [0, 9]}))
    listed = week_list(data, _loans_due(2))
    assert listed["item"].tolist() == ["new_overdue", "crossing_90", "maturing", "maturing", "data_missing"]


def test_a_quiet_branch_has_an_empty_list_with_its_columns():
    assert week_list(_loans_due(0)).empty and list(week_list().columns) == COLUMNS


def test_a_cap_is_listed_from_the_policys_part_on():
    caps = pd.DataFrame(
        {"source_id": ["a", "b", "c"], "exposure_yuan": [85.0, 84.9, 9.0], "cap_yuan": [100.0, 100.0, 0.0]}
    )
    assert cap_items(caps, as_of=DAY, alert_share=0.85)["subject"].tolist() == ["a"]


def test_a_campaign_is_listed_until_the_day_it_was_to_be_read():
    ran = pd.DataFrame(
        {
            "campaign_id": ["old", "now", "far"],
            "reading_date": pd.to_datetime(["2026-06-01", "2026-06-30", "2027-01-01"]),
        }
    )
    assert campaign_items(ran, as_of=DAY, days=90)["subject"].tolist() == ["now"]


def test_a_facility_without_a_balance_may_end_unnoticed():
    lines = pd.DataFrame({"facility_id": ["F", "G"], "status": "active", "expiry_date": pd.Timestamp("2026-07-10")})
    loans = pd.DataFrame({"facility_id": ["F", "G"], "balance_yuan": [5.0, 0.0], "status": "normal"})
    found = facility_items(lines, loans, as_of=DAY, days=90)
    assert found[["items_count", "amount_yuan"]].values.tolist() == [[1.0, 5.0]]


def test_the_nearest_day_counts_what_ends_that_day_and_the_rest_stands_apart():
    """Two end tomorrow, one in a month, one in a year: 2 on the first day, 1 by the ninetieth."""
    ends = pd.to_datetime(["2026-07-01", "2026-07-01", "2026-08-01", "2027-07-01"])
    lines = pd.DataFrame({"facility_id": list("FGHI"), "status": "active", "expiry_date": ends})
    loans = pd.DataFrame({"facility_id": list("FGHI"), "balance_yuan": [1.0, 2.0, 4.0, 8.0], "status": "normal"})
    found = facility_items(lines, loans, as_of=DAY, days=90)
    assert found["due_date"].dt.strftime("%m-%d").tolist() == ["07-01", "09-28"]
    assert found[["items_count", "amount_yuan"]].values.tolist() == [[2.0, 3.0], [1.0, 4.0]]


def test_a_rule_that_begins_in_august_is_announced_in_june(root):
    found = policy_items(root, as_of=DAY, days=90)
    assert "disclosed_cost" in found["subject"].tolist()
    assert "disclosed_cost" not in policy_items(root, as_of=DAY, days=10)["subject"].tolist()


def test_the_definition_of_inclusive_lending_says_that_nobody_confirmed_it(root):
    found = definition_status(root, as_of=DAY)
    assert len(found) == 3 and set(found["status"]) == {"unverified"}
