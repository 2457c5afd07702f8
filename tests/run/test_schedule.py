"""When reports are due: the third working day on the Chinese calendar, until they are complete.

What `microlib schedule` prints is run here as cron, systemd and Airflow would, in a folder with a hostile name.
The line for monitors: written however a run ends, and never in its way.
"""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
import time
import types
from datetime import date, timedelta

import pandas as pd
import pytest

from microlib.bank.ingest.load import load_frames
from microlib.calendars import last_complete_month_end, working_day_after
from microlib.errors import BadConfig, BadData, NotebookFailed
from microlib.home import Home
from microlib.run.bundles import write_bundles
from microlib.run.jobs import RunOptions
from microlib.run.run import check_complete, run_reports
from microlib.run.schedule import (
    STREAM,
    Order,
    airflow_texts,
    cron_texts,
    date_due,
    month_due,
    packing_due,
    summarised,
    systemd_texts,
)

ALONE = {"workers": 1}


@pytest.fixture
def planned(planned, shared_zygote):
    """Plan tiny notebooks, whose kernels are forked from one zygote."""
    return planned


@pytest.mark.parametrize(
    ("ended", "day"),
    [
        (date(2025, 9, 30), date(2025, 10, 11)),  # National Day week, then a Saturday worked in exchange
        (date(2025, 1, 31), date(2025, 2, 7)),  # Spring Festival
        (date(2026, 2, 28), date(2026, 3, 4)),  # a Saturday worked in exchange ends the month
        (date(2024, 4, 30), date(2024, 5, 8)),  # Labour Day to Sunday
        (date(2026, 6, 30), date(2026, 7, 3)),
    ],
)
def test_the_third_working_day_counts_holidays_and_exchanged_weekends(ended, day):
    """The days off and on are those of the State Council's notices of 2024 to 2026."""
    assert working_day_after(ended, 3) == day


def test_a_month_end_itself_waits_for_its_own_ledgers():
    assert month_due(date(2026, 6, 30)) == date(2026, 5, 31)


def test_nothing_is_due_before_the_ledgers_are_closed(home):
    assert date_due(home, today=date(2026, 7, 2)) is None


def test_reports_are_due_until_they_are_complete(home, planned):
    assert date_due(home, today=date(2026, 7, 3)) == date(2026, 6, 30)
    run_reports(planned("tiny_report", branches=("0755",), **ALONE))
    assert date_due(home, today=date(2026, 7, 3)) == date(2026, 6, 30)
    run_reports(planned("tiny_report", **ALONE))
    assert date_due(home, today=date(2026, 7, 3)) is None


def test_a_failed_report_leaves_them_due(home, planned):
    run_reports(planned("tiny_failure", **ALONE))
    assert date_due(home, today=date(2026, 7, 3)) == date(2026, 6, 30)


def test_a_month_that_was_not_ingested_is_refused_and_not_reported_from_old_tables(home):
    with pytest.raises(BadData, match="reports of 2026-07-31 are due and the bank ends at 2026-06-30"):
        date_due(home, today=date(2026, 8, 20))


TODAY, ENDED = date(2026, 7, 3), date(2026, 6, 30)


def test_a_run_that_was_asked_for_less_leaves_the_rest_due(home, planned):
    run_reports(planned("tiny_report", **ALONE))
    asked = planned("tiny_report").options.asked
    assert date_due(home, today=TODAY, asked=asked) is None
    assert date_due(home, today=TODAY, asked=asked | {"formats": ["pdf"]}) == ENDED
    assert date_due(home, today=TODAY, asked=RunOptions().asked) == ENDED


def test_a_schedule_of_one_branch_is_complete_with_that_branch(home, planned):
    plan = planned("tiny_report", branches=("0755",), **ALONE)
    run_reports(plan)
    assert date_due(home, today=TODAY, asked=plan.options.asked) is None


@pytest.mark.parametrize(("as_of", "due"), [(ENDED, ENDED), (date(2026, 7, 31), None)])
def test_a_table_of_the_month_that_came_late_makes_them_due_and_one_of_the_next_month_does_not(
    home, planned, as_of, due
):
    run_reports(planned("tiny_report", **ALONE))
    late = {"customers": pd.DataFrame({"customer_id": ["C1"], "branch_id": ["0755"], "kind": ["company"]})}
    load_frames(home.root, late, as_of=as_of, name="late.csv", synthetic=True)
    assert date_due(home, today=TODAY) == due


def test_an_index_that_could_not_be_written_makes_them_due(home, planned):
    run = run_reports(planned("tiny_report", **ALONE))
    (run.folder / "index.html").unlink()
    assert date_due(home, today=TODAY) == ENDED


def test_bundles_are_due_while_one_is_missing_or_older_than_its_reports(home, planned):
    assert packing_due(home, today=TODAY) is None
    run = run_reports(planned("tiny_report", **ALONE))
    assert packing_due(home, today=TODAY) == run.folder
    write_bundles(run.folder, branches=("0755",))
    assert packing_due(home, today=TODAY) == run.folder
    write_bundles(run.folder)
    assert packing_due(home, today=TODAY) is None
    (run.folder / "bundles" / "branch-0021.zip").unlink()
    assert packing_due(home, today=TODAY) == run.folder
    write_bundles(run.folder)
    run_reports(planned("tiny_report", branches=("0755",), **ALONE))
    assert packing_due(home, today=TODAY) == run.folder


@pytest.fixture
def order(tmp_path, notebooks):
    """An order for a bank whose newest tables are of the month that is due today."""
    root = tmp_path / "mon ey's 100% $HOME"
    due = month_due(date.today(), after=0) or last_complete_month_end(date.today())
    branches = pd.DataFrame({"branch_id": ["0755"], "name": ["示例支行"]})
    load_frames(root, {"branches": branches}, as_of=due, name="b.csv", synthetic=True)
    words = (str(notebooks / "tiny_report.ipynb"), "--format", "xlsx", "--cold")
    return Order(Home(root).root, after=0, words=words)


def said(order: Order) -> dict:
    """The summary that the last run left."""
    return json.loads((order.home / "reports" / "summary.json").read_text())


def test_the_crontab_line_reports_once_and_then_has_nothing_to_do(order):
    (text,) = cron_texts(order).values()
    line = text.splitlines()[-1]
    assert ("is not that of Asia/Shanghai" in text) == (time.localtime().tm_gmtoff != 8 * 3600)
    *when, command = line.rstrip("\n").split(" ", 5)
    assert when == ["30", "6", "*", "*", "*"]
    left = order.home / "data" / ".bank.duckdb.left"
    for status, made in [("ok", 1), ("not_due", None)]:
        left.mkdir()
        (left / "alive").touch()  # of a run that was killed when all was made
        subprocess.run(["/bin/sh", "-c", command.replace("\\%", "%")], check=True, cwd="/", env={"HOME": "/nowhere"})
        assert (said(order)["status"], said(order).get("made_count")) == (status, made)
        assert not left.exists()
    assert "event=not_due" in (order.home / "reports" / "run.log").read_text()
    assert list(order.home.rglob("tiny_report.xlsx"))
    (sums,) = order.home.rglob("SHA256SUMS")
    assert {line.split()[1] for line in sums.read_text().splitlines()} == {"branch-0755.zip", "head-office.zip"}


def test_bundles_that_could_not_be_packed_come_the_next_morning_and_no_report_is_made_again(order):
    def morning() -> subprocess.CompletedProcess:
        return subprocess.run(order.command, capture_output=True, text=True)

    reports = order.home / "reports"
    (reports / month_due(date.today(), after=0).isoformat()).mkdir(parents=True)
    (in_the_way,) = [folder / "bundles" for folder in reports.iterdir()]
    in_the_way.write_text("not a folder")
    done = morning()
    assert (done.returncode, said(order)["status"], said(order)["made_count"]) == (3, "refused", 1)
    assert done.stderr.splitlines()[-3].startswith("error: bundles cannot be written: ")
    in_the_way.unlink()
    for status, packed in [("ok", 2), ("not_due", None)]:
        assert morning().returncode == 0
        found = said(order)
        assert (found["status"], found.get("made_count"), found.get("bundles_count")) == (status, packed and 0, packed)


def test_systemd_takes_the_units_and_the_service_reports(order, tmp_path):
    units = systemd_texts(order)
    paths = [tmp_path / name for name in units]
    for path in paths:
        path.write_text(units[path.name])
    if shutil.which("systemd-analyze"):
        checked = subprocess.run(["systemd-analyze", "verify", *paths], capture_output=True, text=True)
        assert (checked.returncode, checked.stderr) == (0, "")
    started = units["microlib-report.service"].split("ExecStart=")[1].splitlines()[0]
    words = [word.replace("%%", "%").replace("$$", "$") for word in shlex.split(started)]
    subprocess.run(words, check=True, capture_output=True)
    assert (said(order)["made_count"], said(order)["bundles_count"]) == (1, 2)


def test_the_timer_fires_every_morning_and_makes_up_for_a_missed_one(order):
    timer = systemd_texts(order)["microlib-report.timer"]
    assert "OnCalendar=*-*-* 06:30:00 Asia/Shanghai" in timer and "Persistent=true" in timer
    assert "loginctl enable-linger" in timer
    if shutil.which("systemd-analyze"):
        subprocess.run(["systemd-analyze", "calendar", "*-*-* 06:30:00 Asia/Shanghai"], check=True, capture_output=True)


def test_the_airflow_file_makes_a_daily_task_whose_command_reports(order, monkeypatch):
    """With Airflow's own classes where it is installed, else with ones that keep what they are told."""
    (text,) = airflow_texts(order).values()
    for name, kind in [("airflow.sdk", "DAG"), ("airflow.providers.standard.operators.bash", "BashOperator")]:
        if shutil.which("airflow") is None:
            monkeypatch.setitem(sys.modules, name, types.SimpleNamespace(**{kind: Told}))
    Told.seen.clear()
    exec(compile(text, "dag.py", "exec"), {})
    dag, task = Told.seen
    assert dag["start_date"].utcoffset() == timedelta(hours=8)  # half past six in Beijing, wherever the scheduler is
    assert dag["schedule"] == "30 6 * * *" and dag["catchup"] is False and dag["max_active_runs"] == 1
    subprocess.run(["bash", "-c", task["bash_command"]], check=True, capture_output=True)
    assert said(order)["status"] == "ok"


class Told:
    """Keeps what it is made with."""

    seen: list[dict] = []

    def __init__(self, **options: object) -> None:
        self.seen.append(options)

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None: ...


def told(path) -> dict:
    (line,) = path.read_text(encoding="utf-8").splitlines()
    return json.loads(line)


def test_a_run_is_summed_up_in_one_line(planned, tmp_path):
    with summarised(tmp_path / "s.json") as summary:
        run = run_reports(planned("tiny_report", **ALONE))
        summary.tell(run)
    found = told(tmp_path / "s.json")
    assert (found["status"], found["exit_code"], found["made_count"], found["failed_count"]) == ("ok", 0, 2, 0)
    assert (found["run_id"], found["as_of"]) == (run.run_id, "2026-06-30")


def test_a_failed_notebook_is_failed_with_the_codes_of_the_command(planned, tmp_path):
    with pytest.raises(NotebookFailed), summarised(tmp_path / "s.json") as summary:
        run = run_reports(planned("tiny_failure", **ALONE))
        summary.tell(run)
        check_complete(run)
    found = told(tmp_path / "s.json")
    assert [found[key] for key in ("status", "exit_code", "made_count", "failed_count")] == ["failed", 5, 1, 1]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(BadConfig("no bank"), "refused", 3), (KeyboardInterrupt(), "interrupted", 130), (KeyError(1), "broken", 1)],
)
def test_what_stops_a_run_is_told_and_goes_on_as_it_was(tmp_path, error, status, code):
    with pytest.raises(type(error)), summarised(tmp_path / "s.json"):
        raise error
    assert (told(tmp_path / "s.json")["status"], told(tmp_path / "s.json")["exit_code"]) == (status, code)


def test_a_summary_that_cannot_be_written_is_logged_and_stops_nothing(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    with summarised(tmp_path / "file" / "s.json"):
        pass
    assert "level=error event=summary" in capsys.readouterr().err


def test_a_dash_is_the_error_stream(capsys):
    with summarised(STREAM):
        pass
    assert json.loads(capsys.readouterr().err)["status"] == "ok"
