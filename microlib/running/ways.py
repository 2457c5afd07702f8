"""How reports are made: in which kernels, within what time, by how many, and where a run keeps its results."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

from microlib.running.deadlines import Deadline
from microlib.running.jobs import Job, Outcome

__all__ = ["Course", "Deadline", "Job", "Outcome", "Way"]

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
    scratch : Path, optional
        Put the results there instead of publishing a report.
    folder : Path, optional
        The run's private folder, with the zygote that its kernels are forked from.
    """

    is_warm: bool = False
    seconds: float = REPORT_SECONDS
    kept: Path | None = None
    scratch: Path | None = None
    folder: Path | None = None

    def deadline(self) -> Deadline:
        """Return when a report begun now has taken too long."""
        return Deadline(self.seconds)

    def place(self, job: Job) -> Path:
        """Return the folder that a job's results go to."""
        return self.scratch / job.key if self.scratch else job.folder


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
    scratch : Path, optional
        Put results there instead of publishing reports.
    folder : Path, optional
        The run's private folder where it was begun before its plan; else it gets one of its own.
    """

    workers: int = 0
    is_warm: bool = True
    seconds: float = REPORT_SECONDS
    is_resumed: bool = False
    executor: Callable[[], Executor] | None = None
    scratch: Path | None = None
    folder: Path | None = None

    def with_workers(self, workers: int) -> Course:
        """Return the same course with so many workers; 0 leaves it as it is."""
        return replace(self, workers=workers) if workers else self

    def rehearsed(self, scratch: Path) -> Course:
        """Return the same course with results put into a folder and nothing published."""
        return replace(self, scratch=scratch)
