"""A work list holds whom we may speak to, a few per manager, and a benefit only where one was computed."""

import pandas as pd
import pytest

from microlib.design.rollout.cards import benefit_cards, route_list, signal_grid, work_list
from microlib.errors import EmptyBook


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
