"""A benefit is computed from the customer's own loan, and is the least he saves.

A work list holds whom we may speak to, a few per manager, and a benefit only where one was computed.
Boards speak of teams; counts of managers are counted right.
"""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from microlib.design.cards import (
    OTHERS,
    approval_cells,
    benefit_cards,
    customer_benefits,
    demand_by_manager,
    factor_counts,
    guide_lines,
    objection_lines,
    overdue_standings,
    read_guide,
    route_list,
    signal_grid,
    team_board,
    team_capacity,
    use_saving,
    used_months,
    work_list,
)
from microlib.design.rollout_plan import branch_launch
from microlib.errors import EmptyBook
from microlib.stats.seasonality import TooShort

TODAY = date(2026, 6, 30)
MONTHS = [str(month) for month in pd.period_range("2025-07", "2026-06", freq="M")]


def loans(rate=0.042, amount=1_000_000.0):
    day = pd.to_datetime(["2025-05-01"])
    return pd.DataFrame({"customer_id": ["C1"], "amount_yuan": amount, "yearly_rate": rate, "guarantee": "guarantee",
                         "disbursed_date": day})  # fmt: skip


def flows(short=5):
    low = [0.0] * short + [2_000_000.0] * (12 - short)
    return pd.DataFrame({"customer_id": "C1", "month": MONTHS, "min_balance_yuan": low})


def products(**more):
    base = {"product_id": ["P1", "P2"], "is_revolving": [True, False], "min_amount_yuan": 0.0, "max_amount_yuan": 5e6,
            "max_yearly_rate": [0.048, 0.041], "status": "live", "kind": "standard", "secured": "credit"}  # fmt: skip
    return pd.DataFrame({**base, **more})


def best(**more):
    given = {"loans": loans(), "flow_months": flows(), "products": products()} | more
    return customer_benefits(loans()[["customer_id"]], *given.values(), as_of=TODAY)


def test_worked_example_of_five_months_use():
    """One million used 5 of 12 months at 4.8 % costs 20,000, all year at 4.2 % 42,000: 22,000 saved."""
    assert use_saving(1_000_000, 5, term_rate=0.042, line_rate=0.048) == pytest.approx(22_000)


def test_break_even_of_the_worked_example_is_ten_and_a_half_months():
    assert use_saving(1_000_000, 10.5, term_rate=0.042, line_rate=0.048) == pytest.approx(0)


def test_the_larger_benefit_is_named():
    found = best().iloc[0]
    assert (found["benefit"], found["product_id"], found["benefit_yuan"]) == ("pay_for_days_used", "P1", 22_000.0)


def test_used_all_year_a_line_is_not_spoken_of():
    found = best(flow_months=flows(short=12)).iloc[0]
    assert (found["benefit"], found["benefit_yuan"]) == ("lower_rate", 1_000.0)


def test_unknown_use_says_nothing_of_a_line():
    assert best(flow_months=flows().iloc[:6]).iloc[0]["benefit"] == "lower_rate"


def test_a_product_that_does_not_take_the_amount_is_no_benefit():
    assert best(products=products(max_amount_yuan=5e5)).empty


def test_a_dearer_product_is_no_benefit():
    assert best(products=products(max_yearly_rate=[0.2, 0.05])).empty


def test_months_below_the_loan_are_months_of_use():
    assert used_months(loans(), flows(short=7), as_of=TODAY).to_dict() == {"C1": 7}


@pytest.mark.parametrize("more", [{"secured": "mortgage"}, {"kind": "nonstandard"}, {"status": "retired"}])
def test_what_the_customer_cannot_have_is_no_benefit(more):
    assert best(products=products(**more)).empty


def ruled(**changed):
    base = {
        "customer_id": ["C1", "C2", "C3"],
        "rm_id": ["R1", "R1", "R2"],
        "signal": ["cash_gap", "cash_gap", "lapsed_loan"],
        "signal_yuan": [9.0, 5.0, 4.0],
        "contact": "may_be_contacted",
    }
    return pd.DataFrame({**base, **changed})


def managers(left=None):
    return pd.DataFrame({"rm_id": ["R1", "R2"], "end_date": pd.to_datetime([None, left])})


def test_each_manager_gets_his_own_up_to_the_most():
    found = work_list(ruled(), managers(), most=1)
    assert found["customer_id"].tolist() == ["C1", "C3"]


def test_who_may_not_be_contacted_is_not_listed():
    found = work_list(ruled(contact=["no_basis", "may_be_contacted", "in_arrears"]), managers(), most=5)
    assert found["customer_id"].tolist() == ["C2"]


def test_a_manager_who_left_gets_none():
    assert set(work_list(ruled(), managers(left="2026-01-01"), most=5)["rm_id"]) == {"R1"}


def test_nobody_to_contact_is_told():
    with pytest.raises(EmptyBook, match="nobody may be contacted"):
        work_list(ruled(contact="no_basis"), managers(), most=5)


def test_a_card_without_a_benefit_stays_blank():
    facts = pd.DataFrame({"customer_id": ["C2"], "benefit": ["lower_rate"], "product_id": ["P1"], "base_yuan": [1e5],
                          "used_months": [None], "benefit_yuan": [500.0]})  # fmt: skip
    found = benefit_cards(work_list(ruled(), managers(), most=5), facts)
    assert found["customer_id"].iloc[0] == "C2"
    assert found["benefit_yuan"].isna().sum() == 2


def test_routes_count_every_prospect_once():
    places = pd.DataFrame({"customer_id": ["C1", "C2", "C3"], "venue_id": ["V1", "V1", None], "region_code": "440300"})
    found = route_list(work_list(ruled(), managers(), most=5), places)
    assert found["customers_count"].sum() == 3
    assert found["customers_count"].iloc[0] == 2


def test_the_grid_counts_customers_not_rows():
    found = signal_grid(pd.concat([ruled(), ruled().head(1)])).set_index("signal")
    assert found.loc["cash_gap", "customers_count"] == 2


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
    assert demand_by_manager(asked, as_of=TODAY).to_dict() == {"R1": 2.0}


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
