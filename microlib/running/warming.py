"""The way of a run: forked kernels from a zygote of its own where they are to be had, said once where not."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from microlib.running.interrupts import ended_by_signals
from microlib.running.logs import log
from microlib.running.warm import leases
from microlib.running.ways import Course, Way

COLD = "ordinary kernels are used, none can be forked here"


@contextmanager
def opened_way(course: Course, *, kept: Path, notebooks: Iterable[Path]) -> Iterator[Way]:
    """Start a zygote for a run and end it with it; give the way that the run's jobs go.

    Parameters
    ----------
    course : Course
    kept : Path
        The run's own folder.
    notebooks : iterable of Path
        What they import is imported before the first fork.
    """
    own = nullcontext(course.folder) if course.folder else leases.folders.run_folder()
    with ended_by_signals(), own as folder:
        modules = () if course.folder else leases.imports.imported_by(notebooks)  # else told when it was begun
        is_warm = course.is_warm and _is_ready(modules)
        try:
            yield Way(is_warm, course.seconds, kept, course.scratch, folder)
        finally:
            leases.stop_run()


def _is_ready(modules: tuple[str, ...]) -> bool:
    try:
        if not leases.is_possible():
            raise OSError(f"not on {sys.platform}")
        leases.run_caller(modules)
    except OSError as error:
        log("warning", "cold", reason=f"{COLD}: {error}")
        return False
    return True
