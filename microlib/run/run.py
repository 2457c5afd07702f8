"""A run: a plan's jobs made, each noted at once, recorded in the manifest and listed in the index however it ends.

A run has its reports folder to itself. What it makes is noted in a journal as soon as it is made, so that a run that
is killed is not forgotten: the next one takes its notes into the manifest.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from microlib.bank.state import held_state
from microlib.errors import BadConfig, NotebookFailed
from microlib.files import FULL, check_writable, only_run, sweep_staged, unwritable
from microlib.run.jobs import Job, Outcome, Run, now
from microlib.run.manifest import RUNS, head_of, merged_manifest, read_manifest, report_entry, write_manifest
from microlib.run.plan import Inputs, Plan, standing_plan
from microlib.run.pool import made_jobs, workers_of
from microlib.run.progress import log
from microlib.run.resume import divided_jobs

JOURNAL = "journal.jsonl"


def run_reports(plan: Plan, *, private_folder: Path | None = None) -> Run:
    """Run a plan, then write its manifest and index; progress and what is left out are shown on the error stream.

    All reports and the index are made from one state of the bank, that of the run's start, which the manifest records;
    what is ingested meanwhile waits for the next run.

    Parameters
    ----------
    plan : Plan
        Its options say how: workers, warm kernels or not, time-out, whether to resume, and in which executor.
    private_folder : Path, optional
        The run's private folder where its zygote was begun before its plan (`warmup.begun`); else it gets one of its
        own.

    Returns
    -------
    Run

    Raises
    ------
    BadConfig
        If the reports folder cannot be written, another run is writing it, or the bank's state cannot be held; said
        before any kernel starts.
    KeyboardInterrupt
        On an interrupt, after kernels are ended and what was made is recorded.
    """
    folder = plan.inputs.home.reports.resolve() / plan.inputs.as_of.isoformat()
    run_id, options, done = _run_id(), plan.options, dict[Job, Outcome]()
    with taken_turn(folder, run_id=run_id), held_state(plan.inputs.home):
        plan = standing_plan(plan)
        division = divided_jobs(plan, folder)
        count = workers_of(options, division.todo)
        how = {"workers": count, "is_warm": options.is_warm, "standing_count": len(division.standing)}
        run = {"run_id": run_id, "asked": options.asked, **how, **division.stood_on}
        run["left_out"] = [list(pair) for pair in plan.left_out]
        run["too_small"] = [list(pair) for pair in plan.too_small]
        for branch, notebook in plan.left_out:
            log("warning", "left_out", report=f"{branch}/{notebook}", reason="no product is made for a group there")
        for branch in dict.fromkeys(branch for branch, _ in plan.too_small):
            log("warning", "left_out", branch=branch, reason="too few loans for every report; name one to make it")
        with recorded_run(folder, plan.inputs, run) as record:
            made = made_jobs(division.todo, options, kept=record.kept, private_folder=private_folder)
            for outcome in made if division.todo else ():
                done[outcome.job] = outcome
                record.note(outcome, fingerprint=division.prints[outcome.job])
                if len(done) == len(division.todo) - 1:
                    record.get_ready()
            record.run["status"] = "ok" if all(outcome.is_ok for outcome in done.values()) else "failed"
    return Run(folder, tuple(done[job] for job in division.todo), division.standing, run_id)


def check_complete(run: Run) -> None:
    """Refuse a run in which a notebook failed; what was made stays made.

    Raises
    ------
    NotebookFailed
        With a line for each failure.
    BadConfig
        If any failed because the disk is full: no notebook can be blamed for that.
    """
    if any(text in outcome.error for outcome in run.failed for text in FULL):
        fix = "free some space, then run `microlib report --resume`"
        raise BadConfig(failure_summary(run), where=str(run.folder), fix=fix)
    if run.failed:
        fix = "open the kept notebook at its last cell; `microlib index` lists all failures"
        raise NotebookFailed(failure_summary(run), where=str(run.folder / "manifest.json"), fix=fix)


def failure_summary(run: Run) -> str:
    """Return what failed, a line for each, with the place where the half-run notebook is kept."""
    lines = [
        f"{outcome.job.key}: {outcome.error.splitlines()[0]}" + (f"\n    kept: {outcome.kept}" if outcome.kept else "")
        for outcome in run.failed
    ]
    return "\n".join([f"{len(run.failed)} of {len(run.outcomes)} reports failed", *(f"  {line}" for line in lines)])


def _run_id() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"


def check_folder(folder: Path) -> None:
    """Refuse a reports folder that cannot be written, is full, or whose manifest cannot be added to.

    Raises
    ------
    BadConfig
        With the system's reason.
    """
    check_writable(folder)
    read_manifest(folder)


@contextmanager
def taken_turn(folder: Path, *, run_id: str) -> Iterator[None]:
    """Take the folder for one run: nobody else writes it, and what a killed run left is taken up or removed.

    Raises
    ------
    BadConfig
        If another run holds it, or it cannot be written, as when the disk has filled up meanwhile.
    """
    check_folder(folder)
    with only_run(folder, run_id=run_id):
        sweep_staged(folder)
        recover(folder)
        try:
            yield
        except OSError as error:
            raise unwritable(folder, error) from error


@dataclass(frozen=True)
class Record:
    """A run being recorded.

    Parameters
    ----------
    folder : Path
        Of the date.
    head : dict
        What the run reads of the bank.
    run : dict
        ``run_id`` and what else is known of it; ``status`` is set before the end.
    journal : Journal
    """

    folder: Path
    head: dict[str, Any]
    run: dict[str, Any]
    journal: Journal

    @property
    def kept(self) -> Path:
        """The run's own folder, where its results stay."""
        return self.journal.path.parent

    def note(self, outcome: Outcome, *, fingerprint: str) -> None:
        """Note an outcome at once, so that it outlasts a run that is killed."""
        entry = report_entry(outcome, run_id=self.run["run_id"], fingerprint=fingerprint)
        self.journal.note(outcome.job.key, entry)

    def get_ready(self) -> None:
        """Gather what the index shows of the bank: while the last report is being made a core has nothing else to do.

        What it imports comes in here as well; at the start kernels would wait for it.
        """
        from microlib.run.overview import get_ready

        get_ready(self.folder, {**self.head, "runs": [self.run]})

    def write(self) -> None:
        """Add the run to the manifest of its folder and rebuild the index."""
        from microlib.run.overview import write_index

        self.run["ended"] = now()
        earlier, entries = read_manifest(self.folder), self.journal.entries
        manifest = merged_manifest(earlier, head=self.head, run=self.run, entries=entries)
        write_manifest(self.folder, manifest)
        self.journal.close()
        write_index(self.folder)


@contextmanager
def recorded_run(folder: Path, found: Inputs, run: Mapping[str, Any]) -> Iterator[Record]:
    """Record a run: noted while it goes on, in the manifest and index at its end, whichever way it ends.

    Parameters
    ----------
    folder : Path
        Of the date; its turn is taken.
    found : Inputs
        What the run reads.
    run : mapping
        ``run_id`` and what is known of the run before it starts.
    """
    known = {**run, "started": now(), "ended": "", "status": "interrupted"}
    journal = Journal(folder / RUNS / run["run_id"])
    record = Record(folder, head_of(found), known, journal)
    journal.begin(record.head, known)
    try:
        yield record
    finally:
        record.write()


class Journal:
    """The notes of one run: each report as soon as it is made.

    Parameters
    ----------
    folder : Path
        Of the run, below the date's ``.runs``.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / JOURNAL
        self.entries: dict[str, Any] = {}

    def begin(self, head: Mapping[str, Any], run: Mapping[str, Any]) -> None:
        """Note what the run reads and stands on."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._write({"head": head, "run": run})

    def note(self, key: str, entry: Mapping[str, Any]) -> None:
        """Note a report."""
        self.entries[key] = entry
        self._write({"key": key, "entry": entry})

    def close(self) -> None:
        """Remove the notes: the manifest holds them now."""
        self.path.unlink(missing_ok=True)

    def _write(self, line: Mapping[str, Any]) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def recover(folder: Path) -> int:
    """Take the notes of runs that were killed into the manifest of their date; return how many runs it were."""
    found = sorted(folder.glob(f"{RUNS}/*/{JOURNAL}"))
    for path in found:
        lines = _lines(path)
        if lines and "head" in lines[0]:
            entries = {line["key"]: line["entry"] for line in lines[1:]}
            last = max((entry["ended"] for entry in entries.values()), default=lines[0]["run"]["started"])
            run = {**lines[0]["run"], "status": "killed", "ended": last}
            earlier = read_manifest(folder)
            merged = merged_manifest(earlier, head=lines[0]["head"], run=run, entries=entries)
            write_manifest(folder, merged)
        path.unlink()
    return len(found)


def _lines(path: Path) -> list[dict[str, Any]]:
    """Return the whole lines; the last may have been cut short."""
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            lines.append(json.loads(line))
        except ValueError:
            break
    return lines
