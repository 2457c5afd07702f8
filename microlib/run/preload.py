"""What makes a report, imported at its least cost: once for all workers, in the process that they are forked from."""

from __future__ import annotations

from collections.abc import Callable

from microlib.run.jobs import Job, Outcome, RunContext
from microlib.run.warm.sockets import left_out

#: checks international addresses, which no notebook's schema asks for, and takes a second to read its grammar
UNASKED = "rfc3987_syntax"


def _job_runner() -> Callable[[Job, RunContext], Outcome]:
    with left_out(UNASKED):
        from microlib.run.execute import run_job
    return run_job


#: `execute.run_job`: imported from here where jobs run, and not at all in a process that only hands them out
run_job = _job_runner()
