"""A kernel that a zygote forked, handled as if it were a process of our own."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress

POLL_SECONDS = 0.002


class ForkedProcess:
    """Looks like ``subprocess.Popen`` to a kernel manager.

    Parameters
    ----------
    pid : int
    handle : int
        A descriptor that the system ties to this very process, so that no later one of the same number is meant.
    status : callable
        Asks how it ended.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int, handle: int, status: Callable[[int], int]) -> None:
        self.pid, self.returncode = pid, None
        self._handle, self._status = handle, status

    def poll(self) -> int | None:
        """Return how it ended, `None` while it runs."""
        if self.returncode is None and _has_ended(self._handle):
            self.returncode = self._status(self.pid)
            os.close(self._handle)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end.

        Raises
        ------
        subprocess.TimeoutExpired
            If it has not ended in so many seconds.
        """
        end = time.monotonic() + timeout if timeout is not None else None
        while self.poll() is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired("kernel", timeout)
            time.sleep(POLL_SECONDS)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to it and to what it started; one that has ended gets none."""
        if self.poll() is not None:
            return
        try:
            os.killpg(self.pid, number)
        except OSError:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


def _has_ended(handle: int) -> bool:
    waiting = select.poll()
    waiting.register(handle, select.POLLIN)
    return bool(waiting.poll(0))
