"""Processes that a test started: who they are, and how they end, within a limit.

A process that nobody waits for counts as ended: where the first process of a system adopts nobody, it stays in the
list for ever.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

#: what anything waited for here takes on the slowest machine; then it hangs
LIMIT_SECONDS = 180


def stat_of(pid: int) -> list[str]:
    """Return what the system says of a process behind its name: state, parent ...; nothing where it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def session_of(pid: int) -> int:
    """Return the number of the session that a process belongs to, 0 where it is gone."""
    return int((stat_of(pid) or [0, 0, 0, 0])[3])


def everybody() -> list[int]:
    """Return all processes that have not ended."""
    found = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
    return [pid for pid in found if stat_of(pid)[:1] not in ([], ["Z"], ["X"])]


def descendants(pid: int) -> list[int]:
    """Return the processes that a process started, and theirs, without itself, ascending."""
    parents = {each: int(said[1]) for each in everybody() if (said := stat_of(each))}
    known = {pid}
    while fresh := {each for each, parent in parents.items() if parent in known} - known:
        known |= fresh
    return sorted(known - {pid})


def command_line(pid: int) -> str:
    """Return a process's command line, nothing where it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def parent_line(pid: int) -> str:
    """Return the command line of a process's parent."""
    return command_line(int(stat_of(pid)[1])) if stat_of(pid) else ""


def started_with(variable: str) -> list[int]:
    """Return the processes, but for this one, that were started with a variable of the environment set so."""
    found = []
    for pid in everybody():
        try:
            said = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            continue
        found += [pid] if variable.encode() in said and pid != os.getpid() else []
    return found


def wait_until(is_so: Callable[[], object], seconds: float = LIMIT_SECONDS) -> bool:
    """Wait until something is so, and return whether it came to be."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def ended(child: int, seconds: float = LIMIT_SECONDS) -> int:
    """Wait for a child and return how it ended; one that hangs is killed with its group, and is an error."""
    if not wait_until(lambda: os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT), seconds):
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise TimeoutError(f"process {child} had not ended after {seconds} s")
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
