"""Reports every month: when they are due; schedules for cron, systemd, Airflow; a line of JSON about a run.

A schedule tries every morning. ``report --due-after`` does nothing until the month's ledgers are closed,
and nothing more once its reports are complete; a morning missed or failed is so made up for by the next.
"""

from __future__ import annotations

import json
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from microlib.calendars import last_complete_month_end, working_day_after
from microlib.errors import BadData, NotebookFailed, WorkbenchError
from microlib.files import write_text
from microlib.home import Home
from microlib.run.bundles import is_packed
from microlib.run.jobs import Run
from microlib.run.manifest import read_manifest
from microlib.run.plan import Inputs, read_inputs
from microlib.run.progress import log, moment

INTERRUPTED, BUG = 130, 1
#: stands for the error stream
STREAM = Path("-")


class Summary:
    """What is known of a run so far.

    Parameters
    ----------
    facts : dict
        ``status, exit_code`` and whatever was told.
    """

    def __init__(self) -> None:
        self.facts: dict[str, Any] = {"status": "ok", "exit_code": 0}

    def tell(self, run: Run) -> None:
        """Take in what a run made."""
        self.facts |= {
            "run_id": run.run_id,
            "as_of": run.folder.name,
            "folder": str(run.folder),
            "made_count": len(run.outcomes) - len(run.failed),
            "failed_count": len(run.failed),
            "retried_count": sum(outcome.attempts > 1 for outcome in run.outcomes),
            "standing_count": len(run.standing),
            "bundles_count": 0,
            "failures": [
                {"report": outcome.job.key, "error": outcome.error.partition("\n")[0]} for outcome in run.failed
            ],
        }

    def end(self, status: str, exit_code: int = 0, *, error: object = "") -> None:
        """Say how it ended."""
        self.facts |= {"status": status, "exit_code": exit_code, "error": str(error)}


@contextmanager
def summarised(path: Path | None, *, tell: Callable[[Mapping[str, Any]], object] | None = None) -> Iterator[Summary]:
    """Give a summary to fill; it is written however the work inside ends, which then goes on as it would.

    Parameters
    ----------
    path : Path, optional
        A file, replaced at once; ``-`` is the error stream. Without it nothing is written.
    tell : callable, optional
        Is given the facts at the end, such as `notice.send_notices`.
    """
    summary, clock = Summary(), time.monotonic()
    try:
        yield summary
    except WorkbenchError as error:
        status = "failed" if isinstance(error, NotebookFailed) else "refused"
        summary.end(status, error.exit_code, error=error.what.partition("\n")[0])
        raise
    except KeyboardInterrupt:
        summary.end("interrupted", INTERRUPTED)
        raise
    except Exception as error:
        summary.end("broken", BUG, error=f"{type(error).__name__}: {error}")
        raise
    finally:
        summary.facts |= {"ended": moment(), "seconds": round(time.monotonic() - clock, 1)}
        if path is not None:
            _write(path, json.dumps(summary.facts, ensure_ascii=False) + "\n")
        if tell is not None:
            tell(summary.facts)


def _write(path: Path, line: str) -> None:
    if path == STREAM:
        sys.stderr.write(line)
        return
    try:
        write_text(path.resolve(), line)
    except OSError as error:
        log("error", "summary", path=path, error=error.strerror or error)


#: working days after a month's end by which its ledgers are closed
AFTER = 3


def month_due(today: date, *, after: int = AFTER) -> date | None:
    """Return the month end whose reports may be made `today`, None while its ledgers are not closed yet.

    Parameters
    ----------
    today : date
    after : int
        Working days, on the Chinese calendar with its exchanged weekends.

    Examples
    --------
    >>> month_due(date(2025, 10, 11)), month_due(date(2025, 10, 10))
    (datetime.date(2025, 9, 30), None)
    """
    ended = last_complete_month_end(today)
    if ended == today:
        ended = last_complete_month_end(today.replace(day=1))
    return ended if working_day_after(ended, after) <= today else None


def date_due(home: Home, *, today: date, after: int = AFTER, asked: Mapping[str, Any] | None = None) -> date | None:
    """Return the date whose reports are due and not complete yet; None where nothing is to be made.

    Parameters
    ----------
    home : Home
    today : date
    after : int
        Working days after the month's end.
    asked : mapping, optional
        What `RunOptions.asked` says: a run that was asked for something else completes nothing.

    Raises
    ------
    BadData
        If reports are due and the bank's tables of that month are not there.
    BadConfig
        If there is no bank.
    """
    ended = month_due(today, after=after)
    if ended is None:
        return None
    held = read_inputs(home)
    if held.as_of < ended:
        fix = "ingest the month's tables; until then nothing is reported"
        raise BadData(f"reports of {ended} are due and the bank ends at {held.as_of}", where=str(home.bank), fix=fix)
    folder = home.reports / ended.isoformat()
    found = read_manifest(folder)
    return None if _is_complete(found, asked) and _is_indexed(folder) and not _came_late(held, found) else ended


def packing_due(home: Home, *, today: date, after: int = AFTER) -> Path | None:
    """Return the folder of the month's reports where some bundle is missing or older than its reports; else None.

    So bundles that a full disk kept from being packed are packed the next morning.
    """
    ended = month_due(today, after=after)
    folder = home.reports / ended.isoformat() if ended else None
    return folder if folder and (folder / "manifest.json").is_file() and not is_packed(folder) else None


def _is_complete(found: Mapping[str, Any], asked: Mapping[str, Any] | None) -> bool:
    """Whether the last run went well, some run that went well was asked for this, and each branch has its reports."""
    if not found["runs"] or found["runs"][-1]["status"] != "ok":
        return False
    if asked is not None and not any(run["status"] == "ok" and run.get("asked") == asked for run in found["runs"]):
        return False
    made = [entry for entry in found["reports"].values() if entry["status"] == "ok"]
    wanted = (asked or {}).get("branches") or found["branches"]
    return len(made) == len(found["reports"]) and {entry["branch"] for entry in made} >= set(wanted)


def _came_late(held: Inputs, found: Mapping[str, Any]) -> bool:
    """Whether the bank holds a file of the month, or of one before, that the last run did not read."""
    known = {(file["sha256"], file["table"]) for file in found["inputs"]}
    of_month = [file for file in held.files if file["as_of"] <= found["as_of"]]
    return any((file["sha256"], file["table"]) not in known for file in of_month)


def _is_indexed(folder: Path) -> bool:
    """Whether the index was written after the manifest, as at the end of every run."""
    page, record = folder / "index.html", folder / "manifest.json"
    return page.is_file() and page.stat().st_mtime >= record.stat().st_mtime


NAME = "microlib-report"
SUMMARY = "summary.json"
LOG = "run.log"
BEIJING_SECONDS = 8 * 3600
#: stands before the line of a crontab on a computer whose clock is another
CLOCK = "# by this computer's clock, which is not that of {zone}\n"
SERVICE = """\
[Unit]
Description=Monthly branch reports, from working day {after} after the month's end until they are complete

[Service]
Type=oneshot
WorkingDirectory={folder}
UMask={umask}
ExecStart={words}
Nice=10
KillMode=mixed
TimeoutStartSec=infinity
TimeoutStopSec=60
"""
TIMER = """\
# A user's units run only while that user is logged in, unless once: loginctl enable-linger $USER
[Unit]
Description=Every morning: are the month's reports due?

[Timer]
OnCalendar=*-*-* {hour:02}:{minute:02}:00 {zone}
Persistent=true

[Install]
WantedBy=timers.target
"""
DAG = '''\
"""Monthly branch reports, from working day {after} after the month's end until they are complete."""

from datetime import datetime
from zoneinfo import ZoneInfo

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
    start_date=datetime(2026, 1, 1, tzinfo=ZoneInfo("{zone}")),  # the hours of `schedule` are those of this zone
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
        Of every morning, by the clock of `zone`; cron has but the computer's own.
    after : int
        Working days after the month's end.
    words : tuple of str
        More words for ``microlib report``, such as formats.
    program : Path
        The ``microlib`` command.
    is_shared : bool
        Let the group read what is written.
    zone : str
        Time zone, as the IANA calls it: banks' days are Beijing's wherever the computer stands.
    """

    home: Path
    hour: int = 6
    minute: int = 30
    after: int = AFTER
    words: tuple[str, ...] = ()
    program: Path = Path(sys.executable).parent / "microlib"
    is_shared: bool = False
    zone: str = "Asia/Shanghai"

    @property
    def umask(self) -> str:
        """What is taken from the rights of all that is written, the log included."""
        return "0027" if self.is_shared else "0077"

    @property
    def command(self) -> list[str]:
        """The command as words."""
        told = ["--summary", str(Home(self.home).reports / SUMMARY)]
        due = ["--due-after", str(self.after), "--resume", "--bundle"]
        group = ["--group"] if self.is_shared else []
        return [str(self.program), *group, "report", "--home", str(self.home), *due, *told, *self.words]


def cron_texts(order: Order) -> dict[str, str]:
    """Return a line for ``crontab -e``, file name -> text; the log is added to ``reports/run.log``."""
    reports = Home(order.home).reports
    folder, into, log = (shlex.quote(str(path)) for path in (order.home, reports, reports / LOG))
    zone = "" if time.localtime().tm_gmtoff == BEIJING_SECONDS else CLOCK.format(zone=order.zone)
    line = f"umask {order.umask} && cd {folder} && mkdir -p {into} && {shlex.join(order.command)} >> {log} 2>&1"
    return {f"{NAME}.cron": f"{zone}{order.minute} {order.hour} * * * {line.replace('%', chr(92) + '%')}\n"}


def systemd_texts(order: Order) -> dict[str, str]:
    """Return a service and its timer, file name -> text; the log goes to the journal."""
    folder = str(order.home).replace("%", "%%")
    words = " ".join(map(_systemd_word, order.command))
    known = {"after": order.after, "folder": folder, "umask": order.umask, "words": words}
    service, timer = SERVICE.format(**known), TIMER.format(hour=order.hour, minute=order.minute, zone=order.zone)
    return {f"{NAME}.service": service, f"{NAME}.timer": timer}


def airflow_texts(order: Order) -> dict[str, str]:
    """Return a file for Airflow's folder of DAGs, file name -> text, for Airflow 2 and 3; the log is the task's."""
    command = json.dumps(f"{shlex.join(order.command)} ", ensure_ascii=False)
    known = {"name": json.dumps(NAME), "command": command, "after": order.after, "zone": order.zone}
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
