"""The store opens for many readers or one writer, and refuses what it cannot read."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import duckdb
import pytest

from microlib.bank import stores
from microlib.contracts.tables.registry import TABLES
from microlib.errors import BadConfig
from microlib.homes import Home

READER = "import sys; from microlib.bank import stores; print(len(stores.open_store(sys.argv[1]).tables))"


def test_a_new_store_has_every_table_of_the_contracts(tmp_path):
    with stores.open_store(tmp_path, writable=True) as store:
        assert set(TABLES) <= set(store.con.list_tables())
        assert store.tables == []


def test_several_processes_read_at_the_same_time(bank):
    with stores.open_store(bank) as store:
        other = subprocess.run([sys.executable, "-c", READER, str(bank)], capture_output=True, text=True, check=True)
        assert int(other.stdout) == len(store.tables) == 3


def test_a_writer_in_another_process_is_told_in_a_sentence(bank):
    with stores.open_store(bank, writable=True):
        other = subprocess.run([sys.executable, "-c", READER, str(bank)], capture_output=True, text=True)
    assert "another process is using the bank" in other.stderr


def test_reading_where_there_is_no_bank_is_refused_and_makes_none(tmp_path):
    with pytest.raises(BadConfig, match="no bank here yet"):
        stores.open_store(tmp_path)
    assert not Home(tmp_path).bank.exists()


def test_a_new_store_disappears_when_its_context_fails(tmp_path):
    with pytest.raises(RuntimeError), stores.open_store(tmp_path, writable=True):
        raise RuntimeError
    assert list(Home(tmp_path).bank.parent.iterdir()) == []


def test_a_file_that_is_no_store_is_refused(tmp_path):
    Home(tmp_path).bank.parent.mkdir()
    Home(tmp_path).bank.write_bytes(b"no store" * 4096)
    with pytest.raises(BadConfig, match="not a store"):
        stores.open_store(tmp_path)


def test_a_newer_schema_is_refused_with_the_command_to_run(bank, monkeypatch):
    monkeypatch.setattr(stores, "SCHEMA_VERSION", 0)
    with pytest.raises(BadConfig, match="newer than this version"):
        stores.open_store(bank)


def test_an_older_schema_is_upgraded_by_its_migration_even_for_a_reader(bank, monkeypatch):
    monkeypatch.setattr(stores, "SCHEMA_VERSION", 2)
    monkeypatch.setattr(stores, "MIGRATIONS", {1: ("ALTER TABLE loans ADD COLUMN collector_id VARCHAR",)})
    with stores.open_store(bank) as store:
        assert "collector_id" in store.con.table("loans").columns
        assert stores.read_meta(store, "schema_version") == "2"


def test_an_older_schema_without_a_migration_is_refused_untouched(bank, monkeypatch):
    before = Home(bank).bank.read_bytes()
    monkeypatch.setattr(stores, "SCHEMA_VERSION", 3)
    with pytest.raises(BadConfig, match="older than any"):
        stores.open_store(bank)
    assert Home(bank).bank.read_bytes() == before


def test_an_empty_database_becomes_a_store_when_written_to(tmp_path):
    Home(tmp_path).bank.parent.mkdir()
    duckdb.connect(str(Home(tmp_path).bank)).close()
    with stores.open_store(tmp_path, writable=True) as store:
        assert stores.read_meta(store, "schema_version") == str(stores.SCHEMA_VERSION)


def test_the_bookkeeping_has_not_changed_without_a_migration():
    """When it changes, raise SCHEMA_VERSION, list the migration, then write the new fingerprint here."""
    made = hashlib.sha256("\n".join(stores.BOOKKEEPING).encode()).hexdigest()[:16]
    assert (stores.SCHEMA_VERSION, made) == (1, "7e6bc0d823818156")


def test_what_the_contracts_have_gained_is_added_empty_even_for_a_reader(bank):
    with stores.open_store(bank, writable=True) as store:
        rows = store.rows("SELECT count(*) FROM loans")
        store.con.raw_sql("DROP TABLE venue_rosters")
        store.con.raw_sql("ALTER TABLE loans DROP COLUMN core_id")
        stores.write_meta(store, contracts="of an earlier day")
    with stores.open_store(bank) as store:
        assert set(TABLES["loans"].names) <= set(store.con.table("loans").columns)
        assert store.con.table("venue_rosters").count().execute() == 0
        assert store.rows("SELECT count(*) FROM loans") == rows


def test_a_fact_noted_twice_is_kept_once(tmp_path):
    with stores.open_store(tmp_path, writable=True) as store:
        stores.write_meta(store, made_by="a")
        stores.write_meta(store, made_by="b")
        assert stores.read_meta(store, "made_by") == "b"
        assert stores.read_meta(store, "never_noted") == ""


def test_a_book_is_refused_once_the_store_was_written(bank):
    before = stores.stamp(Home(bank))
    with stores.open_store(bank, writable=True) as store:
        stores.write_meta(store, made_by="x")
    with pytest.raises(BadConfig, match="written while its book was open"):
        stores.refuse_changed(Home(bank), before)
