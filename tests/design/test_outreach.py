"""The cases of selling: floors by size of group, queues, needs, partners, pay."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.contracts.cases import ChamberRules, FileQueue, OutreachCase, Recall
from microlib.contracts.documents import checked, read_toml
from microlib.design.outreach import (
    chamber_facts,
    daily_backlog,
    group_floors,
    least_sizes,
    market_evidence,
    need_profile,
    needed_capacity,
    read_outreach,
    recall_pay,
    venue_rows,
)
from microlib.errors import BadConfig, EmptyBook
from microlib.home import Home

HOME = Home(Path(__file__).resolve().parents[2])
ALL = ("group_purchase", "hardware_market", "chamber_of_commerce", "win_back")
RULES = ChamberRules(most_industry_share=0.5, most_mutual_share=0.1, most_overdue_share=0.05, least_strangers_count=2,
                     secretary_fee_share=0.0, has_secretary_interest=False)  # fmt: skip


@pytest.mark.parametrize("code", ALL)
def test_every_case_reads(code) -> None:
    assert read_outreach(HOME, case=code).code == code


def test_a_task_that_ends_before_it_begins_is_refused() -> None:
    content = read_toml(HOME.config("cases") / "group_purchase.toml")
    content["tasks"][0] |= {"first_day": 3, "last_day": 1}
    with pytest.raises(BadConfig, match="its last day comes before its first"):
        checked(content, OutreachCase, where="x")


def test_the_floor_of_one_loan_alone_is_the_key_of_the_course() -> None:
    """Handbook B3.1.2: FTP 2.05 + opex 0.95 + loss 0.76 + capital 0.79 = 4.55 %."""
    floors = group_floors(read_outreach(HOME, case="group_purchase").price)
    assert floors["floor_rate"].iloc[0] == pytest.approx(0.0455, abs=5e-5)
    assert floors["discount_rate"].iloc[0] == pytest.approx(0.048 - 0.0455, abs=5e-5)


def test_the_least_size_pays_and_one_fewer_does_not() -> None:
    price = read_outreach(HOME, case="group_purchase").price
    for row in least_sizes(price).itertuples():
        tried = price.model_copy(update={"sizes": (int(row.least_count), int(row.least_count) - 1)})
        floors = group_floors(tried)["floor_rate"]
        assert floors[0] <= row.group_rate and (floors[1] > row.group_rate or row.least_count == 2)


@settings(max_examples=30, deadline=None)
@given(arrivals=st.lists(st.integers(0, 30), min_size=1, max_size=10), able=st.integers(1, 20))
def test_no_file_is_lost_in_the_queue(arrivals, able) -> None:
    found = daily_backlog(FileQueue(days_count=20, arrivals=tuple(arrivals), done_a_day=able, promised_days=3))
    assert found["arrived_count"].sum() == found["done_count"].sum() + found["backlog_count"].iloc[-1]
    assert (found["done_count"] <= able).all() and (found["backlog_count"] >= 0).all()


def test_the_needed_capacity_is_the_least_that_keeps_the_promise() -> None:
    queue = read_outreach(HOME, case="group_purchase").queue
    enough = needed_capacity(queue)
    kept = [daily_backlog(queue.model_copy(update={"done_a_day": each}))["is_kept"].all()
            for each in (enough, enough - 1)]  # fmt: skip
    assert kept == [True, False]


def test_needs_are_of_the_last_months_only_and_their_shares_sum_to_one() -> None:
    days = pd.to_datetime(["2026-06-01", "2026-05-01", "2026-05-02", "2024-01-01"])
    asked = pd.DataFrame({"submitted_at": days, "asked_yuan": [1e5, 2e5, 3e5, 9e9],
                          "purpose": ["stock", "stock", "turnover", "turnover"]})  # fmt: skip
    found = need_profile(asked, as_of=date(2026, 6, 30))
    assert found["asked_share"].sum() == pytest.approx(1) and found["p50_yuan"].iloc[0] == 150_000
    with pytest.raises(EmptyBook, match="nobody applied"):
        need_profile(asked, as_of=date(2020, 1, 1))


def test_evidence_is_counted_by_months_and_strangers_do_not_count() -> None:
    months = [f"2025-{m:02d}" for m in range(7, 13)] + [f"2026-{m:02d}" for m in range(1, 7)]
    flows = pd.DataFrame({"customer_id": ["A"] * 12 + ["B"], "month": [*months, "2026-06"]})
    bills = pd.DataFrame({"customer_id": ["B"], "issued_date": pd.to_datetime(["2026-06-01"])})
    found = market_evidence(pd.DataFrame({"customer_id": ["A", "B", None]}), flows, bills, as_of=date(2026, 6, 30))
    assert found["known_count"].to_list() == [1, 0, 1] and found["members_count"].to_list() == [2, 2, 2]


def chamber(industry, overdue, guarantor):
    roster = pd.DataFrame({"customer_id": ["A", "B", None, None], "industry_code": [industry, "F51", "C33", "H61"]})
    loans = pd.DataFrame({"loan_id": ["L1", "L2"], "customer_id": ["A", "B"], "balance_yuan": [90.0, 10.0],
                          "overdue_days": [0, overdue]})  # fmt: skip
    guarantees = pd.DataFrame({"loan_id": ["L1"], "guarantor_id": [guarantor]})
    return chamber_facts(roster, loans, guarantees, rules=RULES).set_index("chamber_point")["state"]


def test_a_chamber_is_held_against_every_point() -> None:
    assert set(chamber("G54", 0, "Z")) == {"holds"}
    assert chamber("G54", 45, "Z")["overdue"] == "fails"
    assert chamber("G54", 0, "B")["mutual"] == "fails"
    with pytest.raises(EmptyBook, match="no members"):
        chamber_facts(pd.DataFrame({"customer_id": []}), pd.DataFrame(), pd.DataFrame(), rules=RULES)


def test_a_venue_without_a_roster_is_refused() -> None:
    empty = pd.DataFrame({"venue_id": ["V1"], "list_source": "x", "member_number": "1", "customer_id": ["A"]})
    assert len(venue_rows(empty, empty, venue_id="V1")) == 1
    with pytest.raises(EmptyBook, match="no roster of V9"):
        venue_rows(empty, empty, venue_id="V9")


def test_pay_is_held_against_those_beyond_the_hold_out_only() -> None:
    effects = pd.DataFrame(
        {"alive_count": [10], "offer_cost_yuan": [0.0], "added_count": [0.0], "added_low_count": [0.0]}
    )
    found = recall_pay(effects, rule=Recall(pay_a_customer_yuan=800, margin_a_customer_yuan=6200)).iloc[0]
    assert found["result_yuan"] == -8_000
