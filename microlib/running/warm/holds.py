"""Locks on open files: the system lets them go when their holder ends, however it ends; not every system has them."""

from __future__ import annotations

from typing import IO


def hold(file: IO[str], *, is_patient: bool = False) -> bool | None:
    """Lock an open file and return whether that could be done; nothing where the system has no such locks.

    Parameters
    ----------
    file : file
        Open for writing; the lock goes when it is closed.
    is_patient : bool
        Wait for whoever holds it.
    """
    try:
        import fcntl
    except ImportError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX if is_patient else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
