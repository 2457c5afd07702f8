"""A run's zygote: it imports while the run is still being planned, and ends with the run, whatever ends that.

Forked kernels are used where they are to be had; where not, it is said once and ordinary ones are used.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from microlib.bank.state import HELD_STATE
from microlib.files import ended_by_signals
from microlib.run.jobs import RunContext, RunOptions
from microlib.run.progress import log
from microlib.run.warm.lease import abandon_run, is_possible, run_caller, stop_run
from microlib.run.warm.sockets import imported_by, run_folder

COLD = "ordinary kernels are used, none can be forked here"


@contextmanager
def begun(options: RunOptions, *, notebooks: Iterable[Path]) -> Iterator[Path]:
    """Start a run's zygote while the run is still being planned; give the run's private folder.

    A plan that is refused ends it at once, and nobody waits for what it was still importing.

    Parameters
    ----------
    options : RunOptions
    notebooks : iterable of Path
        Those that the plan may ask for.
    """
    with ended_by_signals(), run_folder() as folder:
        with suppress(OSError):  # said when the run finds that it has no forked kernels
            if options.is_warm and is_possible():
                run_caller(imported_by(notebooks))
        try:
            yield folder
        finally:
            abandon_run()


@contextmanager
def opened_context(
    options: RunOptions,
    *,
    notebooks: Iterable[Path],
    kept: Path,
    scratch: Path | None = None,
    private_folder: Path | None = None,
) -> Iterator[RunContext]:
    """Start a zygote for a run, unless one was begun, and end it with the run; give what each job is given.

    Parameters
    ----------
    options : RunOptions
    notebooks : iterable of Path
        What they import is imported before the first fork.
    kept : Path
        The run's own folder.
    scratch : Path, optional
        Put results there instead of publishing reports.
    private_folder : Path, optional
        As `begun` gave it.
    """
    own = nullcontext(private_folder) if private_folder else run_folder()
    with ended_by_signals(), own as folder:
        modules = () if private_folder else imported_by(notebooks)  # else told when it was begun
        is_warm = options.is_warm and _is_ready(modules)
        try:
            yield RunContext(is_warm, options.seconds, kept, scratch, folder, os.environ.get(HELD_STATE, ""))
        finally:
            stop_run()


def _is_ready(modules: tuple[str, ...]) -> bool:
    try:
        if not is_possible():
            raise OSError(f"not on {sys.platform}")
        run_caller(modules)
    except OSError as error:
        log("warning", "cold", reason=f"{COLD}: {error}")
        return False
    return True
