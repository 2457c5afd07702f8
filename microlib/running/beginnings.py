"""The beginning of a run: its zygote imports while the run is still being planned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from microlib.running.interrupts import ended_by_signals
from microlib.running.warm import folders, leases
from microlib.running.ways import Course

__all__ = ["Course", "begun"]


@contextmanager
def begun(course: Course, *, notebooks: Iterable[Path]) -> Iterator[Course]:
    """Start a run's zygote while the run is still being planned; give the course that the run goes.

    A plan that is refused ends it at once, and nobody waits for what it was still importing.

    Parameters
    ----------
    course : Course
    notebooks : iterable of Path
        Those that the plan may ask for.
    """
    with ended_by_signals(), folders.run_folder() as folder:
        with suppress(OSError):  # said when the run finds that it has no forked kernels
            if course.is_warm and leases.is_possible():
                leases.run_caller(leases.imports.imported_by(notebooks))
        try:
            yield replace(course, folder=folder)
        finally:
            leases.abandon_run()
