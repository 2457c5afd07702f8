"""What makes a report, imported at its least cost: once for all workers, in the process that they are forked from."""

from __future__ import annotations

from collections.abc import Callable

from microlib.running.jobs import Job, Outcome, RunContext
from microlib.running.warm.imports import left_out

#: checks international addresses, which no notebook's schema asks for, and takes a second to read its grammar
UNASKED = "rfc3987_syntax"


def _job_runner() -> Callable[[Job, RunContext], Outcome]:
    with left_out(UNASKED):
        from microlib.running import execute
    return execute.run_job


#: `execute.run_job`: imported from here where jobs run, and not at all in a process that only hands them out
run_job = _job_runner()
