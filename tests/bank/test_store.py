"""The date that a report takes when none is given.

The bank as it stood: the last snapshot of each branch, the events that had happened.
The store opens for many readers and one writer, who publishes a new state, and refuses what it cannot read.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from microlib.bank import state, store
from microlib.bank.ingest.load import load_frames
from microlib.bank.state import held_state, sweep_states
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

AS_OF = date(2026, 6, 30)
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


def in_other_process(code, *arguments):
    return subprocess.run([sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True)


WRITER = "import sys; from microlib.bank.store import open_store; open_store(sys.argv[1], writable=True).close()"

DELETER = """
import sys
from microlib.bank.store import open_store
with open_store(sys.argv[1], writable=True) as store:
    store.rows("DELETE FROM loans")
"""


def test_a_second_writer_is_told_in_a_sentence(bank):
    with open_store(bank, writable=True):
        assert "another process is using the bank" in in_other_process(WRITER, bank).stderr
        with pytest.raises(BadConfig, match="another process is using the bank"):
            open_store(bank, writable=True)
    assert in_other_process(WRITER, bank).stderr == ""


def test_a_reader_is_not_kept_waiting_by_a_writer_and_reads_the_former_state(bank):
    with open_store(bank, writable=True) as writing:
        writing.rows("DELETE FROM loans")
        assert in_other_process(READER, bank).stdout == "3\n"
    assert in_other_process(READER, bank).stdout == "2\n"


def test_a_writer_is_not_kept_waiting_by_a_reader_who_goes_on_reading_the_former_state(bank):
    with open_store(bank) as reading:
        rows = reading.rows("SELECT count(*) FROM loans")
        assert in_other_process(DELETER, bank).stderr == ""
        assert reading.rows("SELECT count(*) FROM loans") == rows != [(0,)]
    with open_store(bank) as reading:
        assert reading.rows("SELECT count(*) FROM loans") == [(0,)]


def test_a_bank_that_another_program_writes_is_neither_read_nor_written(bank):
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(Home(bank).bank)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        for writable in (False, True):
            with pytest.raises(BadConfig, match="another process is using the bank"):
                open_store(bank, writable=writable)
    with open_store(bank, writable=True) as store:
        assert store.has("loans")


def test_what_another_program_left_unsettled_is_part_of_the_state(bank):
    code = "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]); c.execute('DELETE FROM loans'); os._exit(9)"
    in_other_process(code, Home(bank).bank)
    assert Home(bank).bank.with_name("bank.duckdb.wal").exists()
    with open_store(bank, writable=True) as store:
        write_meta(store, made_by="x")
    assert [path.name for path in Home(bank).bank.parent.iterdir()] == ["bank.duckdb"]
    with open_store(bank) as store:
        assert (store.rows("SELECT count(*) FROM loans"), read_meta(store, "made_by")) == ([(0,)], "x")


def test_a_context_that_fails_leaves_the_bank_as_it_was_byte_for_byte(bank):
    before, mark = Home(bank).bank.read_bytes(), stamp(Home(bank))
    with pytest.raises(RuntimeError), open_store(bank, writable=True) as store:
        write_meta(store, made_by="x")
        raise RuntimeError
    assert (Home(bank).bank.read_bytes(), stamp(Home(bank))) == (before, mark)
    assert [path.name for path in Home(bank).bank.parent.iterdir()] == ["bank.duckdb"]


@pytest.mark.parametrize("when", ["it is opened", "it is settled"])
def test_an_interrupt_while_a_bank_is_opened_or_settled_leaves_it_as_it_was_and_nothing_beside_it(
    bank, monkeypatch, when
):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    before = Home(bank).bank.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        if when == "it is opened":
            monkeypatch.setattr("microlib.bank.store._connected", interrupted)
        with open_store(bank, writable=True) as store:
            write_meta(store, made_by="x")
            monkeypatch.setattr(store.con, "raw_sql", interrupted)
    assert Home(bank).bank.read_bytes() == before
    assert [path.name for path in Home(bank).bank.parent.iterdir()] == ["bank.duckdb"]


def test_a_writer_who_writes_nothing_publishes_no_new_state(bank):
    before, node = stamp(Home(bank)), Home(bank).bank.stat().st_ino
    with open_store(bank, writable=True) as store:
        assert store.has("loans")
    assert (stamp(Home(bank)), Home(bank).bank.stat().st_ino) == (before, node)


DYING = """
import os, sys, duckdb
from microlib.bank.store import open_store, write_meta
store = open_store(sys.argv[1], writable=True)
if sys.argv[2] == "spilling":
    store.con.con.execute("SET memory_limit = '120MB'")
    names = "SELECT i, '张三丰' || i || repeat('x', 60) AS name FROM range(1500000) AS rows(i)"
    store.con.con.execute("CREATE TEMP TABLE raw AS " + names)
elif sys.argv[2] == "written":
    write_meta(store, made_by="x")
elif sys.argv[2] == "settled":
    write_meta(store, made_by="x"), store.con.raw_sql("CHECKPOINT")
os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("when", ["begun", "written", "settled", "spilling"])
def test_a_writer_who_is_killed_leaves_the_bank_as_it_was_and_no_plain_names(bank, when):
    folder, before = Home(bank).bank.parent, Home(bank).bank.read_bytes()
    in_other_process(DYING, bank, when)
    assert Home(bank).bank.read_bytes() == before
    left = [path for path in folder.rglob("*") if path.is_file()]
    assert len(left) > 1
    assert not any("张三丰".encode() in path.read_bytes() for path in left)
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir() if path.name != "bank.duckdb")
    with open_store(bank, writable=True) as store:
        write_meta(store, made_by="the next")
    assert [path.name for path in folder.iterdir()] == ["bank.duckdb"]


@pytest.mark.parametrize("name", ["[1]", "a*", "{a,b}", "a'b\";--%$HOME", " 银行 一 ", "branch_id=0021"])
def test_a_bank_may_lie_in_a_folder_of_any_name(tmp_path, name, frames):
    load_frames(tmp_path / name, {"branches": frames["branches"]}, as_of=JUNE, name="b")
    with open_store(tmp_path / name) as store:
        assert store.tables == ["branches"]
    assert [path.name for path in Home(tmp_path / name).bank.parent.iterdir()] == ["bank.duckdb"]
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_folder_whose_name_the_engine_would_cut_is_refused(tmp_path):
    with pytest.raises(BadConfig, match="path holds"):
        open_store(tmp_path / "why?", writable=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
def test_only_its_owner_may_read_a_new_bank_and_a_wider_right_that_was_given_stays(tmp_path, frames, umask):
    former = os.umask(umask)
    try:
        load_frames(tmp_path, {"branches": frames["branches"]}, as_of=JUNE, name="b")
        bank = Home(tmp_path).bank
        assert bank.stat().st_mode & 0o777 == 0o600
        bank.chmod(0o640)
        load_frames(tmp_path, {"branches": frames["branches"]}, as_of=JULY, name="c")
        assert bank.stat().st_mode & 0o777 == 0o640
    finally:
        os.umask(former)


def test_a_bank_reached_by_a_link_stays_where_it_is(bank, tmp_path):
    room = Home(tmp_path / "room")
    room.bank.parent.mkdir(parents=True)
    room.bank.symlink_to(Home(bank).bank)
    with open_store(room, writable=True) as store:
        write_meta(store, made_by="x")
    assert room.bank.is_symlink()
    with open_store(bank) as store:
        assert read_meta(store, "made_by") == "x"


def test_a_run_holds_one_state_and_its_processes_know_it(bank):
    before = stamp(Home(bank))
    with held_state(Home(bank)) as held:
        assert in_other_process(DELETER, bank).stderr == ""
        assert Home(bank).bank.stat().st_mtime_ns != before == stamp(Home(bank))
        assert in_other_process(READER, bank).stdout == "3\n"
        with held_state(Home(bank)) as again:
            assert again == held
    assert not held.exists()
    assert in_other_process(READER, bank).stdout == "2\n"


@pytest.mark.parametrize("refusing", [("link",), ("link", "beside")])
def test_a_state_is_copied_where_it_cannot_be_named_twice(bank, monkeypatch, tmp_path, refusing):
    def refused(*_, **__):
        raise OSError

    whole = state.copy_whole
    monkeypatch.setattr(os, "link", refused)
    if "beside" in refusing:
        monkeypatch.setattr(state, "temporary_folders", lambda: [tmp_path])
        beside = Home(bank).bank.parent
        monkeypatch.setattr(state, "copy_whole", lambda a, b: refused() if b.is_relative_to(beside) else whole(a, b))
    before = stamp(Home(bank))
    with held_state(Home(bank)) as held:
        assert not held.samefile(Home(bank).bank)
        assert stamp(Home(bank)) == before
        with open_store(bank) as store:
            assert store.has("loans")
    assert not held.exists()


def test_a_held_state_that_another_program_wrote_is_refused(bank):
    code = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute('DELETE FROM loans')"
    with held_state(Home(bank)):
        in_other_process(code, Home(bank).bank)
        with pytest.raises(BadConfig, match="another program wrote the bank"):
            stamp(Home(bank))


def test_states_of_runs_that_were_killed_are_swept_and_those_of_living_ones_stay(bank):
    code = "import os, sys; from microlib.bank.state import held_state; from microlib.home import Home; "
    code += "from pathlib import Path; one = held_state(Home(Path(sys.argv[1]))); one.__enter__(); os.abort()"
    in_other_process(code, bank)
    assert len(list(Home(bank).bank.parent.iterdir())) == 2
    with held_state(Home(bank)) as held:
        sweep_states(Home(bank))
        assert sorted(Home(bank).bank.parent.iterdir()) == sorted([Home(bank).bank, held.parent])


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
    added = {SCHEMA_VERSION: ("ALTER TABLE loans ADD COLUMN collector_id VARCHAR",)}
    monkeypatch.setattr("microlib.bank.store.SCHEMA_VERSION", SCHEMA_VERSION + 1)
    monkeypatch.setattr("microlib.bank.store.MIGRATIONS", added)
    with open_store(bank) as store:
        assert "collector_id" in store.con.table("loans").columns
        assert read_meta(store, "schema_version") == str(SCHEMA_VERSION + 1)


def test_an_older_schema_without_a_migration_is_refused_untouched(bank, monkeypatch):
    before = Home(bank).bank.read_bytes()
    monkeypatch.setattr(store, "SCHEMA_VERSION", SCHEMA_VERSION + 2)
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
    assert (SCHEMA_VERSION, made) == (2, "d1e6d7424ecd7ed4")


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


def of_schema_1(folder: Path, frames: dict[str, pd.DataFrame]) -> Home:
    """A store as the library wrote it at schema 1: its tables, the small bank's rows, its bookkeeping."""
    home = Home(folder)
    home.bank.parent.mkdir(parents=True)
    with duckdb.connect(str(home.bank)) as old:
        old.execute((Path(__file__).parent / "schema_1.sql").read_text(encoding="utf8"))
        old.execute("INSERT INTO meta VALUES ('schema_version', '1'), ('contracts', 'e0bc682bb9902e41')")
        for number, (name, frame) in enumerate(frames.items(), start=1):
            held = frame.assign(as_of=AS_OF, file_id=number)  # noqa: F841 - the engine reads it by its name
            old.execute(f"INSERT INTO {name} BY NAME SELECT * FROM held")
            row = [number, "june.xlsx", "0" * 64, name, "", AS_OF, len(frame), 0, AS_OF, None, False]
            old.execute(f"INSERT INTO files VALUES ({', '.join('?' * len(row))})", row)
            counts = frame.groupby("branch_id").size().items()
            old.executemany("INSERT INTO snapshots VALUES (?, ?, ?, ?)", [[name, b, AS_OF, n] for b, n in counts])
    return home


def test_a_store_of_schema_1_is_upgraded_when_it_is_first_read_and_taken_further(tmp_path, frames):
    home = of_schema_1(tmp_path, frames)
    with open_store(home) as store:
        assert read_meta(store, "schema_version") == str(SCHEMA_VERSION)
        kept = store.frame(as_of_table(store, "loans", as_of=AS_OF)).sort_values("loan_id")
        assert kept["balance_yuan"].tolist() == frames["loans"]["balance_yuan"].tolist()
        assert list(kept.columns) == TABLES["loans"].names
        assert default_as_of(store) == AS_OF and store.tables == ["branches", "customers", "loans"]
    july = {"loans": frames["loans"].assign(balance_yuan=frames["loans"]["balance_yuan"] / 2)}
    load_frames(home.root, july, as_of=date(2026, 7, 31), name="july.xlsx")
    with open_store(home) as store:
        assert store.frame(as_of_table(store, "loans", as_of=date(2026, 7, 31)))["balance_yuan"].sum() == 590_000.0
        assert store.frame(as_of_table(store, "loans", as_of=AS_OF))["balance_yuan"].sum() == 1_180_000.0
