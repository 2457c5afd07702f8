"""What a run says on the error stream: how far it is and the time that is left, as a bar or as lines of a log.

Where somebody watches there is a bar; else a line per event, ``name=value`` throughout (docs/running.md).
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from microlib.run.jobs import Outcome, now

if TYPE_CHECKING:
    from tqdm import tqdm


#: a value of these signs stands as it is; any other is written as a JSON string, so a line stays a line
PLAIN = re.compile(r"[\w./:+-]+")
#: how often the log says how far a run is
LOG_SECONDS = 10.0


def log(level: str, event: str, **facts: object) -> None:
    """Write a line: moment (UTC), level (``info``, ``warning``, ``error``), event, and what is known of it."""
    sys.stderr.write(line_of({"time": moment(), "level": level, "event": event, **facts}) + "\n")
    sys.stderr.flush()


def moment() -> str:
    """Return the moment, UTC, to the second."""
    return now().replace("+00:00", "Z")


def line_of(facts: dict[str, object]) -> str:
    r"""Return facts as one line.

    Examples
    --------
    >>> line_of({"event": "report", "error": 'KeyError: "0021"'})
    'event=report error="KeyError: \\"0021\\""'
    """
    return " ".join(f"{name}={_value(value)}" for name, value in facts.items())


def _value(value: object) -> str:
    text = str(value)
    return text if PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


class Progress(Protocol):
    """What is told of each outcome."""

    def note(self, outcome: Outcome) -> None:
        """Take in an outcome."""


@contextmanager
def shown_progress(total: int) -> Iterator[Progress]:
    """Give what shows the progress of so many reports on the error stream."""
    if sys.stderr.isatty():
        from tqdm import tqdm  # only where somebody watches

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
