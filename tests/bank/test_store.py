"""The date that a report takes when none is given.

The bank as it stood: the last snapshot of each branch, the events that had happened.
The store opens for many readers or one writer, and refuses what it cannot read.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from microlib.bank import store
from microlib.bank.ingest.load import load_frames
from microlib.bank.store import (
    BOOKKEEPING,
    SCHEMA_VERSION,
    as_of_table,
    default_as_of,
    open_store,
    read_meta,
    refuse_changed,
    stamp,
    write_meta,
)
from microlib.contracts.tables import TABLES
from microlib.errors import BadConfig, BadData
from microlib.home import Home

BRANCHES = pd.DataFrame({"branch_id": ["0755"], "name": ["示例支行"]})


@pytest.mark.parametrize(
    ("days", "wanted"),
    [
        ([date(2026, 6, 30)], date(2026, 6, 30)),
        ([date(2026, 5, 31), date(2026, 7, 10)], date(2026, 6, 30)),
        ([date(2020, 2, 21)], date(2020, 2, 21)),
    ],
)
def test_it_is_the_last_month_end_at_which_something_is_known(tmp_path: Path, days: list[date], wanted: date) -> None:
    for day in days:
        load_frames(tmp_path, {"branches": BRANCHES}, as_of=day, name=f"branches-{day}")
    with open_store(Home(tmp_path)) as store:
        assert default_as_of(store) == wanted


JUNE, JULY = date(2026, 6, 30), date(2026, 7, 31)


def standing(home, table: str, as_of: date) -> pd.DataFrame:
    with open_store(home) as store:
        return as_of_table(store, table, as_of=as_of).execute()


def test_a_state_table_gives_its_last_snapshot_not_after_the_date(bank, frames):
    load_frames(bank, {"branches": frames["branches"].assign(name="renamed")}, as_of=JULY, name="july")
    assert set(standing(bank, "branches", date(2026, 7, 30))["name"]) == {"east", "south"}
    assert set(standing(bank, "branches", JULY)["name"]) == {"renamed"}


def test_each_branch_stands_at_its_own_last_snapshot(bank, frames):
    south = frames["loans"][frames["loans"]["branch_id"] == "0755"].head(1)
    load_frames(bank, {"loans": south}, as_of=JULY, name="july")
    assert sorted(standing(bank, "loans", JULY)["loan_id"]) == ["L1", "L4", "L5"]


def test_before_the_first_snapshot_there_is_nothing(bank):
    assert standing(bank, "loans", date(2026, 6, 29)).empty


def test_a_moment_counts_to_the_end_of_its_day(bank):
    asked = pd.DataFrame({"application_id": ["A1", "A2"], "customer_id": "C1", "branch_id": "0755", "asked_yuan": 5e4})
    moments = pd.to_datetime(["2026-06-30 18:00", "2026-06-29 08:00"]).astype("datetime64[s]")
    events = asked.assign(submitted_at=moments, decision="pending")
    load_frames(bank, {"applications": events}, as_of=JUNE, name="events")
    assert sorted(standing(bank, "applications", JUNE)["application_id"]) == ["A1", "A2"]
    assert standing(bank, "applications", date(2026, 6, 29))["application_id"].tolist() == ["A2"]


def test_a_month_counts_with_the_month_of_the_date(bank):
    months = pd.DataFrame({"loan_id": "L1", "month": ["2026-05", "2026-06"], "balance_yuan": 900.0, "overdue_days": 0})
    load_frames(bank, {"loan_months": months.assign(status="normal")}, as_of=JUNE, name="events")
    assert standing(bank, "loan_months", date(2026, 5, 31))["month"].tolist() == ["2026-05"]


def test_what_is_agreed_for_later_is_known_from_the_first_day(bank):
    plan = pd.DataFrame({"loan_id": ["L1"], "term_number": 1, "principal_yuan": 100_000.0, "interest_yuan": 0.0})
    due = pd.to_datetime(["2026-09-10"]).astype("datetime64[s]")
    load_frames(bank, {"schedules": plan.assign(due_date=due)}, as_of=JUNE, name="plan")
    assert len(standing(bank, "schedules", JUNE)) == 1


def test_only_contract_columns_come_out(bank):
    assert standing(bank, "branches", JUNE).columns.tolist()[:2] == ["branch_id", "name"]
    assert "file_id" not in standing(bank, "branches", JUNE)


def test_the_default_date_is_the_last_complete_month_end_of_the_newest_file(bank, frames):
    load_frames(bank, {"loans": frames["loans"]}, as_of=date(2026, 8, 12), name="august")
    with open_store(bank) as store:
        assert default_as_of(store) == JULY


def test_an_empty_store_has_no_default_date(tmp_path):
    with open_store(tmp_path, writable=True) as store, pytest.raises(BadData, match="holds no tables yet"):
        default_as_of(store)


READER = "import sys; from microlib.bank.store import open_store; print(len(open_store(sys.argv[1]).tables))"


def test_a_new_store_has_every_table_of_the_contracts(tmp_path):
    with open_store(tmp_path, writable=True) as store:
        assert set(TABLES) <= set(store.con.list_tables())
        assert store.tables == []


def test_several_processes_read_at_the_same_time(bank):
    with open_store(bank) as store:
        other = subprocess.run([sys.executable, "-c", READER, str(bank)], capture_output=True, text=True, check=True)
        assert int(other.stdout) == len(store.tables) == 3


def test_a_writer_in_another_process_is_told_in_a_sentence(bank):
    with open_store(bank, writable=True):
        other = subprocess.run([sys.executable, "-c", READER, str(bank)], capture_output=True, text=True)
    assert "another process is using the bank" in other.stderr


def test_reading_where_there_is_no_bank_is_refused_and_makes_none(tmp_path):
    with pytest.raises(BadConfig, match="no bank here yet"):
        open_store(tmp_path)
    assert not Home(tmp_path).bank.exists()


def test_a_new_store_disappears_when_its_context_fails(tmp_path):
    with pytest.raises(RuntimeError), open_store(tmp_path, writable=True):
        raise RuntimeError
    assert list(Home(tmp_path).bank.parent.iterdir()) == []


def test_a_file_that_is_no_store_is_refused(tmp_path):
    Home(tmp_path).bank.parent.mkdir()
    Home(tmp_path).bank.write_bytes(b"no store" * 4096)
    with pytest.raises(BadConfig, match="not a store"):
        open_store(tmp_path)


def test_a_newer_schema_is_refused_with_the_command_to_run(bank, monkeypatch):
    monkeypatch.setattr(store, "SCHEMA_VERSION", 0)
    with pytest.raises(BadConfig, match="newer than this version"):
        open_store(bank)


def test_an_older_schema_is_upgraded_by_its_migration_even_for_a_reader(bank, monkeypatch):
    monkeypatch.setattr("microlib.bank.store.SCHEMA_VERSION", 2)
    monkeypatch.setattr("microlib.bank.store.MIGRATIONS", {1: ("ALTER TABLE loans ADD COLUMN collector_id VARCHAR",)})
    with open_store(bank) as store:
        assert "collector_id" in store.con.table("loans").columns
        assert read_meta(store, "schema_version") == "2"


def test_an_older_schema_without_a_migration_is_refused_untouched(bank, monkeypatch):
    before = Home(bank).bank.read_bytes()
    monkeypatch.setattr(store, "SCHEMA_VERSION", 3)
    with pytest.raises(BadConfig, match="older than any"):
        open_store(bank)
    assert Home(bank).bank.read_bytes() == before


def test_an_empty_database_becomes_a_store_when_written_to(tmp_path):
    Home(tmp_path).bank.parent.mkdir()
    duckdb.connect(str(Home(tmp_path).bank)).close()
    with open_store(tmp_path, writable=True) as store:
        assert read_meta(store, "schema_version") == str(SCHEMA_VERSION)


def test_the_bookkeeping_has_not_changed_without_a_migration():
    """When it changes, raise SCHEMA_VERSION, list the migration, then write the new fingerprint here."""
    made = hashlib.sha256("\n".join(BOOKKEEPING).encode()).hexdigest()[:16]
    assert (SCHEMA_VERSION, made) == (1, "7e6bc0d823818156")


def test_what_the_contracts_have_gained_is_added_empty_even_for_a_reader(bank):
    with open_store(bank, writable=True) as store:
        rows = store.rows("SELECT count(*) FROM loans")
        store.con.raw_sql("DROP TABLE venue_rosters")
        store.con.raw_sql("ALTER TABLE loans DROP COLUMN core_id")
        write_meta(store, contracts="of an earlier day")
    with open_store(bank) as store:
        assert set(TABLES["loans"].names) <= set(store.con.table("loans").columns)
        assert store.con.table("venue_rosters").count().execute() == 0
        assert store.rows("SELECT count(*) FROM loans") == rows


def test_a_fact_noted_twice_is_kept_once(tmp_path):
    with open_store(tmp_path, writable=True) as store:
        write_meta(store, made_by="a")
        write_meta(store, made_by="b")
        assert read_meta(store, "made_by") == "b"
        assert read_meta(store, "never_noted") == ""


def test_a_book_is_refused_once_the_store_was_written(bank):
    before = stamp(Home(bank))
    with open_store(bank, writable=True) as store:
        write_meta(store, made_by="x")
    with pytest.raises(BadConfig, match="written while its book was open"):
        refuse_changed(Home(bank), before)
