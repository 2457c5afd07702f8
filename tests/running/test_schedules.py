"""What `microlib schedule` prints is run here as cron, systemd and Airflow would, in a folder with a hostile name."""

import json
import shlex
import shutil
import subprocess
import sys
import types
from datetime import date

import pandas as pd
import pytest

from microlib.bank import loads
from microlib.calendars import last_complete_month_end
from microlib.homes import Home
from microlib.running import dues, schedules


@pytest.fixture
def order(tmp_path, notebooks):
    """An order for a bank whose newest tables are of the month that is due today."""
    root = tmp_path / "mon ey's 100% $HOME"
    due = dues.month_due(date.today(), after=0) or last_complete_month_end(date.today())
    branches = pd.DataFrame({"branch_id": ["0755"], "name": ["示例支行"]})
    loads.load_frames(root, {"branches": branches}, as_of=due, name="b.csv", synthetic=True)
    words = (str(notebooks / "tiny_report.ipynb"), "--format", "xlsx", "--cold")
    return schedules.Order(Home(root).root, after=0, words=words)


def said(order: schedules.Order) -> dict:
    """The summary that the last run left."""
    return json.loads((order.home / "reports" / "summary.json").read_text())


def test_the_crontab_line_reports_once_and_then_has_nothing_to_do(order):
    (line,) = schedules.cron_texts(order).values()
    *when, command = line.rstrip("\n").split(" ", 5)
    assert when == ["30", "6", "*", "*", "*"]
    for status, made in [("ok", 1), ("not_due", None)]:
        subprocess.run(["/bin/sh", "-c", command.replace("\\%", "%")], check=True, cwd="/", env={"HOME": "/nowhere"})
        assert (said(order)["status"], said(order).get("made_count")) == (status, made)
    assert "event=not_due" in (order.home / "reports" / "run.log").read_text()
    assert list(order.home.rglob("tiny_report.xlsx"))
    (sums,) = order.home.rglob("SHA256SUMS")
    assert {line.split()[1] for line in sums.read_text().splitlines()} == {"branch-0755.zip", "head-office.zip"}


def test_bundles_that_could_not_be_packed_come_the_next_morning_and_no_report_is_made_again(order):
    def morning() -> subprocess.CompletedProcess:
        return subprocess.run(order.command, capture_output=True, text=True)

    reports = order.home / "reports"
    (reports / dues.month_due(date.today(), after=0).isoformat()).mkdir(parents=True)
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
    units = schedules.systemd_texts(order)
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
    timer = schedules.systemd_texts(order)["microlib-report.timer"]
    assert "OnCalendar=*-*-* 06:30:00" in timer and "Persistent=true" in timer
    if shutil.which("systemd-analyze"):
        subprocess.run(["systemd-analyze", "calendar", "*-*-* 06:30:00"], check=True, capture_output=True)


def test_the_airflow_file_makes_a_daily_task_whose_command_reports(order, monkeypatch):
    """With Airflow's own classes where it is installed, else with ones that keep what they are told."""
    (text,) = schedules.airflow_texts(order).values()
    for name, kind in [("airflow.sdk", "DAG"), ("airflow.providers.standard.operators.bash", "BashOperator")]:
        if shutil.which("airflow") is None:
            monkeypatch.setitem(sys.modules, name, types.SimpleNamespace(**{kind: Told}))
    Told.seen.clear()
    exec(compile(text, "dag.py", "exec"), {})
    dag, task = Told.seen
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
