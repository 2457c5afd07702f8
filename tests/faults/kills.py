"""Kills at moments drawn from a seed: of ingest, report, bundle and the scheduled run; of all of it or of one process.

`python tests/faults/kills.py 100 SEED` (`make soak`) kills each of them so often, each time from the same start,
and then has it run once more: what it makes must equal what an undisturbed run makes, and no process, socket,
temporary folder, lock or half-written file may be left. Half of the kills leave no time (SIGKILL, of the group or of
one process below), the others ask it to end (SIGTERM, Ctrl-C to the group), which it must do by itself.
"""

from __future__ import annotations

import argparse
import atexit
import hashlib
import importlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import ModuleType

import pandas as pd

from microlib.bank.ingest.load import load_frames
from microlib.bank.pseudonyms import KEY_VARIABLE
from microlib.bank.store import Store, open_store
from microlib.cli import main as command
from microlib.home import Home
from microlib.run.schedule import month_due
from tests.faults.processes import command_line, descendants, ended, everybody, session_of, started_with

#: children are forked with all of it
LOADED = [importlib.import_module(f"microlib.{name}") for name in ("bank.ingest.intake", "run.bundles", "run.run")]
NOTEBOOK = Path(__file__).resolve().parent.parent / "run" / "notebooks" / "tiny_report.ipynb"
#: the month whose reports a schedule would make today
AS_OF = month_due(date.today(), after=0)
#: what is left of processes and folders must be gone by then
PATIENCE = 30
#: so often as many runs are begun as shall be killed: some end before their moment
MOST_TRIES = 3
#: ways to be told to end, which leave time to do so
ASKED = ("asked to end", "Ctrl-C")
HEADS = "借据号,客户号,客户名称,手机号,客户类型,机构号,机构名称,发放日期,到期日期,贷款金额,贷款余额,利率(%)"
HEADS += ",逾期天数,贷款状态"


@dataclass(frozen=True)
class Work:
    """What is being killed: the words of a command, what must have gone before, and what is made."""

    words: tuple[str, ...]
    before: tuple[tuple[str, ...], ...]
    made: Callable[[Path], dict[str, str]]


def banked(root: Path) -> None:
    """Make a bank of three branches, and a ledger in GBK to be taken in."""
    names = pd.DataFrame({"branch_id": ["0001", "0002", "0003"], "name": ["甲支行", "乙支行", "丙支行"]})
    load_frames(root, {"branches": names}, as_of=AS_OF, name="branches.csv")
    rows = [
        f"L{number},C{number},示例{number}商行,138{number:08d},企业,000{1 + number % 3},支行,2025-01-10,2030-09-10,"
        f"{200_000 + number},{100_000 + number},4.35,0,正常"
        for number in range(3_000)
    ]
    (root / f"台账{AS_OF:%Y%m}.csv").write_bytes("\n".join([HEADS, *rows]).encode("gbk"))


def tables(root: Path) -> dict[str, str]:
    """Return a mark of each table of the bank."""
    with open_store(Home(root)) as store:
        columns = "string_agg(column_name, ', ' ORDER BY column_index)"
        found = store.rows(f"SELECT table_name, {columns} FROM duckdb_columns() WHERE NOT internal GROUP BY ALL")
        return {name: _sum(store, name, said) for name, said in found if name not in ("files", "meta")}


def _sum(store: Store, name: str, columns: str) -> str:
    return str(store.rows(f"SELECT count(*), bit_xor(hash({columns})) FROM {name}"))


def results(root: Path) -> dict[str, str]:
    """Return a mark of each table that reports recorded, and whether each page is there."""
    (folder,) = root.glob("reports/2*")
    reports = json.loads((folder / "manifest.json").read_text("utf-8"))["reports"]
    marks = {str(path.relative_to(folder)): mark(path) for path in folder.glob("*/*/*/results/*.parquet")}
    pages = {key: f"{entry['status']} {(folder / entry['page']).is_file()}" for key, entry in reports.items()}
    return {**marks, **pages, "index": str((folder / "index.html").is_file())}


def bundles(root: Path) -> dict[str, str]:
    """Return a mark of each bundle; they are the same bytes whenever they are packed."""
    return {path.name: mark(path) for path in sorted(root.glob("reports/2*/bundles/branch-*.zip"))}


def scheduled(root: Path) -> dict[str, str]:
    """Return what reports recorded, and which bundles there are."""
    return {**results(root), **{path.name: "" for path in root.glob("reports/2*/bundles/*.zip")}}


def mark(path: Path) -> str:
    """Return the hash of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


REPORT = ("report", str(NOTEBOOK), "--as-of", f"{AS_OF}", "--resume", "--jobs")
SCHEDULE = ("report", str(NOTEBOOK), "--due-after", "0", "--resume", "--bundle", "--jobs")
WORKS = {
    "ingest": Work(("ingest", f"{{root}}/台账{AS_OF:%Y%m}.csv", "--mapping", "ledger_excel"), (), tables),
    "report of 1 worker": Work((*REPORT, "1"), (), results),
    "report of 3 workers": Work((*REPORT, "3"), (), results),
    "bundle": Work(("bundle", "--role", "branch", "--role", "head-office"), ((*REPORT, "1"),), bundles),
    "schedule of 1 worker": Work((*SCHEDULE, "1"), (), scheduled),
    "schedule of 3 workers": Work((*SCHEDULE, "3"), (), scheduled),
}


def forked(act: Callable[[], object], said: Path) -> int:
    """Do something in a process of its own session, what it says into a file; return its number."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background work ignores it
        sys.modules["__main__"] = ModuleType("__main__")  # as that of a command: workers import nothing of this file
        with said.open("ab") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        code = int(act() or 0)
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        atexit._run_exitfuncs()  # as at the end of a process that was not forked
        os._exit(code)


def run(words: tuple[str, ...], root: Path) -> int:
    """Begin a command."""
    told = [word.format(root=root) for word in words] + ["--home", str(root)]
    return forked(lambda: command(told), root.parent / "said")


def looked(act: Callable[[Path], dict[str, str]], root: Path) -> dict[str, str]:
    """Return what was made, looked at in another process: an engine's threads do not outlive a fork."""
    answer = root.parent / "answer.json"
    code = ended(forked(lambda: answer.write_text(json.dumps(act(root))) * 0, root.parent / "said"))
    assert code == 0, (root.parent / "said").read_text()
    return json.loads(answer.read_text())


def kill(child: int, rng: random.Random) -> str:
    """Kill a process and its group, or one of those that it started; or ask it, or its group, to end."""
    below = descendants(child)
    how = rng.choice(["its group", "one below" if below else "its group", *ASKED])
    if how == "one below":
        os.kill(rng.choice(below), signal.SIGKILL)
    elif how == "asked to end":
        os.kill(child, signal.SIGTERM)
    else:
        os.killpg(child, signal.SIGINT if how == "Ctrl-C" else signal.SIGKILL)
    return how


def left(place: Path, root: Path, *children: int) -> list[str]:
    """Return what is still there of processes, temporary folders, locks and drafts, after some patience."""
    end = time.monotonic() + PATIENCE
    while True:
        staged = [path for path in root.rglob(".*") if path.name not in (".lock", ".runs", ".overview", ".packed.json")]
        alive = {*started_with(f"TMPDIR={place}"), *(pid for pid in everybody() if session_of(pid) in children)}
        found = [command_line(pid) or f"process {pid}" for pid in alive]
        found += [f"{path} {sorted(each.name for each in path.rglob('*'))}" for path in (*place.iterdir(), *staged)]
        found += [str(path) for path in root.glob("reports/*/.lock") if path.read_text()]
        if not found or time.monotonic() > end:
            return found
        time.sleep(0.1)


def killed(name: str, work: Work, times: int, rng: random.Random, folder: Path) -> list[str]:
    """Kill one kind of work so often, and return what was wrong."""
    begun, place = folder / "begun", folder / "tmp"
    shutil.copytree(folder / "bank", begun)
    for words in work.before:
        assert ended(run(words, begun)) == 0, (folder / "said").read_text()
    whole = Path(shutil.copytree(begun, folder / "whole"))
    clock = time.monotonic()
    assert ended(run(work.words, whole)) == 0, (folder / "said").read_text()
    seconds, right = time.monotonic() - clock, looked(work.made, whole)
    wrong, how = [], Counter()
    for number in range(MOST_TRIES * times):
        if how.total() == times:
            break
        root = Path(shutil.copytree(begun, folder / "home"))
        child = run(work.words, root)
        time.sleep(rng.uniform(0, seconds))
        if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):  # it was quicker than the one before
            ended(child)
            shutil.rmtree(root)
            continue
        way = kill(child, rng)
        how[way] += 1
        told = ended(child)
        if way in ASKED:
            wrong += [f"{name} {number}: {way}, ended with {told}, left {each}" for each in left(place, root, child)]
        again = run(work.words, root)
        code = ended(again)
        if code:
            wrong.append(f"{name} {number}: the next run ended with {code}: {(folder / 'said').read_text()[-300:]}")
        elif looked(work.made, root) != right:
            wrong.append(f"{name} {number}: the next run made something else")
        wrong += [f"{name} {number}: left {each}" for each in left(place, root, child, again)]
        shutil.rmtree(root)
    say(f"{name}: {how.total()} kills ({dict(how)}) within {seconds:.1f} s each, {len(wrong)} wrong")
    for each in (begun, whole):
        shutil.rmtree(each)
    return wrong


def say(text: str) -> None:
    """Write a line."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    """Return 1 when anything went wrong."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("times", type=int, nargs="?", default=100)
    words.add_argument("seed", type=int, nargs="?", default=20260630)
    words.add_argument("--only", choices=list(WORKS), action="append")
    asked = words.parse_args()
    folder = tempfile.mkdtemp(prefix="kills-", dir="/tmp")
    try:
        place = Path(folder) / "tmp"
        place.mkdir()
        os.environ |= {"TMPDIR": str(place), "XDG_CONFIG_HOME": f"{folder}/config", KEY_VARIABLE: f"{folder}/key"}
        tempfile.tempdir = str(place)
        made = ended(forked(lambda: banked(Path(folder) / "bank"), Path(folder) / "said"))
        assert made == 0, (Path(folder) / "said").read_text()
        wrong = []
        for name in asked.only or WORKS:
            wrong += killed(name, WORKS[name], asked.times, random.Random(f"{asked.seed} {name}"), Path(folder))
    finally:
        shutil.rmtree(folder)
    say("\n".join(wrong) or f"seed {asked.seed}: nothing went wrong")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
