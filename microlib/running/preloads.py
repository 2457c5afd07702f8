"""What makes a report, imported at its least cost: once for all workers, in the process that they are forked from."""

from __future__ import annotations

from types import ModuleType

from microlib.running.warm.imports import left_out

#: checks international addresses, which no notebook's schema asks for, and takes a second to read its grammar
UNASKED = "rfc3987_syntax"


def _imported() -> ModuleType:
    with left_out(UNASKED):
        from microlib.running import executions
    return executions


executions = _imported()
