"""What has a computer report every month by itself: a crontab line, systemd units, an Airflow file.

Each tries every morning; ``report --due-after`` does nothing until the month's ledgers are closed, and nothing more
once its reports are complete. A morning that was missed, or failed, is so made up for by the next.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from microlib.files import write_text
from microlib.homes import Home
from microlib.running.dues import AFTER

NAME = "microlib-report"
SUMMARY = "summary.json"
LOG = "run.log"

SERVICE = """\
[Unit]
Description=Monthly branch reports, from working day {after} after the month's end until they are complete

[Service]
Type=oneshot
WorkingDirectory={folder}
ExecStart={words}
Nice=10
KillMode=mixed
TimeoutStartSec=infinity
TimeoutStopSec=60
"""
TIMER = """\
[Unit]
Description=Every morning: are the month's reports due?

[Timer]
OnCalendar=*-*-* {hour:02}:{minute:02}:00
Persistent=true

[Install]
WantedBy=timers.target
"""
DAG = '''\
"""Monthly branch reports, from working day {after} after the month's end until they are complete."""

from datetime import datetime

try:
    from airflow.sdk import DAG
except ImportError:
    from airflow import DAG
try:
    from airflow.providers.standard.operators.bash import BashOperator
except ImportError:
    from airflow.operators.bash import BashOperator

with DAG(
    dag_id={name},
    schedule="{minute} {hour} * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
) as dag:
    BashOperator(task_id="report", bash_command={command}, append_env=True)
'''


@dataclass(frozen=True)
class Order:
    """What is to be run, and when.

    Parameters
    ----------
    home : Path
        Absolute.
    hour, minute : int
        Of every morning, by the computer's own clock.
    after : int
        Working days after the month's end.
    words : tuple of str
        More words for ``microlib report``, such as formats.
    program : Path
        The ``microlib`` command.
    """

    home: Path
    hour: int = 6
    minute: int = 30
    after: int = AFTER
    words: tuple[str, ...] = ()
    program: Path = Path(sys.executable).parent / "microlib"

    @property
    def command(self) -> list[str]:
        """The command as words."""
        told = ["--summary", str(Home(self.home).reports / SUMMARY)]
        due = ["--due-after", str(self.after), "--resume", "--bundle"]
        return [str(self.program), "report", "--home", str(self.home), *due, *told, *self.words]


def cron_texts(order: Order) -> dict[str, str]:
    """Return a line for ``crontab -e``, file name -> text; the log is added to ``reports/run.log``."""
    reports = Home(order.home).reports
    folder, into, log = (shlex.quote(str(path)) for path in (order.home, reports, reports / LOG))
    line = f"cd {folder} && mkdir -p {into} && {shlex.join(order.command)} >> {log} 2>&1"
    return {f"{NAME}.cron": f"{order.minute} {order.hour} * * * {line.replace('%', chr(92) + '%')}\n"}


def systemd_texts(order: Order) -> dict[str, str]:
    """Return a service and its timer, file name -> text; the log goes to the journal."""
    folder = str(order.home).replace("%", "%%")
    known = {"after": order.after, "folder": folder, "words": " ".join(map(_systemd_word, order.command))}
    service, timer = SERVICE.format(**known), TIMER.format(hour=order.hour, minute=order.minute)
    return {f"{NAME}.service": service, f"{NAME}.timer": timer}


def airflow_texts(order: Order) -> dict[str, str]:
    """Return a file for Airflow's folder of DAGs, file name -> text, for Airflow 2 and 3; the log is the task's."""
    command = json.dumps(f"{shlex.join(order.command)} ", ensure_ascii=False)
    known = {"name": json.dumps(NAME), "command": command, "after": order.after}
    return {f"{NAME.replace('-', '_')}.py": DAG.format(hour=order.hour, minute=order.minute, **known)}


#: what is asked for -> how it is written
TEXTS: dict[str, Callable[[Order], dict[str, str]]] = {
    "cron": cron_texts,
    "systemd": systemd_texts,
    "airflow": airflow_texts,
}


def handed_out(texts: Mapping[str, str], into: Path | None) -> list[str]:
    """Return the texts, each of several under its file's name, or the paths of the files written into a folder."""
    if into is None:
        return [text if len(texts) == 1 else f"# {name}\n{text}\n" for name, text in texts.items()]
    return [f"{write_text(into.resolve() / name, text)}\n" for name, text in texts.items()]


def _systemd_word(word: str) -> str:
    """Quote a word: a unit knows ``%`` and ``$`` as signs of its own."""
    text = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{text}"' if text != word or any(sign in word for sign in " '\t") else word
