"""The bank as it stood: the last snapshot of each branch, the events that had happened."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from microlib.bank import loads, snapshots, stores
from microlib.errors import BadData

JUNE, JULY = date(2026, 6, 30), date(2026, 7, 31)


def standing(home, table: str, as_of: date) -> pd.DataFrame:
    with stores.open_store(home) as store:
        return snapshots.as_of_table(store, table, as_of=as_of).execute()


def test_a_state_table_gives_its_last_snapshot_not_after_the_date(bank, frames):
    loads.load_frames(bank, {"branches": frames["branches"].assign(name="renamed")}, as_of=JULY, name="july")
    assert set(standing(bank, "branches", date(2026, 7, 30))["name"]) == {"east", "south"}
    assert set(standing(bank, "branches", JULY)["name"]) == {"renamed"}


def test_each_branch_stands_at_its_own_last_snapshot(bank, frames):
    south = frames["loans"][frames["loans"]["branch_id"] == "0755"].head(1)
    loads.load_frames(bank, {"loans": south}, as_of=JULY, name="july")
    assert sorted(standing(bank, "loans", JULY)["loan_id"]) == ["L1", "L4", "L5"]


def test_before_the_first_snapshot_there_is_nothing(bank):
    assert standing(bank, "loans", date(2026, 6, 29)).empty


def test_a_moment_counts_to_the_end_of_its_day(bank):
    asked = pd.DataFrame({"application_id": ["A1", "A2"], "customer_id": "C1", "branch_id": "0755", "asked_yuan": 5e4})
    moments = pd.to_datetime(["2026-06-30 18:00", "2026-06-29 08:00"]).astype("datetime64[s]")
    events = asked.assign(submitted_at=moments, decision="pending")
    loads.load_frames(bank, {"applications": events}, as_of=JUNE, name="events")
    assert sorted(standing(bank, "applications", JUNE)["application_id"]) == ["A1", "A2"]
    assert standing(bank, "applications", date(2026, 6, 29))["application_id"].tolist() == ["A2"]


def test_a_month_counts_with_the_month_of_the_date(bank):
    months = pd.DataFrame({"loan_id": "L1", "month": ["2026-05", "2026-06"], "balance_yuan": 900.0, "overdue_days": 0})
    loads.load_frames(bank, {"loan_months": months.assign(status="normal")}, as_of=JUNE, name="events")
    assert standing(bank, "loan_months", date(2026, 5, 31))["month"].tolist() == ["2026-05"]


def test_what_is_agreed_for_later_is_known_from_the_first_day(bank):
    plan = pd.DataFrame({"loan_id": ["L1"], "term_number": 1, "principal_yuan": 100_000.0, "interest_yuan": 0.0})
    due = pd.to_datetime(["2026-09-10"]).astype("datetime64[s]")
    loads.load_frames(bank, {"schedules": plan.assign(due_date=due)}, as_of=JUNE, name="plan")
    assert len(standing(bank, "schedules", JUNE)) == 1


def test_only_contract_columns_come_out(bank):
    assert standing(bank, "branches", JUNE).columns.tolist()[:2] == ["branch_id", "name"]
    assert "file_id" not in standing(bank, "branches", JUNE)


def test_the_default_date_is_the_last_complete_month_end_of_the_newest_file(bank, frames):
    loads.load_frames(bank, {"loans": frames["loans"]}, as_of=date(2026, 8, 12), name="august")
    with stores.open_store(bank) as store:
        assert snapshots.default_as_of(store) == JULY


def test_an_empty_store_has_no_default_date(tmp_path):
    with stores.open_store(tmp_path, writable=True) as store, pytest.raises(BadData, match="holds no tables yet"):
        snapshots.default_as_of(store)
