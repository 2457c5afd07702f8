"""How reports are made: in which kernels, within what time, by how many, and where a run keeps its results."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

from microlib.running.jobs import Job, Outcome

__all__ = ["Course", "Job", "Outcome", "Way"]

#: a report that takes longer has hung
REPORT_SECONDS = 1800.0


@dataclass(frozen=True)
class Way:
    """How one report is made; it travels to the worker with the job.

    Parameters
    ----------
    is_warm : bool
        Fork kernels from a process that has imported the library already.
    seconds : float
        Most that a report may take.
    kept : Path, optional
        Folder of the run below which its results stay when a later run supersedes them.
    """

    is_warm: bool = False
    seconds: float = REPORT_SECONDS
    kept: Path | None = None


@dataclass(frozen=True)
class Course:
    """How a whole run is made.

    Parameters
    ----------
    workers : int
        Processes; 0 takes one per core, 1 runs in this process.
    is_warm : bool
        Use forked kernels where they are to be had.
    seconds : float
        Most that one report may take.
    is_resumed : bool
        Make only what is missing, failed, or rests on something that changed.
    executor : callable, optional
        Makes a ``concurrent.futures`` executor to run the jobs in, instead of worker processes; it is called again
        when one breaks.
    """

    workers: int = 0
    is_warm: bool = True
    seconds: float = REPORT_SECONDS
    is_resumed: bool = False
    executor: Callable[[], Executor] | None = None

    def with_workers(self, workers: int) -> Course:
        """Return the same course with so many workers; 0 leaves it as it is."""
        return replace(self, workers=workers) if workers else self
