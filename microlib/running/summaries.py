"""One line of JSON about a run, for whoever watches over it (docs/running.md): also of a run that was refused."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from microlib.errors import NotebookFailed, WorkbenchError
from microlib.files import write_text
from microlib.running.jobs import Run
from microlib.running.progress import log, moment

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
        }

    def end(self, status: str, exit_code: int = 0, *, error: object = "") -> None:
        """Say how it ended."""
        self.facts |= {"status": status, "exit_code": exit_code, "error": str(error)}


@contextmanager
def summarised(path: Path | None) -> Iterator[Summary]:
    """Give a summary to fill; it is written however the work inside ends, which then goes on as it would.

    Parameters
    ----------
    path : Path, optional
        A file, replaced at once; ``-`` is the error stream. Without it nothing is written.
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


def _write(path: Path, line: str) -> None:
    if path == STREAM:
        sys.stderr.write(line)
        return
    try:
        write_text(path.resolve(), line)
    except OSError as error:
        log("error", "summary", path=path, error=error.strerror or error)
