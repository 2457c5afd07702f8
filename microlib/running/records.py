"""What stays of a run beside its reports: the manifest and the index, written even when the run was cut short."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from microlib.running import journals, manifests
from microlib.running.turns import taken_turn

__all__ = ["Record", "now", "recorded_run", "taken_turn"]


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
    journal: journals.Journal

    @property
    def kept(self) -> Path:
        """The run's own folder, where its results stay."""
        return self.journal.path.parent

    def note(self, outcome: Any, *, fingerprint: str) -> None:
        """Note an outcome at once, so that it outlasts a run that is killed."""
        entry = manifests.report_entry(outcome, run_id=self.run["run_id"], fingerprint=fingerprint)
        self.journal.note(outcome.job.key, entry)

    def get_ready(self) -> None:
        """Gather what the index shows of the bank: while the last report is being made a core has nothing else to do.

        What it imports comes in here as well; at the start kernels would wait for it.
        """
        from microlib.running import indexes

        indexes.get_ready(self.folder, {**self.head, "runs": [self.run]})

    def write(self) -> None:
        """Add the run to the manifest of its folder and rebuild the index."""
        from microlib.running import indexes

        self.run["ended"] = now()
        earlier, entries = manifests.read_manifest(self.folder), self.journal.entries
        manifest = manifests.merged_manifest(earlier, head=self.head, run=self.run, entries=entries)
        manifests.write_manifest(self.folder, manifest)
        self.journal.close()
        indexes.write_index(self.folder)


@contextmanager
def recorded_run(folder: Path, found: manifests.Inputs, run: Mapping[str, Any]) -> Iterator[Record]:
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
    journal = journals.Journal(folder / manifests.RUNS / run["run_id"])
    record = Record(folder, manifests.head_of(found), known, journal)
    journal.begin(record.head, known)
    try:
        yield record
    finally:
        record.write()


def now() -> str:
    """Return the moment, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
