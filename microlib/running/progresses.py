"""How far a run is, and the time that is left: a bar where somebody watches, lines of the log where nobody does."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from tqdm import tqdm

from microlib.running.jobs import Outcome
from microlib.running.logs import log

#: how often the log says how far a run is
LOG_SECONDS = 10.0


class Progress(Protocol):
    """What is told of each outcome."""

    def note(self, outcome: Outcome) -> None:
        """Take in an outcome."""


@contextmanager
def shown_progress(total: int) -> Iterator[Progress]:
    """Give what shows the progress of so many reports on the error stream."""
    if sys.stderr.isatty():
        with tqdm(total=total, unit="report", dynamic_ncols=True) as bar:
            yield Bar(bar)
    else:
        yield Lines(total)


class Bar:
    """A bar that names the report just made."""

    def __init__(self, bar: tqdm) -> None:
        self.bar = bar

    def note(self, outcome: Outcome) -> None:
        """Take in an outcome."""
        self.bar.set_postfix_str(outcome.job.key, refresh=False)
        self.bar.update()


class Lines:
    """Lines of the log: one every ten seconds and at the end, and one for each report that failed."""

    def __init__(self, total: int) -> None:
        self.total, self.done, self.failed = total, 0, 0
        self.began = self.said = time.monotonic()

    def note(self, outcome: Outcome) -> None:
        """Take in an outcome."""
        self.done += 1
        if not outcome.is_ok:
            self.failed += 1
            log("error", "report", report=outcome.job.key, error=outcome.error.splitlines()[0])
        elif outcome.attempts > 1:
            log("warning", "retried", report=outcome.job.key, attempts=outcome.attempts)
        if self.done == self.total or time.monotonic() - self.said >= LOG_SECONDS:
            self._say(outcome)

    def _say(self, outcome: Outcome) -> None:
        self.said = time.monotonic()
        spent = self.said - self.began
        left = round(spent / self.done * (self.total - self.done))
        known = {"done": self.done, "total": self.total, "failed": self.failed}
        log("info", "progress", **known, spent_seconds=round(spent), left_seconds=left, report=outcome.job.key)
